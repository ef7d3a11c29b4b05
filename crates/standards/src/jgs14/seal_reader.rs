//! Messages 0x63 to 0x66: a reader of electronic seals proves itself to the back office ⇄ XML.
//! Keys, signatures and random numbers are texts here: the standard does not say how they are
//! written, nor by which algorithm they are made.

use crate::jgs14::frame::Frame;
use crate::jgs14::message::{Key, ReadError, WriteError, Writer, root, wrong};
use crate::xml::Element;

/// Code of a reader's registration.
pub const CODE: u8 = 0x63;
/// Code of the answer, with a random number to sign.
pub const CHALLENGE_CODE: u8 = 0x64;
/// Code of the signature.
pub const SIGNATURE_CODE: u8 = 0x65;
/// Code of what it is worth.
pub const VERDICT_CODE: u8 = 0x66;

/// What the four messages tell, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealReaderStep {
    /// 0x63: here is this reader.
    Registers,
    /// 0x64: sign this.
    Challenge {
        /// Whether the reader is known.
        is_known: bool,
        /// Random number under the reader's public key; empty for an unknown reader.
        encrypted_random: String,
    },
    /// 0x65: signed.
    Signs {
        /// Signature over the random number.
        signature: String,
    },
    /// 0x66: whether the signature holds.
    Verdict {
        /// It does.
        holds: bool,
    },
}

/// One of the messages 0x63 to 0x66.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealReaderMessage {
    /// Lane; its way is `F` or `H` for a reader that stands at no gate.
    pub key: Key,
    /// The reader.
    pub reader: String,
    /// What it tells.
    pub step: SealReaderStep,
}

impl SealReaderMessage {
    /// Reads the XML of a frame with this code.
    ///
    /// # Errors
    /// No such message, or another code.
    pub fn read(code: u8, bytes: &[u8]) -> Result<Self, ReadError> {
        let root = root(bytes, "COMMAND_INFO")?;
        let reader = root.at(&["ESEAL_READER_ID"]).to_owned();
        if reader.is_empty() {
            return Err(wrong(&root, "ESEAL_READER_ID", ""));
        }
        let step = match code {
            CODE => SealReaderStep::Registers,
            CHALLENGE_CODE => SealReaderStep::Challenge {
                is_known: is_good(&root)?,
                encrypted_random: root.at(&["ENCRYPTED_RANDOM_DATA"]).to_owned(),
            },
            SIGNATURE_CODE => SealReaderStep::Signs {
                signature: root.at(&["HASH_SIGN"]).to_owned(),
            },
            VERDICT_CODE => SealReaderStep::Verdict {
                holds: is_good(&root)?,
            },
            other => return Err(wrong(&root, "message code", &format!("{other:#04x}"))),
        };
        Ok(Self {
            key: Key::of(&root).lane(),
            reader,
            step,
        })
    }

    /// The frame of this message.
    ///
    /// # Errors
    /// A character that GBK lacks.
    pub fn frame(&self) -> Result<Frame, WriteError> {
        let result = |is_good: bool| if is_good { "0" } else { "1" };
        let mut writer = Writer::keyed("COMMAND_INFO", &self.key.lane());
        writer.text("ESEAL_READER_ID", &self.reader);
        let code = match &self.step {
            SealReaderStep::Registers => CODE,
            SealReaderStep::Challenge {
                is_known,
                encrypted_random,
            } => {
                writer
                    .text("RESULT", result(*is_known))
                    .text("ENCRYPTED_RANDOM_DATA", encrypted_random);
                CHALLENGE_CODE
            }
            SealReaderStep::Signs { signature } => {
                writer.text("HASH_SIGN", signature);
                SIGNATURE_CODE
            }
            SealReaderStep::Verdict { holds } => {
                writer.text("RESULT", result(*holds));
                VERDICT_CODE
            }
        };
        writer.frame(code, &self.key, Vec::new())
    }
}

/// 0 is yes, 1 is no, anything else is refused.
fn is_good(root: &Element) -> Result<bool, ReadError> {
    match root.at(&["RESULT"]) {
        "0" => Ok(true),
        "1" => Ok(false),
        raw => Err(wrong(root, "RESULT", raw)),
    }
}
