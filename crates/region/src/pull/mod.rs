//! Pictures and scans that a gate keeps → the region's folder, over the broker. A connection of its
//! own, beside the collector's, that lasts as long as something is missing and somebody waits.

mod pieces;

use std::collections::BTreeSet;
use std::time::Duration;

use domain::digest::Digest;
use domain::id::GateAddress;
use rumqttc::{AsyncClient, Event as Packet, EventLoop, Incoming, QoS};
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::signature::PublicKey;
use wire::topic::Topic;

use crate::collector::Collector;
use crate::pictures::PictureFolder;
use pieces::{Brought, Pieces};

/// Without a piece for this long, what is missing is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// Between two tries to reach a broker.
const RECONNECT: Duration = Duration::from_millis(500);
/// Requests that may wait for the client.
const REQUESTS_MAX: usize = 16;
/// Packets of the client that may wait for us.
const PACKETS_MAX: usize = 64;

/// Why nothing could be pulled.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The gate is not enrolled.
    #[error("gate {gate} is not listed in the configuration")]
    UnknownGate {
        /// Gate.
        gate: String,
    },
    /// No broker could be reached in time.
    #[error("no broker could be reached: {cause}")]
    Broker {
        /// The last cause.
        cause: String,
    },
    /// A picture cannot be kept.
    #[error("cannot keep a picture in {folder}")]
    Folder {
        /// Folder.
        folder: std::path::PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Files that are now in the folder.
    pub kept: Vec<Digest>,
    /// Files that the gate has no more.
    pub absent: Vec<Digest>,
    /// Files that did not come in time.
    pub late: Vec<Digest>,
}

/// What a pull is told while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes received.
    pub bytes: u64,
    /// Files still missing.
    pub left: usize,
}

struct Pull<'a> {
    collector: &'a Collector,
    gate: &'a GateAddress,
    key: &'a PublicKey,
    folder: &'a PictureFolder,
    pieces: Pieces,
    pulled: Pulled,
    bytes: u64,
}

/// Asks the gate for files and waits for them, at most until `wait` is over.
///
/// # Errors
/// The gate is unknown, no broker can be reached in time, or the folder refuses.
pub async fn pull(
    collector: &Collector,
    gate: &GateAddress,
    wanted: &BTreeSet<Digest>,
    folder: &PictureFolder,
    wait: Duration,
    mut progress: impl FnMut(Progress),
) -> Result<Pulled, PullError> {
    let key = collector
        .gates
        .get(gate)
        .ok_or_else(|| PullError::UnknownGate {
            gate: gate.to_string(),
        })?;
    let mut pull = Pull {
        collector,
        gate,
        key,
        folder,
        pieces: Pieces::of(wanted.iter().copied()),
        pulled: Pulled::default(),
        bytes: 0,
    };
    let deadline = Instant::now() + wait;
    let mut last_cause = None;
    for turn in 0.. {
        if pull.pieces.is_empty() || Instant::now() >= deadline {
            break;
        }
        let broker = &collector.brokers[turn % collector.brokers.len()];
        let name = format!("kakou-pull-{}-{}", collector.region, std::process::id());
        let options = collector.options_as(&name, broker);
        let (client, event_loop) = AsyncClient::new(options, REQUESTS_MAX);
        let session = pull.session(&client, event_loop, &mut progress);
        match tokio::time::timeout_at(deadline, session).await {
            Ok(Ok(())) => {}
            Ok(Err(Ended::Folder(source))) => {
                let folder = folder.path().to_owned();
                return Err(PullError::Folder { folder, source });
            }
            Ok(Err(Ended::Broker(cause))) => {
                last_cause = Some(cause);
                tokio::time::sleep_until(deadline.min(Instant::now() + RECONNECT)).await;
            }
            Err(_) => break,
        }
    }
    pull.pulled.late = pull.pieces.left();
    match last_cause {
        Some(cause) if pull.bytes == 0 && !pull.pulled.late.is_empty() => {
            Err(PullError::Broker { cause })
        }
        Some(_) | None => Ok(pull.pulled),
    }
}

