//! A passage's place in the journal → whether chain and signature hold, and its evidence pack.

use axum::http::StatusCode;
use evidence_pack::verify_pack;
use http_door::Problem;

use super::super::Desk;
use super::super::course::Entry;
use crate::packer::PackError;

/// What a proof found.
#[derive(Debug, Clone, Default)]
pub(super) struct Proof {
    /// Whether everything holds.
    pub(super) is_proven: bool,
    /// Its last record has no signed head yet.
    pub(super) is_unsealed: bool,
    /// First and last record of the run, and the signed head.
    pub(super) run: String,
    /// What does not hold.
    pub(super) problems: Vec<String>,
}

/// The pack with its pictures.
pub(super) fn packed(desk: &Desk, entry: &Entry) -> Result<Vec<u8>, PackError> {
    write(desk, entry, true)
}

fn write(desk: &Desk, entry: &Entry, with_pictures: bool) -> Result<Vec<u8>, PackError> {
    let mut reader = desk.recorder.journal().reader();
    let packer = &desk.packer;
    let last = Some(entry.last);
    let gathered = packer.gather(&mut reader, &entry.passage, entry.first, last, |_| {})?;
    let mut pack = Vec::new();
    let now = desk.clock.now().utc.at;
    packer.write(&mut pack, &gathered, now, with_pictures)?;
    Ok(pack)
}

/// Proves the passage as anybody else would: by a pack of it, read again.
pub(super) fn proof(desk: &Desk, entry: &Entry) -> Proof {
    let pack = match write(desk, entry, false) {
        Ok(pack) => pack,
        Err(PackError::NotSealed { .. }) => {
            return Proof {
                is_unsealed: true,
                ..Proof::default()
            };
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no proof");
            return Proof {
                problems: vec![error.to_string()],
                ..Proof::default()
            };
        }
    };
    match verify_pack(&pack[..], &desk.packer.trusted()) {
        Ok(report) => Proof {
            is_proven: report.is_proven() && !report.anchors.is_empty(),
            is_unsealed: false,
            run: format!(
                "{} – {}",
                report.manifest.run.first_sequence, report.manifest.run.last_sequence
            ),
            problems: report.problems.iter().map(ToString::to_string).collect(),
        },
        Err(error) => Proof {
            problems: vec![error.to_string()],
            ..Proof::default()
        },
    }
}

/// Why there is no pack, for whoever asked.
pub(super) fn problem(error: &PackError) -> Problem {
    match error {
        PackError::NotSealed { .. } => {
            let way = "the last record of this passage is not sealed yet; try again in a moment";
            Problem::new(StatusCode::CONFLICT, way)
        }
        PackError::NoSuchPassage { .. } => Problem::not_found(error.to_string()),
        PackError::Gather(_) => Problem::new(StatusCode::CONFLICT, error.to_string()),
        PackError::Read(_) | PackError::Folder { .. } | PackError::Write(_) => {
            super::inside("pack", error)
        }
    }
}
