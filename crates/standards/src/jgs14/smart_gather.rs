//! Message 0x81 of the smart gate, GATHER_INFO in UTF-8: what a lane gathered ⇄ XML. It has the
//! name of the traditional 0x21 and none of its structure.

use domain::mass::Mass;

use crate::jgs14::message::{ReadError, WriteError, Writer, root, several, wrong};
use crate::measure;
use crate::xml::Element;

/// The message's code.
pub const CODE: u8 = 0x81;
/// Most of anything that a message repeats.
const REPEATS_MAX: usize = 64;

/// Which exchange with which lane; every message of the smart gate has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmartKey {
    /// Site.
    pub area_id: String,
    /// Lane.
    pub channel: String,
    /// Exchange: answers repeat it.
    pub session: String,
}

impl SmartKey {
    /// Of a message that has to have an exchange.
    pub(super) fn of(root: &Element) -> Result<Self, ReadError> {
        let session = root.at(&["SESSION_ID"]);
        if session.is_empty() {
            return Err(wrong(root, "SESSION_ID", session));
        }
        Ok(Self {
            area_id: root.at(&["AREA_ID"]).to_owned(),
            channel: root.at(&["CHNL_NO"]).to_owned(),
            session: session.to_owned(),
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer
            .text("AREA_ID", &self.area_id)
            .text("CHNL_NO", &self.channel)
            .text("SESSION_ID", &self.session);
    }
}

/// How the data came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum GatherMode {
    /// By the devices; also when the message does not say.
    #[default]
    Automatic,
    /// A person completed them at the lane.
    Manual,
    /// A person entered them at the back office.
    BackOffice,
}

impl GatherMode {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Automatic, "A"),
        (Self::Manual, "M"),
        (Self::BackOffice, "B"),
    ];
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// Its unique number, 32 characters.
    pub id: String,
    /// The number printed on it.
    pub number: String,
    /// Kind.
    pub kind: String,
}

impl Card {
    pub(super) fn of(root: &Element) -> Self {
        let at = |name| root.at(&["IC_INFO", name]).to_owned();
        Self {
            id: at("IC_ID"),
            number: at("IC_NO"),
            kind: at("IC_Type"),
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.group("IC_INFO", |ic| {
            ic.text("IC_ID", &self.id)
                .text("IC_NO", &self.number)
                .text("IC_Type", &self.kind)
                .text("IC_EXTENDED_CONTENT", "");
        });
    }
}

/// An electronic plate that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagRead {
    /// Number of the tag.
    pub tag: String,
    /// Plate that it is recorded on.
    pub plate: String,
    /// Recorded number of the vehicle.
    pub vehicle_no: String,
}

/// A container number as the camera read it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerRead {
    /// Number.
    pub number: String,
    /// Size and type.
    pub kind: String,
    /// Whether the reader is sure.
    pub is_sure: bool,
}

/// Plates as the cameras read them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlateRead {
    /// Mainland plate.
    pub domestic: String,
    /// Its colour.
    pub domestic_colour: String,
    /// Hong Kong, Macao or foreign plate.
    pub foreign: String,
    /// Its colour.
    pub foreign_colour: String,
    /// Whether the reader is sure.
    pub is_sure: bool,
}

/// What a smart lane gathered. Texts are as they travel and may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmartGather {
    /// Lane and exchange.
    pub key: SmartKey,
    /// `I` or `E`.
    pub flag: String,
    /// How the data came about.
    pub mode: GatherMode,
    /// The driver's card.
    pub card: Card,
    /// Kind of form: bill, entry, rmft, cdl or oneoff.
    pub form_type: String,
    /// The form.
    pub form_id: String,
    /// Driver's number with customs.
    pub driver_no: String,
    /// Vehicle's number with customs.
    pub vehicle_no: String,
    /// Plate.
    pub plate: String,
    /// Containers.
    pub containers: Vec<String>,
    /// Electronic seals.
    pub seals: Vec<String>,
    /// Gross, if the scale spoke.
    pub gross: Option<Mass>,
    /// Electronic plates.
    pub tags: Vec<TagRead>,
    /// What the container camera read.
    pub container_reads: Vec<ContainerRead>,
    /// What the plate cameras read.
    pub plate_read: PlateRead,
    /// Officer who watches.
    pub operator: String,
    /// When.
    pub operated_at: String,
}

