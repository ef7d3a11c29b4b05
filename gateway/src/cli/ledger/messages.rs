//! A message of another system → rows of the ledger, or a notice that is shown and kept. What is
//! refused is kept too, with its reason.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use domain::digest::Digest;
use domain::gate_pass::Direction;
use domain::ledger_row::Row;
use domain::time::Timestamp;
use serde_json::{Value, json};
use standards::announcement::{self, Announcement};
use standards::codeco::{self, GateNotice};
use standards::manifest::ManifestRead;
use standards::message::{Function, MessageError, Note};
use standards::{cuscar, edifact, mt1401};

use super::ERRORS_SHOWN;
use crate::config::Config;
use crate::exchange::{self, Received};

/// Containers that are printed of one file.
const CONTAINERS_SHOWN: usize = 40;

/// What a message turned out to be.
pub(super) enum Taken {
    /// A manifest: rows.
    Rows(Vec<Row>, Digest),
    /// Something that no row can take; it has been shown and kept.
    Notice,
}

/// Reads a message file and carries out what it is for.
///
/// # Errors
/// The file cannot be read, or the message is refused; then it is kept with the reason.
pub(super) fn take(
    config: &Config,
    file: &Path,
    zone_minutes: i16,
    now: Timestamp,
) -> anyhow::Result<Taken> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .with_context(|| format!("cannot open {}", file.display()))?
        .take(edifact::BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let message = Received {
        file,
        bytes: &bytes,
        at: now,
    };
    match understood(&bytes, zone_minutes) {
        Ok((Understood::Manifest(rows), notes)) => {
            show_notes(file, &notes);
            Ok(Taken::Rows(rows, message.sha256()))
        }
        Ok((Understood::Announcements(all), notes)) => {
            show_notes(file, &notes);
            show_announcements(&all);
            keep(config, message, all.iter().map(announced).collect())
        }
        Ok((Understood::Notices(all), notes)) => {
            show_notes(file, &notes);
            show_notices(&all);
            keep(config, message, all.iter().map(noticed).collect())
        }
        Err(refused) => {
            let kept = exchange::keep_rejected(&config.directory, message, &refused.to_string());
            let kept = match kept {
                Ok(path) => format!("it is kept with the reason as {}", path.display()),
                Err(error) => format!("it could not be kept: {error}"),
            };
            let context = format!("{}: nothing was taken in; {kept}", file.display());
            Err(anyhow::Error::new(refused).context(context))
        }
    }
}

enum Understood {
    Manifest(Vec<Row>),
    Announcements(Vec<Announcement>),
    Notices(Vec<GateNotice>),
}

/// What the message is, by its type; a type that is not known reads as none of them.
fn understood(bytes: &[u8], zone: i16) -> Result<(Understood, Vec<Note>), MessageError> {
    let rows = |(manifest, mut notes): (ManifestRead, Vec<Note>)| {
        let rows = manifest.into_rows(&mut notes)?;
        Ok((Understood::Manifest(rows), notes))
    };
    let Some(kind) = edifact::kind(bytes) else {
        let is_xml = super::text_of(bytes).starts_with('<');
        return if is_xml {
            mt1401::read(bytes, zone).and_then(rows)
        } else {
            cuscar::read(bytes, zone).and_then(rows)
        };
    };
    if kind == "CODECO" {
        let (notices, notes) = codeco::read(bytes, zone)?;
        return Ok((Understood::Notices(notices), notes));
    }
    if announcement::KINDS.contains(&kind.as_str()) {
        let (all, notes) = announcement::read(bytes, zone)?;
        return Ok((Understood::Announcements(all), notes));
    }
    if kind == "CUSCAR" {
        return cuscar::read(bytes, zone).and_then(rows);
    }
    Err(MessageError::OtherMessage {
        found: kind,
        expected: "CUSCAR, COPRAR, COPARN, COPINO or CODECO",
    })
}

fn keep(config: &Config, message: Received<'_>, says: Vec<Value>) -> anyhow::Result<Taken> {
    let kept = exchange::keep_notice(&config.directory, message, Value::Array(says))
        .context("the notice cannot be kept")?;
    println!(
        "nothing of it enters the ledger, and it clears nothing; kept as {}",
        kept.display()
    );
    Ok(Taken::Notice)
}

fn show_notes(file: &Path, notes: &[Note]) {
    for note in notes.iter().take(ERRORS_SHOWN) {
        eprintln!("{}: {}: {}", file.display(), note.place, note.text);
    }
}

