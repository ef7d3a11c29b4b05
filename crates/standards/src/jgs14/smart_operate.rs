//! Messages 0x83 and 0x84 of the smart gate, in UTF-8: what the back office orders of trackers,
//! seals and other devices of a lane, and what became of it ⇄ XML.

use crate::jgs14::message::{ReadError, WriteError, Writer, root, several, wrong};
use crate::jgs14::smart_gather::SmartKey;
use crate::xml::Element;

/// Code of the order.
pub const CODE: u8 = 0x83;
/// Code of what became of it.
pub const FEEDBACK_CODE: u8 = 0x84;

/// What is done to seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealAct {
    /// Open.
    Unlock,
    /// Close.
    Lock,
}

impl SealAct {
    const fn code(act: Option<Self>) -> &'static str {
        match act {
            Some(Self::Unlock) => "U",
            Some(Self::Lock) => "L",
            None => "",
        }
    }

    fn of(element: &Element) -> Result<Option<Self>, ReadError> {
        match element.at(&["ESEAL_OPERATE"]) {
            "U" => Ok(Some(Self::Unlock)),
            "L" => Ok(Some(Self::Lock)),
            "" => Ok(None),
            raw => Err(wrong(element, "ESEAL_OPERATE", raw)),
        }
    }
}

/// An order to the devices of a lane. What is empty is not ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperateOrder {
    /// Lane and exchange.
    pub key: SmartKey,
    /// Vehicle whose tracker is meant.
    pub vehicle_no: String,
    /// Tracker.
    pub tracker: String,
    /// Customs of departure.
    pub origin_customs: String,
    /// Customs of destination.
    pub destination_customs: String,
    /// Form, for whoever looks it up.
    pub form_id: String,
    /// Seals.
    pub seals: Vec<String>,
    /// What is done to them.
    pub seal_act: Option<SealAct>,
    /// Key that does it.
    pub seal_key: String,
    /// Another device.
    pub device: String,
    /// What it is to do.
    pub operation: String,
    /// With what.
    pub argument: String,
}

impl OperateOrder {
    /// Reads the document.
    ///
    /// # Errors
    /// No such message, without an exchange, or an act on seals that is none.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "OPERATE_INFO")?;
        let at = |group, name| root.at(&[group, name]).to_owned();
        let seal_act = root.child("ESEAL").map_or(Ok(None), SealAct::of)?;
        Ok(Self {
            key: SmartKey::of(&root)?,
            vehicle_no: at("GPS", "VE_CUSTOMS_NO"),
            tracker: at("GPS", "GPS_ID"),
            origin_customs: at("GPS", "ORIGIN_CUSTOMS"),
            destination_customs: at("GPS", "DEST_CUSTOMS"),
            form_id: at("GPS", "FORM_ID"),
            seals: several(root.at(&["ESEAL", "ESEAL_ID"])),
            seal_act,
            seal_key: at("ESEAL", "ESEAL_KEY"),
            device: at("GENERAL_DEVICE", "DEVIC_ID"),
            operation: at("GENERAL_DEVICE", "OPERATE"),
            argument: at("GENERAL_DEVICE", "ARGUMENT"),
        })
    }

    /// The document in UTF-8.
    ///
    /// # Errors
    /// A control character.
    pub fn document(&self) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::plain("UTF-8", "OPERATE_INFO");
        self.key.write(&mut writer);
        writer
            .group("GPS", |gps| {
                gps.text("VE_CUSTOMS_NO", &self.vehicle_no)
                    .text("GPS_ID", &self.tracker)
                    .text("ORIGIN_CUSTOMS", &self.origin_customs)
                    .text("DEST_CUSTOMS", &self.destination_customs)
                    .text("FORM_ID", &self.form_id);
            })
            .group("ESEAL", |seal| {
                seal.text("ESEAL_ID", &self.seals.join("|"))
                    .text("ESEAL_OPERATE", SealAct::code(self.seal_act))
                    .text("ESEAL_KEY", &self.seal_key);
            })
            .group("GENERAL_DEVICE", |device| {
                device
                    .text("OPERATE", &self.operation)
                    .text("DEVIC_ID", &self.device)
                    .text("ARGUMENT", &self.argument);
            });
        writer.document()
    }
}

