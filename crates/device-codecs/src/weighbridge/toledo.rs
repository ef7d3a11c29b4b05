//! Mettler Toledo continuous output and its many clones (Keli, DingSong, Fairbanks): `STX SWA SWB
//! SWC W6 T6 CR [CHK]`. Often sent with seven bits and parity: bit 7 is masked. Source: IND
//! technical manuals; the checksum rule from the manual alone, no capture carries one.

use domain::reading::{WeighMode, WeighRange, WeightReading};

use super::frame::{Parsed, fixed, reading};
use super::number::{Decimal, Unit};
use crate::rejects::RejectReason;
use crate::stream::Step;

const STX: u8 = 0x02;
const CR: u8 = 0x0d;
pub(super) const BYTES: usize = 17;

const ALWAYS_ONE: u8 = 1 << 5;
const NET: u8 = 1;
const NEGATIVE: u8 = 1 << 1;
const OUT_OF_RANGE: u8 = 1 << 2;
const MOTION: u8 = 1 << 3;
const KILOGRAMS: u8 = 1 << 4;
const NOT_ZEROED: u8 = 1 << 6;
/// Step of 1 and no decimals.
const SWA_PLAIN: u8 = ALWAYS_ONE | 1 << 3 | 2;

pub(super) fn scan(buffer: &[u8], checksum: bool) -> Step<WeightReading> {
    let masked: Vec<u8> = buffer.iter().map(|byte| byte & 0x7f).collect();
    let len = BYTES + usize::from(checksum);
    if !checksum {
        return fixed(&masked, STX, BYTES, |frame| parse(frame, frame));
    }
    // A checksum may equal STX: only the bytes before it may not.
    match fixed(&masked[..masked.len().min(BYTES)], STX, BYTES, |frame| {
        parse(frame, frame)
    }) {
        Step::Frame { item, .. } => {
            if masked.len() < len {
                return Step::Wait;
            }
            if masked[BYTES] == check(&masked[..BYTES]) {
                Step::Frame { len, item }
            } else {
                Step::Reject {
                    len,
                    reason: RejectReason::Checksum,
                }
            }
        }
        Step::Noise { len } if len == masked.len().min(BYTES) => {
            let until = masked
                .iter()
                .position(|byte| *byte == STX)
                .unwrap_or(masked.len());
            Step::Noise { len: until.max(1) }
        }
        other @ (Step::Wait | Step::Skip { .. } | Step::Noise { .. } | Step::Reject { .. }) => {
            other
        }
    }
}

/// Two's complement of the low seven bits of the sum.
fn check(frame: &[u8]) -> u8 {
    let sum = frame.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    (sum & 0x7f).wrapping_neg() & 0x7f
}

fn parse(frame: &[u8], raw: &[u8]) -> Parsed {
    let (swa, swb, swc) = (frame[1], frame[2], frame[3]);
    if frame[BYTES - 1] != CR {
        return Err(RejectReason::Framing);
    }
    if swa & ALWAYS_ONE == 0 || swc & ALWAYS_ONE == 0 {
        return Err(RejectReason::Character);
    }
    let unit = match swc & 7 {
        0 if swb & KILOGRAMS != 0 => Unit::Kilogram,
        0 => Unit::Pound,
        1 => Unit::Gram,
        2 => Unit::Tonne,
        _ => return Err(RejectReason::Unit),
    };
    let range = if swb & NOT_ZEROED != 0 {
        WeighRange::Invalid
    } else if swb & OUT_OF_RANGE == 0 {
        WeighRange::Within
    } else if swb & NEGATIVE != 0 {
        WeighRange::Under
    } else {
        WeighRange::Over
    };
    let motion = Some(swb & MOTION != 0);
    if range != WeighRange::Within {
        // The digits mean nothing then.
        let out = super::frame::out_of_range(range, raw);
        return Ok(WeightReading { motion, ..out });
    }
    let field = |digits: &[u8]| -> Result<Decimal, RejectReason> {
        let number = Decimal::parse(digits)?;
        if number.decimals != 0 || number.is_negative() {
            return Err(RejectReason::Character);
        }
        Ok(match swa & 7 {
            0 => Decimal {
                mantissa: number.mantissa * 100,
                decimals: 0,
            },
            1 => Decimal {
                mantissa: number.mantissa * 10,
                decimals: 0,
            },
            code => Decimal {
                mantissa: number.mantissa,
                decimals: code - 2,
            },
        })
    };
    let shown = field(&frame[4..10])?;
    let mantissa = if swb & NEGATIVE != 0 {
        -shown.mantissa
    } else {
        shown.mantissa
    };
    let value = Decimal { mantissa, ..shown }.to_mass(unit)?;
    let tare = field(&frame[10..16])?.to_mass(unit)?;
    Ok(WeightReading {
        mode: if swb & NET != 0 {
            WeighMode::Net
        } else {
            WeighMode::Gross
        },
        tare: Some(tare),
        motion,
        ..reading(value, raw)
    })
}

pub(super) fn encode(weight: &WeightReading, checksum: bool) -> Option<Vec<u8>> {
    let value = Decimal::kilograms(weight.value);
    let tare = weight.tare.map_or(
        Decimal {
            mantissa: 0,
            decimals: 0,
        },
        Decimal::kilograms,
    );
    let decimals = value.decimals.max(tare.decimals);
    let widened = |number: Decimal| {
        let factor = 10_i64.pow(u32::from(decimals - number.decimals));
        let digits = Decimal {
            mantissa: number.mantissa * factor,
            decimals: 0,
        };
        digits.text(6, '0')
    };
    let flag = |on: bool, bit: u8| if on { bit } else { 0 };
    let swb = ALWAYS_ONE
        | KILOGRAMS
        | flag(weight.mode == WeighMode::Net, NET)
        | flag(
            value.is_negative() || weight.range == WeighRange::Under,
            NEGATIVE,
        )
        | flag(
            matches!(weight.range, WeighRange::Over | WeighRange::Under),
            OUT_OF_RANGE,
        )
        | flag(weight.range == WeighRange::Invalid, NOT_ZEROED)
        | flag(weight.motion == Some(true), MOTION);
    let mut frame = vec![STX, SWA_PLAIN + decimals, swb, ALWAYS_ONE];
    frame.extend(widened(value)?.into_bytes());
    frame.extend(widened(tare)?.into_bytes());
    frame.push(CR);
    if checksum {
        frame.push(check(&frame));
    }
    Some(frame)
}
