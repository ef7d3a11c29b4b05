//! XML of other systems → a plain tree by local names, within limits. Refuses document types and
//! with them every entity but the five that XML itself has.

use encoding_rs::{Encoding, GBK, UTF_8};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Largest document.
pub(crate) const BYTES_MAX: usize = 16 << 20;
/// Deepest nesting.
const DEPTH_MAX: usize = 48;
/// Most elements.
const ELEMENTS_MAX: usize = 500_000;

/// Why a document was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum XmlError {
    /// Larger than a message can be.
    #[error("the document has {len} bytes, at most {BYTES_MAX} are taken")]
    TooLarge {
        /// Bytes.
        len: usize,
    },
    /// Its characters are in no encoding that is known.
    #[error("the characters of the document are not {encoding}")]
    Characters {
        /// The encoding it declares, or UTF-8.
        encoding: String,
    },
    /// Not well-formed, or beyond a limit.
    #[error("line {line}: {reason}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    /// Local name.
    pub(crate) name: String,
    /// Namespace as declared on it; of the root only what `xmlns` says there.
    pub(crate) namespace: String,
    /// Attributes by local name.
    pub(crate) attributes: Vec<(String, String)>,
    /// Its own text, without blanks around it.
    pub(crate) text: String,
    /// Elements in it.
    pub(crate) children: Vec<Element>,
    /// Line where it begins.
    pub(crate) line: usize,
}

impl Element {
    /// First child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|one| one.name == name)
    }

    /// Text of the element at a path of names, empty if there is none.
    pub(crate) fn at(&self, path: &[&str]) -> &str {
        let mut here = self;
        for name in path {
            match here.child(name) {
                Some(child) => here = child,
                None => return "",
            }
        }
        &here.text
    }

    /// First element of a name, at any depth, itself included.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// Value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        let mut all = self.attributes.iter();
        all.find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }
}

/// Reads a document.
pub(crate) fn read(bytes: &[u8]) -> Result<Element, XmlError> {
    if bytes.len() > BYTES_MAX {
        return Err(XmlError::TooLarge { len: bytes.len() });
    }
    let text = decode(bytes)?;
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    let mut lines = Lines::new(&text);
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let line = lines.at(at);
        let wrong = |reason: String| XmlError::Malformed { line, reason };
        match event.map_err(|error| wrong(error.to_string()))? {
            Event::Start(start) => {
                count += 1;
                if open.len() >= DEPTH_MAX || count > ELEMENTS_MAX {
                    return Err(wrong(
                        "more elements, or nested deeper, than any message".to_owned(),
                    ));
                }
                open.push(element(&start, line).map_err(wrong)?);
            }
            Event::Empty(start) => {
                count += 1;
                let element = element(&start, line).map_err(wrong)?;
                if count > ELEMENTS_MAX {
                    return Err(wrong("more elements than any message".to_owned()));
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let Some(mut done) = open.pop() else {
                    return Err(wrong("an element ends that never began".to_owned()));
                };
                done.text = done.text.trim().to_owned();
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Ok(done),
                }
            }
            Event::Text(words) => {
                if let Some(parent) = open.last_mut() {
                    parent.text.push_str(&words.xml10_content());
                }
            }
            Event::CData(words) => {
                if let Some(parent) = open.last_mut() {
                    parent.text.push_str(&words.xml10_content());
                }
            }
            Event::GeneralRef(name) => {
                let Some(character) = character(&name) else {
                    return Err(wrong("an entity that XML itself does not have".to_owned()));
                };
                if let Some(parent) = open.last_mut() {
                    parent.text.push(character);
                }
            }
            Event::DocType(_) => return Err(wrong("a document type is refused".to_owned())),
            Event::Eof => return Err(wrong("the document ends before its root does".to_owned())),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
}

/// The character of a reference: by number, or one of the five that XML has.
fn character(name: &BytesRef<'_>) -> Option<char> {
    match name.resolve_char_ref() {
        Ok(Some(character)) => Some(character),
        Ok(None) => predefined(name.as_ref()),
        Err(_) => None,
    }
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

fn element(start: &BytesStart<'_>, line: usize) -> Result<Element, String> {
    let name = start.local_name();
    let mut element = Element {
        name: name.as_ref().to_owned(),
        line,
        ..Element::default()
    };
    // Some field software leaves out the blank before an attribute; nothing else is let pass.
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = quick_xml::escape::unescape(&attribute.value)
            .map_err(|error| error.to_string())?
            .into_owned();
        let key = attribute.key;
        if key.as_ref() == "xmlns" {
            element.namespace = value;
        } else {
            let key = key.local_name().as_ref().to_owned();
            element.attributes.push((key, value));
        }
    }
    Ok(element)
}

/// The document in UTF-8: as its declaration says, else UTF-8, else GBK, which the field uses
/// without saying so.
fn decode(bytes: &[u8]) -> Result<String, XmlError> {
    let declared = declared(bytes);
    let encoding = declared.unwrap_or(UTF_8);
    let (text, used, is_damaged) = encoding.decode(bytes);
    if !is_damaged {
        return Ok(text.into_owned());
    }
    if used == UTF_8 && declared.is_none() {
        let (text, _, is_damaged) = GBK.decode(bytes);
        if !is_damaged {
            return Ok(text.into_owned());
        }
    }
    Err(XmlError::Characters {
        encoding: encoding.name().to_owned(),
    })
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(200)];
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let text = String::from_utf8_lossy(&head[..end]);
    let (_, rest) = text.split_once("encoding")?;
    let label: String = rest
        .chars()
        .skip_while(|c| matches!(c, '=' | ' ' | '"' | '\''))
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    Encoding::for_label(label.as_bytes())
}

