//! Message 0x21, GATHER_INFO: what a lane gathered of one vehicle ⇄ XML.

use encoding_rs::GBK;

use crate::gate_report::GateReport;
use crate::jgs14::frame::Frame;
use crate::measure;
use crate::xml::{self, Element, XmlError, escaped};
use domain::gate_pass::Direction;
use domain::mass::Mass;

/// The message's code.
pub const CODE: u8 = 0x21;
/// Containers that the message has room for: front and rear.
const CONTAINERS_MAX: usize = 2;

/// What a lane gathered. Texts are as they travel and may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gather {
    /// Site, ten digits.
    pub area_id: String,
    /// Lane, ten digits.
    pub channel: String,
    /// `I` or `E`.
    pub flag: String,
    /// Moment to the second and a serial number of six digits: the key by which the answer is
    /// joined, and by which a repetition is told.
    pub seq_no: String,
    /// Number of the driver's card.
    pub card_no: String,
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

/// Why a message was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GatherError {
    /// No XML.
    #[error("the message is no XML that can be read")]
    Xml(#[source] XmlError),
    /// Another message.
    #[error("{found:?} is no GATHER_INFO")]
    Other {
        /// Name of the root.
        found: String,
    },
    /// Something that has to be there is not, or is not what it should be.
    #[error("line {line}: {field} cannot be read: {value:?}")]
    Field {
        /// Line.
        line: usize,
        /// Which.
        field: &'static str,
        /// What stood there.
        value: String,
    },
    /// More containers than the message has room for.
    #[error("{count} containers, the message has room for {CONTAINERS_MAX}")]
    TooManyContainers {
        /// How many.
        count: usize,
    },
    /// A character that GBK does not have.
    #[error("{text:?} has a character that GBK lacks")]
    Character {
        /// The text.
        text: String,
    },
}

