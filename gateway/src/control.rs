//! The daemon's control socket: JSON lines from people at the console → acts of a lane, and the
//! daemon's health back. Whoever may open the socket file may act; its mode is 0600.

mod request;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::digest::KeyBytes;
use domain::event::{Event, EventBody};
use domain::id::LaneId;
use domain::ledger_row::LedgerRevision;
use domain::time::Timestamp;
use passage::port::Input;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use crate::dashboard::Keeper;
use crate::health::Health;
use crate::lane_task::LaneInbox;
use crate::recorder::Recorder;
use crate::stop::Stop;

/// Name of the socket in the state directory.
pub const SOCKET_NAME: &str = "control.sock";
/// Longest request.
const LINE_BYTES_MAX: u64 = 16 * 1024;
/// People who may be connected at once.
const CONNECTIONS_MAX: usize = 16;
/// A connection that says nothing for this long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Everything the socket reaches.
#[derive(Clone)]
pub struct Control {
    /// Lanes.
    pub lanes: BTreeMap<LaneId, LaneInbox>,
    /// What each lane shows.
    pub notices: BTreeMap<LaneId, watch::Receiver<Option<domain::actuation::LaneNotice>>>,
    /// Health.
    pub health: Health,
    /// Ledger.
    pub revision: watch::Receiver<Option<LedgerRevision>>,
    /// Recorder, for what concerns the whole gate.
    pub recorder: Recorder,
    /// Clock.
    pub clock: Clock,
    /// Accounts of the page, where there is one.
    pub keeper: Option<Keeper>,
    /// End of the daemon.
    pub stop: Stop,
}

/// Where the socket of a gate is.
#[must_use]
pub fn socket_path(directory: &Path) -> PathBuf {
    directory.join(SOCKET_NAME)
}

