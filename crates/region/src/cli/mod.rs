//! Commands of `kakou-region`.
#![expect(
    clippy::print_stdout,
    reason = "commands print their results to the terminal"
)]

mod gates;
mod pack;
mod query;
mod recordation;
mod statistics;
mod token;
mod verify;
mod verify_pack;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use region::collector::Collector;
use region::config::Config;
use region::event_store::EventStore;
use region::http::Server;
use region::questions::Questions;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Receiving end at regional customs: verifies, stores, acknowledges.
#[derive(Debug, Parser)]
#[command(name = "kakou-region", version, arg_required_else_help = true)]
pub(crate) enum Command {
    /// Collect until asked to stop.
    #[command(after_help = "Example:\n  kakou-region run --config region.toml")]
    Run {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Print gates, last sequences and alarms of the store.
    #[command(after_help = "Example:\n  kakou-region report --config region.toml")]
    Report {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Print every enrolled gate: its keys, and what it proved to have of its ledger.
    #[command(after_help = "Example:\n  kakou-region gates --config region.toml")]
    Gates {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Enrol a gate by its public key, or give it another one (docs/region-keys.md).
    #[command(
        after_help = "Example:\n  kakou-region enrol --config region.toml --premises 530001 --gate G1 --public-key gate.pub --valid-until 2027-12-31T00:00:00Z --by officer-07"
    )]
    Enrol(gates::Enrol),
    /// Revoke a gate's keys: what they sign is refused and raises an alarm.
    #[command(
        after_help = "Example:\n  kakou-region revoke --config region.toml --premises 530001 --gate G1 --by officer-07 --why \"cabinet was broken open\""
    )]
    Revoke(gates::Revoke),
    /// Name the region's next signing key to all gates (docs/region-keys.md).
    #[command(
        after_help = "Example:\n  kakou keygen --out keys/region-2\n  kakou-region rotate-key --config region.toml --next-public-key keys/region-2.pub"
    )]
    RotateKey(gates::Rotate),
    /// Work with the central policy.
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// Tell the history of a recordation, pass or directive: what changed, when, by whom, why.
    #[command(
        after_help = "Examples:\n  kakou-region recordation --config region.toml --plate 粤B12345\n  kakou-region recordation --config region.toml --company C-4403-001"
    )]
    Recordation(recordation::Recordation),
    /// Find passages at any gate, or tell everything of one.
    #[command(
        after_help = "Examples:\n  kakou-region query --config region.toml --plate 粤B12345\n  kakou-region query --config region.toml --container CSQU3054383 --since 2026-03-01T00:00:00Z\n  kakou-region query --config region.toml --conveyance 9300001 --voyage 012E\n  kakou-region query --config region.toml --passage E1-1772352000000000-7"
    )]
    Query(query::Query),
    /// Write everything of one passage into one file that anybody proves offline
    /// (format: docs/evidence-pack.md).
    #[command(
        after_help = "Examples:\n  kakou-region pack --config region.toml --passage E1-1772352000000000-7 --out case-17.tar\n  kakou-region pack --config region.toml --passage E1-1772352000000000-7 --out case-17.tar --pull --wait-s 300"
    )]
    Pack(pack::Arguments),
    /// Prove a pack, offline: status 0 if everything holds, 1 if not, 2 if it cannot be read.
    #[command(
        after_help = "Examples:\n  kakou-region verify-pack case-17.tar --gate-key gate.pub\n  kakou-region verify-pack case-17.tar --gate-key gate.pub --region-key region.pub\n  kakou-region verify-pack case-17.tar --config region.toml"
    )]
    VerifyPack(verify_pack::Arguments),
    /// Prove the whole store: status 0 if every event, hash and signed head holds, 1 if not; what
    /// was changed is named.
    #[command(after_help = "Example:\n  kakou-region verify --config region.toml")]
    Verify {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Print what was decided in a period, how long it took, and what has become worse.
    #[command(
        after_help = "Examples:\n  kakou-region statistics --config region.toml\n  kakou-region statistics --config region.toml --since 2026-03-01T00:00:00Z --by clerk\n  kakou-region statistics --config region.toml --json"
    )]
    Statistics(statistics::Arguments),
    /// Make a token for the API and the page.
    #[command(
        after_help = "Examples:\n  kakou-region token --config region.toml --name officer-07\n  kakou-region token --config region.toml --name duty-desk --orders"
    )]
    Token(token::Arguments),
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum PolicyVerb {
    /// Publish a policy to every gate; it takes effect with each lane's next passage.
    #[command(
        after_help = "Example:\n  kakou-region policy publish --config region.toml policy.toml --by officer-07"
    )]
    Publish {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Policy, in the form of gateway/policy.example.toml.
        file: PathBuf,
        /// Who orders it.
        #[arg(long, default_value = "")]
        by: String,
    },
}

