//! The commands of `kakou`, each with examples in its help.
#![expect(
    clippy::print_stdout,
    reason = "commands print their results to the terminal"
)]

mod account;
mod act;
mod check_config;
mod decide;
mod doctor;
mod journal;
mod keys;
mod ledger;
mod pack;
mod post_check;
mod report;
mod see;
mod status;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Customs checkpoint gate: reads the lane's devices, decides, records, drives the barrier.
#[derive(Debug, Parser)]
#[command(name = "kakou", version, about, arg_required_else_help = true)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the gate until it is asked to stop (SIGTERM or Ctrl-C).
    #[command(after_help = "Example:\n  kakou run --config /etc/kakou/gateway.toml")]
    Run {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Check a configuration: every problem with file, line, key and the way out.
    #[command(after_help = "Example:\n  kakou check-config --config gateway.toml")]
    CheckConfig {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Open every configured device and broker, show the last frame, guess wrong settings.
    #[command(after_help = "Example:\n  kakou doctor --config gateway.toml --seconds 5")]
    Doctor {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// How long to listen to each device.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Make an Ed25519 key pair for a gate or a test region.
    #[command(
        after_help = "Example:\n  kakou keygen --out keys/gate\n  (writes keys/gate.key and keys/gate.pub)"
    )]
    Keygen {
        /// Path without extension.
        #[arg(long)]
        out: PathBuf,
    },
    /// Tell the region which key this gate will sign with (docs/region-keys.md).
    #[command(
        after_help = "Example:\n  kakou keygen --out keys/gate-2\n  kakou announce-key --config gateway.toml --public-key keys/gate-2.pub"
    )]
    AnnounceKey {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Public half of the next key.
        #[arg(long)]
        public_key: PathBuf,
    },
    /// Work with the e-ledger.
    #[command(subcommand)]
    Ledger(LedgerVerb),
    /// Work with the journal.
    #[command(subcommand)]
    Journal(JournalVerb),
    /// Show lanes, devices, backlog and ledger of the running gate.
    #[command(
        after_help = "Examples:\n  kakou status --config gateway.toml\n  kakou status --config gateway.toml --json"
    )]
    Status {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Print the answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Act on a lane as a person at the console (format: docs/control-socket.md).
    #[command(
        after_help = "Example:\n  kakou act --config gateway.toml '{\"verb\":\"acknowledge\",\"lane\":\"E1\",\"user\":\"clerk7\"}'"
    )]
    Act {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The act, a JSON object.
        request: String,
    },
    /// Make an account of the running gate's page, or give one a new password.
    #[command(
        after_help = "Examples:\n  kakou account --config gateway.toml --name admin-01 --role administrator --password-file -\n  kakou account --config gateway.toml --name clerk-07 --role clerk --rules 9,13 --password-file p\n  kakou account --config gateway.toml --name admin-01 --password-file -   # a new password"
    )]
    Account(account::Arguments),
    /// Read container numbers and plates in pictures, and say how sure they are.
    #[command(
        after_help = "Example:\n  kakou see gate.jpg pictures/ --annotate seen/\n  kakou see --json gate.jpg\n  kakou see scan.json              # the note names the images and the geometry"
    )]
    See(see::Arguments),
    /// Write what went through the gate as CODECO, EPCIS or JGS/T 14 messages.
    #[command(
        after_help = "Examples:\n  kakou report --config gateway.toml --format codeco --out edi/\n  kakou report --config gateway.toml --format epcis --out epcis/ --since 2026-03-01T00:00:00Z\n  kakou report --config gateway.toml --format jgs14 --out frames/ --area-id 6407000001"
    )]
    Report(report::Arguments),
    /// Write everything of one passage into one file that anybody proves offline
    /// (format: docs/evidence-pack.md).
    #[command(
        after_help = "Example:\n  kakou pack --config gateway.toml --passage E1-1772352000000000-7 --out case-17.tar\n  (kakou-region verify-pack case-17.tar --gate-key keys/gate.pub proves it)"
    )]
    Pack(pack::Arguments),
    /// Decide a recorded passage again and print the difference.
    #[command(
        after_help = "Example:\n  kakou decide --config gateway.toml --passage E1-1772352000000000-7 --policy new.toml"
    )]
    Decide {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Passage.
        #[arg(long)]
        passage: String,
        /// Policy to decide under; the recorded one if left out.
        #[arg(long)]
        policy: Option<PathBuf>,
    },
    /// Decide all recorded passages again and print what would change.
    #[command(
        after_help = "Example:\n  kakou replay --config gateway.toml --policy new.toml --since 2026-03-01T00:00:00Z"
    )]
    Replay {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Policy to decide under.
        #[arg(long)]
        policy: PathBuf,
        /// Only passages decided at or after this time.
        #[arg(long)]
        since: Option<String>,
    },
    /// List the passages to be checked afterwards: decided in a degraded mode, or cut short.
    #[command(
        after_help = "Example:\n  kakou post-check --config gateway.toml --since 2026-03-01T00:00:00Z"
    )]
    PostCheck {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Only passages decided at or after this time.
        #[arg(long)]
        since: Option<String>,
        /// One JSON object a line instead of a table.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum LedgerVerb {
    /// Take in rows (JSON Lines) or a manifest (CUSCAR, MT1401), all or nothing; show and keep an
    /// announcement (COPRAR, COPARN, COPINO) or another terminal's CODECO (formats:
    /// docs/ledger-import.md, docs/standards.md).
    #[command(
        after_help = "Examples:\n  kakou ledger import --config gateway.toml rows.jsonl\n  kakou ledger import --config gateway.toml manifest.edi      # UN/EDIFACT CUSCAR\n  kakou ledger import --config gateway.toml manifest.xml      # MT1401 or MT2401\n  kakou ledger import --config gateway.toml announced.edi     # COPARN, COPRAR, COPINO, CODECO"
    )]
    Import {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Rows, one JSON object a line; or one manifest message. What it is shows in its content.
        file: PathBuf,
        /// How far the clock of a message's sender is ahead of UTC, minutes.
        #[arg(long, default_value_t = 480, value_parser = clap::value_parser!(i16).range(-720..=840))]
        zone_minutes: i16,
    },
    /// Show the revision and the number of rows.
    #[command(after_help = "Example:\n  kakou ledger show --config gateway.toml")]
    Show {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum JournalVerb {
    /// Prove the whole journal; names the first bad record.
    #[command(after_help = "Example:\n  kakou journal verify --config gateway.toml")]
    Verify {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Print events, one line each, newest last.
    #[command(
        after_help = "Examples:\n  kakou journal show --config gateway.toml\n  kakou journal show --config gateway.toml --from 1200 --count 20"
    )]
    Show {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// First sequence.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        count: usize,
    },
}

