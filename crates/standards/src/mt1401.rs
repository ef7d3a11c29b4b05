//! The Chinese manifest message MT1401 (原始舱单, and MT2401 of the same make) → a manifest.
//!
//! Elements are found by their local names under the ones they belong to, because producers differ
//! in order and nesting. Names follow the WCO data model, as the public single-window software
//! writes them.

use crate::manifest::{ConsignmentRead, GoodsItem, ManifestRead};
use crate::measure;
use crate::message::{MessageError, Note};
use crate::xml::{self, Element, XmlError};

/// Names of the root's namespace that are read here.
const KINDS: [&str; 2] = ["MT1401", "MT2401"];

/// Reads one message. `zone_minutes`: how far the sender's clock is ahead of UTC.
///
/// # Errors
/// No XML, another message, a deletion, or beyond a limit.
pub fn read(bytes: &[u8], zone_minutes: i16) -> Result<(ManifestRead, Vec<Note>), MessageError> {
    let root = xml::read(bytes).map_err(|error| match error {
        XmlError::TooLarge { len } => MessageError::TooLarge {
            len,
            max: xml::BYTES_MAX,
        },
        XmlError::Malformed { line, reason } => MessageError::Damaged {
            place: format!("line {line}"),
            reason,
        },
        XmlError::Characters { .. } => MessageError::Damaged {
            place: "document".to_owned(),
            reason: error.to_string(),
        },
    })?;
    let kind = root.at(&["Head", "MessageType"]);
    let is_known = KINDS
        .iter()
        .any(|one| kind == *one || root.namespace.contains(one));
    if root.name != "Manifest" || !is_known {
        return Err(MessageError::OtherMessage {
            found: format!("{} {} {kind}", root.name, root.namespace),
            expected: "MT1401",
        });
    }
    let mut notes = Vec::new();
    let head = root.child("Head").ok_or_else(|| missing(&root, "Head"))?;
    let body = root
        .child("Declaration")
        .ok_or_else(|| missing(&root, "Declaration"))?;
    let id = match body.at(&["ID"]) {
        "" => head.at(&["MessageID"]),
        id => id,
    };
    if head.at(&["FunctionCode"]) == "3" {
        return Err(MessageError::Cancellation {
            manifest: id.to_owned(),
        });
    }
    let means = body.child("BorderTransportMeans");
    let of_means = |name: &str| means.map_or("", |means| means.at(&[name])).to_owned();
    let name = match of_means("Name") {
        name if name.is_empty() => of_means("ID"),
        name => name,
    };
    let manifest = ManifestRead {
        id: id.to_owned(),
        conveyance: name,
        voyage: of_means("JourneyID"),
        mode: of_means("TypeCode"),
        number: of_means("ID"),
        written_at: measure::moment(head.at(&["SendTime"]), zone_minutes),
        consignments: body
            .children
            .iter()
            .filter(|child| child.name == "Consignment")
            .map(|child| consignment(child, &mut notes))
            .collect(),
    };
    Ok((manifest, notes))
}

fn missing(root: &Element, field: &'static str) -> MessageError {
    MessageError::Field {
        place: format!("line {}", root.line),
        field,
        value: String::new(),
    }
}

fn consignment(from: &Element, notes: &mut Vec<Note>) -> ConsignmentRead {
    let place = format!("line {}", from.line);
    let mut unread = |what: &str, raw: &str| {
        notes.push(Note {
            place: place.clone(),
            text: format!("{raw:?} is no {what}"),
        });
    };
    let whole = [
        "GovernmentAgencyGoodsItem",
        "GoodsMeasure",
        "GrossMassMeasure",
    ];
    let said = [
        from.at(&whole),
        from.at(&["GoodsMeasure", "GrossMassMeasure"]),
    ];
    let gross_raw = said.into_iter().find(|raw| !raw.is_empty()).unwrap_or("");
    let gross = measure::mass(gross_raw, "KGM");
    if gross.is_none() && !gross_raw.is_empty() {
        unread("gross mass", gross_raw);
    }
    let packages_raw = from.at(&["TotalPackageQuantity"]);
    let packages = measure::count(packages_raw);
    if packages.is_none() && !packages_raw.is_empty() {
        unread("number of packages", packages_raw);
    }
    let equipment = from
        .children
        .iter()
        .filter(|one| one.name == "TransportEquipment");
    let containers = equipment
        .map(|one| match one.at(&["ID"]) {
            "" => one.at(&["EquipmentIdentification", "ID"]),
            id => id,
        })
        .filter(|id| !id.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    let items = from
        .children
        .iter()
        .filter(|one| one.name == "ConsignmentItem");
    ConsignmentRead {
        place: format!("line {}", from.line),
        id: from.at(&["TransportContractDocument", "ID"]).to_owned(),
        gross,
        packages,
        items: items.map(item).collect(),
        containers,
    }
}

fn item(from: &Element) -> GoodsItem {
    let commodity = from.child("Commodity");
    let of_commodity = |path: &[&str]| commodity.map_or("", |one| one.at(path));
    let description = match of_commodity(&["CargoDescription"]) {
        "" => of_commodity(&["Description"]),
        words => words,
    };
    let code = of_commodity(&["Classification", "ID"]);
    let packaging = ["Packaging", "ConsignmentItemPackaging"];
    let quantity = packaging
        .into_iter()
        .find_map(|name| from.child(name))
        .map_or("", |one| one.at(&["QuantityQuantity"]));
    GoodsItem {
        description: description.to_owned(),
        hs_code: (!code.is_empty()).then(|| code.to_owned()),
        gross: measure::mass(from.at(&["GoodsMeasure", "GrossMassMeasure"]), "KGM"),
        packages: measure::count(quantity),
    }
}
