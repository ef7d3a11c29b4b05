//! `kakou report`: vehicles that went through the gate, as other systems want to hear of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use domain::event::{DecisionRecord, EventBody, PassageEnd};
use domain::id::PassageId;
use domain::time::Timestamp;
use standards::gate_report::GateReport;
use standards::jgs14::frame::{ByteOrder, CodeWidth, Dialect};
use standards::jgs14::gather::Gather;
use standards::{codeco, epcis};

use super::check_config::load_or_explain;

/// Decided passages whose end is awaited while the journal is read.
const OPEN_MAX: usize = 10_000;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The format.
    #[arg(long, value_enum)]
    format: Format,
    /// Folder to write to, a file a passage; it is made.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this passage.
    #[arg(long)]
    passage: Option<String>,
    /// Only passages that ended at or after this time.
    #[arg(long)]
    since: Option<String>,
    /// Who is told (CODECO), at most 35 characters.
    #[arg(long, default_value = "CUSTOMS")]
    recipient: String,
    /// Site number that customs gave, ten digits (jgs14).
    #[arg(long, default_value = "0000000000")]
    area_id: String,
    /// Lane number that customs gave, ten digits (jgs14).
    #[arg(long, default_value = "0000000001")]
    channel: String,
    /// Order of bytes at the site (jgs14).
    #[arg(long, value_enum, default_value_t = Order::Little)]
    byte_order: Order,
    /// Message code in four bytes, as the standard prints it, not in one (jgs14).
    #[arg(long)]
    wide_code: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// UN/EDIFACT CODECO D.95B.
    Codeco,
    /// EPCIS 2.0, JSON.
    Epcis,
    /// JGS/T 14-2015 message 0x21, a frame of the socket interface.
    Jgs14,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// Lowest byte first.
    Little,
    /// Highest byte first.
    Big,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only decisions and ends are reported"
)]
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(&arguments.config)?;
    let since = match &arguments.since {
        Some(text) => Timestamp::parse(text).with_context(|| format!("--since {text}"))?,
        None => Timestamp::MIN,
    };
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut reader = super::open_reader(&config)?;
    let mut next = reader.first_sequence();
    let mut open: BTreeMap<PassageId, Box<DecisionRecord>> = BTreeMap::new();
    let (mut written, mut left_out) = (0_u32, 0_u32);
    loop {
        let records = reader.read_from(next, 256, 4 << 20)?;
        let Some(last) = records.last() else { break };
        next = last.sequence + 1;
        for record in &records {
            let (_, event) = wire::record::decode_record(&record.payload)
                .with_context(|| format!("record {}", record.sequence))?;
            let Some(passage) = event.passage else {
                continue;
            };
            match event.body {
                EventBody::PassageDecided(decided) => {
                    open.insert(passage, decided);
                    while open.len() > OPEN_MAX {
                        open.pop_first();
                    }
                }
                EventBody::PassageEnded { end, .. } => {
                    let Some(decided) = open.remove(&passage) else {
                        continue;
                    };
                    let asked = arguments.passage.as_deref();
                    let is_asked = asked.is_none_or(|one| one == passage.as_str());
                    if end != PassageEnd::Completed || event.at.at < since || !is_asked {
                        continue;
                    }
                    let report = GateReport::of(&decided, event.at.at);
                    match file(arguments, &report, written)? {
                        Some((ending, bytes)) => {
                            let path = out.join(format!("{}.{ending}", passage.as_str()));
                            std::fs::write(&path, bytes)
                                .with_context(|| format!("cannot write {}", path.display()))?;
                            written += 1;
                        }
                        None => left_out += 1,
                    }
                }
                _ => {}
            }
        }
    }
    println!("{written} passages written to {}", out.display());
    if left_out > 0 {
        println!("{left_out} passages carried no container, of which CODECO has nothing to say");
    }
    anyhow::ensure!(
        written > 0 || arguments.passage.is_none(),
        "no passage of that name went through; `kakou journal show` lists them"
    );
    Ok(ExitCode::SUCCESS)
}

/// Ending and content of the file; `None` when the format has nothing to say of the passage.
fn file(
    arguments: &Arguments,
    report: &GateReport,
    serial: u32,
) -> anyhow::Result<Option<(&'static str, Vec<u8>)>> {
    Ok(match arguments.format {
        Format::Codeco if report.containers.is_empty() => None,
        Format::Codeco => {
            let reference = format!(
                "KK{:012}",
                report.at.as_seconds().unsigned_abs() % 10_u64.pow(12)
            );
            let interchange = codeco::Interchange {
                sender: report.gate.premises.as_str(),
                recipient: &arguments.recipient,
                reference: &reference,
            };
            Some(("edi", codeco::write(report, &interchange)?))
        }
        Format::Epcis => {
            let document = epcis::document(report, report.at);
            Some(("json", serde_json::to_vec_pretty(&document)?))
        }
        Format::Jgs14 => {
            let gather = Gather::of(report, &arguments.area_id, &arguments.channel, serial);
            let dialect = Dialect {
                code: if arguments.wide_code {
                    CodeWidth::Four
                } else {
                    CodeWidth::One
                },
                order: match arguments.byte_order {
                    Order::Little => ByteOrder::Little,
                    Order::Big => ByteOrder::Big,
                },
            };
            Some(("bin", gather.frame()?.write(dialect)?))
        }
    })
}
