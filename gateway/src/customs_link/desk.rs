//! The listener for front ends that register and gather, and for a back end's commands: accepts
//! from known addresses, cuts frames out, hands each to its lane, writes the answer. Knows who may
//! speak at all, not what a message means.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use standards::jgs14::frame::{Dialect, Frame};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::exchange::{ExchangeError, read_frame};
use crate::health::Health;
use crate::stop::Stop;

/// A connection says something, or takes an answer, within this time.
const LINE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a lane: more than the longest answer time of the configuration.
const LANE_TIMEOUT: Duration = Duration::from_secs(130);
/// Frames of one connection; whoever has more to say connects again.
const FRAMES_MAX: u32 = 256;
/// Connections of one address at once.
const CONNECTIONS_OF_ONE_MAX: usize = 8;
/// Wait after an accept that failed, say for lack of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);
/// Name of the listener among the links.
const NAME: &str = "customs gate listener";

/// A frame for a lane.
pub(super) struct Question {
    /// Running number.
    pub(super) number: u64,
    /// Where it came from.
    pub(super) from: IpAddr,
    /// The frame.
    pub(super) frame: Frame,
    /// The way back.
    pub(super) reply: oneshot::Sender<Reply>,
}

/// What is done about a frame.
pub(super) enum Reply {
    /// Nothing is answered.
    Close,
    /// This is; whether it has left is told.
    Frame(Frame, oneshot::Sender<bool>),
}

/// Addresses that may connect; a back end's is learnt when it answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<Vec<IpAddr>>>);

impl Known {
    /// Lets an address in.
    pub(super) fn add(&self, address: IpAddr) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&address) {
            known.push(address);
        }
    }

    /// Whether an address is let in.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&address)
    }
}

/// The listener.
pub(super) struct Desk {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Lanes by their number.
    pub(super) routes: BTreeMap<String, mpsc::Sender<Question>>,
    /// Who may connect.
    pub(super) known: Known,
    /// Site number.
    pub(super) area_id: String,
    /// Connections at once.
    pub(super) connections: usize,
    /// Largest frame.
    pub(super) frame_bytes_max: usize,
    /// Where refusals are counted.
    pub(super) health: Health,
    /// End of the daemon.
    pub(super) stop: Stop,
}

impl Desk {
    /// Runs until the daemon ends.
    pub(super) async fn run(self, listener: TcpListener) {
        let mut stop = self.stop.clone();
        let room = Arc::new(Semaphore::new(self.connections));
        let desk = Arc::new(Serving {
            desk: self,
            numbers: AtomicU64::new(0),
            open: Mutex::new(BTreeMap::new()),
        });
        desk.desk.health.link(NAME, |link| {
            link.state = format!("listens on {}", desk.desk.address);
        });
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = stop.requested() => return,
            };
            let (line, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    desk.refused(&format!("a connection was not accepted: {error}"));
                    tokio::time::sleep(ACCEPT_RETRY).await;
                    continue;
                }
            };
            // Strangers learn nothing, not even that something answers.
            if !desk.desk.known.has(peer.ip()) {
                desk.refused(&format!("{} is no front end and no back end", peer.ip()));
                continue;
            }
            let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
                desk.refused("too many connections at once");
                continue;
            };
            if !desk.enters(peer.ip()) {
                desk.refused(&format!("too many connections from {}", peer.ip()));
                continue;
            }
            let desk = Arc::clone(&desk);
            connections.spawn(async move {
                if let Err(error) = desk.serve(line, peer.ip()).await {
                    desk.refused(&format!("{}: {}", peer.ip(), error.in_full()));
                }
                desk.leaves(peer.ip());
                drop(permit);
            });
        }
    }
}

struct Serving {
    desk: Desk,
    numbers: AtomicU64,
    open: Mutex<BTreeMap<IpAddr, usize>>,
}

impl Serving {
    fn enters(&self, address: IpAddr) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        let may = *count < CONNECTIONS_OF_ONE_MAX;
        *count += usize::from(may);
        may
    }

    fn leaves(&self, address: IpAddr) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&address) {
            *count = count.saturating_sub(1);
        }
    }

    fn refused(&self, why: &str) {
        tracing::warn!(why, "customs gate: a connection was refused");
        self.desk.health.link(NAME, |link| {
            link.refused += 1;
            link.last_error = why.to_owned();
        });
    }

    async fn serve(&self, mut line: TcpStream, from: IpAddr) -> Result<(), ExchangeError> {
        let mut held = Vec::new();
        let most = self.desk.frame_bytes_max;
        for _ in 0..FRAMES_MAX {
            let next = timeout(LINE_TIMEOUT, read_frame(&mut line, &mut held, most)).await;
            let next = match next {
                Ok(next) => next?,
                // A connection that has said all it had to may stay open for a while.
                Err(_) if held.is_empty() => None,
                Err(_) => return Err(ExchangeError::Late(LINE_TIMEOUT)),
            };
            let Some((frame, dialect)) = next else {
                return Ok(());
            };
            self.desk.health.link(NAME, |link| link.taken += 1);
            if !self.answer(&mut line, from, frame, dialect).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the connection may go on.
    async fn answer(
        &self,
        line: &mut TcpStream,
        from: IpAddr,
        frame: Frame,
        dialect: Dialect,
    ) -> Result<bool, ExchangeError> {
        let lane = self.desk.routes.get(&frame.channel);
        let Some(lane) = lane.filter(|_| frame.area_id == self.desk.area_id) else {
            let (area_id, channel) = (&frame.area_id, &frame.channel);
            self.refused(&format!("no lane {channel} of site {area_id} is here"));
            return Ok(false);
        };
        let (reply, answer) = oneshot::channel();
        let question = Question {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            from,
            frame,
            reply,
        };
        if lane.try_send(question).is_err() {
            self.refused("too many messages wait for a lane");
            return Ok(false);
        }
        match timeout(LANE_TIMEOUT, answer).await {
            Ok(Ok(Reply::Frame(frame, sent))) => {
                let written = match frame.write(dialect) {
                    Ok(bytes) => timeout(LINE_TIMEOUT, line.write_all(&bytes))
                        .await
                        .map_err(|_| ExchangeError::Late(LINE_TIMEOUT))
                        .and_then(|written| written.map_err(ExchangeError::Line)),
                    Err(error) => Err(ExchangeError::Unwritable(error.to_string())),
                };
                // The lane may have ended meanwhile.
                let _ = sent.send(written.is_ok());
                written.map(|()| true)
            }
            Ok(Ok(Reply::Close) | Err(_)) | Err(_) => Ok(false),
        }
    }
}
