//! The state file ⇄ accounts. A damaged one is named and left alone, since what replaced it would be
//! an empty register.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::id::UserId;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::account::{Account, StoredAccount};
use super::private_file::{self, DiskError};
use super::register::ACCOUNTS_MAX;

/// Name of the file in the gate's state directory.
pub const FILE_NAME: &str = "users.json";

const FORMAT: u32 = 1;
/// An account takes less than a thousand bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why the accounts cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
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
    let Some(bytes) = private_file::read(file, FILE_BYTES_MAX)? else {
        return Ok(Register::new());
    };
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
    private_file::replace(file, &bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::dashboard::accounts::fixture;

    const MODE: u32 = 0o600;

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
        assert!(matches!(
            error,
            StateFileError::Disk(DiskError { doing: "write", .. })
        ));
    }
}
