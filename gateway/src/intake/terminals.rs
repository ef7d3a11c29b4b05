//! Terminals that call the gate (vehicle trackers, e-locks): a listener, a bounded number of
//! connections, and the journeys they report. A terminal that is not configured is told so and
//! heard no further.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use device_codecs::{RejectReason, Rejects, jointech, jt808};
use domain::device::DeviceState;
use domain::reading::Observation;
use domain::time::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Intake;
use super::connection::Backoff;
use super::track::{Mark, Track};
use crate::config::{ListenSetup, TerminalProtocol};

/// Connections at once; a terminal that calls beyond them is turned away and calls again.
const CONNECTIONS_MAX: usize = 256;
/// A line on which nothing comes for this long is closed.
const IDLE: Duration = Duration::from_secs(600);
/// A line on which nobody known has reported for this long is closed.
const STRANGER: Duration = Duration::from_secs(60);
/// Longest time that a write of a few bytes may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);
/// What connections have said and the lane has not taken.
const SAID_MAX: usize = 64;

/// What a connection tells the listener.
enum Said {
    /// A known terminal reported.
    Marks { number: String, marks: Vec<Mark> },
    /// Refused on this connection so far.
    Rejects { connection: u64, rejects: Rejects },
    /// It has ended.
    Ended { connection: u64 },
}

/// Everything of one listener.
struct Listener<'a> {
    intake: &'a Intake,
    setup: &'a ListenSetup,
    tracks: BTreeMap<String, Track>,
    /// Refused on connections that are open.
    open: BTreeMap<u64, Rejects>,
    /// Refused on those that have ended, and by the listener itself.
    rejected: Rejects,
    last: Option<Timestamp>,
}

/// Runs until the daemon ends.
pub(super) async fn run(intake: &Intake, setup: &ListenSetup, protocol: TerminalProtocol) {
    let mut stop = intake.stop.clone();
    let mut backoff = Backoff::new();
    let mut listener = Listener {
        intake,
        setup,
        tracks: BTreeMap::new(),
        open: BTreeMap::new(),
        rejected: Rejects::default(),
        last: None,
    };
    let mut is_lost = false;
    loop {
        match TcpListener::bind(setup.address).await {
            Ok(socket) => {
                listener.changed(DeviceState::Live, "").await;
                is_lost = false;
                tokio::select! {
                    () = listener.serve(socket, protocol) => {}
                    () = stop.requested() => return,
                }
            }
            Err(error) if !is_lost => {
                is_lost = true;
                let cause = format!("cannot listen on {}: {error}", setup.address);
                listener.changed(DeviceState::Lost, &cause).await;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next_wait()) => {}
            () = stop.requested() => return,
        }
    }
}

impl Listener<'_> {
    /// Takes calls and what they bring. The tasks of the connections end with this future.
    async fn serve(&mut self, socket: TcpListener, protocol: TerminalProtocol) {
        let (to_us, mut said) = mpsc::channel(SAID_MAX);
        let mut connections = JoinSet::new();
        let mut capture = self.intake.capture.clone();
        capture.mark_unchanged();
        let mut next: u64 = 0;
        loop {
            tokio::select! {
                accepted = socket.accept() => {
                    let Ok((stream, peer)) = accepted else {
                        // Out of descriptors: those that are open go on.
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        continue;
                    };
                    if connections.len() >= CONNECTIONS_MAX {
                        tracing::warn!(device = %self.intake.setup.id, %peer, "too many terminals, turned away");
                        self.rejected.count(RejectReason::Busy);
                        self.count(0);
                        continue;
                    }
                    next += 1;
                    let call = Call {
                        connection: next,
                        to: to_us.clone(),
                        known: self.setup.terminals.keys().cloned().collect(),
                    };
                    connections.spawn(call.run(stream, protocol));
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                Some(one) = said.recv() => self.heard(one).await,
                Ok(()) = capture.changed() => self.seals().await,
            }
        }
    }

    async fn heard(&mut self, said: Said) {
        match said {
            Said::Marks { number, marks } => {
                let Some(terminal) = self.setup.terminals.get(&number) else {
                    return;
                };
                let now = self.intake.clock.now();
                let track = self.tracks.entry(number.clone()).or_default();
                let has_lock = marks.iter().any(|mark| mark.lock.is_some());
                for _ in 0..track.take(marks, self.setup.keep, now.utc.at) {
                    self.rejected.count(RejectReason::NotValid);
                }
                let journey = track.journey(&number, terminal);
                self.last = Some(now.utc.at);
                self.count(1);
                let journey = Observation::Journey(journey);
                self.intake.observed(journey, now).await;
                if has_lock {
                    self.seal(&number).await;
                }
            }
            Said::Rejects {
                connection,
                rejects,
            } => {
                self.open.insert(connection, rejects);
                self.count(0);
            }
            Said::Ended { connection } => {
                if let Some(rejects) = self.open.remove(&connection) {
                    self.rejected.add(&rejects);
                }
            }
        }
    }

    /// The lane asks what is there: locks that have just reported from here say so again.
    async fn seals(&self) {
        let numbers: Vec<String> = self.tracks.keys().cloned().collect();
        for number in numbers {
            self.seal(&number).await;
        }
    }

    async fn seal(&self, number: &str) {
        let now = self.intake.clock.now();
        let parts = (
            self.setup.near,
            self.setup.terminals.get(number),
            self.tracks.get(number),
        );
        let (Some(near), Some(terminal), Some(track)) = parts else {
            return;
        };
        if let Some(seal) = track.seal(number, terminal, near, now.utc.at) {
            self.intake.observed(Observation::Seal(seal), now).await;
        }
    }

    fn rejects(&self) -> Rejects {
        let mut all = self.rejected.clone();
        for rejects in self.open.values() {
            all.add(rejects);
        }
        all
    }

    fn count(&self, readings: u64) {
        let (rejects, device) = (self.rejects(), &self.intake.setup.id);
        let at = self.intake.clock.now().utc.at;
        let health = &self.intake.health;
        health.frames(device, readings, rejects.total(), at);
        health.rejects(device, rejects);
    }

    async fn changed(&self, state: DeviceState, cause: &str) {
        let rejected = self.rejects().total();
        self.intake.changed(state, cause, self.last, rejected).await;
    }
}

