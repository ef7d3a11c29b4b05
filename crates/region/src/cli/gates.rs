//! `kakou-region gates`, `enrol`, `revoke`, `rotate-key`: who may send, with which key, and what each
//! gate has of its ledger.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::id::{GateAddress, GateId, PremisesId};
use domain::time::{Timestamp, Window};
use region::config::Config;
use region::down_link::DownLink;
use region::down_link::gate_keys::{KeyChange, KeyState};
use region::event_store::EventStore;
use wire::signature::PublicKey;

/// A gate of the region.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// Configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Premises.
    #[arg(long)]
    premises: String,
    /// Gate of the premises.
    #[arg(long)]
    gate: String,
    /// Who orders it.
    #[arg(long, default_value = "")]
    by: String,
    /// Why.
    #[arg(long, default_value = "")]
    why: String,
}

/// Arguments of `enrol`.
#[derive(Debug, clap::Args)]
pub(crate) struct Enrol {
    #[command(flatten)]
    named: Named,
    /// The gate's public key, as `kakou keygen` wrote it.
    #[arg(long)]
    public_key: PathBuf,
    /// First moment at which the key is believed; now, if left out.
    #[arg(long)]
    valid_from: Option<String>,
    /// Last moment at which it is.
    #[arg(long)]
    valid_until: Option<String>,
}

/// Arguments of `revoke`.
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    named: Named,
    /// Only this key; every key of the gate, if left out.
    #[arg(long)]
    public_key: Option<PathBuf>,
}

/// Arguments of `rotate-key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    /// Configuration file; its signing_key_file signs the change.
    #[arg(long)]
    config: PathBuf,
    /// Public half of the region's next key.
    #[arg(long)]
    next_public_key: PathBuf,
    /// Days for which the key in use is believed beside it.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    keep_days: u32,
}

impl Named {
    async fn open(&self) -> anyhow::Result<(GateAddress, DownLink)> {
        let config = Config::read(&self.config)?;
        let gate = GateAddress {
            region: config.region()?,
            premises: PremisesId::parse(&self.premises).context("--premises")?,
            gate: GateId::parse(&self.gate).context("--gate")?,
        };
        let store = EventStore::open(&config.place).await?;
        Ok((gate, DownLink::new(store.database())))
    }
}

fn public_key(file: &Path) -> anyhow::Result<PublicKey> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read key {}", file.display()))?;
    let bytes: Option<[u8; 32]> = hex::decode(text.trim())
        .ok()
        .and_then(|b| b.try_into().ok());
    let bytes = bytes.with_context(|| {
        format!(
            "key {} is not 64 hexadecimal digits; kakou keygen writes them",
            file.display()
        )
    })?;
    PublicKey::from_bytes(&bytes).with_context(|| format!("key {}", file.display()))
}

fn time(text: &Option<String>, or: Timestamp) -> anyhow::Result<Timestamp> {
    match text {
        Some(text) => Timestamp::parse(text)
            .with_context(|| format!("{text} is no time; write it like 2027-01-01T00:00:00Z")),
        None => Ok(or),
    }
}

pub(crate) async fn enrol(asked: &Enrol) -> anyhow::Result<()> {
    let (gate, down_link) = asked.named.open().await?;
    let key = public_key(&asked.public_key)?;
    let now = super::now();
    let valid = Window {
        from: time(&asked.valid_from, Timestamp::MIN)?,
        until: time(&asked.valid_until, Timestamp::MAX)?,
    };
    anyhow::ensure!(valid.from < valid.until, "the key would never be believed");
    down_link.begin_stream(&gate.premises, now).await?;
    let change = KeyChange {
        gate: &gate,
        key: &key,
        state: KeyState::Active,
        valid,
        by: &asked.named.by,
        why: &asked.named.why,
    };
    down_link.change_key(&change, now).await?;
    println!("{gate} is enrolled; a collector that runs serves it within seconds");
    Ok(())
}

pub(crate) async fn revoke(asked: &Revoke) -> anyhow::Result<()> {
    let (gate, down_link) = asked.named.open().await?;
    let key = asked.public_key.as_deref().map(public_key).transpose()?;
    let named = &asked.named;
    let revoked = down_link
        .revoke(&gate, key.as_ref(), &named.by, &named.why, super::now())
        .await?;
    anyhow::ensure!(
        revoked > 0,
        "{gate} has no such key that is not revoked already"
    );
    println!("{revoked} key(s) of {gate} revoked; what they sign is refused and raises an alarm");
    Ok(())
}

pub(crate) async fn rotate(asked: &Rotate) -> anyhow::Result<()> {
    let config = Config::read(&asked.config)?;
    let collector = config.collector()?;
    let next = public_key(&asked.next_public_key)?;
    anyhow::ensure!(
        next != collector.signing.public_key(),
        "this is the key in use; make another with kakou keygen"
    );
    let store = EventStore::open(&config.place).await?;
    let now = super::now();
    let until = now + std::time::Duration::from_secs(u64::from(asked.keep_days) * 86_400);
    DownLink::new(store.database())
        .succeed(&collector.region, &collector.signing, &next, now, until)
        .await?;
    println!(
        "gates are told of the next key. Name it in signing_key_file and restart every collector \
         before {until}: until then gates believe both"
    );
    Ok(())
}

pub(crate) async fn list(config: &Path) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    let store = EventStore::open(&config.place).await?;
    let down_link = DownLink::new(store.database());
    let now = super::now();
    let claims = down_link.claims(config.region()?.as_str()).await?;
    for (gate, keys) in down_link.enrolled().await? {
        let name = gate.to_string();
        match claims.iter().find(|claim| claim.gate == name) {
            None => println!("{name}: has not said what it has"),
            Some(claim) => {
                let revision = claim.revision.map_or_else(
                    || "nothing".to_owned(),
                    |revision| format!("revision {revision}"),
                );
                let stream = claim
                    .stream
                    .map_or_else(|| "none".to_owned(), |revision| revision.to_string());
                println!(
                    "{name}: {revision} of {stream}, hash {}, {}, said {} s ago",
                    &claim.hash.to_string()[..16],
                    claim.stands,
                    now.since(claim.said_at).as_secs()
                );
            }
        }
        for key in keys.iter() {
            let until = if key.valid.until == Timestamp::MAX {
                "without end".to_owned()
            } else {
                format!("until {}", key.valid.until)
            };
            println!(
                "  key {} {} {until}, since {} {} {}",
                &hex::encode(key.key.as_bytes())[..16],
                key.state.word(),
                key.changed_at,
                key.by,
                key.why
            );
        }
        if !keys.is_believed(now) {
            println!("  NO KEY is believed: nothing of this gate is stored");
        }
    }
    Ok(())
}
