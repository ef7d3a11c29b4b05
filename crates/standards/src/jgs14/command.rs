//! Message 0x22, COMMAND_INFO: what the back office answers to a gather message ⇄ XML.

use encoding_rs::GBK;

use crate::jgs14::frame::Frame;
use crate::jgs14::gather::Gather;
use crate::jgs14::status::{StatusError, StatusWord};
use crate::xml::{self, XmlError, escaped};

/// The message's code.
pub const CODE: u8 = 0x22;

/// What the back office orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Site.
    pub area_id: String,
    /// Lane.
    pub channel: String,
    /// `I` or `E`.
    pub flag: String,
    /// That of the gather message.
    pub seq_no: String,
    /// The result by device.
    pub result: StatusWord,
    /// The form that it was decided by.
    pub form_id: String,
    /// What to tell the operator.
    pub hint: String,
}

/// Why a message was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CommandError {
    /// No XML.
    #[error("the message is no XML that can be read")]
    Xml(#[source] XmlError),
    /// Another message.
    #[error("{found:?} is no COMMAND_INFO")]
    Other {
        /// Name of the root.
        found: String,
    },
    /// The result is no status word: the barrier stays down.
    #[error("CHECK_RESULT cannot be read")]
    Result(#[source] StatusError),
    /// A character that GBK does not have.
    #[error("{text:?} has a character that GBK lacks")]
    Character {
        /// The text.
        text: String,
    },
}

impl Command {
    /// The answer to a gather message.
    #[must_use]
    pub fn to(gather: &Gather, result: StatusWord, hint: &str) -> Self {
        Self {
            area_id: gather.area_id.clone(),
            channel: gather.channel.clone(),
            flag: gather.flag.clone(),
            seq_no: gather.seq_no.clone(),
            result,
            form_id: String::new(),
            hint: hint.to_owned(),
        }
    }

    /// Whether this answers that message: another lane's or an earlier vehicle's answer moves
    /// nothing.
    #[must_use]
    pub fn answers(&self, gather: &Gather) -> bool {
        self.seq_no == gather.seq_no
            && self.area_id == gather.area_id
            && self.channel == gather.channel
    }

    /// Reads the XML of a frame.
    ///
    /// # Errors
    /// No such message, or without a result.
    pub fn read(bytes: &[u8]) -> Result<Self, CommandError> {
        let root = xml::read(bytes).map_err(CommandError::Xml)?;
        if root.name != "COMMAND_INFO" {
            return Err(CommandError::Other { found: root.name });
        }
        let result = StatusWord::parse(root.at(&["CHECK_RESULT"])).map_err(CommandError::Result)?;
        Ok(Self {
            area_id: root.attribute("AREA_ID").to_owned(),
            channel: root.attribute("CHNL_NO").to_owned(),
            flag: root.attribute("I_E_TYPE").to_owned(),
            seq_no: root.attribute("SEQ_NO").to_owned(),
            result,
            form_id: root.at(&["FORM_ID"]).to_owned(),
            hint: root.at(&["OP_HINT"]).to_owned(),
        })
    }

    /// The frame of this message, its XML in GBK.
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, CommandError> {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"GB2312\"?>\n\
             <COMMAND_INFO AREA_ID=\"{}\" CHNL_NO=\"{}\" I_E_TYPE=\"{}\" SEQ_NO=\"{}\">\
             <CHECK_RESULT>{}</CHECK_RESULT>\
             <GPS><VE_NAME></VE_NAME><GPS_ID></GPS_ID><ORIGIN_CUSTOMS></ORIGIN_CUSTOMS>\
             <DEST_CUSTOMS></DEST_CUSTOMS></GPS>\
             <SEAL><ESEAL_ID></ESEAL_ID><SEAL_KEY></SEAL_KEY></SEAL>\
             <FORM_TYPE></FORM_TYPE><FORM_ID>{}</FORM_ID><OP_HINT>{}</OP_HINT></COMMAND_INFO>",
            escaped(&self.area_id),
            escaped(&self.channel),
            escaped(&self.flag),
            escaped(&self.seq_no),
            self.result,
            escaped(&self.form_id),
            escaped(&self.hint),
        );
        let (bytes, _, has_strange) = GBK.encode(&xml);
        if has_strange {
            return Err(CommandError::Character {
                text: self.hint.clone(),
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
}
