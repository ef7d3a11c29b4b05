//! Message 0x21, GATHER_INFO: what a lane gathered of one vehicle ⇄ XML.

use domain::gate_pass::Direction;
use domain::mass::Mass;
use domain::time::Timestamp;

use crate::gate_report::GateReport;
use crate::jgs14::frame::{Frame, Picture};
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, numbered, root, several, wrong};
use crate::measure;
use crate::xml::Element;

/// The message's code.
pub const CODE: u8 = 0x21;
/// Containers that the message has room for: front and rear.
const CONTAINERS_MAX: usize = 2;

/// What a lane gathered. Texts are as they travel and may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gather {
    /// Lane and number.
    pub key: Key,
    /// Number of the driver's card.
    pub card_no: String,
    /// The driver's number with customs, as the card holds it.
    pub driver_no: String,
    /// Gross, if the scale spoke.
    pub gross: Option<Mass>,
    /// Plate.
    pub plate: String,
    /// First electronic plate.
    pub tag: String,
    /// Recorded number of the vehicle.
    pub vehicle_no: String,
    /// Whether the container numbers were read for certain.
    pub containers_sure: bool,
    /// Containers, front first; at most two.
    pub containers: Vec<String>,
    /// Electronic seals.
    pub seals: Vec<String>,
}

/// A SEQ_NO: the moment to the second, in UTC, and what tells messages of one second apart.
#[must_use]
pub fn seq_no(at: Timestamp, serial: u32) -> String {
    let moment: String = at
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .take(14)
        .collect();
    format!("{moment}{:06}", serial % 1_000_000)
}

/// The letter of a way in the header and the key.
#[must_use]
pub fn flag_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "I",
        Direction::Exit => "E",
    }
}

impl Gather {
    /// What a gate report says in this message, for the site and lane numbers that customs gave.
    /// `serial` tells messages of one second apart.
    #[must_use]
    pub fn of(report: &GateReport, area_id: &str, channel: &str, serial: u32) -> Self {
        let text = |id: Option<String>| id.unwrap_or_default();
        Self {
            key: Key {
                area_id: area_id.to_owned(),
                channel: channel.to_owned(),
                flag: flag_of(report.direction).to_owned(),
                seq_no: seq_no(report.at, serial),
            },
            card_no: String::new(),
            driver_no: String::new(),
            gross: report.gross,
            plate: text(report.vehicle.as_ref().map(|plate| plate.as_str().into())),
            tag: text(report.tag.as_ref().map(ToString::to_string)),
            vehicle_no: String::new(),
            containers_sure: !report.containers.is_empty(),
            containers: report
                .containers
                .iter()
                .map(|one| one.number.as_str().to_owned())
                .collect(),
            seals: report
                .containers
                .iter()
                .flat_map(|one| one.seals.clone())
                .collect(),
        }
    }

    /// Reads the XML of a frame. Levels that field software leaves out are not missed, and
    /// elements that it adds are passed over.
    ///
    /// # Errors
    /// No such message, or without the key that its answer needs.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "GATHER_INFO")?;
        let key = numbered(&root)?;
        let text = |name: &str| root.find(name).map_or("", |one| one.text.as_str());
        let gross = match root.child("WEIGHT").map_or("", |one| one.at(&["GROSS_WT"])) {
            "" => None,
            raw => Some(measure::mass(raw, "KGM").ok_or_else(|| wrong(&root, "GROSS_WT", raw))?),
        };
        let both = [text("CONTA_ID_F"), text("CONTA_ID_B")];
        Ok(Self {
            key,
            card_no: text("DR_IC_NO").to_owned(),
            driver_no: text("IC_DR_CUSTOMS_NO").to_owned(),
            // A scale that stands at nothing has not weighed.
            gross: gross.filter(|gross| *gross > Mass::ZERO),
            plate: of_car(&root, "VE_NAME"),
            tag: of_car(&root, "CAR_EC_NO"),
            vehicle_no: of_car(&root, "VE_CUSTOMS_NO"),
            containers_sure: text("CONTA_RECO") == "0",
            containers: both
                .into_iter()
                .filter(|one| !one.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            seals: several(root.child("SEAL").map_or("", |one| one.at(&["ESEAL_ID"]))),
        })
    }

    /// The frame of this message, its XML in GBK, with every element that the standard asks for.
    ///
    /// # Errors
    /// More than two containers, no number, or a character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        self.frame_with(Vec::new())
    }

    /// As [`Gather::frame`], with pictures behind the message.
    ///
    /// # Errors
    /// As there.
    pub fn frame_with(&self, pictures: Vec<Picture>) -> Result<Frame, WriteError> {
        self.writer().frame(CODE, &self.key, pictures)
    }

    fn writer(&self) -> Writer {
        let gross = self
            .gross
            .map_or_else(String::new, |gross| gross.kg().to_string());
        let container = |at: usize| self.containers.get(at).map_or("", String::as_str);
        let flag = |is_set: bool| if is_set { "1" } else { "0" };
        let mut writer = Writer::numbered("GATHER_INFO", &self.key);
        writer.at_most("CONTA", self.containers.len(), CONTAINERS_MAX);
        writer.group("IC", |ic| {
            ic.text("G_TYPE", "")
                .text("TRAF_TYPE", flag(!self.containers.is_empty()))
                .group("DRIVER_IC", |card| {
                    card.text("DR_IC_NO", &self.card_no)
                        .text("IC_DR_CUSTOMS_NO", &self.driver_no)
                        .empty(&[
                            "IC_CO_CUSTOMS_NO",
                            "IC_BILL_NO",
                            "IC_GROSS_WT",
                            "IC_VE_CUSTOMS_NO",
                            "IC_VE_NAME",
                            "IC_CONTA_ID",
                            "IC_ESEAL_ID",
                        ]);
                })
                .group("CARGO_IC", |card| {
                    card.group("CARGO_IC_HEAD", |head| {
                        head.empty(&["PACK_NUM_TOTAL", "PACK_WT_TOTAL", "SEAL_ID"]);
                    });
                });
        });
        writer.group("WEIGHT", |weight| {
            weight.text("GROSS_WT", &gross);
        });
        writer.group("CAR", |car| {
            car.text("VE_NAME", &self.plate)
                .text("CAR_EC_NO", &self.tag)
                .text("CAR_EC_NO2", "")
                .text("VE_CUSTOMS_NO", &self.vehicle_no)
                .text("VE_WT", "");
        });
        writer.group("CONTA", |conta| {
            conta
                .text("CONTA_NUM", &self.containers.len().to_string())
                .text("CONTA_RECO", flag(!self.containers_sure))
                .text("CONTA_ID_F", container(0))
                .text("CONTA_ID_B", container(1));
        });
        writer.group("SEAL", |seal| {
            seal.text("ESEAL_ID", &self.seals.join("|"))
                .text("ESEAL_PUBLIC_KEY", "");
        });
        writer
    }
}

/// An element of the vehicle, not of the card that names it too.
fn of_car(root: &Element, name: &str) -> String {
    let car = root.child("CAR");
    car.map_or("", |car| car.at(&[name])).to_owned()
}