fn show_announcements(all: &[Announcement]) {
    let mut shown = 0;
    for one in all {
        let count: u64 = one.containers.iter().map(|c| u64::from(c.count)).sum();
        let vehicle = one
            .vehicle
            .as_ref()
            .map_or("no truck named", |v| v.as_str());
        println!(
            "{} {} (code {}){}: {count} containers; {} {}; {vehicle}",
            one.kind,
            one.document,
            one.code,
            function(one.function),
            one.conveyance,
            one.voyage,
        );
        for container in &one.containers {
            shown += 1;
            if shown > CONTAINERS_SHOWN {
                continue;
            }
            let name = match container.as_written.as_str() {
                "" => format!("{} containers", container.count),
                number => number.to_owned(),
            };
            println!(
                "  {name} {} {}, booking {}, due {}",
                container.size_type.as_deref().unwrap_or("size not said"),
                fullness(container.empty),
                container.booking.as_deref().unwrap_or("none"),
                container
                    .due
                    .map_or("not said".to_owned(), |at| at.to_string()),
            );
        }
    }
    show_rest(shown);
}

fn show_notices(all: &[GateNotice]) {
    let mut shown = 0;
    for one in all {
        let way = match one.direction {
            Direction::Entry => "went in at",
            Direction::Exit => "went out at",
        };
        println!(
            "CODECO {}{}: {} containers {way} {}",
            one.document,
            function(one.function),
            one.moves.len(),
            one.sender
        );
        for moved in &one.moves {
            shown += 1;
            if shown > CONTAINERS_SHOWN {
                continue;
            }
            let vehicle = moved
                .vehicle
                .as_ref()
                .map_or("no truck named", |v| v.as_str());
            println!(
                "  {} {} at {}, {vehicle}",
                moved.number,
                fullness(moved.empty),
                moved.at
            );
        }
    }
    show_rest(shown);
}

fn show_rest(count: usize) {
    if count > CONTAINERS_SHOWN {
        println!("  and {} more", count - CONTAINERS_SHOWN);
    }
}

fn function(function: Function) -> &'static str {
    match function {
        Function::Original => "",
        Function::Replaces => ", replaces an earlier one",
        Function::Cancels => ", cancels an earlier one",
    }
}

fn fullness(empty: Option<bool>) -> &'static str {
    match empty {
        Some(true) => "empty",
        Some(false) => "full",
        None => "full or empty not said",
    }
}

fn function_word(function: Function) -> &'static str {
    match function {
        Function::Original => "original",
        Function::Replaces => "replaces",
        Function::Cancels => "cancels",
    }
}

fn announced(one: &Announcement) -> Value {
    let containers = one.containers.iter().map(|container| {
        json!({
            "as_written": container.as_written,
            "number": container.number.as_ref().map(|n| n.as_str()),
            "count": container.count,
            "size_type": container.size_type,
            "empty": container.empty,
            "booking": container.booking,
            "seals": container.seals.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
            "gross_kg": container.gross.map(|mass| mass.grams() as f64 / 1_000.0),
            "goods": container.goods,
            "vehicle": container.vehicle.as_ref().map(|v| v.as_str()),
            "due": container.due.map(|at| at.to_string()),
        })
    });
    json!({
        "kind": one.kind,
        "code": one.code,
        "document": one.document,
        "function": function_word(one.function),
        "conveyance": one.conveyance,
        "voyage": one.voyage,
        "booking": one.booking,
        "vehicle": one.vehicle.as_ref().map(|v| v.as_str()),
        "company": one.company,
        "containers": containers.collect::<Vec<_>>(),
    })
}

fn noticed(one: &GateNotice) -> Value {
    let moves = one.moves.iter().map(|moved| {
        json!({
            "number": moved.number.as_str(),
            "size_type": moved.size_type,
            "empty": moved.empty,
            "seals": moved.seals.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
            "at": moved.at.to_string(),
            "location": moved.location,
            "vehicle": moved.vehicle.as_ref().map(|v| v.as_str()),
            "company": moved.company,
            "booking": moved.booking,
            "gross_kg": moved.gross.map(|mass| mass.grams() as f64 / 1_000.0),
        })
    });
    json!({
        "kind": "CODECO",
        "document": one.document,
        "function": function_word(one.function),
        "direction": match one.direction {
            Direction::Entry => "entry",
            Direction::Exit => "exit",
        },
        "sender": one.sender,
        "containers": moves.collect::<Vec<_>>(),
    })
}
