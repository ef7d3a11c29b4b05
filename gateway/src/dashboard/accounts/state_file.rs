//! The state file ⇄ accounts. Written whole beside itself and put in place in one step; a damaged
//! one is named and left alone, since what replaced it would be an empty register.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use domain::id::UserId;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::account::{Account, StoredAccount};
use super::register::ACCOUNTS_MAX;

/// Name of the file in the gate's state directory.
pub const FILE_NAME: &str = "users.json";

const FORMAT: u32 = 1;
/// An account takes less than a thousand bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Read and written by its owner alone.
const MODE: u32 = 0o600;

/// Why the accounts cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The disk refused.
    #[error("cannot {doing} {}", .file.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// The file.
        file: PathBuf,
        /// The disk's answer.
        #[source]
        source: io::Error,
    },
    /// It is not what was written.
    #[error(
        "{}:{line}: {what}; correct that line or put back a copy of the file. Moving it away \
         begins anew: every account is lost, and a set-up code is shown", .file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

/// What [`read`] found.
pub(super) type Register = BTreeMap<UserId, Account>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(deserialize_with = "known_format")]
    #[expect(dead_code, reason = "read for its check alone")]
    format: u32,
    #[serde(deserialize_with = "register")]
    accounts: Register,
}

#[derive(Serialize)]
struct ToStore {
    format: u32,
    accounts: Vec<StoredAccount>,
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        FORMAT => Ok(FORMAT),
        other => Err(D::Error::custom(format!(
            "format {other} is not known here, only {FORMAT}"
        ))),
    }
}

fn register<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Register, D::Error> {
    struct OneByOne;

    impl<'de> Visitor<'de> for OneByOne {
        type Value = Register;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of accounts")
        }

        // Here and not afterwards, so that the error knows its line.
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Register, A::Error> {
            let mut register = Register::new();
            while let Some(stored) = list.next_element::<StoredAccount>()? {
                let account = Account::try_from(stored).map_err(A::Error::custom)?;
                if register.len() == ACCOUNTS_MAX {
                    let what = format!("more than {ACCOUNTS_MAX} accounts");
                    return Err(A::Error::custom(what));
                }
                let name = account.name.clone();
                if register.insert(name.clone(), account).is_some() {
                    return Err(A::Error::custom(format!("a second account {name}")));
                }
            }
            Ok(register)
        }
    }

    deserializer.deserialize_seq(OneByOne)
}

/// Reads the file; there are no accounts when there is none.
///
/// # Errors
/// The disk refused, or the file is damaged.
pub(super) fn read(file: &Path) -> Result<Register, StateFileError> {
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Register::new()),
        Err(error) => return Err(disk("read", file, error)),
    };
    keep_private(&opened, file).map_err(|error| disk("make private", file, error))?;
    let mut bytes = Vec::new();
    opened
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| disk("read", file, error))?;
    let damaged = |line: usize, what: String| StateFileError::Damaged {
        file: file.to_owned(),
        line: line.max(1),
        what,
    };
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(damaged(1, format!("longer than {FILE_BYTES_MAX} bytes")));
    }
    let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| {
        let text = error.to_string();
        let what = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(what, _)| what);
        damaged(error.line(), what.to_owned())
    })?;
    Ok(stored.accounts)
}

/// A copy put back by hand may be open to all.
fn keep_private(opened: &File, file: &Path) -> io::Result<()> {
    let mode = opened.metadata()?.permissions().mode() & 0o777;
    if mode == MODE {
        return Ok(());
    }
    tracing::warn!(file = %file.display(), "others could use the accounts' file; it is private now");
    opened.set_permissions(std::fs::Permissions::from_mode(MODE))
}

/// Puts `register` in the file's place, in one step that outlives a power cut. Blocks for the disk.
///
/// # Errors
/// The disk refused; the file then holds what it held or what was to be written, never a part.
pub(super) fn write(file: &Path, register: &Register) -> Result<(), StateFileError> {
    let stored = ToStore {
        format: FORMAT,
        accounts: register.values().map(StoredAccount::from).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&stored).expect("texts, numbers and lists of them");
    bytes.push(b'\n');
    let temporary = file.with_extension("new");
    write_private(&temporary, &bytes).map_err(|error| disk("write", &temporary, error))?;
    std::fs::rename(&temporary, file).map_err(|error| disk("replace", file, error))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    File::open(folder)
        .and_then(|opened| opened.sync_all())
        .map_err(|error| disk("sync the folder of", file, error))
}

fn write_private(temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a power cut left behind may have another mode, or be a link to elsewhere.
    match std::fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(temporary)?;
    new.write_all(bytes)?;
    new.sync_all()
}

fn disk(doing: &'static str, file: &Path, source: io::Error) -> StateFileError {
    StateFileError::Disk {
        doing,
        file: file.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::accounts::fixture;

    fn mode(file: &Path) -> u32 {
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_reads_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        assert_eq!(read(&file).unwrap(), Register::new(), "a first start");
        let register = fixture::register();
        // Left by a power cut, open to all.
        std::fs::write(file.with_extension("new"), "{").unwrap();
        write(&file, &register).unwrap();
        assert_eq!(read(&file).unwrap(), register);
        assert_eq!(mode(&file), MODE);
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "nothing is left beside it");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read(&file).unwrap(), register);
        assert_eq!(mode(&file), MODE);
    }

    #[test]
    fn a_damaged_file_is_named_with_its_line_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        write(&file, &fixture::register()).unwrap();
        let good = std::fs::read_to_string(&file).unwrap();
        let line_of = |text: &str, part: &str| text[..text.find(part).unwrap()].lines().count();
        let viewer = good.replacen("\"administrator\"", "\"janitor\"", 1);
        let unknown = good.replacen("\"disabled\"", "\"colour\"", 1);
        let twice = good.replacen("clerk-07", "admin-01", 1);
        let second = twice[..twice.rfind("admin-01").unwrap()].lines().count();
        let half = &good[..good.len() / 2];
        for (text, line, what) in [
            (String::new(), 1, "EOF"),
            (
                "{\n\"format\": 2, \"accounts\": []}".to_owned(),
                2,
                "format 2",
            ),
            (viewer.clone(), line_of(&viewer, "janitor"), "janitor"),
            (unknown.clone(), line_of(&unknown, "colour"), "colour"),
            (twice.clone(), second, "admin-01"),
            (half.to_owned(), half.lines().count(), "EOF"),
            (" ".repeat(1 << 21), 1, "longer"),
        ] {
            std::fs::write(&file, &text).unwrap();
            let error = read(&file).unwrap_err();
            let StateFileError::Damaged {
                line: found,
                what: told,
                ..
            } = &error
            else {
                panic!("{error}");
            };
            // An account as a whole is judged where it ends.
            assert!((line..line + 20).contains(found), "{error} for line {line}");
            assert!(told.contains(what), "{told} lacks {what}");
            assert!(error.to_string().contains("users.json:"), "{error}");
            assert!(!error.to_string().contains("$argon2id"), "{error}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn a_disk_that_refuses_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write(&folder.path().join("none/users.json"), &Register::new()).unwrap_err();
        assert!(matches!(error, StateFileError::Disk { doing: "write", .. }));
    }
}
