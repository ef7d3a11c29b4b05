//! `kakou-region verify-pack`: a file and keys → what holds and what does not. Needs no store, no
//! broker and no gate.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use evidence_pack::{PackError, TrustedKeys, verify_pack};
use region::config::{Config, key_bytes};
use wire::signature::PublicKey;

/// A pack, and whom to believe.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The pack.
    file: PathBuf,
    #[command(flatten)]
    trust: Trust,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Trust {
    /// The gate's public key, as customs gave it (64 hexadecimal digits).
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    gate_key: Option<PathBuf>,
    /// The region's public key, for a pack that a region made.
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    region_key: Option<PathBuf>,
    /// Configuration of a region: its own key and those of its enrolled gates.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Proves a pack: status 0 if everything holds, 1 if something does not, 2 if it cannot be read.
///
/// # Errors
/// The file or a key cannot be read.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let keys = trusted(&arguments.trust)?;
    let file = &arguments.file;
    let input = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let report = match verify_pack(BufReader::new(input), &keys) {
        Ok(report) => report,
        Err(error @ PackError::Read { .. }) => {
            return Err(error).with_context(|| file.display().to_string());
        }
        Err(error) => {
            println!("NOT PROVEN {error}");
            println!("{}", way_out(&error));
            return Ok(ExitCode::from(1));
        }
    };
    print!("{report}");
    if report.is_proven() {
        println!("PROVEN");
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "way out: keep the file as it is and ask the gate and the region for packs of their own"
    );
    Ok(ExitCode::from(1))
}

fn way_out(error: &PackError) -> &'static str {
    match error {
        PackError::UntrustedKey { .. } => {
            "way out: get the maker's public key from customs; --gate-key for a gate's pack, \
             --region-key for a region's"
        }
        PackError::Read { .. }
        | PackError::Structure { .. }
        | PackError::Manifest { .. }
        | PackError::Signature { .. } => {
            "way out: the file was changed or cut short after it was made; get it again from its maker"
        }
    }
}

fn trusted(trust: &Trust) -> anyhow::Result<TrustedKeys> {
    if let Some(config) = &trust.config {
        let collector = Config::read(config)?.collector()?;
        let gates = collector.gates.iter();
        return Ok(TrustedKeys {
            gates: gates
                .map(|(gate, key)| (Some(gate.to_string()), *key))
                .collect(),
            region: Some(collector.signing.public_key()),
        });
    }
    let key = |file: &Path| -> anyhow::Result<PublicKey> {
        PublicKey::from_bytes(&key_bytes(file)?)
            .with_context(|| format!("{} is no public key", file.display()))
    };
    Ok(TrustedKeys {
        gates: trust
            .gate_key
            .iter()
            .map(|file| Ok((None, key(file)?)))
            .collect::<anyhow::Result<_>>()?,
        region: trust.region_key.as_deref().map(key).transpose()?,
    })
}
