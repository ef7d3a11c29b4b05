//! What every message of the traditional gate has: its key, its root, its way into a frame.

use encoding_rs::GBK;

use crate::jgs14::frame::{Frame, Picture};
use crate::jgs14::status::StatusError;
use crate::xml::{self, Element, XmlError, escaped};

/// Largest XML of a message: ten times what a full gather message takes.
pub const XML_BYTES_MAX: usize = 1 << 20;

/// Which message of which lane: the attributes of its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Key {
    /// Site, ten digits.
    pub area_id: String,
    /// Lane, ten digits.
    pub channel: String,
    /// `I` or `E`; `F` and `H` for seal readers that stand at no gate.
    pub flag: String,
    /// Moment to the second and a serial number of six digits: the key by which an answer is
    /// joined, and by which a repetition is told. Empty where the message has none.
    pub seq_no: String,
}

impl Key {
    pub(super) fn of(root: &Element) -> Self {
        Self {
            area_id: root.attribute("AREA_ID").to_owned(),
            channel: root.attribute("CHNL_NO").to_owned(),
            flag: root.attribute("I_E_TYPE").to_owned(),
            seq_no: root.attribute("SEQ_NO").to_owned(),
        }
    }

    /// The key of any message that is known by its number, for an answer to one that cannot be
    /// read as a whole.
    #[must_use]
    pub fn find(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > XML_BYTES_MAX {
            return None;
        }
        let key = Self::of(&xml::read(bytes).ok()?);
        key.has_number().then_some(key)
    }

    /// Whether a message with this key answers one with `asked`: another lane's or an earlier
    /// vehicle's answer moves nothing.
    #[must_use]
    pub fn answers(&self, asked: &Self) -> bool {
        self.seq_no == asked.seq_no
            && self.area_id == asked.area_id
            && self.channel == asked.channel
    }

    /// The same lane, without the number of a message.
    #[must_use]
    pub fn lane(&self) -> Self {
        Self {
            seq_no: String::new(),
            ..self.clone()
        }
    }

    pub(super) fn has_number(&self) -> bool {
        self.seq_no.len() == 20 && self.seq_no.bytes().all(|b| b.is_ascii_digit())
    }
}

/// Why bytes are not the message that was asked for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReadError {
    /// Larger than any message.
    #[error("the message has {len} bytes, at most {XML_BYTES_MAX} are taken")]
    TooLarge {
        /// Bytes.
        len: usize,
    },
    /// No XML.
    #[error("the message is no XML that can be read")]
    Xml(#[source] XmlError),
    /// Another message.
    #[error("{found:?} is no {wanted}")]
    Other {
        /// Name of the root.
        found: String,
        /// Name that it should have.
        wanted: &'static str,
    },
    /// Something that has to be there is not, or is not what it should be.
    #[error("line {line}: {field} cannot be read: {value:?}")]
    Field {
        /// Line.
        line: usize,
        /// Which.
        field: &'static str,
        /// What stood there, cut to forty characters.
        value: String,
    },
    /// A status word that is none: the barrier stays down.
    #[error("{field} cannot be read")]
    Status {
        /// Which.
        field: &'static str,
        /// Why.
        #[source]
        source: StatusError,
    },
}

/// Why a message cannot be written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WriteError {
    /// A character that GBK does not have.
    #[error("{found:?} is a character that GBK lacks")]
    Character {
        /// The first one.
        found: char,
    },
    /// A character that XML cannot carry.
    #[error("{field} has a control character, which XML cannot carry")]
    Control {
        /// Which.
        field: &'static str,
    },
    /// The message is known by its number, and has none.
    #[error("{found:?} is no SEQ_NO: fourteen digits of the moment and six of a serial number")]
    Number {
        /// What it has.
        found: String,
    },
    /// More than the message has room for.
    #[error("{count} in {field}, the message has room for {most}")]
    TooMany {
        /// Which.
        field: &'static str,
        /// How many.
        count: usize,
        /// Most.
        most: usize,
    },
    /// More XML than a reader takes.
    #[error("the message has {len} bytes, at most {XML_BYTES_MAX} may be")]
    TooLarge {
        /// Bytes.
        len: usize,
    },
}

/// The root of a message named `wanted`.
pub(super) fn root(bytes: &[u8], wanted: &'static str) -> Result<Element, ReadError> {
    if bytes.len() > XML_BYTES_MAX {
        return Err(ReadError::TooLarge { len: bytes.len() });
    }
    let root = xml::read(bytes).map_err(ReadError::Xml)?;
    if root.name == wanted {
        Ok(root)
    } else {
        let found = cut(&root.name);
        Err(ReadError::Other { found, wanted })
    }
}

