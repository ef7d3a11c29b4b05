//! Messages 0x25 and 0x26: the back office asks for the pictures of a passage, and gets them.

use crate::jgs14::frame::{Frame, Picture};
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, numbered, root};

/// Code of the question.
pub const ASK_CODE: u8 = 0x25;
/// Code of the answer.
pub const CODE: u8 = 0x26;

/// The question for the pictures of the passage whose gather message had this number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureQuestion {
    /// Lane, and the number of the gather message.
    pub key: Key,
}

impl PictureQuestion {
    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without the number of a passage.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let key = numbered(&root(bytes, "COMMAND_INFO")?)?;
        Ok(Self { key })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// No number.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        Writer::numbered("COMMAND_INFO", &self.key).frame(ASK_CODE, &self.key, Vec::new())
    }
}

/// The pictures of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// Lane, and the number of the gather message.
    pub key: Key,
    /// At most six, told apart by where the camera looks.
    pub pictures: Vec<Picture>,
}

impl Pictures {
    /// Reads a frame: its XML names the passage, its pictures stand behind it.
    ///
    /// # Errors
    /// No such message, or without the number of a passage.
    pub fn read(frame: &Frame) -> Result<Self, ReadError> {
        let key = numbered(&root(&frame.xml, "COMMAND_INFO")?)?;
        Ok(Self {
            key,
            pictures: frame.pictures.clone(),
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// No number.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let writer = Writer::numbered("COMMAND_INFO", &self.key);
        writer.frame(CODE, &self.key, self.pictures.clone())
    }
}