/// One connection.
struct Call {
    connection: u64,
    to: mpsc::Sender<Said>,
    known: BTreeSet<String>,
}

impl Call {
    async fn run(self, mut stream: TcpStream, protocol: TerminalProtocol) {
        let mut terminal: Box<dyn Speaker> = match protocol {
            TerminalProtocol::Jt808 => Box::new(Jt808::default()),
            TerminalProtocol::Jointech => Box::new(Jointech::default()),
        };
        self.talk(&mut stream, terminal.as_mut()).await;
        // A listener that is gone counts nothing any more.
        let ended = Said::Ended {
            connection: self.connection,
        };
        let _ = self.to.send(ended).await;
    }

    /// Until the line ends, stays silent, or nobody known speaks on it.
    async fn talk(&self, stream: &mut TcpStream, terminal: &mut dyn Speaker) {
        let mut buffer = [0_u8; 4_096];
        let stranger_until = tokio::time::Instant::now() + STRANGER;
        let mut is_known = false;
        let mut counted = 0;
        loop {
            let until = if is_known {
                tokio::time::Instant::now() + IDLE
            } else {
                stranger_until
            };
            let read = tokio::time::timeout_at(until, stream.read(&mut buffer)).await;
            let Ok(Ok(len @ 1..)) = read else { return };
            let (answers, reports) = terminal.received(&buffer[..len], &self.known);
            if terminal.rejects().total() != counted {
                counted = terminal.rejects().total();
                let rejects = Said::Rejects {
                    connection: self.connection,
                    rejects: terminal.rejects().clone(),
                };
                if self.to.send(rejects).await.is_err() {
                    return;
                }
            }
            is_known |= terminal.is_known();
            // Handed over before it is acknowledged: what is acknowledged the terminal forgets.
            for (number, marks) in reports {
                if self.to.send(Said::Marks { number, marks }).await.is_err() {
                    return;
                }
            }
            for answer in answers {
                match timeout(WRITE_TIMEOUT, stream.write_all(&answer)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) | Err(_) => return,
                }
            }
        }
    }
}

/// Answers to send, and what known terminals reported.
type Heard = (Vec<Vec<u8>>, Vec<(String, Vec<Mark>)>);

/// One terminal's side of a protocol.
trait Speaker: Send {
    /// Takes bytes; answers to send, and what known terminals reported.
    fn received(&mut self, bytes: &[u8], known: &BTreeSet<String>) -> Heard;
    /// Refused so far.
    fn rejects(&self) -> &Rejects;
    /// Somebody who is configured has spoken on this line.
    fn is_known(&self) -> bool;
}

#[derive(Default)]
struct Jt808 {
    session: jt808::Session,
}

impl Speaker for Jt808 {
    fn received(&mut self, bytes: &[u8], known: &BTreeSet<String>) -> Heard {
        self.session
            .handle_input(bytes, |number| known.contains(number.as_str()));
        let answers = std::iter::from_fn(|| self.session.poll_output()).collect();
        let mut reports = Vec::new();
        while let Some(report) = self.session.poll_report() {
            let marks = report.locations.into_iter().map(Mark::from).collect();
            reports.push((report.terminal.to_string(), marks));
        }
        (answers, reports)
    }

    fn rejects(&self) -> &Rejects {
        self.session.rejects()
    }

    fn is_known(&self) -> bool {
        self.session.terminal().is_some()
    }
}

#[derive(Default)]
struct Jointech {
    decoder: jointech::Decoder,
    rejects: Rejects,
    /// Reports of locks that are not configured.
    strangers: Rejects,
    is_known: bool,
}

impl Speaker for Jointech {
    fn received(&mut self, bytes: &[u8], known: &BTreeSet<String>) -> Heard {
        let (mut answers, mut reports) = (Vec::new(), Vec::<(String, Vec<Mark>)>::new());
        for mut report in self.decoder.feed(bytes) {
            if !known.contains(report.number.as_str()) {
                self.strangers.count(RejectReason::NotValid);
                continue;
            }
            self.is_known = true;
            answers.extend(report.answer.take().map(String::into_bytes));
            let number = report.number.to_string();
            match reports.last_mut() {
                Some((last, marks)) if *last == number => marks.push(report.into()),
                _ => reports.push((number, vec![report.into()])),
            }
        }
        self.rejects = self.decoder.rejects().clone();
        self.rejects.add(&self.strangers);
        (answers, reports)
    }

    fn rejects(&self) -> &Rejects {
        &self.rejects
    }

    fn is_known(&self) -> bool {
        self.is_known
    }
}
