//! Twins → rows: every text parsed by the domain, every list and number within its limit.

use domain::container::ContainerNumber;
use domain::directive::{Directive, Subject};
use domain::gate_pass::{Corridor, GatePass, PassConsignment, PassContainer};
use domain::id::{
    CompanyId, ConsignmentId, DirectiveId, DriverId, LaneId, ManifestId, PassNumber, PremisesId,
};
use domain::ledger_row::Row;
use domain::manifest::{Consignment, Manifest};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::position::GeoPoint;
use domain::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, PremisesRecord, VehicleRecord,
};
use domain::seal::SealNumber;
use domain::tag::TagId;
use domain::time::{Timestamp, Window};

use super::text::{
    ConsignmentText, CorridorText, Decimal, DirectiveText, ManifestText, PassText, PointText,
    RowText, SubjectText, Text, VehicleText, WindowText,
};
use super::words::{CLASS, CLEARANCE, DIRECTION, ORDER, STAGE, STANDING, SUBJECTS};
use super::{clipped, conveyance};

/// A field that does not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    pub(super) field: String,
    pub(super) what: String,
    pub(super) way_out: String,
}

pub(super) type Parsed<T> = Result<T, FieldError>;

/// Largest mass in kilograms: more than any ship carries.
const MASS_KG_MAX: i64 = 1_000_000_000;
const NAME_CHARS_MAX: usize = 200;
const DRIVERS_MAX: usize = 500;
const LIST_MAX: usize = 1_000;
const MANIFEST_CONSIGNMENTS_MAX: usize = 20_000;
const CORRIDOR_POINTS: std::ops::RangeInclusive<usize> = 2..=200;

pub(super) fn row(text: RowText<'_>) -> Parsed<Row> {
    Ok(match text {
        RowText::Company(t) => Row::Company(CompanyRecord {
            id: parsed("id", &t.id, CompanyId::parse)?,
            name: bounded_text("name", &t.name)?,
            standing: choice("standing", &t.standing, STANDING)?,
            valid: window("valid", &t.valid)?,
        }),
        RowText::Vehicle(t) => Row::Vehicle(vehicle(&t)?),
        RowText::Driver(t) => Row::Driver(DriverRecord {
            id: parsed("id", &t.id, DriverId::parse)?,
            name: bounded_text("name", &t.name)?,
            company: parsed("company", &t.company, CompanyId::parse)?,
            standing: choice("standing", &t.standing, STANDING)?,
            valid: window("valid", &t.valid)?,
        }),
        RowText::Premises(t) => Row::Premises(PremisesRecord {
            id: parsed("id", &t.id, PremisesId::parse)?,
            name: bounded_text("name", &t.name)?,
            at: t.at.as_ref().map(|at| point("at", at)).transpose()?,
            standing: choice("standing", &t.standing, STANDING)?,
            valid: window("valid", &t.valid)?,
        }),
        RowText::Container(t) => Row::Container(ContainerRecord {
            number: parsed("number", &t.number, ContainerNumber::parse)?,
            tare: mass("tare_kg", &t.tare_kg)?,
            size_type: t
                .size_type
                .as_ref()
                .map(|code| size_type(code))
                .transpose()?,
            standing: choice("standing", &t.standing, STANDING)?,
        }),
        RowText::Manifest(t) => Row::Manifest(manifest(&t)?),
        RowText::Consignment(t) => Row::Consignment(consignment(&t)?),
        RowText::Pass(t) => Row::Pass(pass(&t)?),
        RowText::Directive(t) => Row::Directive(directive(&t)?),
    })
}

fn vehicle(t: &VehicleText<'_>) -> Parsed<VehicleRecord> {
    let own = parsed("plate", &t.plate, Plate::parse)?;
    let second_plate = optional("second_plate", t.second_plate.as_ref(), Plate::parse)?;
    if second_plate.as_ref() == Some(&own) {
        return Err(wrong("second_plate", "repeats the plate", "leave it out"));
    }
    if !(1..=20).contains(&t.axles) {
        return Err(wrong(
            "axles",
            format!("{} is not 1 to 20", t.axles),
            "count the axles",
        ));
    }
    Ok(VehicleRecord {
        plate: own,
        second_plate,
        tag: optional("tag", t.tag.as_ref(), TagId::parse)?,
        class: choice("class", &t.class, CLASS)?,
        company: parsed("company", &t.company, CompanyId::parse)?,
        tare: mass("tare_kg", &t.tare_kg)?,
        axles: t.axles,
        drivers: list("drivers", &t.drivers, DRIVERS_MAX, DriverId::parse)?,
        standing: choice("standing", &t.standing, STANDING)?,
        valid: window("valid", &t.valid)?,
    })
}

fn manifest(t: &ManifestText<'_>) -> Parsed<Manifest> {
    let limit = MANIFEST_CONSIGNMENTS_MAX;
    Ok(Manifest {
        id: parsed("id", &t.id, ManifestId::parse)?,
        conveyance: conveyance::decode(&t.conveyance)?,
        consignments: list("consignments", &t.consignments, limit, ConsignmentId::parse)?,
        amended_at: parsed("amended_at", &t.amended_at, Timestamp::parse)?,
    })
}