/// A field of `element` that is not what it should be.
pub(super) fn wrong(element: &Element, field: &'static str, value: &str) -> ReadError {
    ReadError::Field {
        line: element.line,
        field,
        value: cut(value),
    }
}

/// The key of a message that is known by its number.
pub(super) fn numbered(root: &Element) -> Result<Key, ReadError> {
    let key = Key::of(root);
    if key.has_number() {
        Ok(key)
    } else {
        Err(wrong(root, "SEQ_NO", &key.seq_no))
    }
}

/// A text with several values.
pub(super) fn several(raw: &str) -> Vec<String> {
    raw.split('|')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn cut(value: &str) -> String {
    value.chars().take(40).collect()
}

/// Builds the XML of a message.
pub(super) struct Writer {
    xml: String,
    root: &'static str,
    refused: Option<WriteError>,
}

impl Writer {
    /// A message in `encoding` whose root has no attributes.
    pub(super) fn plain(encoding: &str, root: &'static str) -> Self {
        Self {
            xml: format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n<{root}>"),
            root,
            refused: None,
        }
    }

    /// A message of the traditional gate of one lane; with its number, if it has one.
    pub(super) fn keyed(root: &'static str, key: &Key) -> Self {
        let mut writer = Self::plain("GB2312", root);
        writer.xml.pop();
        let mut attributes = vec![
            ("AREA_ID", &key.area_id),
            ("CHNL_NO", &key.channel),
            ("I_E_TYPE", &key.flag),
        ];
        if !key.seq_no.is_empty() {
            attributes.push(("SEQ_NO", &key.seq_no));
        }
        for (name, value) in attributes {
            writer.check(name, value);
            writer
                .xml
                .push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
        writer.xml.push('>');
        writer
    }

    /// As [`Writer::keyed`], refused without a number.
    pub(super) fn numbered(root: &'static str, key: &Key) -> Self {
        let mut writer = Self::keyed(root, key);
        if !key.has_number() {
            let found = cut(&key.seq_no);
            writer.refused = Some(WriteError::Number { found });
        }
        writer
    }

    fn check(&mut self, field: &'static str, value: &str) {
        if value
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            self.refused.get_or_insert(WriteError::Control { field });
        }
    }

    /// An element with a text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.check(name, value);
        self.xml
            .push_str(&format!("<{name}>{}</{name}>", escaped(value)));
        self
    }

    /// Empty elements.
    pub(super) fn empty(&mut self, names: &[&'static str]) -> &mut Self {
        for name in names {
            self.text(name, "");
        }
        self
    }

    /// An element with others in it.
    pub(super) fn group(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.xml.push_str(&format!("<{name}>"));
        fill(self);
        self.xml.push_str(&format!("</{name}>"));
        self
    }

    /// At most so many of something.
    pub(super) fn at_most(&mut self, field: &'static str, count: usize, most: usize) -> &mut Self {
        if count > most {
            self.refused
                .get_or_insert(WriteError::TooMany { field, count, most });
        }
        self
    }

    fn end(mut self) -> Result<String, WriteError> {
        self.xml.push_str(&format!("</{}>", self.root));
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        if self.xml.len() > XML_BYTES_MAX {
            return Err(WriteError::TooLarge {
                len: self.xml.len(),
            });
        }
        Ok(self.xml)
    }

    /// The document in UTF-8.
    pub(super) fn document(self) -> Result<Vec<u8>, WriteError> {
        self.end().map(String::into_bytes)
    }

    /// The frame with the XML in GBK, for the lane of `key`.
    pub(super) fn frame(
        self,
        code: u8,
        key: &Key,
        pictures: Vec<Picture>,
    ) -> Result<Frame, WriteError> {
        let xml = self.end()?;
        let (bytes, _, has_strange) = GBK.encode(&xml);
        if has_strange {
            let strange = |c: &char| GBK.encode(c.encode_utf8(&mut [0; 4])).2;
            let found = xml.chars().find(strange).unwrap_or_default();
            return Err(WriteError::Character { found });
        }
        Ok(Frame {
            code,
            area_id: key.area_id.clone(),
            channel: key.channel.clone(),
            // A frame without a direction is refused when it is written.
            flag: key.flag.chars().next().unwrap_or(' '),
            xml: bytes.into_owned(),
            pictures,
        })
    }
}
