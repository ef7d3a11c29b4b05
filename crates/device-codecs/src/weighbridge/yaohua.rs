//! Yaohua XK3190 (A9, DS3, A23p, A26) and Keli D2008: continuous output tF=0, tF=1 and tF=2, and
//! the poll mode. Source: manuals of A9, A23p p.23-26, A26 p.13. None of them has a motion bit.

use domain::reading::{WeighMode, WeighRange, WeightReading};

use super::frame::{Parsed, fixed, out_of_range, reading};
use super::number::{Decimal, Unit, hex_pair, xor};
use crate::rejects::RejectReason;
use crate::stream::{Step, is_line_end};

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// tF=0: `02 sign d6 dp xx 03`.
pub(super) const TF0_BYTES: usize = 12;
/// Answer of the poll mode: `02 addr cmd sign d6 dp xx 03`.
pub(super) const POLL_BYTES: usize = 14;
/// A request of the host: `02 addr cmd xx 03`.
const REQUEST_BYTES: usize = 6;
/// tF=1 and 2: `=` and eight characters.
pub(super) const EQUALS_BYTES: usize = 9;
/// Address that a lone indicator has.
const ADDRESS: u8 = b'A';

pub(super) fn scan_tf0(buffer: &[u8]) -> Step<WeightReading> {
    fixed(buffer, STX, TF0_BYTES, |frame| {
        checked(frame)?;
        value(&frame[1..9], frame)
    })
}

pub(super) fn scan_poll(buffer: &[u8]) -> Step<WeightReading> {
    // On two wires the host hears its own request.
    if let Some(own) = buffer.get(..REQUEST_BYTES)
        && own[0] == STX
        && own[5] == ETX
        && checked(own).is_ok()
    {
        return Step::Skip { len: REQUEST_BYTES };
    }
    fixed(buffer, STX, POLL_BYTES, |frame| {
        checked(frame)?;
        let mode = match frame[2] {
            b'B' => WeighMode::Gross,
            b'C' => WeighMode::Tare,
            b'D' => WeighMode::Net,
            _ => return Err(RejectReason::Unsupported),
        };
        Ok(WeightReading {
            mode,
            ..value(&frame[3..11], frame)?
        })
    })
}

/// End mark and exclusive or over everything between start and checksum.
fn checked(frame: &[u8]) -> Result<(), RejectReason> {
    let sum_at = frame.len() - 3;
    if frame[sum_at + 2] != ETX {
        return Err(RejectReason::Framing);
    }
    if frame[sum_at..sum_at + 2] != hex_pair(xor(&frame[1..sum_at])) {
        return Err(RejectReason::Checksum);
    }
    Ok(())
}

/// `sign d6 dp`: dp is the number of decimals.
fn value(field: &[u8], raw: &[u8]) -> Parsed {
    let is_negative = match field[0] {
        b'+' => false,
        b'-' => true,
        _ => return Err(RejectReason::Character),
    };
    let decimals = match field[7] {
        dp @ b'0'..=b'4' => dp - b'0',
        _ => return Err(RejectReason::Character),
    };
    let digits = Decimal::parse(&field[1..7])?;
    if digits.decimals != 0 || digits.is_negative() {
        return Err(RejectReason::Character);
    }
    let mantissa = if is_negative {
        -digits.mantissa
    } else {
        digits.mantissa
    };
    Ok(reading(
        Decimal { mantissa, decimals }.to_mass(Unit::Kilogram)?,
        raw,
    ))
}

pub(super) fn scan_reversed(buffer: &[u8]) -> Step<WeightReading> {
    closed_by_next(buffer, |frame| {
        let forward: Vec<u8> = frame[1..].iter().rev().copied().collect();
        equals(&forward, frame)
    })
}

pub(super) fn scan_forward(buffer: &[u8]) -> Step<WeightReading> {
    closed_by_next(buffer, |frame| equals(&frame[1..], frame))
}

/// A frame without a checksum counts only once the next begins where it should: a lost or doubled
/// character would move the point.
fn closed_by_next(buffer: &[u8], parse: impl Fn(&[u8]) -> Parsed) -> Step<WeightReading> {
    if buffer.first().copied().is_some_and(is_line_end) {
        return Step::Skip { len: 1 };
    }
    match fixed(buffer, b'=', EQUALS_BYTES, parse) {
        Step::Frame { len, item } => match buffer.get(len) {
            None => Step::Wait,
            Some(next) if *next == b'=' || is_line_end(*next) => Step::Frame { len, item },
            Some(_) => Step::Reject {
                len,
                reason: RejectReason::Length,
            },
        },
        Step::Noise { len } => {
            let run = buffer[..len]
                .iter()
                .take_while(|byte| !is_line_end(**byte))
                .count();
            Step::Noise { len: run }
        }
        step @ (Step::Wait | Step::Skip { .. } | Step::Reject { .. }) => step,
    }
}

