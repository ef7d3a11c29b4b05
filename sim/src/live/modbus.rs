//! The gate controller behind Modbus, TCP and RTU (Modbus Application Protocol 1.1b3, Serial Line
//! 1.02): read input registers and write multiple registers, the two functions that a gateway uses.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Moment;
use super::pty::Pty;
use crate::device::gate::Gate;

const READ_INPUT: u8 = 4;
const WRITE_MULTIPLE: u8 = 16;
const ILLEGAL_FUNCTION: u8 = 1;
const ILLEGAL_ADDRESS: u8 = 2;
/// Registers that one request may name.
const REGISTERS_MAX: usize = 125;

/// A controller shared by its line and the lane's physics.
pub type SharedGate = Arc<Mutex<Gate>>;

fn answer(pdu: &[u8], gate: &SharedGate, moment: &Moment) -> Vec<u8> {
    let function = pdu.first().copied().unwrap_or(0);
    let error = |code: u8| vec![function | 0x80, code];
    let word = |at: usize| Some(u16::from_be_bytes([*pdu.get(at)?, *pdu.get(at + 1)?]));
    let (Some(address), Some(count)) = (word(1), word(3)) else {
        return error(ILLEGAL_ADDRESS);
    };
    let count = usize::from(count);
    if !(1..=REGISTERS_MAX).contains(&count) {
        return error(ILLEGAL_ADDRESS);
    }
    let mut gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
    match function {
        READ_INPUT => {
            let mut registers = vec![0; count];
            if gate.read(address, &mut registers).is_err() {
                return error(ILLEGAL_ADDRESS);
            }
            let bytes = registers.iter().flat_map(|register| register.to_be_bytes());
            [READ_INPUT, (count * 2) as u8]
                .into_iter()
                .chain(bytes)
                .collect()
        }
        WRITE_MULTIPLE if pdu.len() == 6 + count * 2 => {
            let registers: Vec<u16> = pdu[6..]
                .chunks_exact(2)
                .map(|b| u16::from_be_bytes([b[0], b[1]]))
                .collect();
            // A refused command is acknowledged on the line; the report says why it was refused.
            match gate.write(address, &registers, moment.ms()) {
                Ok(_verdict) => pdu[..5].to_vec(),
                Err(_) => error(ILLEGAL_ADDRESS),
            }
        }
        _ => error(ILLEGAL_FUNCTION),
    }
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
        let reply = answer(&pdu, gate, moment);
        let mut frame = header[..4].to_vec();
        frame.extend(((reply.len() + 1) as u16).to_be_bytes());
        frame.push(header[6]);
        frame.extend(reply);
        stream.write_all(&frame).await?;
    }
}

/// Serves unit 1 on a serial line.
///
/// # Errors
/// The line failed.
pub async fn serve_rtu(mut line: Pty, gate: SharedGate, moment: Moment) -> anyhow::Result<()> {
    let mut buffer: Vec<u8> = Vec::new();
    let mut bytes = [0_u8; 512];
    loop {
        let len = line
            .read(&mut bytes)
            .await
            .context("the gate's serial line failed")?;
        buffer.extend_from_slice(&bytes[..len]);
        while let Some(frame) = rtu_frame(&mut buffer) {
            let reply = answer(&frame[1..frame.len() - 2], &gate, &moment);
            let mut out = vec![frame[0]];
            out.extend(reply);
            out.extend(crc(&out).to_le_bytes());
            line.write_all(&out)
                .await
                .context("the gate's serial line failed")?;
        }
    }
}

/// The request at the front, once it is whole. What begins none is dropped byte by byte.
fn rtu_frame(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        let len = match *buffer.get(1)? {
            READ_INPUT => 8,
            WRITE_MULTIPLE => 9 + usize::from(*buffer.get(6)?),
            _ => {
                buffer.remove(0);
                continue;
            }
        };
        let frame = buffer.get(..len)?.to_vec();
        let sum = u16::from_le_bytes([frame[len - 2], frame[len - 1]]);
        if crc(&frame[..len - 2]) == sum {
            buffer.drain(..len);
            return Some(frame);
        }
        buffer.remove(0);
    }
}

/// CRC-16 of Modbus RTU.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xa001
            } else {
                sum >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        // Modbus over Serial Line 1.02, and every manual since: 01 04 00 00 00 01 -> 31 CA.
        assert_eq!(crc(&[1, 4, 0, 0, 0, 1]).to_le_bytes(), [0x31, 0xca]);
    }

    #[test]
    fn a_request_is_found_after_noise() {
        let mut buffer = vec![0xff, 0x00, 7, 1, 4, 0, 0, 0, 1, 0x31, 0xca];
        assert_eq!(rtu_frame(&mut buffer).map(|frame| frame.len()), Some(8));
        assert!(buffer.is_empty());
    }
}
