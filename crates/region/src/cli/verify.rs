//! `kakou-region verify`: the whole store is proven, or what was changed is named.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::id::{GateAddress, GateId, PremisesId, RegionId};
use region::config::Config;
use region::down_link::DownLink;
use region::event_store::EventStore;
use region::proof::prove;
use wire::signature::PublicKey;

/// Proves the store of a configuration; every gate in it, enrolled or not.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::read(config)?;
    let store = EventStore::open(&config.place).await?;
    let enrolled = DownLink::new(store.database()).enrolled().await?;
    let configured = config.collector()?.gates;
    let (mut events, mut flaws) = (0, 0);
    for stored in store.gates().await? {
        let gate = address(&stored.gate)?;
        let keys: Vec<PublicKey> = match enrolled.get(&gate) {
            Some(keys) => keys.iter().map(|known| known.key).collect(),
            None => configured.get(&gate).copied().into_iter().collect(),
        };
        let proven = prove(&store, &gate, &keys, |count| {
            if count >= 100_000 && count % 100_000 == 0 {
                eprintln!("{gate}: {count} events");
            }
        })
        .await?;
        for flaw in &proven.flaws {
            println!(
                "CHANGED {}: event {} {}",
                flaw.gate, flaw.sequence, flaw.what
            );
        }
        let signed = if keys.is_empty() {
            "not enrolled: signatures not looked at".to_owned()
        } else {
            format!("signed by the gate up to {}", proven.signed_up_to)
        };
        if proven.begins_at > 1 {
            println!("{gate}: begins at event {}", proven.begins_at);
        }
        println!("{gate}: {} events hold, {signed}", proven.events);
        events += proven.events;
        flaws += proven.flaws.len();
    }
    if flaws > 0 {
        println!("{flaws} flaws: the store was changed, or its disk is failing");
        return Ok(ExitCode::FAILURE);
    }
    println!("the whole store is proved: {events} events");
    Ok(ExitCode::SUCCESS)
}

/// A gate's name in the store: region, premises and gate.
fn address(name: &str) -> anyhow::Result<GateAddress> {
    let mut parts = name.split('/');
    let mut next = || parts.next().with_context(|| format!("{name:?} is no gate"));
    Ok(GateAddress {
        region: RegionId::parse(next()?)?,
        premises: PremisesId::parse(next()?)?,
        gate: GateId::parse(next()?)?,
    })
}
