//! A gate report → UN/EDIFACT CODECO D.95B: gate in (BGM 34) or gate out (BGM 36) of containers.
//!
//! Kept: containers, size-type, full or empty, customs seals, time, premises, plate, carrier, pass.
//! Lost, because the message has no place for it: gross of the vehicle, tags, consignments, trailer.
//! Source: UN/EDIFACT directory D.95B, message CODECO; codes 34 and 36 of the ITIGG guidelines.

use domain::gate_pass::Direction;
use edifact_rs::{EdifactError, MessageWriter, Writer};

use crate::gate_report::{GateReport, ReportedContainer};

/// Longest number of a document (data element 1004).
const DOCUMENT_MAX: usize = 35;

/// Who sends to whom, and under which number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interchange<'a> {
    /// Sender, at most 35 characters.
    pub sender: &'a str,
    /// Recipient, at most 35 characters.
    pub recipient: &'a str,
    /// Control reference, at most 14 characters, not used before.
    pub reference: &'a str,
}

/// Why no message was written.
#[derive(Debug, thiserror::Error)]
pub enum CodecoError {
    /// The vehicle carried no container: there is nothing to report in this message.
    #[error("passage {passage} carried no container")]
    NoContainer {
        /// The passage.
        passage: String,
    },
    /// A text is longer than its data element.
    #[error("{field} {value:?} is longer than {max} characters")]
    TooLong {
        /// Which.
        field: &'static str,
        /// The text.
        value: String,
        /// Most characters.
        max: usize,
    },
    /// The writer refused something.
    #[error("the message cannot be written")]
    Write(#[source] EdifactError),
}

/// Writes one interchange with one message, in UTF-8 (syntax identifier UNOY).
///
/// # Errors
/// No container, or a text that is too long for its element.
pub fn write(report: &GateReport, interchange: &Interchange<'_>) -> Result<Vec<u8>, CodecoError> {
    if report.containers.is_empty() {
        return Err(CodecoError::NoContainer {
            passage: report.passage.to_string(),
        });
    }
    let passage = report.passage.as_str();
    for (field, value, max) in [
        ("passage", passage, DOCUMENT_MAX),
        ("sender", interchange.sender, 35),
        ("recipient", interchange.recipient, 35),
        ("reference", interchange.reference, 14),
    ] {
        if value.chars().count() > max {
            return Err(CodecoError::TooLong {
                field,
                value: value.to_owned(),
                max,
            });
        }
    }
    message(report, interchange).map_err(CodecoError::Write)
}

fn message(report: &GateReport, interchange: &Interchange<'_>) -> Result<Vec<u8>, EdifactError> {
    let written = digits_of(report);
    let (date, clock) = written.split_at(8);
    let mut writer = Writer::new(Vec::new());
    writer.begin_interchange(
        "UNOY",
        "4",
        interchange.sender,
        interchange.recipient,
        date,
        clock,
        interchange.reference,
    )?;
    let mut message = writer.begin_message("1", "CODECO", "D", "95B", "UN")?;
    let name = match report.direction {
        Direction::Entry => "34",
        Direction::Exit => "36",
    };
    message.write_composites("BGM", &[&[name][..], &[report.passage.as_str()], &["9"]])?;
    if let Some(pass) = &report.pass {
        message.write_composites("RFF", &[&["ZZZ", pass.as_str()][..]])?;
    }
    let premises = report.gate.premises.as_str();
    message.write_composites("NAD", &[&["MS"][..], &[premises, "160", "ZZZ"]])?;
    for container in &report.containers {
        equipment(&mut message, report, container, &written)?;
    }
    let count = report.containers.len().to_string();
    message.write_composites("CNT", &[&["16", &count][..]])?;
    message.finish()?;
    writer.end_interchange(1, interchange.reference)?;
    writer.finish()
}

/// One container, with the truck that carries it.
fn equipment(
    message: &mut MessageWriter<'_, Vec<u8>>,
    report: &GateReport,
    container: &ReportedContainer,
    written: &str,
) -> Result<(), EdifactError> {
    let size = container.size_type.as_deref().unwrap_or("");
    let sized: &[&str] = if size.is_empty() {
        &[""]
    } else {
        &[size, "102", "5"]
    };
    let fullness = match container.empty {
        Some(true) => "4",
        Some(false) => "5",
        None => "",
    };
    let number = container.number.as_str();
    message.write_composites(
        "EQD",
        &[&["CN"][..], &[number], sized, &[""], &[""], &[fullness]],
    )?;
    message.write_composites("DTM", &[&["7", written, "203"][..]])?;
    let premises = report.gate.premises.as_str();
    message.write_composites("LOC", &[&["165"][..], &[premises, "", "ZZZ"]])?;
    for seal in &container.seals {
        message.write_composites("SEL", &[&[seal.as_str()][..], &["CU"]])?;
    }
    let vehicle = report.vehicle.as_ref().map_or("", |plate| plate.as_str());
    let company = report
        .company
        .as_ref()
        .map_or("", |company| company.as_str());
    let by: &[&str] = if company.is_empty() {
        &[""]
    } else {
        &[company, "172", "ZZZ"]
    };
    // On-carriage or pre-carriage (1) by road (3) on a truck (31).
    let carriage: [&[&str]; 8] = [
        &["1"],
        &[""],
        &["3"],
        &["31"],
        by,
        &[""],
        &[""],
        &[vehicle, "146"],
    ];
    message.write_composites("TDT", &carriage)
}

/// The time in UTC as 12 digits, as qualifier 203 has it.
fn digits_of(report: &GateReport) -> String {
    let digits: String = report
        .at
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    digits[..12].to_owned()
}
