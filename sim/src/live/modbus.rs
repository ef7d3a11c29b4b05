//! The simulated gate controller behind Modbus, TCP and RTU, answering through the code of the
//! firmware.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use gate_modbus::{
    ADU_MAX, Arrived, Exception, PDU_MAX, Receiver, Registers, Timing, answer, seal,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Moment;
use super::pty::Pty;
use crate::device::gate::Gate;

/// The controller's address on its serial line.
const UNIT: u8 = 1;
/// As in the firmware.
const TIMING: Timing = Timing {
    end_ms: 2,
    torn_ms: 30,
};
/// How long a silence is waited for at a time.
const SILENCE: Duration = Duration::from_millis(TIMING.end_ms as u64);

/// A controller shared by its line and the lane's physics.
pub type SharedGate = Arc<Mutex<Gate>>;

/// The registers of a controller at one moment.
struct Bank<'a> {
    gate: &'a SharedGate,
    moment: &'a Moment,
}

impl Bank<'_> {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registers for Bank<'_> {
    fn read_input(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception> {
        Ok(self.gate().read(address, registers)?)
    }

    fn read_holding(&mut self, address: u16, registers: &mut [u16]) -> Result<(), Exception> {
        Ok(self.gate().read_holding(address, registers)?)
    }

    fn write(&mut self, address: u16, registers: &[u16]) -> Result<(), Exception> {
        // A refused command is acknowledged on the line; the report says why it was refused.
        let _verdict = self.gate().write(address, registers, self.moment.ms())?;
        Ok(())
    }
}

fn reply_to(request: &[u8], gate: &SharedGate, moment: &Moment) -> Vec<u8> {
    let mut reply = [0; PDU_MAX];
    let length = answer(request, &mut Bank { gate, moment }, &mut reply);
    reply[..length].to_vec()
}

/// Serves one client after the other on TCP, as a controller with one socket does.
///
/// # Errors
/// The listener failed.
pub async fn serve_tcp(
    listener: TcpListener,
    gate: SharedGate,
    moment: Moment,
) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener
            .accept()
            .await
            .context("the gate's listener failed")?;
        // The client is gone: wait for the next.
        let _ = tcp_client(stream, &gate, &moment).await;
    }
}

async fn tcp_client(
    mut stream: TcpStream,
    gate: &SharedGate,
    moment: &Moment,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let mut header = [0_u8; 7];
        stream.read_exact(&mut header).await?;
        let len = usize::from(u16::from_be_bytes([header[4], header[5]]));
        if !(2..=254).contains(&len) {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut pdu = vec![0_u8; len - 1];
        stream.read_exact(&mut pdu).await?;
        let reply = reply_to(&pdu, gate, moment);
        let mut frame = header[..4].to_vec();
        frame.extend(((reply.len() + 1) as u16).to_be_bytes());
        frame.push(header[6]);
        frame.extend(reply);
        stream.write_all(&frame).await?;
    }
}

/// Serves one unit on a serial line.
///
/// # Errors
/// The line failed.
pub async fn serve_rtu(mut line: Pty, gate: SharedGate, moment: Moment) -> anyhow::Result<()> {
    let failed = "the gate's serial line failed";
    let mut receiver = Receiver::new(TIMING);
    let mut bytes = [0_u8; 512];
    loop {
        let read = line.read(&mut bytes);
        let length = if receiver.is_idle() {
            read.await.context(failed)?
        } else {
            // The silence that ends a frame is told by nobody.
            match tokio::time::timeout(SILENCE, read).await {
                Ok(read) => read.context(failed)?,
                Err(_silent) => 0,
            }
        };
        for &byte in &bytes[..length] {
            receiver.take(byte, moment.ms() as u32);
        }
        let Some(Arrived::Frame {
            unit: UNIT,
            request,
            strays: _,
        }) = receiver.poll(moment.ms() as u32)
        else {
            continue;
        };
        let reply = reply_to(request, &gate, &moment);
        let mut frame = [0; ADU_MAX];
        let length = seal(UNIT, &reply, &mut frame);
        line.write_all(&frame[..length]).await.context(failed)?;
    }
}
