//! Messages 0x31 and 0x35, a command to the devices of a lane or to one of them in an emergency,
//! and 0x32, what became of it ⇄ XML. 0x35 looks like 0x31; its answer 0x36 is of
//! [`crate::jgs14::device`].

use crate::jgs14::command::{SealOrder, TrackerOrder, orders, write_orders};
use crate::jgs14::frame::Frame;
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, numbered, root, wrong};
use crate::jgs14::status::StatusWord;

/// Code of a command to the devices of a lane.
pub const CODE: u8 = 0x31;
/// Code of what became of it.
pub const RESULT_CODE: u8 = 0x32;
/// Code of an emergency command to a single device.
pub const EMERGENCY_CODE: u8 = 0x35;

/// What the officer decided of the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Raise the barrier and let it go.
    Lift,
    /// Not decided.
    Pending,
    /// Send it back.
    Return,
}

impl Operation {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Lift, "0"), (Self::Pending, "1"), (Self::Return, "2")];

    fn code(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(one, _)| *one == self).expect("all are listed").1
    }
}

/// A command to the devices of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCommand {
    /// Lane, and the number of this message.
    pub key: Key,
    /// Only the positions of barrier, seal and tracker mean anything.
    pub word: StatusWord,
    /// What is ordered of the tracker.
    pub tracker: TrackerOrder,
    /// What is ordered of the seals.
    pub seal: SealOrder,
    /// What was decided; `None` where field software leaves it out.
    pub operation: Option<Operation>,
    /// Why.
    pub reason: String,
    /// Who.
    pub user: String,
}

impl DeviceCommand {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without number or status word.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        let key = numbered(&root)?;
        let word = StatusWord::at_field(&root, "EXCUTE_COMMAND")?;
        let raw = root.at(&["OP_TYPE"]);
        let mut all = Operation::ALL.into_iter();
        let operation = match all.find(|(_, code)| *code == raw) {
            Some((operation, _)) => Some(operation),
            None if raw.is_empty() => None,
            None => return Err(wrong(&root, "OP_TYPE", raw)),
        };
        let (tracker, seal) = orders(&root);
        Ok(Self {
            key,
            word,
            tracker,
            seal,
            operation,
            reason: root.at(&["OP_REASON"]).to_owned(),
            user: root.at(&["OP_ID"]).to_owned(),
        })
    }

    /// The frame of this message, with `code` [`CODE`] or [`EMERGENCY_CODE`].
    ///
    /// # Errors
    /// No number, or a character that GBK lacks.
    pub fn frame(&self, code: u8) -> Result<Frame, WriteError> {
        let mut writer = Writer::numbered("COMMAND_INFO", &self.key);
        writer.text("EXCUTE_COMMAND", &self.word.to_string());
        write_orders(&mut writer, &self.tracker, &self.seal);
        writer
            .text("OP_TYPE", self.operation.map_or("", Operation::code))
            .text("OP_REASON", &self.reason)
            .text("OP_ID", &self.user);
        writer.frame(code, &self.key, Vec::new())
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceResult {
    /// Lane, and the number of the command.
    pub key: Key,
    /// By position: 0 done or nothing to say, 9 failed; of the barrier 1 is the lowered arm.
    pub word: StatusWord,
    /// The seal's counter, which only grows.
    pub seal_use_count: Option<u64>,
}

impl DeviceResult {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without number or status word.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        let key = numbered(&root)?;
        let word = StatusWord::at_field(&root, "EXECUTE_RESULT")?;
        let seal_use_count = match root.at(&["ESEAL_USE_COUNT"]) {
            "" => None,
            raw => Some(
                raw.parse()
                    .map_err(|_| wrong(&root, "ESEAL_USE_COUNT", raw))?,
            ),
        };
        Ok(Self {
            key,
            word,
            seal_use_count,
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// No number.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let count = self
            .seal_use_count
            .map_or_else(String::new, |n| n.to_string());
        let mut writer = Writer::numbered("COMMAND_INFO", &self.key);
        writer
            .text("EXECUTE_RESULT", &self.word.to_string())
            .text("ESEAL_USE_COUNT", &count);
        writer.frame(RESULT_CODE, &self.key, Vec::new())
    }
}
