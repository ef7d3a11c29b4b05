//! Message 0x22, COMMAND_INFO: what the back office answers to a gather message ⇄ XML; and what
//! it shares with a device command: tracker and seals.

use crate::jgs14::frame::Frame;
use crate::jgs14::gather::Gather;
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, root, several};
use crate::jgs14::status::StatusWord;
use crate::xml::Element;

/// The message's code.
pub const CODE: u8 = 0x22;

/// What is ordered of a tracker.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrackerOrder {
    /// Recorded number of the vehicle.
    pub vehicle_no: String,
    /// Tracker.
    pub tracker: String,
    /// Customs of departure.
    pub origin_customs: String,
    /// Customs of destination.
    pub destination_customs: String,
}

/// What is ordered of electronic seals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SealOrder {
    /// Seals.
    pub seals: Vec<String>,
    /// Key that opens or closes them.
    pub key: String,
}

/// Reads GPS and SEAL of a command.
pub(super) fn orders(root: &Element) -> (TrackerOrder, SealOrder) {
    let at = |path: &[&str]| root.at(path).to_owned();
    let tracker = TrackerOrder {
        vehicle_no: at(&["GPS", "VE_NAME"]),
        tracker: at(&["GPS", "GPS_ID"]),
        origin_customs: at(&["GPS", "ORIGIN_CUSTOMS"]),
        destination_customs: at(&["GPS", "DEST_CUSTOMS"]),
    };
    let seal = SealOrder {
        seals: several(root.at(&["SEAL", "ESEAL_ID"])),
        key: at(&["SEAL", "SEAL_KEY"]),
    };
    (tracker, seal)
}

/// Writes GPS and SEAL of a command.
pub(super) fn write_orders(writer: &mut Writer, tracker: &TrackerOrder, seal: &SealOrder) {
    writer
        .group("GPS", |gps| {
            gps.text("VE_NAME", &tracker.vehicle_no)
                .text("GPS_ID", &tracker.tracker)
                .text("ORIGIN_CUSTOMS", &tracker.origin_customs)
                .text("DEST_CUSTOMS", &tracker.destination_customs);
        })
        .group("SEAL", |group| {
            group
                .text("ESEAL_ID", &seal.seals.join("|"))
                .text("SEAL_KEY", &seal.key);
        });
}

/// What the back office orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Lane, and the number of the gather message.
    pub key: Key,
    /// The result by device.
    pub result: StatusWord,
    /// What is ordered of the tracker.
    pub tracker: TrackerOrder,
    /// What is ordered of the seals.
    pub seal: SealOrder,
    /// Kind of the form that it was decided by.
    pub form_type: String,
    /// The form that it was decided by.
    pub form_id: String,
    /// What to tell the operator.
    pub hint: String,
}

impl Command {
    /// The answer to a gather message.
    #[must_use]
    pub fn to(gather: &Gather, result: StatusWord, hint: &str) -> Self {
        Self {
            key: gather.key.clone(),
            result,
            tracker: TrackerOrder::default(),
            seal: SealOrder::default(),
            form_type: String::new(),
            form_id: String::new(),
            hint: hint.to_owned(),
        }
    }

    /// Whether this answers that message.
    #[must_use]
    pub fn answers(&self, gather: &Gather) -> bool {
        self.key.answers(&gather.key)
    }

    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without a result.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        let result = StatusWord::at_field(&root, "CHECK_RESULT")?;
        let (tracker, seal) = orders(&root);
        Ok(Self {
            key: Key::of(&root),
            result,
            tracker,
            seal,
            form_type: root.at(&["FORM_TYPE"]).to_owned(),
            form_id: root.at(&["FORM_ID"]).to_owned(),
            hint: root.at(&["OP_HINT"]).to_owned(),
        })
    }

    /// The frame of this message, its XML in GBK.
    ///
    /// # Errors
    /// No number, or a character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let mut writer = Writer::numbered("COMMAND_INFO", &self.key);
        writer.text("CHECK_RESULT", &self.result.to_string());
        write_orders(&mut writer, &self.tracker, &self.seal);
        writer
            .text("FORM_TYPE", &self.form_type)
            .text("FORM_ID", &self.form_id)
            .text("OP_HINT", &self.hint);
        writer.frame(CODE, &self.key, Vec::new())
    }
}