impl Gather {
    /// What a gate report says in this message, for the site and lane numbers that customs gave.
    /// `serial` tells messages of one second apart.
    #[must_use]
    pub fn of(report: &GateReport, area_id: &str, channel: &str, serial: u32) -> Self {
        let moment: String = report
            .at
            .to_string()
            .chars()
            .filter(char::is_ascii_digit)
            .take(14)
            .collect();
        Self {
            area_id: area_id.to_owned(),
            channel: channel.to_owned(),
            flag: match report.direction {
                Direction::Entry => "I".to_owned(),
                Direction::Exit => "E".to_owned(),
            },
            seq_no: format!("{moment}{:06}", serial % 1_000_000),
            card_no: String::new(),
            gross: report.gross,
            plate: report
                .vehicle
                .as_ref()
                .map_or_else(String::new, |plate| plate.as_str().to_owned()),
            tag: report
                .tag
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
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
    pub fn read(bytes: &[u8]) -> Result<Self, GatherError> {
        let root = xml::read(bytes).map_err(GatherError::Xml)?;
        if root.name != "GATHER_INFO" {
            return Err(GatherError::Other { found: root.name });
        }
        let field = |field, value: &str| GatherError::Field {
            line: root.line,
            field,
            value: value.to_owned(),
        };
        let seq_no = root.attribute("SEQ_NO");
        if seq_no.len() != 20 || !seq_no.bytes().all(|b| b.is_ascii_digit()) {
            return Err(field("SEQ_NO", seq_no));
        }
        let text = |name: &str| root.find(name).map_or("", |one| one.text.as_str());
        let gross = match root.child("WEIGHT").map_or("", |one| one.at(&["GROSS_WT"])) {
            "" => None,
            raw => Some(measure::mass(raw, "KGM").ok_or_else(|| field("GROSS_WT", raw))?),
        };
        let both = [text("CONTA_ID_F"), text("CONTA_ID_B")];
        Ok(Self {
            area_id: root.attribute("AREA_ID").to_owned(),
            channel: root.attribute("CHNL_NO").to_owned(),
            flag: root.attribute("I_E_TYPE").to_owned(),
            seq_no: seq_no.to_owned(),
            card_no: text("DR_IC_NO").to_owned(),
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
            seals: root
                .child("SEAL")
                .map_or("", |one| one.at(&["ESEAL_ID"]))
                .split('|')
                .filter(|one| !one.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
        })
    }

    /// The frame of this message, its XML in GBK, with every element that the standard asks for.
    ///
    /// # Errors
    /// More than two containers, or a character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, GatherError> {
        if self.containers.len() > CONTAINERS_MAX {
            return Err(GatherError::TooManyContainers {
                count: self.containers.len(),
            });
        }
        let xml = self.xml();
        let (bytes, _, has_strange) = GBK.encode(&xml);
        if has_strange {
            return Err(GatherError::Character {
                text: self.plate.clone(),
            });
        }
        Ok(Frame {
            code: CODE,
            area_id: self.area_id.clone(),
            channel: self.channel.clone(),
            // A frame without a direction is refused when it is written.
            flag: self.flag.chars().next().unwrap_or(' '),
            xml: bytes.into_owned(),
            pictures: Vec::new(),
        })
    }

    fn xml(&self) -> String {
        let gross = self
            .gross
            .map_or_else(String::new, |gross| gross.kg().to_string());
        let container = |at: usize| escaped(self.containers.get(at).map_or("", String::as_str));
        format!(
            "<?xml version=\"1.0\" encoding=\"GB2312\"?>\n\
             <GATHER_INFO AREA_ID=\"{}\" CHNL_NO=\"{}\" I_E_TYPE=\"{}\" SEQ_NO=\"{}\">\
             <IC><G_TYPE></G_TYPE><TRAF_TYPE>{}</TRAF_TYPE>\
             <DRIVER_IC><DR_IC_NO>{}</DR_IC_NO><IC_DR_CUSTOMS_NO></IC_DR_CUSTOMS_NO>\
             <IC_CO_CUSTOMS_NO></IC_CO_CUSTOMS_NO><IC_BILL_NO></IC_BILL_NO>\
             <IC_GROSS_WT></IC_GROSS_WT><IC_VE_CUSTOMS_NO></IC_VE_CUSTOMS_NO>\
             <IC_VE_NAME></IC_VE_NAME><IC_CONTA_ID></IC_CONTA_ID><IC_ESEAL_ID></IC_ESEAL_ID>\
             </DRIVER_IC><CARGO_IC><CARGO_IC_HEAD><PACK_NUM_TOTAL></PACK_NUM_TOTAL>\
             <PACK_WT_TOTAL></PACK_WT_TOTAL><SEAL_ID></SEAL_ID></CARGO_IC_HEAD></CARGO_IC></IC>\
             <WEIGHT><GROSS_WT>{gross}</GROSS_WT></WEIGHT>\
             <CAR><VE_NAME>{}</VE_NAME><CAR_EC_NO>{}</CAR_EC_NO><CAR_EC_NO2></CAR_EC_NO2>\
             <VE_CUSTOMS_NO>{}</VE_CUSTOMS_NO><VE_WT></VE_WT></CAR>\
             <CONTA><CONTA_NUM>{}</CONTA_NUM><CONTA_RECO>{}</CONTA_RECO>\
             <CONTA_ID_F>{}</CONTA_ID_F><CONTA_ID_B>{}</CONTA_ID_B></CONTA>\
             <SEAL><ESEAL_ID>{}</ESEAL_ID><ESEAL_PUBLIC_KEY></ESEAL_PUBLIC_KEY></SEAL>\
             </GATHER_INFO>",
            escaped(&self.area_id),
            escaped(&self.channel),
            escaped(&self.flag),
            escaped(&self.seq_no),
            u8::from(!self.containers.is_empty()),
            escaped(&self.card_no),
            escaped(&self.plate),
            escaped(&self.tag),
            escaped(&self.vehicle_no),
            self.containers.len(),
            u8::from(!self.containers_sure),
            container(0),
            container(1),
            escaped(&self.seals.join("|")),
        )
    }
}

/// An element of the vehicle, not of the card that names it too.
fn of_car(root: &Element, name: &str) -> String {
    let car = root.child("CAR");
    car.map_or("", |car| car.at(&[name])).to_owned()
}
