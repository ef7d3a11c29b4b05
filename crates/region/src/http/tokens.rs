//! A file of hashed tokens ⇄ who may ask what. A token is 256 random bits, so its plain SHA-256 is
//! as hard to turn back as any slow hash of it; what is compared are hashes, in constant time.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Tokens of one file.
const TOKENS_MAX: usize = 256;
/// Longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 128;

/// Why tokens cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read or written.
    #[error("cannot use the token file {file}")]
    File {
        /// File.
        file: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A line is no token.
    #[error(
        "{file}:{line}: {what}; write a name, read or read,orders, and 64 hexadecimal digits \
         (kakou-region token makes such a line)"
    )]
    Line {
        /// File.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// What a token allows beyond reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// To send orders down to the gates.
    pub orders: bool,
}

/// Whoever holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name in the file.
    pub name: String,
    /// Rights.
    pub rights: Rights,
}

/// All tokens, as hashes.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<(Holder, [u8; 32])>);

fn failed(file: &Path) -> impl FnOnce(std::io::Error) -> TokenError {
    |source| TokenError::File {
        file: file.to_owned(),
        source,
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Tokens {
    /// Reads a file; empty lines and lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// It cannot be read, or a line is no token.
    pub fn read(file: &Path) -> Result<Self, TokenError> {
        let text = std::fs::read_to_string(file).map_err(failed(file))?;
        let mut tokens = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what| TokenError::Line {
                file: file.to_owned(),
                line: number + 1,
                what,
            };
            if tokens.len() == TOKENS_MAX {
                return Err(wrong("more than 256 tokens"));
            }
            let mut words = line.split_whitespace();
            let (Some(name), Some(rights), Some(digits), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(wrong("not three words"));
            };
            let orders = match rights {
                "read" => false,
                "read,orders" => true,
                _ => return Err(wrong("unknown rights")),
            };
            let bytes = hex::decode(digits).ok().and_then(|b| b.try_into().ok());
            let holder = Holder {
                name: name.chars().take(64).collect(),
                rights: Rights { orders },
            };
            tokens.push((holder, bytes.ok_or_else(|| wrong("no SHA-256"))?));
        }
        Ok(Self(tokens))
    }

    /// Who holds `token`. Every hash is compared, so that the time tells nothing.
    #[must_use]
    pub fn holder(&self, token: &str) -> Option<&Holder> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let hash = hash(token);
        let mut found = None;
        for (holder, known) in &self.0 {
            if bool::from(known.ct_eq(&hash)) {
                found = Some(holder);
            }
        }
        found
    }

    /// Whether nobody holds any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Makes a token, appends its hash to the file (made if need be, readable to its owner alone) and
/// gives the token, which is stored nowhere.
///
/// # Errors
/// The file cannot be written, or there is no randomness.
pub fn issue(file: &Path, name: &str, rights: Rights) -> Result<String, TokenError> {
    let mut random = [0_u8; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .map_err(failed(file))?;
    let token = hex::encode(random);
    let mut line = String::new();
    let rights = if rights.orders { "read,orders" } else { "read" };
    let name: String = name.split_whitespace().collect::<Vec<_>>().join("-");
    let name = if name.is_empty() { "nobody" } else { &name };
    writeln!(line, "{name} {rights} {}", hex::encode(hash(&token)))
        .expect("a string takes any text");
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut out| out.write_all(line.as_bytes()).and_then(|()| out.sync_all()))
        .map_err(failed(file))?;
    Ok(token)
}

/// Reads the file; where there is none, makes one with a first token, which is written beside it
/// (`.first`, readable to its owner alone) for whoever sets the region up. Gives that file's name
/// if it was made.
///
/// # Errors
/// As [`Tokens::read`] and [`issue`].
pub fn read_or_make(file: &Path) -> Result<(Tokens, Option<PathBuf>), TokenError> {
    if file.exists() {
        return Ok((Tokens::read(file)?, None));
    }
    let token = issue(file, "first", Rights { orders: true })?;
    let mut name = file.as_os_str().to_owned();
    name.push(".first");
    let first = PathBuf::from(name);
    std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&first)
        .and_then(|mut out| writeln!(out, "{token}").and_then(|()| out.sync_all()))
        .map_err(failed(&first))?;
    Ok((Tokens::read(file)?, Some(first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_first_token_is_made_once_and_only_its_hash_stays_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        let (tokens, first) = read_or_make(&file).unwrap();
        let first = first.unwrap();
        let token = std::fs::read_to_string(&first).unwrap().trim().to_owned();
        assert_eq!(token.len(), 64);
        assert!(tokens.holder(&token).unwrap().rights.orders);
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&token));
        for made in [&file, &first] {
            let mode = std::fs::metadata(made).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let reader = issue(&file, "a b", Rights { orders: false }).unwrap();
        let (tokens, again) = read_or_make(&file).unwrap();
        assert_eq!(again, None);
        let holder = tokens.holder(&reader).unwrap();
        assert_eq!((holder.name.as_str(), holder.rights.orders), ("a-b", false));
        assert!(tokens.holder(&token).is_some());
        for wrong in ["", &token[1..], &"x".repeat(10_000), "first"] {
            assert_eq!(tokens.holder(wrong), None);
        }
    }

    #[test]
    fn a_line_that_is_no_token_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        for (text, line) in [
            ("# who\n\nofficer-07 read zz\n", 3),
            ("officer-07 write 00\n", 1),
            ("officer-07 read\n", 1),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = Tokens::read(&file).unwrap_err();
            assert!(
                error.to_string().contains(&format!("tokens:{line}:")),
                "{error}"
            );
        }
    }
}