/// Carries a command out.
///
/// # Errors
/// In words for the terminal, causes included.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command.verb {
        Verb::Run { config } => {
            let config = check_config::load_or_explain(&config)?;
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .context("the runtime cannot start")?;
            start_log();
            runtime.block_on(crate::run::until_signal(config))?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::CheckConfig { config } => check_config::run(&config),
        Verb::Doctor { config, seconds } => doctor::run(&config, seconds),
        Verb::Keygen { out } => keys::generate(&out),
        Verb::AnnounceKey { config, public_key } => keys::announce(&config, &public_key),
        Verb::Ledger(LedgerVerb::Import {
            config,
            file,
            zone_minutes,
        }) => ledger::import(&config, &file, zone_minutes),
        Verb::Ledger(LedgerVerb::Show { config }) => ledger::show(&config),
        Verb::Journal(JournalVerb::Verify { config }) => journal::verify(&config),
        Verb::Journal(JournalVerb::Show {
            config,
            from,
            count,
        }) => journal::show(&config, from, count),
        Verb::Status { config, json } => status::run(&config, json),
        Verb::Account(arguments) => account::run(&arguments),
        Verb::Act { config, request } => act::act(&config, &request),
        Verb::Pack(arguments) => pack::run(&arguments),
        Verb::Report(arguments) => report::run(&arguments),
        Verb::See(arguments) => see::run(&arguments),
        Verb::Decide {
            config,
            passage,
            policy,
        } => decide::again(&config, &passage, policy.as_deref()),
        Verb::Replay {
            config,
            policy,
            since,
        } => decide::replay(&config, &policy, since.as_deref()),
        Verb::PostCheck {
            config,
            since,
            json,
        } => post_check::run(&config, since.as_deref(), json),
    }
}

fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("KAKOU_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process keeps the first subscriber.
    let _ = if std::env::var_os("KAKOU_LOG_JSON").is_some() {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}

/// A reader over the journal on disk, for commands; the daemon may be running.
fn open_reader(config: &crate::config::Config) -> anyhow::Result<store::journal::JournalReader> {
    let folder = config.directory.join("journal");
    store::journal::JournalReader::open(&folder)
        .with_context(|| format!("cannot read the journal in {}", folder.display()))
}

fn bar_style(unit: &str) -> indicatif::ProgressStyle {
    indicatif::ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {unit} {{per_sec}}"))
        .expect("the template is well formed")
}

fn bytes_style() -> indicatif::ProgressStyle {
    indicatif::ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}")
        .expect("the template is well formed")
}
