//! Broker ⇄ event store: takes batches, stores, then acknowledges; sends down what the store holds
//! for each gate. A gate is known by its enrolled keys alone. Several collectors over one PostgreSQL
//! share the gates and may be killed at any time.

mod downlink;
mod intake;
mod kept;
mod notices;
mod pulse;
mod session;
mod shards;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::id::{GateAddress, RegionId};
use domain::time::Timestamp;
use rumqttc::{MqttOptions, Transport};
use tokio::sync::watch;
use wire::signature::{PublicKey, SigningKeyPair};

pub use self::shards::{SHARDS_DEFAULT, SHARDS_MAX, ShareError};
use crate::database::DatabaseError;
use crate::down_link::region_keys::SuccessionError;
use crate::down_link::{DownLink, DownLinkError};
use crate::event_store::{EventStore, StoreError};

/// Largest packet either way.
const PACKET_BYTES_MAX: usize = 512 * 1024;
/// Shortest and longest wait before the broker or the database is tried again.
const WAIT_MIN: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// How the collector reaches the broker and whom it believes.
pub struct Collector {
    /// Region of the topics.
    pub region: RegionId,
    /// Name of this collector among those that share the gates; `None` if it is alone.
    pub shared: Option<Shared>,
    /// Brokers of one cluster, tried in turn; at least one.
    pub brokers: Vec<BrokerAddress>,
    /// TLS; `None` only on one machine.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// The region's key pair.
    pub signing: SigningKeyPair,
    /// Gates that are enrolled with these keys unless the store knows them already.
    pub gates: BTreeMap<GateAddress, PublicKey>,
    /// Folder of orders to send down (`*.jsonl`: ledger rows, directives among them).
    pub orders: Option<PathBuf>,
    /// Waits this long before each acknowledgement: a slow region, for tests.
    pub delay: Duration,
}

/// One of several collectors over one PostgreSQL.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Its name, unlike any other's.
    pub name: String,
    /// Parts into which the gates are divided; the same for all collectors.
    pub shards: u16,
}

/// Why the collector ended.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The store failed; nothing that is not stored was acknowledged.
    #[error("event store failed")]
    Store(#[from] StoreError),
    /// Ledger, keys or policies cannot be read.
    #[error("what goes down to the gates cannot be read")]
    DownLink(#[from] DownLinkError),
    /// Gates would not believe what is signed here.
    #[error("the region's signing key cannot be used")]
    SigningKey(#[from] SuccessionError),
    /// The collectors do not agree how to share.
    #[error("cannot share the gates with other collectors")]
    Share(#[source] ShareError),
}

/// Why a session ended.
enum Ended {
    Broker(String),
    Store(StoreError),
    DownLink(DownLinkError),
    Share(ShareError),
}

impl From<DownLinkError> for Ended {
    fn from(error: DownLinkError) -> Self {
        match error {
            DownLinkError::Database(error) => Self::Store(error.into()),
            DownLinkError::Damaged { .. } => Self::DownLink(error),
        }
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ShareError> for Ended {
    fn from(error: ShareError) -> Self {
        match error {
            ShareError::Database(error) => Self::Store(error.into()),
            ShareError::Differ { .. } => Self::Share(error),
        }
    }
}

/// Counts since start.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    stored: u64,
    doubles: u64,
    gaps: u64,
    alarms: u64,
}

impl Collector {
    /// Collects until `stop` turns true. A broker or a database server that is away is waited for:
    /// what is not stored is not acknowledged, and its gate sends it again.
    ///
    /// # Errors
    /// The store failed for another reason, or collectors disagree.
    pub async fn run(
        &self,
        store: &EventStore,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), CollectError> {
        let mut counts = Counts::default();
        let down_link = DownLink::new(store.database());
        let mut down = downlink::Downlink::new(down_link.clone(), self.orders.clone());
        let mut wait = WAIT_MIN;
        let mut is_prepared = false;
        let mut turn = 0;
        while !*stop.borrow() {
            if !is_prepared {
                match self.prepare(&down_link).await {
                    Ok(()) => is_prepared = true,
                    Err(error) if outage_of(&error) => {
                        tracing::error!(error = chain_of(&error), "database lost");
                        tokio::select! {
                            () = tokio::time::sleep(wait) => {}
                            _ = stop.wait_for(|stopped| *stopped) => break,
                        }
                        wait = (wait * 2).min(WAIT_MAX);
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            let before = counts.stored;
            let broker = &self.brokers[turn % self.brokers.len()];
            let ended = session::run(self, broker, store, &mut counts, &mut down, &mut stop).await;
            match ended {
                Ok(()) => break,
                Err(Ended::Share(error)) => return Err(CollectError::Share(error)),
                Err(Ended::DownLink(error)) => return Err(error.into()),
                Err(Ended::Store(StoreError::Database(error))) if error.is_outage() => {
                    tracing::error!(error = chain_of(&error), "database lost");
                }
                Err(Ended::Store(error)) => return Err(error.into()),
                Err(Ended::Broker(cause)) => {
                    tracing::warn!(cause, host = broker.host, port = broker.port, "broker lost");
                    turn += 1;
                }
            }
            if counts.stored > before {
                wait = WAIT_MIN;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stop.wait_for(|stopped| *stopped) => break,
            }
            wait = (wait * 2).min(WAIT_MAX);
        }
        tracing::info!(
            stored = counts.stored,
            doubles = counts.doubles,
            gaps = counts.gaps,
            alarms = counts.alarms,
            "collected"
        );
        Ok(())
    }

    /// Enrols the configured gates where the store does not know them, and sees to it that gates
    /// will believe what is signed here.
    async fn prepare(&self, down_link: &DownLink) -> Result<(), CollectError> {
        let at = now();
        for (gate, key) in &self.gates {
            down_link.seed(gate, key, at).await?;
        }
        let key = self.signing.public_key();
        down_link.check_signing_key(&self.region, &key, at).await?;
        Ok(())
    }

    fn options(&self, broker: &BrokerAddress) -> MqttOptions {
        let name = match &self.shared {
            None => format!("kakou-region-{}", self.region),
            Some(shared) => format!("kakou-region-{}-{}", self.region, shared.name),
        };
        self.options_as(&name, broker)
    }

    /// Options of a connection with a client name of its own: two of one name drive each other out.
    pub(crate) fn options_as(&self, name: &str, broker: &BrokerAddress) -> MqttOptions {
        let mut options = MqttOptions::new(name, broker.host.clone(), broker.port);
        options.set_clean_session(true);
        options.set_keep_alive(Duration::from_secs(10));
        options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
        options.set_inflight(128);
        if let Some(tls) = &self.tls {
            let tls = rumqttc::TlsConfiguration::Rustls(Arc::clone(tls));
            options.set_transport(Transport::tls_with_config(tls));
        }
        options
    }
}

/// Whether the server was away: the same may succeed later.
fn outage_of(error: &CollectError) -> bool {
    let database: Option<&DatabaseError> = match error {
        CollectError::Store(StoreError::Database(error))
        | CollectError::DownLink(DownLinkError::Database(error))
        | CollectError::SigningKey(SuccessionError::Store(DownLinkError::Database(error))) => {
            Some(error)
        }
        CollectError::Store(StoreError::Damaged { .. })
        | CollectError::DownLink(DownLinkError::Damaged { .. })
        | CollectError::SigningKey(_)
        | CollectError::Share(_) => None,
    };
    database.is_some_and(DatabaseError::is_outage)
}

/// An error with its causes, in one line.
fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