/// Byte positions that only grow → lines.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    fn at(&mut self, position: usize) -> usize {
        let to = position.clamp(self.at, self.text.len());
        self.line += self.text[self.at..to]
            .iter()
            .filter(|&&b| b == b'\n')
            .count();
        self.at = to;
        self.line
    }
}

/// `raw` with the five characters escaped that may not stand in text or attributes.
pub(crate) fn escaped(raw: &str) -> String {
    quick_xml::escape::escape(raw).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_by_local_names() {
        let text = "<?xml version=\"1.0\"?>\n<m:A xmlns=\"urn:x\" xmlns:m=\"urn:x\" K='1&amp;2'>\n<B> x &lt;&#65; </B><C/><B>2</B></m:A>";
        let root = read(text.as_bytes()).unwrap();
        assert_eq!(
            (root.name.as_str(), root.namespace.as_str()),
            ("A", "urn:x")
        );
        assert_eq!(root.attribute("K"), "1&2");
        assert_eq!(root.at(&["B"]), "x <A");
        assert_eq!(root.children.len(), 3);
        assert_eq!(root.children[0].line, 3);
        assert!(root.find("C").is_some() && root.find("D").is_none());
    }

    #[test]
    fn gbk_is_read_declared_or_not() {
        let text = "<?xml version=\"1.0\" encoding=\"GB2312\"?><A>粤B12345</A>";
        let (bytes, _, _) = GBK.encode(text);
        assert_eq!(read(&bytes).unwrap().text, "粤B12345");
        let (bytes, _, _) = GBK.encode("<A>粤B12345</A>");
        assert_eq!(read(&bytes).unwrap().text, "粤B12345");
        assert!(read(b"<?xml version=\"1.0\" encoding=\"utf-8\"?><A>\xff</A>").is_err());
    }

    #[test]
    fn bombs_and_damage_are_typed_errors() {
        let deep = "<a>".repeat(1_000);
        let wide = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX + 1));
        for text in [
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            "<a><b></a>",
            "<a>",
            "</a>",
            "",
            "no xml",
            "<a b=1/>",
            &deep,
            &wide,
        ] {
            assert!(
                read(text.as_bytes()).is_err(),
                "{}",
                &text[..text.len().min(40)]
            );
        }
        let large = vec![b' '; BYTES_MAX + 1];
        assert!(matches!(read(&large), Err(XmlError::TooLarge { .. })));
    }
}
