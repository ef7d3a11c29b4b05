//! The line to a gate controller: polls its report, renews the lease, carries commands.
//!
//! The only place that builds a command. A raise takes a [`Durable`] token, which only the
//! journal can make: opening before the record is durable does not compile.

mod report;

use std::time::Duration;

use domain::actuation::{Actuation, Lights};
use domain::device::{DeviceState, DeviceStatus};
use domain::time::Timestamp;
use gate_protocol::{Acknowledgement, Light, Report, Side, Verb, edge_read, map};
use passage::port::Input;
use std::sync::Arc;
use store::journal::Durable;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Context, Reader, Writer, rtu, tcp};
use tokio_modbus::prelude::Slave;

use crate::clock::Clock;
use crate::config::{Connection, DeviceSetup, Speech};
use crate::health::Health;
use crate::intake::connection::{Backoff, open_serial};
use crate::lane_task::LaneInbox;
use crate::stop::Stop;

/// Longest wait for one Modbus transaction; at 9600 Bd a full report takes 210 ms.
const TRANSACTION_TIMEOUT: Duration = Duration::from_millis(500);
/// A command is void this long after the report it was based on.
const COMMAND_EXPIRES_MS: u16 = 2_000;
/// A report not older than this dates a command; one transaction less stands before the arm.
const REPORT_FRESH: Duration = Duration::from_millis(250);
/// The controller falls to its safe state when the gateway is silent for this long.
const LEASE_MS: u16 = 2_000;
/// Orders that may wait while a transaction is under way.
const ORDERS_MAX: usize = 16;

/// An order to the controller.
#[derive(Debug)]
pub enum Order {
    /// Raise once for one vehicle.
    Raise {
        /// Proof that the record behind it is durable.
        proof: Arc<Durable>,
        /// The act, repeated if it fails.
        actuation: Actuation,
    },
    /// Take the release back and lower when clear.
    Lower,
    /// Takes standing faults as known.
    AcknowledgeFaults,
    /// Lights.
    Lights(Lights),
    /// Siren.
    Siren {
        /// Milliseconds.
        for_ms: u16,
    },
}

impl Order {
    fn verb(&self) -> Verb {
        match self {
            // Vehicles of a lane come over its approach loop, which is the entry side of the arm.
            Self::Raise { .. } => Verb::Raise { from: Side::Entry },
            Self::Lower => Verb::Withdraw,
            Self::AcknowledgeFaults => Verb::Acknowledge,
            Self::Lights(Lights::RedBoth) => Verb::Lights {
                entry: Light::Red,
                exit: Light::Red,
            },
            Self::Lights(Lights::GreenEntry | Lights::GreenApproach) => Verb::Lights {
                entry: Light::Follow,
                exit: Light::Red,
            },
            Self::Siren { for_ms } => Verb::Siren { on_ms: *for_ms },
        }
    }

    fn actuation(&self) -> Actuation {
        match self {
            Self::Raise { actuation, .. } => actuation.clone(),
            Self::Lower => Actuation::Lower,
            Self::AcknowledgeFaults => Actuation::AcknowledgeFaults,
            Self::Lights(lights) => Actuation::Lights(*lights),
            Self::Siren { for_ms } => Actuation::Siren { for_ms: *for_ms },
        }
    }
}

/// A lane's end of the line.
#[derive(Debug, Clone)]
pub struct GateLink(mpsc::Sender<Order>);

impl GateLink {
    /// A line whose orders go to somebody else than a gate controller of ours.
    pub(crate) fn pair() -> (Self, mpsc::Receiver<Order>) {
        let (tx, orders) = mpsc::channel(ORDERS_MAX);
        (Self(tx), orders)
    }

    /// Hands an order to the line.
    ///
    /// # Errors
    /// The order, if sixteen others wait already or the line's task has ended.
    pub fn order(&self, order: Order) -> Result<(), Order> {
        self.0.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(order) | mpsc::error::TrySendError::Closed(order) => {
                order
            }
        })
    }
}

/// Task of the line.
pub struct GateTask {
    setup: DeviceSetup,
    lane: LaneInbox,
    clock: Clock,
    health: Health,
    orders: mpsc::Receiver<Order>,
    stop: Stop,
    state: Option<DeviceState>,
    last_report: Option<Timestamp>,
    failures: u64,
}

/// Makes the line of a lane.
#[must_use]
pub fn gate_line(
    setup: DeviceSetup,
    lane: LaneInbox,
    clock: Clock,
    health: Health,
    stop: Stop,
) -> (GateLink, GateTask) {
    let (tx, orders) = mpsc::channel(ORDERS_MAX);
    let task = GateTask {
        setup,
        lane,
        clock,
        health,
        orders,
        stop,
        state: None,
        last_report: None,
        failures: 0,
    };
    (GateLink(tx), task)
}