enum Ended {
    Broker(String),
    Folder(std::io::Error),
}

struct Poller(tokio::task::JoinHandle<()>);

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The event loop must not be cut short: a task of its own polls it.
async fn poll(mut event_loop: EventLoop, packets: mpsc::Sender<Result<Packet, String>>) {
    loop {
        let polled = event_loop.poll().await.map_err(|error| error.to_string());
        let failed = polled.is_err();
        if packets.send(polled).await.is_err() || failed {
            return;
        }
    }
}

impl Pull<'_> {
    /// One connection, until everything is there or it breaks.
    async fn session(
        &mut self,
        client: &AsyncClient,
        event_loop: EventLoop,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), Ended> {
        let (sender, mut packets) = mpsc::channel(PACKETS_MAX);
        let _poller = Poller(tokio::spawn(poll(event_loop, sender)));
        let mut ask_at = None;
        while !self.pieces.is_empty() {
            let wake = ask_at.unwrap_or_else(|| Instant::now() + ASK_AGAIN);
            tokio::select! {
                packet = packets.recv() => match packet {
                    Some(Ok(Packet::Incoming(Incoming::ConnAck(_)))) => self.greet(client)?,
                    Some(Ok(Packet::Incoming(Incoming::SubAck(_)))) => ask_at = Some(Instant::now()),
                    Some(Ok(Packet::Incoming(Incoming::Publish(message)))) => {
                        if self.take(&message.payload)? {
                            ask_at = Some(Instant::now() + ASK_AGAIN);
                            let left = self.pieces.left().len();
                            progress(Progress { bytes: self.bytes, left });
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(cause)) => return Err(Ended::Broker(cause)),
                    None => return Err(Ended::Broker("the connection has ended".into())),
                },
                () = tokio::time::sleep_until(wake), if ask_at.is_some() => {
                    self.ask(client)?;
                    ask_at = Some(Instant::now() + ASK_AGAIN);
                }
            }
        }
        // A courtesy to the broker.
        let _ = client.try_disconnect();
        Ok(())
    }

    fn greet(&self, client: &AsyncClient) -> Result<(), Ended> {
        let topic = Topic::EvidenceContent(self.gate.clone());
        client
            .try_subscribe(topic.to_string(), QoS::AtMostOnce)
            .map_err(|error| Ended::Broker(error.to_string()))
    }

    fn ask(&self, client: &AsyncClient) -> Result<(), Ended> {
        let topic = Topic::EvidenceRequest(self.gate.clone());
        let request = self.pieces.request(self.gate);
        tracing::debug!(gate = %self.gate, files = request.files.len(), "evidence asked for");
        let payload = request.sign_and_encode(&self.collector.signing);
        client
            .try_publish(
                topic.to_string(),
                QoS::AtLeastOnce,
                topic.retained(),
                payload,
            )
            .map_err(|error| Ended::Broker(error.to_string()))
    }

    /// Takes a message; true if it brought something.
    fn take(&mut self, payload: &[u8]) -> Result<bool, Ended> {
        let content = match wire::evidence::decode_content(payload, self.key) {
            Ok(content) if content.gate == *self.gate => content,
            Ok(content) => {
                tracing::warn!(gate = %content.gate, "evidence of another gate");
                return Ok(false);
            }
            Err(error) => {
                tracing::warn!(%error, "evidence refused");
                return Ok(false);
            }
        };
        match self.pieces.take(&content) {
            Brought::Nothing => return Ok(false),
            Brought::More => {}
            Brought::Whole(sha256, bytes) => {
                if self.folder.keep(&sha256, &bytes).map_err(Ended::Folder)? {
                    self.pulled.kept.push(sha256);
                } else {
                    // What the gate keeps is not what it recorded; asking again changes nothing.
                    tracing::error!(%sha256, "the gate's file is not the one of this hash");
                    self.pulled.absent.push(sha256);
                }
            }
            Brought::Absent(sha256) => self.pulled.absent.push(sha256),
        }
        self.bytes += content.piece.len() as u64;
        Ok(true)
    }
}