impl SmartGather {
    /// Reads the document.
    ///
    /// # Errors
    /// No such message, without an exchange, or with more of anything than a vehicle has.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "GATHER_INFO")?;
        let key = SmartKey::of(&root)?;
        if root.children.len() > REPEATS_MAX * 4 {
            return Err(wrong(&root, "GATHER_INFO", "too many elements"));
        }
        let text = |name| root.at(&[name]).to_owned();
        let raw_mode = root.at(&["GETHER_MODE"]);
        let mut modes = GatherMode::ALL.into_iter();
        let mode = match modes.find(|(_, code)| *code == raw_mode) {
            Some((mode, _)) => mode,
            None if raw_mode.is_empty() => GatherMode::Automatic,
            None => return Err(wrong(&root, "GETHER_MODE", raw_mode)),
        };
        let gross = match root.at(&["GROSS_WT"]) {
            "" => None,
            raw => Some(measure::mass(raw, "KGM").ok_or_else(|| wrong(&root, "GROSS_WT", raw))?),
        };
        let plates = root.child("VE_LICENSE_RECOGNITION");
        let of_plates = |name| plates.map_or("", |one| one.at(&[name])).to_owned();
        Ok(Self {
            key,
            flag: text("I_E_FLAG"),
            mode,
            card: Card::of(&root),
            form_type: root.at(&["FORM_INFO", "FORM_TYPE"]).to_owned(),
            form_id: root.at(&["FORM_INFO", "FORM_ID"]).to_owned(),
            driver_no: text("DR_CUSTOMS_NO"),
            vehicle_no: text("VE_CUSTOMS_NO"),
            plate: text("VE_LICENSE_NO"),
            containers: several(root.at(&["CONTA_ID"])),
            seals: several(root.at(&["ESEAL_ID"])),
            // A scale that stands at nothing has not weighed.
            gross: gross.filter(|gross| *gross > Mass::ZERO),
            tags: each(&root, "VE_RFID", |one| TagRead {
                tag: one.at(&["RFID_No"]).to_owned(),
                plate: one.at(&["VE_LICENSE_NO"]).to_owned(),
                vehicle_no: one.at(&["VE_CUSTOMS_NO"]).to_owned(),
            }),
            container_reads: each(&root, "CONTA_RECOGNITION", |one| ContainerRead {
                number: one.at(&["CONTA_ID"]).to_owned(),
                kind: one.at(&["CONTA_TYPE"]).to_owned(),
                is_sure: one.at(&["CONFIDENCE_RATIO"]) == "Y",
            }),
            plate_read: PlateRead {
                domestic: of_plates("DOMESTIC_LICENSE_NO"),
                domestic_colour: of_plates("DOMESTIC_LICENSE_COLOR"),
                foreign: of_plates("FOREIGN_LICENSE_NO"),
                foreign_colour: of_plates("FOREIGN_LICENSE_COLOR"),
                is_sure: of_plates("CONFIDENCE_RATIO") == "Y",
            },
            operator: text("OPERATOR_ID"),
            operated_at: text("OPERATE_TIME"),
        })
    }

    /// The document in UTF-8, with every element of the standard but the repeated ones that it
    /// has nothing for.
    ///
    /// # Errors
    /// A control character, or more of anything than the message takes.
    pub fn document(&self) -> Result<Vec<u8>, WriteError> {
        let sure = |is_sure: bool| if is_sure { "Y" } else { "N" };
        let mut modes = GatherMode::ALL.iter();
        let mode = modes.find(|(mode, _)| *mode == self.mode);
        let gross = self
            .gross
            .map_or_else(String::new, |gross| gross.kg().to_string());
        let mut writer = Writer::plain("UTF-8", "GATHER_INFO");
        writer
            .at_most("VE_RFID", self.tags.len(), REPEATS_MAX)
            .at_most("CONTA_RECOGNITION", self.container_reads.len(), REPEATS_MAX)
            .text("I_E_FLAG", &self.flag)
            .text("AREA_ID", &self.key.area_id)
            .text("CHNL_NO", &self.key.channel)
            .text("GETHER_MODE", mode.expect("all are listed").1)
            .text("SESSION_ID", &self.key.session);
        self.card.write(&mut writer);
        writer
            .group("FORM_INFO", |form| {
                form.text("FORM_TYPE", &self.form_type)
                    .text("FORM_ID", &self.form_id);
            })
            .text("DR_CUSTOMS_NO", &self.driver_no)
            .text("VE_CUSTOMS_NO", &self.vehicle_no)
            .text("VE_LICENSE_NO", &self.plate)
            .text("CONTA_ID", &self.containers.join("|"))
            .text("ESEAL_ID", &self.seals.join("|"))
            .text("GROSS_WT", &gross);
        for read in &self.tags {
            writer.group("VE_RFID", |one| {
                one.text("RFID_No", &read.tag)
                    .text("VE_LICENSE_NO", &read.plate)
                    .text("VE_CUSTOMS_NO", &read.vehicle_no)
                    .empty(&["VE_WT", "VE_COMPANY", "VE_PERFORMANCE"]);
            });
        }
        writer
            .text("OPERATOR_ID", &self.operator)
            .text("OPERATE_TIME", &self.operated_at);
        for read in &self.container_reads {
            writer.group("CONTA_RECOGNITION", |one| {
                one.text("CONTA_ID", &read.number)
                    .text("CONTA_TYPE", &read.kind)
                    .text("CONTA_LOCK", "")
                    .text("CONFIDENCE_RATIO", sure(read.is_sure));
            });
        }
        writer.group("VE_LICENSE_RECOGNITION", |one| {
            one.text("DOMESTIC_LICENSE_NO", &self.plate_read.domestic)
                .text("DOMESTIC_LICENSE_COLOR", &self.plate_read.domestic_colour)
                .text("FOREIGN_LICENSE_NO", &self.plate_read.foreign)
                .text("FOREIGN_LICENSE_COLOR", &self.plate_read.foreign_colour)
                .text("CONFIDENCE_RATIO", sure(self.plate_read.is_sure));
        });
        writer.document()
    }
}

fn each<T>(root: &Element, name: &str, read: impl Fn(&Element) -> T) -> Vec<T> {
    let named = root.children.iter().filter(|one| one.name == name);
    named.take(REPEATS_MAX).map(read).collect()
}