/// Why the line failed.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("no connection: {0}")]
    Open(String),
    #[error("no answer within {} ms", TRANSACTION_TIMEOUT.as_millis())]
    Timeout,
    #[error("transport: {0}")]
    Transport(#[from] tokio_modbus::Error),
    #[error("exception: {0}")]
    Exception(#[from] tokio_modbus::ExceptionCode),
    #[error("{0}")]
    Decode(#[from] gate_protocol::DecodeError),
}

struct Session {
    context: Context,
    report: Report,
    /// When the report was asked for.
    report_at: Instant,
    next_edge: u32,
    sequence: u32,
    beat: u16,
    lease_due: Instant,
}

impl Session {
    async fn read_report(&mut self) -> Result<(), LineError> {
        let asked_at = Instant::now();
        let report = read_report(&mut self.context).await?;
        if report.identity.boot_id != self.report.identity.boot_id {
            // Another boot counts its edges and commands from the start and has no lease.
            self.next_edge = 0;
            self.sequence = report.last_sequence();
            self.lease_due = asked_at;
        }
        self.report = report;
        self.report_at = asked_at;
        Ok(())
    }
}

impl GateTask {
    /// Runs until the daemon ends.
    pub async fn run(mut self) {
        let mut backoff = Backoff::new();
        let mut stop = self.stop.clone();
        loop {
            let cause = tokio::select! {
                cause = self.connected(&mut backoff) => cause.to_string(),
                () = stop.requested() => return,
            };
            self.failures += 1;
            self.set_state(DeviceState::Lost, &cause).await;
            let wait = tokio::time::sleep(backoff.next_wait());
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    // An order to a line that is down fails at once: the lane must know.
                    Some(order) = self.orders.recv() => self.failed(&order, &cause).await,
                    () = stop.requested() => return,
                }
            }
        }
    }

    async fn connected(&mut self, backoff: &mut Backoff) -> LineError {
        match self.open().await {
            Ok(mut session) => {
                backoff.reset();
                loop {
                    if let Err(error) = self.turn(&mut session).await {
                        // The context is dropped with the session: a late answer on a serial
                        // line must not be taken for the answer to the next request.
                        return error;
                    }
                }
            }
            Err(error) => error,
        }
    }

    async fn open(&mut self) -> Result<Session, LineError> {
        let mut context = connect(&self.setup).await?;
        let report_at = Instant::now();
        let report = read_report(&mut context).await?;
        let session = Session {
            report_at,
            sequence: report.last_sequence(),
            next_edge: report.edges_written,
            report,
            context,
            beat: report.uptime_ms as u16,
            lease_due: Instant::now(),
        };
        self.deliver(&report, Vec::new(), false).await;
        Ok(session)
    }

    /// One order if one waits, then one poll, then an order that comes before the next poll.
    async fn turn(&mut self, session: &mut Session) -> Result<(), LineError> {
        let Speech::GateController { poll, .. } = self.setup.speech else {
            return Err(LineError::Open(
                "not configured as a gate controller".into(),
            ));
        };
        // An order came while the line was busy: it has waited long enough.
        if let Ok(order) = self.orders.try_recv() {
            self.carry_out(session, &order).await?;
        }
        if session.lease_due <= Instant::now() {
            session.beat = session.beat.wrapping_add(1);
            let lease = session.report.lease(session.beat, LEASE_MS);
            write(&mut session.context, map::LEASE, &lease.encode()).await?;
            session.lease_due = Instant::now() + Duration::from_millis(u64::from(LEASE_MS) / 4);
        }
        let next_poll = Instant::now() + poll;
        self.poll(session).await?;
        tokio::select! {
            Some(order) = self.orders.recv() => self.carry_out(session, &order).await,
            () = tokio::time::sleep_until(next_poll) => Ok(()),
        }
    }

    async fn poll(&mut self, session: &mut Session) -> Result<(), LineError> {
        session.read_report().await?;
        let mut edges = Vec::new();
        let mut lost = false;
        // Three reads empty the ring of 64; what comes meanwhile waits for the next poll.
        for _ in 0..3 {
            let Some(read) = edge_read(session.next_edge, session.report.edges_written) else {
                break;
            };
            lost |= read.lost > 0;
            let registers = read_input(&mut session.context, read.address, read.length).await?;
            for (slot, index) in registers
                .chunks_exact(map::EDGE_LENGTH)
                .zip(read.first_index..)
            {
                match gate_protocol::Edge::decode(slot, index) {
                    Ok(edge) => edges.extend(report::edge(&edge, index)),
                    Err(_) => lost = true,
                }
            }
            session.next_edge = read.next_index();
        }
        self.deliver(&session.report, edges, lost).await;
        Ok(())
    }

    async fn deliver(&mut self, from: &Report, edges: Vec<domain::gate::GateEdge>, lost: bool) {
        let now = self.clock.now();
        self.last_report = Some(now.utc.at);
        self.set_state(DeviceState::Live, "").await;
        self.health
            .frames(&self.setup.id, 1, self.failures, now.utc.at);
        let gate_report = report::report(from, edges, lost, now);
        self.lane.send(Input::Gate(Box::new(gate_report))).await;
    }

    async fn carry_out(&mut self, session: &mut Session, order: &Order) -> Result<(), LineError> {
        if let Order::Raise { proof, .. } = order {
            tracing::info!(sequence = proof.sequence(), "raise commanded");
        }
        // A fresh report dates the command: the controller drops a command for another boot or
        // one that has become too old on the way.
        if session.report_at.elapsed() > REPORT_FRESH
            && let Err(error) = session.read_report().await
        {
            self.failed(order, &error.to_string()).await;
            return Err(error);
        }
        session.sequence = session
            .sequence
            .max(session.report.last_sequence())
            .wrapping_add(1);
        let sequence = session.sequence;
        let command = session
            .report
            .command(sequence, order.verb(), COMMAND_EXPIRES_MS);
        if let Err(error) = write(&mut session.context, map::COMMAND, &command.encode()).await {
            // The command may or may not have arrived; the sequence keeps it from acting twice.
            self.failed(order, &error.to_string()).await;
            return Err(error);
        }
        session.read_report().await?;
        match session.report.acknowledgement(sequence) {
            Acknowledgement::Accepted => {}
            Acknowledgement::Refused(refusal) => {
                self.failed(
                    order,
                    &format!("refused by the gate controller: {}", refusal.label()),
                )
                .await;
            }
            Acknowledgement::Unknown => {
                self.failed(order, "the gate controller has not judged the command")
                    .await;
            }
        }
        Ok(())
    }

    async fn failed(&self, order: &Order, cause: &str) {
        let input = Input::ActuationFailed {
            actuation: order.actuation(),
            cause: cause.to_owned(),
        };
        self.lane.send(input).await;
    }

    async fn set_state(&mut self, state: DeviceState, cause: &str) {
        if self.state == Some(state) {
            return;
        }
        self.state = Some(state);
        let status = DeviceStatus {
            device: self.setup.id.clone(),
            kind: self.setup.kind,
            state,
            cause: cause.chars().take(200).collect(),
            last_frame: self.last_report,
            rejected_frames: self.failures,
            verified_until: None,
        };
        if state == DeviceState::Live {
            tracing::info!(device = %self.setup.id, "gate controller live");
        } else {
            tracing::warn!(device = %self.setup.id, cause, "gate controller lost");
        }
        self.health.device(&status);
        self.lane.send(Input::Device(status)).await;
    }
}