/// What became of an order to one kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Done {
    /// Nothing was ordered.
    #[default]
    Nothing,
    /// Done.
    Done,
    /// Failed.
    Failed,
}

impl Done {
    const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "0",
            Self::Done => "1",
            Self::Failed => "2",
        }
    }

    fn of(group: Option<&Element>) -> Result<Self, ReadError> {
        let Some(group) = group else {
            return Ok(Self::Nothing);
        };
        match group.at(&["RESULT"]) {
            "" | "0" => Ok(Self::Nothing),
            "1" => Ok(Self::Done),
            "2" => Ok(Self::Failed),
            raw => Err(wrong(group, "RESULT", raw)),
        }
    }
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperateFeedback {
    /// Lane and exchange.
    pub key: SmartKey,
    /// Tracker.
    pub tracker: String,
    /// Whether it was switched on (`Some(true)`) or off.
    pub tracker_on: Option<bool>,
    /// What became of it.
    pub tracker_done: Done,
    /// Seals.
    pub seals: Vec<String>,
    /// What was done to them.
    pub seal_act: Option<SealAct>,
    /// What became of it.
    pub seal_done: Done,
    /// Kind of the other device.
    pub device_type: String,
    /// The device.
    pub device: String,
    /// What it was to do.
    pub operation: String,
    /// What became of it.
    pub device_done: Done,
}

impl OperateFeedback {
    /// Reads the document.
    ///
    /// # Errors
    /// No such message, without an exchange, or a result that is none.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "OPERATE_FEEDBACK")?;
        let at = |group, name| root.at(&[group, name]).to_owned();
        let tracker_on = match root.at(&["GPS", "GPS_OPERATE"]) {
            "S" => Some(true),
            "C" => Some(false),
            "" => None,
            raw => return Err(wrong(&root, "GPS_OPERATE", raw)),
        };
        Ok(Self {
            key: SmartKey::of(&root)?,
            tracker: at("GPS", "GPS_ID"),
            tracker_on,
            tracker_done: Done::of(root.child("GPS"))?,
            seals: several(root.at(&["ESEAL", "ESEAL_ID"])),
            seal_act: root.child("ESEAL").map_or(Ok(None), SealAct::of)?,
            seal_done: Done::of(root.child("ESEAL"))?,
            device_type: at("GENERAL_DEVICE", "DEVICE_TYPE"),
            device: at("GENERAL_DEVICE", "DEVIC_ID"),
            operation: at("GENERAL_DEVICE", "OPERATE"),
            device_done: Done::of(root.child("GENERAL_DEVICE"))?,
        })
    }

    /// The document in UTF-8.
    ///
    /// # Errors
    /// A control character.
    pub fn document(&self) -> Result<Vec<u8>, WriteError> {
        let tracker_act = match self.tracker_on {
            Some(true) => "S",
            Some(false) => "C",
            None => "",
        };
        let mut writer = Writer::plain("UTF-8", "OPERATE_FEEDBACK");
        self.key.write(&mut writer);
        writer
            .group("GPS", |gps| {
                gps.text("GPS_ID", &self.tracker)
                    .text("GPS_OPERATE", tracker_act)
                    .text("RESULT", self.tracker_done.code())
                    .text("RESULT_DESCRIPTION", "");
            })
            .group("ESEAL", |seal| {
                seal.text("ESEAL_ID", &self.seals.join("|"))
                    .text("ESEAL_OPERATE", SealAct::code(self.seal_act))
                    .text("RESULT", self.seal_done.code())
                    .text("RESULT_DESCRIPTION", "");
            })
            .group("GENERAL_DEVICE", |device| {
                device
                    .text("DEVICE_TYPE", &self.device_type)
                    .text("DEVIC_ID", &self.device)
                    .text("OPERATE", &self.operation)
                    .text("RESULT", self.device_done.code())
                    .text("RESULT_DESCRIPTION", "");
            });
        writer.document()
    }
}
