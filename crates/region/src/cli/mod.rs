//! Commands of `kakou-region`.
#![expect(
    clippy::print_stdout,
    reason = "commands print their results to the terminal"
)]

mod pack;
mod query;
mod verify;
mod verify_pack;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use region::config::Config;
use region::event_store::EventStore;

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
    Report {
        /// Configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Find passages at any gate, or tell everything of one.
    #[command(
        after_help = "Examples:\n  kakou-region query --config region.toml --plate 粤B12345\n  kakou-region query --config region.toml --container CSQU3054383 --since 2026-03-01T00:00:00Z\n  kakou-region query --config region.toml --passage E1-1772352000000000-7"
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
            Command::Query(asked) => query::run(&asked).await?,
            Command::Pack(arguments) => return pack::run(&arguments).await,
            Command::VerifyPack(arguments) => return verify_pack::run(&arguments),
            Command::Verify { config } => return verify::run(&config).await,
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
    let (stopper, stop) = tokio::sync::watch::channel(false);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let signals = tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stopper.send_replace(true);
    });
    tracing::info!(gates = collector.gates.len(), "region running");
    let outcome = collector.run(&store, stop).await;
    signals.abort();
    tracing::info!("region stopped");
    outcome.map_err(anyhow::Error::from)
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