fn equals(text: &[u8], raw: &[u8]) -> Parsed {
    Ok(reading(Decimal::parse(text)?.to_mass(Unit::Kilogram)?, raw))
}

/// Encodes `weight` as tF=0. Out of range shows as nothing at all: `None`.
pub(super) fn encode_tf0(weight: &WeightReading) -> Option<Vec<u8>> {
    let mut frame = vec![STX];
    frame.extend(field(weight)?);
    Some(closed(frame))
}

pub(super) fn encode_poll(weight: &WeightReading) -> Option<Vec<u8>> {
    let command = match weight.mode {
        WeighMode::Gross | WeighMode::Unstated => b'B',
        WeighMode::Tare => b'C',
        WeighMode::Net => b'D',
    };
    let mut frame = vec![STX, ADDRESS, command];
    frame.extend(field(weight)?);
    Some(closed(frame))
}

fn field(weight: &WeightReading) -> Option<Vec<u8>> {
    if weight.range != WeighRange::Within {
        return None;
    }
    let value = Decimal::kilograms(weight.value);
    let whole = Decimal {
        decimals: 0,
        ..value
    };
    let sign = if value.is_negative() { b'-' } else { b'+' };
    let mut field = vec![sign];
    field.extend(whole.text(6, '0')?.into_bytes());
    field.push(b'0' + value.decimals);
    Some(field)
}

fn closed(mut frame: Vec<u8>) -> Vec<u8> {
    let sum = xor(&frame[1..]);
    frame.extend(hex_pair(sum));
    frame.push(ETX);
    frame
}

pub(super) fn encode_forward(weight: &WeightReading) -> Option<Vec<u8>> {
    Some([b"=".as_slice(), equals_text(weight)?.as_bytes()].concat())
}

pub(super) fn encode_reversed(weight: &WeightReading) -> Option<Vec<u8>> {
    let text: Vec<u8> = equals_text(weight)?.bytes().rev().collect();
    Some([b"=".as_slice(), &text].concat())
}

fn equals_text(weight: &WeightReading) -> Option<String> {
    if weight.range != WeighRange::Within {
        return None;
    }
    let value = Decimal::kilograms(weight.value);
    let pointed = if value.decimals == 0 {
        Decimal {
            mantissa: value.mantissa.checked_mul(10)?,
            decimals: 1,
        }
    } else {
        value
    };
    if pointed.is_negative() {
        Some(format!("-{}", pointed.text(7, '0')?))
    } else {
        pointed.text(8, '0')
    }
}

/// Host request: read gross of the lone indicator.
pub(super) fn poll_request() -> Vec<u8> {
    closed(vec![STX, ADDRESS, b'B'])
}

/// XK3190-A12(E): `W G|N value7 kg xx CR LF`, overload `OL`, underload `LO` (manual p.13).
pub(super) mod a12 {
    use super::{Decimal, Parsed, RejectReason, Unit, WeighMode, WeighRange, WeightReading};
    use super::{hex_pair, out_of_range, reading, xor};

    pub(in crate::weighbridge) const LINE_BYTES: usize = 13;

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        if line.len() != LINE_BYTES {
            return Err(RejectReason::Length);
        }
        let (body, sum) = line.split_at(11);
        if sum != hex_pair(xor(body)) {
            return Err(RejectReason::Checksum);
        }
        match body.trim_ascii() {
            b"OL" => return Ok(out_of_range(WeighRange::Over, line)),
            b"LO" => return Ok(out_of_range(WeighRange::Under, line)),
            _ => {}
        }
        let mode = match &body[..2] {
            b"WG" => WeighMode::Gross,
            b"WN" => WeighMode::Net,
            _ => return Err(RejectReason::Framing),
        };
        let value = Decimal::parse(&body[2..9])?.to_mass(Unit::parse(&body[9..])?)?;
        Ok(WeightReading {
            mode,
            ..reading(value, line)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        let body = match weight.range {
            WeighRange::Over => "         OL".to_owned(),
            WeighRange::Under => "         LO".to_owned(),
            WeighRange::Invalid => return None,
            WeighRange::Within => {
                let value = Decimal::kilograms(weight.value);
                let letter = if weight.mode == WeighMode::Net {
                    'N'
                } else {
                    'G'
                };
                let digits = if value.is_negative() {
                    format!("-{}", value.text(6, '0')?)
                } else {
                    value.text(7, '0')?
                };
                format!("W{letter}{digits}kg")
            }
        };
        let sum = hex_pair(xor(body.as_bytes()));
        Some([body.as_bytes(), &sum, b"\r\n"].concat())
    }
}
