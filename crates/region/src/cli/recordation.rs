//! `kakou-region recordation`: the history of one row of the ledger; `policy publish`: a policy file →
//! what every gate is sent.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::container::ContainerNumber;
use domain::id::{
    CompanyId, ConsignmentId, DirectiveId, DriverId, ManifestId, PassNumber, PremisesId,
};
use domain::ledger_row::RowKey;
use domain::plate::Plate;
use ledger::import::encode_line;
use region::config::Config;
use region::down_link::DownLink;
use region::event_store::EventStore;

/// Arguments of `recordation`.
#[derive(Debug, clap::Args)]
pub(crate) struct Recordation {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Asked {
    /// Vehicle, by its plate in any spelling.
    #[arg(long)]
    plate: Option<String>,
    /// Company.
    #[arg(long)]
    company: Option<String>,
    /// Driver.
    #[arg(long)]
    driver: Option<String>,
    /// Premises.
    #[arg(long)]
    premises: Option<String>,
    /// Container.
    #[arg(long)]
    container: Option<String>,
    /// Gate pass.
    #[arg(long)]
    pass: Option<String>,
    /// Consignment.
    #[arg(long)]
    consignment: Option<String>,
    /// Manifest.
    #[arg(long)]
    manifest: Option<String>,
    /// Directive.
    #[arg(long)]
    directive: Option<String>,
}

impl Asked {
    fn key(&self) -> anyhow::Result<RowKey> {
        macro_rules! first_of {
            ($($field:ident => $variant:ident $parse:path),* $(,)?) => {
                $(if let Some(raw) = &self.$field {
                    let parsed = $parse(raw).with_context(|| format!("{raw:?}"))?;
                    return Ok(RowKey::$variant(parsed));
                })*
            };
        }
        first_of!(
            plate => Vehicle Plate::parse,
            company => Company CompanyId::parse,
            driver => Driver DriverId::parse,
            premises => Premises PremisesId::parse,
            container => Container ContainerNumber::parse,
            pass => Pass PassNumber::parse,
            consignment => Consignment ConsignmentId::parse,
            manifest => Manifest ManifestId::parse,
            directive => Directive DirectiveId::parse,
        );
        anyhow::bail!("say whose history to tell; --help shows how")
    }
}

pub(crate) async fn tell(asked: &Recordation) -> anyhow::Result<()> {
    let key = asked.asked.key()?;
    let store = EventStore::open(&Config::read(&asked.config)?.place).await?;
    let history = DownLink::new(store.database()).history(&key).await?;
    anyhow::ensure!(!history.is_empty(), "no order has ever named it");
    for changed in history {
        let (order, line) = changed.order;
        let by = if changed.by.is_empty() {
            "-"
        } else {
            &changed.by
        };
        println!(
            "{} {} by {by}: {} (order {order}, line {line})",
            changed.at, changed.act, changed.why
        );
        match changed.row {
            Some(row) => println!("    {}", encode_line(&row)),
            None => println!("    taken out of the ledger"),
        }
    }
    Ok(())
}

pub(crate) async fn publish(config: &Path, file: &Path, by: &str) -> anyhow::Result<()> {
    let policy = policy_file::load(file)?;
    let store = EventStore::open(&Config::read(config)?.place).await?;
    DownLink::new(store.database())
        .publish_policy(&policy, by, super::now())
        .await?;
    println!(
        "central version {} is published, digest {}; gates have it within seconds of being there",
        policy.version.central, policy.digest
    );
    Ok(())
}