/// Opens a controller once and says what it is.
///
/// # Errors
/// In words, why it did not answer.
pub async fn probe(setup: &DeviceSetup) -> Result<Vec<String>, String> {
    let mut context = connect(setup).await.map_err(|error| error.to_string())?;
    let report = read_report(&mut context)
        .await
        .map_err(|error| error.to_string())?;
    let (major, minor, patch) = report.identity.firmware;
    Ok(vec![
        format!(
            "controller {} firmware {major}.{minor}.{patch} map {} up {} s",
            report.identity.serial,
            report.map_version,
            report.uptime_ms / 1_000
        ),
        format!(
            "arm {} inputs {:#06x} faults {:#010x}",
            report.arm.label(),
            report.inputs.bits(),
            report.faults.bits()
        ),
    ])
}

async fn connect(setup: &DeviceSetup) -> Result<Context, LineError> {
    let Speech::GateController { unit, .. } = setup.speech else {
        return Err(LineError::Open(
            "not configured as a gate controller".into(),
        ));
    };
    match &setup.connection {
        Connection::Tcp(address) => {
            let address = tokio::net::lookup_host(address)
                .await
                .ok()
                .and_then(|mut found| found.next())
                .ok_or_else(|| LineError::Open(format!("{address} is not known")))?;
            timeout(
                Duration::from_secs(3),
                tcp::connect_slave(address, Slave(unit)),
            )
            .await
            .map_err(|_| LineError::Timeout)?
            .map_err(|error| LineError::Open(error.to_string()))
        }
        Connection::Serial {
            path,
            baud,
            data_bits,
            parity,
        } => {
            let port = open_serial(&path.to_string_lossy(), *baud, *data_bits, *parity)
                .map_err(|error| LineError::Open(error.to_string()))?;
            Ok(rtu::attach_slave(port, Slave(unit)))
        }
        Connection::Folder(_) | Connection::Snapshot(_) | Connection::Listen(_) => Err(
            LineError::Open("neither a serial line nor an address".into()),
        ),
    }
}

async fn read_report(context: &mut Context) -> Result<Report, LineError> {
    let length = u16::try_from(map::REPORT_LENGTH).expect("a report fits one read");
    let registers = read_input(context, map::REPORT, length).await?;
    Ok(Report::decode(&registers)?)
}

async fn read_input(context: &mut Context, at: u16, len: u16) -> Result<Vec<u16>, LineError> {
    let answer = timeout(TRANSACTION_TIMEOUT, context.read_input_registers(at, len));
    Ok(answer.await.map_err(|_| LineError::Timeout)???)
}

async fn write(context: &mut Context, at: u16, registers: &[u16]) -> Result<(), LineError> {
    let answer = timeout(
        TRANSACTION_TIMEOUT,
        context.write_multiple_registers(at, registers),
    );
    answer.await.map_err(|_| LineError::Timeout)???;
    Ok(())
}
