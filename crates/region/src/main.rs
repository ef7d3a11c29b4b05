//! `kakou-region`: configuration file → collector, or a report on what is stored.
#![expect(
    clippy::print_stdout,
    reason = "commands print their results to the terminal"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use domain::container::ContainerNumber;
use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use domain::plate::Plate;
use domain::time::Timestamp;
use region::collector::Collector;
use region::event_store::EventStore;
use region::questions::{Questions, Subject, outcome};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use wire::signature::{PublicKey, SigningKeyPair};

/// Receiving end at regional customs: verifies, stores, acknowledges.
#[derive(Debug, Parser)]
#[command(name = "kakou-region", version, arg_required_else_help = true)]
enum Command {
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
    Query(Query),
}

#[derive(Debug, clap::Args)]
struct Query {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    asked: Asked,
    /// Only passages decided at or after this time.
    #[arg(long)]
    since: Option<String>,
    /// Only passages decided at or before this time.
    #[arg(long)]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Asked {
    /// Passages that name this plate, in any spelling.
    #[arg(long)]
    plate: Option<String>,
    /// Passages that name this container.
    #[arg(long)]
    container: Option<String>,
    /// Passages on this gate pass.
    #[arg(long)]
    pass: Option<String>,
    /// Passages of this driver.
    #[arg(long)]
    driver: Option<String>,
    /// Every event of this passage.
    #[arg(long)]
    passage: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    region: String,
    host: String,
    port: u16,
    ca_file: Option<PathBuf>,
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    signing_key_file: PathBuf,
    store_file: PathBuf,
    orders_folder: Option<PathBuf>,
    #[serde(default)]
    acknowledge_delay_ms: u64,
    #[serde(rename = "gate", default)]
    gates: Vec<GateDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GateDocument {
    premises: String,
    gate: String,
    public_key_file: PathBuf,
}

fn key_bytes(file: &Path) -> anyhow::Result<[u8; 32]> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read key {}", file.display()))?;
    hex::decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .with_context(|| format!("key {} is not 64 hexadecimal digits", file.display()))
}

fn read(file: &Path) -> anyhow::Result<Document> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no region configuration", file.display()))
}

fn tls(document: &Document) -> anyhow::Result<Option<Arc<rustls::ClientConfig>>> {
    let (Some(ca), Some(certificate), Some(key)) = (
        &document.ca_file,
        &document.certificate_file,
        &document.key_file,
    ) else {
        anyhow::ensure!(
            document.host == "127.0.0.1",
            "mutual TLS needs ca_file, certificate_file and key_file"
        );
        return Ok(None);
    };
    let certificates = |file: &PathBuf| -> anyhow::Result<Vec<CertificateDer<'static>>> {
        CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .with_context(|| format!("cannot read {}", file.display()))
    };
    let mut roots = rustls::RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root)?;
    }
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("cannot read {}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(certificate)?, key)?;
    Ok(Some(Arc::new(config)))
}

fn collector(document: &Document) -> anyhow::Result<Collector> {
    let region = RegionId::parse(&document.region)?;
    let mut gates = BTreeMap::new();
    for gate in &document.gates {
        let address = GateAddress {
            region: region.clone(),
            premises: PremisesId::parse(&gate.premises)?,
            gate: GateId::parse(&gate.gate)?,
        };
        let key = PublicKey::from_bytes(&key_bytes(&gate.public_key_file)?)
            .with_context(|| format!("public key of {address}"))?;
        gates.insert(address, key);
    }
    Ok(Collector {
        region,
        host: document.host.clone(),
        port: document.port,
        tls: tls(document)?,
        signing: SigningKeyPair::from_seed(&key_bytes(&document.signing_key_file)?),
        gates,
        orders: document.orders_folder.clone(),
        delay: Duration::from_millis(document.acknowledge_delay_ms),
    })
}

fn run(config: &Path) -> anyhow::Result<()> {
    let document = read(config)?;
    let collector = collector(&document)?;
    let mut store = EventStore::open(&document.store_file)?;
    let filter = tracing_subscriber::EnvFilter::try_from_env("KAKOU_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (stopper, stop) = tokio::sync::watch::channel(false);
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let signals = tokio::spawn(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            stopper.send_replace(true);
        });
        tracing::info!(gates = collector.gates.len(), "region running");
        let outcome = collector.run(&mut store, stop).await;
        signals.abort();
        tracing::info!("region stopped");
        outcome.map_err(anyhow::Error::from)
    })
}

fn report(config: &Path) -> anyhow::Result<()> {
    let store = EventStore::open(&read(config)?.store_file)?;
    for (gate, sequence) in store.gates()? {
        println!("{gate}: {sequence} events");
    }
    for (gate, kind, detail) in store.alarms()? {
        println!("ALARM {gate}: {kind} {detail}");
    }
    Ok(())
}

fn query(query: &Query) -> anyhow::Result<()> {
    let time = |text: &Option<String>, or| match text {
        Some(text) => Timestamp::parse(text).with_context(|| format!("{text} is no time")),
        None => Ok(or),
    };
    let (since, until) = (
        time(&query.since, Timestamp::MIN)?,
        time(&query.until, Timestamp::MAX)?,
    );
    let mut questions = Questions::open(&read(&query.config)?.store_file)?;
    questions.catch_up(|count| {
        if count >= 10_000 && count % 10_000 == 0 {
            eprintln!("{count} new events indexed");
        }
    })?;
    for (gate, sequence, cause) in questions.unread()? {
        eprintln!("NOT READ, and missing in every answer: event {sequence} of {gate}: {cause}");
    }
    let asked = &query.asked;
    if let Some(passage) = &asked.passage {
        let story = questions.story(passage)?;
        anyhow::ensure!(!story.is_empty(), "nothing is stored of passage {passage}");
        for told in story {
            println!(
                "{} {:>8} {} {} {}",
                told.gate,
                told.sequence,
                &told.hash[..16],
                told.event.at.at,
                told.event.body.in_brief()
            );
        }
        return Ok(());
    }
    let found = questions.passages(&subject(asked)?, since, until)?;
    for one in &found {
        let outcome = outcome(&questions.story(&one.passage)?);
        println!("{} {} {} {outcome}", one.at, one.gate, one.passage);
    }
    eprintln!("{} passages", found.len());
    Ok(())
}

/// What is asked for, in the form in which it is stored.
fn subject(asked: &Asked) -> anyhow::Result<Subject> {
    Ok(if let Some(raw) = &asked.plate {
        let plate = Plate::parse(raw).with_context(|| format!("{raw} is no plate"))?;
        Subject::Plate(plate.as_str().to_owned())
    } else if let Some(raw) = &asked.container {
        let number =
            ContainerNumber::parse(raw).with_context(|| format!("{raw} is no container number"))?;
        Subject::Container(number.as_str().to_owned())
    } else if let Some(pass) = &asked.pass {
        Subject::Pass(pass.clone())
    } else {
        let driver = asked.driver.clone();
        Subject::Driver(driver.context("say what to look for; --help shows how")?)
    })
}

fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Run { config } => run(&config),
        Command::Report { config } => report(&config),
        Command::Query(asked) => query(&asked),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kakou-region: {error:#}");
            ExitCode::from(2)
        }
    }
}