fn consignment(t: &ConsignmentText<'_>) -> Parsed<Consignment> {
    let hs_code = t.hs_code.as_ref().map(|code| {
        let fits = (4..=10).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        if fits {
            Ok(code.clone().into_owned())
        } else {
            Err(wrong(
                "hs_code",
                format!("{code:?} is not 4 to 10 digits"),
                "leave out the dots",
            ))
        }
    });
    Ok(Consignment {
        id: parsed("id", &t.id, ConsignmentId::parse)?,
        manifest: parsed("manifest", &t.manifest, ManifestId::parse)?,
        clearance: choice("clearance", &t.clearance, CLEARANCE)?,
        gross: mass("gross_kg", &t.gross_kg)?,
        packages: t.packages,
        goods: bounded_text("goods", &t.goods)?,
        hs_code: hs_code.transpose()?,
        containers: list(
            "containers",
            &t.containers,
            LIST_MAX,
            ContainerNumber::parse,
        )?,
        amended_at: parsed("amended_at", &t.amended_at, Timestamp::parse)?,
    })
}

fn pass(t: &PassText<'_>) -> Parsed<GatePass> {
    within("containers", t.containers.len(), LIST_MAX)?;
    within("consignments", t.consignments.len(), LIST_MAX)?;
    let mut containers = Vec::with_capacity(t.containers.len());
    for held in &t.containers {
        containers.push(PassContainer {
            number: parsed("containers.number", &held.number, ContainerNumber::parse)?,
            empty: held.empty,
            seals: list("containers.seals", &held.seals, LIST_MAX, SealNumber::parse)?,
        });
    }
    let mut consignments = Vec::with_capacity(t.consignments.len());
    for share in &t.consignments {
        consignments.push(PassConsignment {
            id: parsed("consignments.id", &share.id, ConsignmentId::parse)?,
            gross: mass("consignments.gross_kg", &share.gross_kg)?,
            packages: share.packages,
        });
    }
    let mut stages = Vec::new();
    within("stages", t.stages.len(), STAGE.len())?;
    for stage in &t.stages {
        stages.push(choice("stages", stage, STAGE)?);
    }
    Ok(GatePass {
        number: parsed("number", &t.number, PassNumber::parse)?,
        premises: parsed("premises", &t.premises, PremisesId::parse)?,
        direction: choice("direction", &t.direction, DIRECTION)?,
        lanes: list("lanes", &t.lanes, LIST_MAX, LaneId::parse)?,
        window: window("window", &t.window)?,
        vehicle: parsed("vehicle", &t.vehicle, Plate::parse)?,
        trailer: optional("trailer", t.trailer.as_ref(), Plate::parse)?,
        driver: optional("driver", t.driver.as_ref(), DriverId::parse)?,
        company: parsed("company", &t.company, CompanyId::parse)?,
        containers,
        consignments,
        stages,
        corridor: t.corridor.as_ref().map(corridor).transpose()?,
        scan_required: t.scan_required,
        standing: choice("standing", &t.standing, STANDING)?,
        issued_at: parsed("issued_at", &t.issued_at, Timestamp::parse)?,
    })
}

fn corridor(t: &CorridorText<'_>) -> Parsed<Corridor> {
    if !CORRIDOR_POINTS.contains(&t.line.len()) {
        let what = format!("{} points are not 2 to 200", t.line.len());
        return Err(wrong(
            "corridor.line",
            what,
            "simplify the line of the route",
        ));
    }
    let line: Parsed<Vec<GeoPoint>> = t.line.iter().map(|p| point("corridor.line", p)).collect();
    Ok(Corridor {
        line: line?,
        half_width_m: t.half_width_m,
        window: window("corridor.window", &t.window)?,
        stop_max_s: t.stop_max_s,
    })
}

fn directive(t: &DirectiveText<'_>) -> Parsed<Directive> {
    Ok(Directive {
        id: parsed("id", &t.id, DirectiveId::parse)?,
        subject: subject(&t.subject)?,
        order: choice("order", &t.order, ORDER)?,
        window: window("window", &t.window)?,
        withdrawn: t.withdrawn,
        silent: t.silent,
        text: bounded_text("text", &t.text)?,
    })
}

fn subject(t: &SubjectText<'_>) -> Parsed<Subject> {
    let field = "subject.id";
    Ok(match t.kind.as_ref() {
        "vehicle" => Subject::Vehicle(parsed(field, &t.id, Plate::parse)?),
        "container" => Subject::Container(parsed(field, &t.id, ContainerNumber::parse)?),
        "pass" => Subject::Pass(parsed(field, &t.id, PassNumber::parse)?),
        "consignment" => Subject::Consignment(parsed(field, &t.id, ConsignmentId::parse)?),
        "company" => Subject::Company(parsed(field, &t.id, CompanyId::parse)?),
        "driver" => Subject::Driver(parsed(field, &t.id, DriverId::parse)?),
        other => {
            let what = format!("{other:?} is no kind of subject");
            return Err(wrong(
                "subject.kind",
                what,
                format!("write one of {SUBJECTS}"),
            ));
        }
    })
}

