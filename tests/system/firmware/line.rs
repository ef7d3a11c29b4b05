//! A Modbus master on the board's line, by the client library that the gateway uses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use gate_protocol::{Command, Diagnostics, Report, TraceCode, TraceEntry, Verb, map};
use tokio_modbus::client::{Client as _, Context, rtu};
use tokio_modbus::prelude::{ExceptionCode, Request, Response, Slave};

/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_millis(400);

/// What came of one transaction.
pub(super) type Outcome<T> = anyhow::Result<Result<T, ExceptionCode>>;

pub(super) struct Master {
    context: Context,
    path: PathBuf,
    answer: Duration,
    attempts: u32,
}

fn attach(path: &Path) -> anyhow::Result<Context> {
    let port = tokio_serial::new(path.to_string_lossy(), 115_200);
    let port = tokio_serial::SerialStream::open(&port).context("the line does not open")?;
    tokio_serial::SerialPort::clear(&port, tokio_serial::ClearBuffer::All)?;
    Ok(rtu::attach_slave(port, Slave(1)))
}

fn registers(answer: Response) -> Option<Vec<u16>> {
    match answer {
        Response::ReadInputRegisters(registers) | Response::ReadHoldingRegisters(registers) => {
            Some(registers)
        }
        _ => None,
    }
}

impl Master {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            context: attach(path)?,
            path: path.to_owned(),
            answer: ANSWER,
            attempts: 3,
        })
    }

    /// Waits no longer than this for an answer, and asks once.
    pub(super) fn asking_once(mut self, answer: Duration) -> Self {
        (self.answer, self.attempts) = (answer, 1);
        self
    }

    /// Opens the line anew: a late answer must not be taken for the next one.
    pub(super) async fn reopen(&mut self) -> anyhow::Result<()> {
        let _closed = self.context.disconnect().await;
        self.context = attach(&self.path)?;
        Ok(())
    }

    pub(super) async fn read_input(&mut self, address: u16, count: u16) -> Outcome<Vec<u16>> {
        self.ask(Request::ReadInputRegisters(address, count), registers)
            .await
    }

    pub(super) async fn read_holding(&mut self, address: u16, count: u16) -> Outcome<Vec<u16>> {
        self.ask(Request::ReadHoldingRegisters(address, count), registers)
            .await
    }

    pub(super) async fn write(&mut self, address: u16, registers: &[u16]) -> Outcome<()> {
        let request = Request::WriteMultipleRegisters(address, registers.into());
        self.ask(request, |_| Some(())).await
    }

    pub(super) async fn call(&mut self, request: Request<'static>) -> Outcome<()> {
        self.ask(request, |_| Some(())).await
    }

    /// Asks as every master does: again, when nobody answers in time.
    async fn ask<T>(
        &mut self,
        request: Request<'_>,
        take: impl Fn(Response) -> Option<T>,
    ) -> Outcome<T> {
        let mut attempt = 1;
        loop {
            let asked = self.context.call(request.clone());
            match tokio::time::timeout(self.answer, asked).await {
                Ok(Ok(Ok(answer))) => return Ok(Ok(take(answer).context("another answer")?)),
                Ok(Ok(Err(exception))) => return Ok(Err(exception)),
                failed if attempt == self.attempts => {
                    failed??.ok();
                    anyhow::bail!("no answer");
                }
                _ => self.reopen().await?,
            }
            attempt += 1;
        }
    }

    pub(super) async fn report(&mut self) -> anyhow::Result<Report> {
        let registers = self
            .read_input(map::REPORT, map::REPORT_LENGTH as u16)
            .await??;
        Ok(Report::decode(&registers)?)
    }

    pub(super) async fn diagnostics(&mut self) -> anyhow::Result<Diagnostics> {
        let length = map::DIAGNOSTICS_LENGTH as u16;
        let registers = self.read_input(map::DIAGNOSTICS, length).await??;
        Ok(Diagnostics::decode(&registers)?)
    }

    /// The trace, oldest first, as far as it has not been overwritten.
    pub(super) async fn trace(&mut self) -> anyhow::Result<Vec<TraceEntry>> {
        let written = self.diagnostics().await?.trace_written;
        let mut entries = Vec::new();
        for index in written.saturating_sub(map::TRACE_ENTRIES)..written {
            let slot = self
                .read_input(map::trace_slot(index), map::TRACE_LENGTH as u16)
                .await??;
            entries.push(TraceEntry::decode(&slot)?);
        }
        Ok(entries)
    }

    pub(super) async fn traced(&mut self, code: TraceCode) -> anyhow::Result<bool> {
        Ok(self.trace().await?.iter().any(|entry| entry.code == code))
    }

    /// Writes a lease of `lease_ms` on the present boot.
    pub(super) async fn lease(&mut self, beat: u16, lease_ms: u16) -> anyhow::Result<()> {
        let lease = self.report().await?.lease(beat, lease_ms);
        Ok(self.write(map::LEASE, &lease.encode()).await??)
    }

    /// Commands, on a fresh report; returns the report after it.
    pub(super) async fn command(&mut self, verb: Verb) -> anyhow::Result<(Command, Report)> {
        let report = self.report().await?;
        let command = report.command(report.last_sequence() + 1, verb, 500);
        self.write(map::COMMAND, &command.encode()).await??;
        Ok((command, self.report().await?))
    }

    /// Polls until the report satisfies `wanted`, keeping a lease meanwhile if `leases`.
    pub(super) async fn report_until(
        &mut self,
        within: Duration,
        leases: bool,
        wanted: impl Fn(&Report) -> bool,
    ) -> anyhow::Result<Report> {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            // Just after a reset nobody answers.
            if let Ok(report) = self.report().await {
                if wanted(&report) {
                    return Ok(report);
                }
                if leases && report.lease_remaining_ms < 500 {
                    self.lease(report.uptime_ms as u16, 1_000).await?;
                }
                let late = tokio::time::Instant::now() > deadline;
                anyhow::ensure!(!late, "after {within:?} the report says {report:?}");
            } else {
                self.reopen().await?;
            }
            anyhow::ensure!(tokio::time::Instant::now() < deadline, "no answer");
        }
    }
}