/// Now, by this machine's clock.
fn now() -> domain::time::Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    domain::time::Timestamp::from_micros(micros)
}

/// Runs a command.
///
/// # Errors
/// In words.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    // Questions in SQLite block their thread; collecting goes on beside them.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Command::Run { config } => collect(&config).await?,
            Command::Report { config } => report(&config).await?,
            Command::Gates { config } => gates::list(&config).await?,
            Command::Enrol(asked) => gates::enrol(&asked).await?,
            Command::Revoke(asked) => gates::revoke(&asked).await?,
            Command::RotateKey(asked) => gates::rotate(&asked).await?,
            Command::Policy(PolicyVerb::Publish { config, file, by }) => {
                recordation::publish(&config, &file, &by).await?;
            }
            Command::Recordation(asked) => recordation::tell(&asked).await?,
            Command::Query(asked) => query::run(&asked).await?,
            Command::Pack(arguments) => return pack::run(&arguments).await,
            Command::VerifyPack(arguments) => return verify_pack::run(&arguments),
            Command::Verify { config } => return verify::run(&config).await,
            Command::Statistics(arguments) => statistics::run(&arguments).await?,
            Command::Token(arguments) => token::run(&arguments)?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn collect(config: &Path) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    let collector = config.collector()?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("KAKOU_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let store = EventStore::open(&config.place).await?;
    let (stopper, stop) = watch::channel(false);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let signals = tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stopper.send_replace(true);
    });
    let answering = serve(&config, &collector, stop.clone()).await?;
    tracing::info!(gates = collector.gates.len(), "region running");
    let outcome = collector.run(&store, stop).await;
    signals.abort();
    if let Some(answering) = answering {
        // Told to stop by the same word; a failed store ends it without one.
        match &outcome {
            Ok(()) => drop(answering.await),
            Err(_) => answering.abort(),
        }
    }
    tracing::info!("region stopped");
    outcome.map_err(anyhow::Error::from)
}

/// Answers over HTTP beside the collector, if the configuration says so. That the port is lost
/// later is told and stops no collecting.
async fn serve(
    config: &Config,
    collector: &Collector,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(http) = config.http()? else {
        return Ok(None);
    };
    let questions = Questions::open(&config.place).await?;
    let gates = collector.gates.keys().map(ToString::to_string).collect();
    let orders = collector.orders.clone();
    let packer = Some(config.packer()?);
    let server = Server::open(&http, questions, gates, orders, packer, stop).await?;
    println!("page at {}", server.page());
    if let Some(first) = &server.first_token {
        println!("first token in {}", first.display());
    }
    Ok(Some(tokio::spawn(async move {
        if let Err(error) = server.run().await {
            tracing::error!(error = &error as &dyn std::error::Error, "HTTP ended");
        }
    })))
}

async fn report(config: &Path) -> anyhow::Result<()> {
    let store = EventStore::open(&Config::read(config)?.place).await?;
    for gate in store.gates().await? {
        println!("{}: {} events", gate.gate, gate.sequence);
    }
    for alarm in store.alarms().await? {
        println!("ALARM {}: {} {}", alarm.gate, alarm.kind, alarm.detail);
    }
    Ok(())
}