pub(super) fn wrong(
    field: &str,
    what: impl Into<String>,
    way_out: impl Into<String>,
) -> FieldError {
    FieldError {
        field: field.to_owned(),
        what: what.into(),
        way_out: way_out.into(),
    }
}

pub(super) fn parsed<T, E: std::fmt::Display>(
    field: &str,
    raw: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Parsed<T> {
    parse(raw).map_err(|error| wrong(field, error.to_string(), "correct it at its source"))
}

fn optional<T, E: std::fmt::Display>(
    field: &str,
    raw: Option<&Text<'_>>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Parsed<Option<T>> {
    raw.map(|raw| parsed(field, raw, parse)).transpose()
}

fn list<T, E: std::fmt::Display>(
    field: &str,
    raw: &[Text<'_>],
    limit: usize,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Parsed<Vec<T>> {
    within(field, raw.len(), limit)?;
    raw.iter().map(|raw| parsed(field, raw, &parse)).collect()
}

fn within(field: &str, len: usize, limit: usize) -> Parsed<()> {
    if len > limit {
        let what = format!("{len} entries are more than {limit}");
        return Err(wrong(field, what, "split it over several rows"));
    }
    Ok(())
}

fn choice<T: Copy>(field: &str, raw: &str, table: &[(&'static str, T)]) -> Parsed<T> {
    table
        .iter()
        .find(|(word, _)| *word == raw)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
            let way_out = format!("write one of {}", words.join(", "));
            wrong(field, format!("{raw:?} is not known"), way_out)
        })
}

pub(super) fn bounded_text(field: &str, raw: &str) -> Parsed<String> {
    let chars = raw.chars().count();
    if chars > NAME_CHARS_MAX {
        let what = format!("{chars} characters are more than {NAME_CHARS_MAX}");
        return Err(wrong(field, what, "shorten the text"));
    }
    if let Some(control) = raw.chars().find(|c| c.is_control()) {
        return Err(wrong(
            field,
            format!("contains {control:?}"),
            "remove control characters",
        ));
    }
    Ok(raw.to_owned())
}

fn size_type(raw: &str) -> Parsed<String> {
    if raw.len() == 4
        && raw
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    {
        return Ok(raw.to_owned());
    }
    let what = format!("{raw:?} is not an ISO 6346 size-type code");
    Err(wrong(
        "size_type",
        what,
        "write four characters such as 42G1, or leave it out",
    ))
}

fn window(field: &str, t: &WindowText<'_>) -> Parsed<Window> {
    let from = parsed(&format!("{field}.from"), &t.from, Timestamp::parse)?;
    let until = parsed(&format!("{field}.until"), &t.until, Timestamp::parse)?;
    if from > until {
        return Err(wrong(
            field,
            "ends before it begins",
            "exchange from and until",
        ));
    }
    Ok(Window { from, until })
}

fn mass(field: &str, raw: &Decimal<'_>) -> Parsed<Mass> {
    let grams = fixed_point(&raw.0, 3)
        .filter(|grams| (0..=MASS_KG_MAX * 1_000).contains(grams))
        .ok_or_else(|| {
            let what = format!(
                "{:?} is not a mass of 0 to {MASS_KG_MAX} kg",
                clipped(&raw.0)
            );
            wrong(
                field,
                what,
                "write kilograms with at most 3 decimals, such as 8800.5",
            )
        })?;
    Ok(Mass::from_grams(grams))
}

fn point(field: &str, t: &PointText<'_>) -> Parsed<GeoPoint> {
    let degrees = |name: &str, raw: &Decimal<'_>| {
        fixed_point(&raw.0, 7).ok_or_else(|| {
            let what = format!("{:?} is not in degrees", clipped(&raw.0));
            wrong(
                &format!("{field}.{name}"),
                what,
                "write degrees with at most 7 decimals",
            )
        })
    };
    GeoPoint::new(degrees("lat", &t.lat)?, degrees("lon", &t.lon)?)
        .map_err(|error| wrong(field, error.to_string(), "check the order of lat and lon"))
}

/// `raw` times ten to the power of `places`, exactly; `None` if it has more places, an exponent,
/// or no digits.
pub(super) fn fixed_point(raw: &str, places: usize) -> Option<i64> {
    let (is_negative, digits) = raw
        .strip_prefix('-')
        .map_or((false, raw), |rest| (true, rest));
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fraction = match fraction {
        Some(fraction) if !all_digits(fraction) || fraction.len() > places => return None,
        Some(fraction) => fraction,
        None => "",
    };
    if !all_digits(whole) || whole.len() > 12 {
        return None;
    }
    let scaled: i64 = format!("{whole}{fraction:0<places$}").parse().ok()?;
    Some(if is_negative { -scaled } else { scaled })
}