/// Opens the socket.
///
/// # Errors
/// The path cannot be bound; an old socket file without a daemon behind it is replaced.
pub fn bind(directory: &Path) -> std::io::Result<UnixListener> {
    let path = socket_path(directory);
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

impl Control {
    /// Serves until the daemon ends.
    pub async fn run(self, listener: UnixListener) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut stop = self.stop.clone();
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "control connection failed");
                        continue;
                    }
                },
                () = stop.requested() => return,
            };
            // With no place left the connection is dropped: the caller sees it closed.
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                continue;
            };
            let control = self.clone();
            tokio::spawn(async move {
                control.serve(stream).await;
                drop(place);
            });
        }
    }

    async fn serve(&self, stream: UnixStream) {
        let (read, mut write) = stream.into_split();
        let mut reader = BufReader::new(read);
        let mut line = String::new();
        let mut stop = self.stop.clone();
        loop {
            line.clear();
            let mut limited = (&mut reader).take(LINE_BYTES_MAX);
            let read = tokio::select! {
                read = tokio::time::timeout(IDLE, limited.read_line(&mut line)) => read,
                () = stop.requested() => return,
            };
            if !matches!(read, Ok(Ok(len)) if len > 0) {
                return;
            }
            let answer = match self.answer(&line).await {
                Ok(answer) => answer,
                Err(what) => json!({ "ok": false, "error": what }),
            };
            let text = format!("{answer}\n");
            if write.write_all(text.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    async fn answer(&self, line: &str) -> Result<Value, String> {
        match request::parse(line)? {
            request::Request::Status => Ok(self.status()),
            request::Request::AnnounceKey { key } => self.announce(key).await,
            request::Request::Account(wanted) => self.account(wanted).await,
            request::Request::Act { lane, act } => {
                let inbox = self
                    .lanes
                    .get(&lane)
                    .ok_or_else(|| format!("there is no lane {lane}"))?;
                inbox.send(Input::Operator(Box::new(act))).await;
                Ok(json!({ "ok": true }))
            }
        }
    }

    /// Whoever owns the socket owns the machine: that is how a lost administrator comes back.
    async fn account(&self, wanted: request::AccountWanted) -> Result<Value, String> {
        let keeper = self.keeper.as_ref();
        let keeper = keeper.ok_or("this gate shows no page; write [dashboard] into its file")?;
        keeper
            .keep(
                &wanted.name,
                wanted.password,
                wanted.role,
                wanted.privileges,
            )
            .await?;
        Ok(json!({ "ok": true }))
    }

    /// Writes the gate's next signing key into the journal: the batch that carries it is signed by
    /// the key in use, and that is what makes the region believe it.
    async fn announce(&self, key: KeyBytes) -> Result<Value, String> {
        wire::signature::PublicKey::from_bytes(&key.0).map_err(|error| error.to_string())?;
        let event = Event {
            at: self.clock.now().utc,
            lane: None,
            passage: None,
            body: EventBody::SigningKeyAnnounced { key },
        };
        let sequence = self.recorder.record_and_wait(&event).await?;
        Ok(json!({ "ok": true, "sequence": sequence }))
    }

    fn downlink_status(&self) -> Value {
        let down = self.health.downlink_now();
        let policy = self.health.policy_now();
        let shown = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let now = self.clock.now().utc.at;
        json!({
            "refused": down.refused,
            "last_refusal": down.last_refusal,
            "region_key": down.region_key,
            "former_region_key_until": shown(down.former_key_until.filter(|until| *until >= now)),
            "certificates_until": shown(down.certificates_until),
            "certificates_expired": down.certificates_until.is_some_and(|until| until < now),
            "takes_snapshot": down.takes_snapshot,
            "ledger_forked": down.ledger_forked,
            "policy": policy.version,
            "policies_refused": policy.refused,
            "last_policy_refusal": policy.last_refusal,
        })
    }

    fn status(&self) -> Value {
        let up = self.health.uplink_now();
        let devices: BTreeMap<String, Value> = self
            .health
            .devices()
            .into_iter()
            .map(|(id, device)| {
                let value = json!({
                    "kind": device.kind.code(),
                    "state": format!("{:?}", device.state).to_lowercase(),
                    "cause": device.cause,
                    "last_frame": device.last_frame.map(|at| at.to_string()),
                    "readings": device.readings,
                    "rejected": device.rejected,
                    "rejected_by_reason": device.rejects.iter()
                        .map(|(reason, count)| (reason.name().to_owned(), count.into()))
                        .collect::<serde_json::Map<String, Value>>(),
                });
                (id.to_string(), value)
            })
            .collect();
        let links = self.health.links().into_iter().map(|(name, link)| {
            let value = json!({
                "state": link.state,
                "taken": link.taken,
                "refused": link.refused,
                "last_error": link.last_error,
            });
            (name, value)
        });
        let links: BTreeMap<String, Value> = links.collect();
        let lanes: BTreeMap<String, Value> = self
            .notices
            .iter()
            .map(|(lane, notice)| {
                let notice = notice.borrow();
                let lines: Vec<&str> = notice
                    .iter()
                    .flat_map(|notice| notice.lines.iter().map(|line| line.en.as_str()))
                    .collect();
                let passage = notice
                    .as_ref()
                    .and_then(|n| n.passage.as_ref())
                    .map(ToString::to_string);
                (
                    lane.to_string(),
                    json!({ "passage": passage, "lines": lines }),
                )
            })
            .collect();
        let ledger = *self.revision.borrow();
        json!({
            "ok": true,
            "lanes": lanes,
            "devices": devices,
            "links": links,
            "ledger_revision": ledger.map(|l| l.revision),
            "ledger_synced_at": ledger.map(|l| l.synced_at.to_string()),
            "journal_failure": self.health.journal_failure(),
            "downlink": self.downlink_status(),
            "uplink": {
                "connected": up.connected,
                "broker": up.broker,
                "acknowledged": up.acknowledged,
                "backlog": up.backlog,
                "backlog_age_s": up.backlog_age_s,
                "forked": up.forked,
                "last_error": up.last_error,
            },
        })
    }
}
