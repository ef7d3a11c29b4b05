//! Indicators with start marks and fields at fixed places: Rice Lake IQ 355/920i (default stream
//! format) and Systec IT. Sources: Cardinal 225 manual p.127, Systec IT3 field table.

use domain::reading::{WeighMode, WeighRange, WeightReading};

use super::frame::{Parsed, out_of_range, reading};
use super::number::{Decimal, Unit};
use crate::rejects::RejectReason;
use crate::stream::Step;

/// `STX pol w7 unit G|N status CR LF`; the line without its end.
pub(super) mod rice_lake {
    use super::{Decimal, Parsed, RejectReason, Unit, WeighMode, WeighRange, WeightReading};
    use super::{out_of_range, reading};

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        if line.first() != Some(&0x02) {
            return Err(RejectReason::Framing);
        }
        if line.len() != 12 {
            return Err(RejectReason::Length);
        }
        let unit = match line[9] {
            b'L' => Unit::Pound,
            b'K' => Unit::Kilogram,
            b'G' => Unit::Gram,
            // `T` does not say whether metric, short or long tons are meant.
            _ => return Err(RejectReason::Unit),
        };
        let mode = match line[10] {
            b'G' => WeighMode::Gross,
            b'N' => WeighMode::Net,
            _ => return Err(RejectReason::Character),
        };
        let (range, motion) = match line[11] {
            b' ' => (WeighRange::Within, false),
            b'M' => (WeighRange::Within, true),
            b'O' => (WeighRange::Over, false),
            b'I' => (WeighRange::Invalid, false),
            _ => return Err(RejectReason::Character),
        };
        let motion = Some(motion);
        if range != WeighRange::Within {
            return Ok(WeightReading {
                mode,
                motion,
                ..out_of_range(range, line)
            });
        }
        let value = Decimal::parse(&line[1..9])?.to_mass(unit)?;
        Ok(WeightReading {
            mode,
            motion,
            ..reading(value, line)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        let value = Decimal::kilograms(weight.value);
        let polarity = if value.is_negative() { '-' } else { ' ' };
        let mode = if weight.mode == WeighMode::Net {
            'N'
        } else {
            'G'
        };
        let status = match weight.range {
            WeighRange::Within if weight.motion == Some(true) => 'M',
            WeighRange::Within => ' ',
            WeighRange::Over | WeighRange::Under => 'O',
            WeighRange::Invalid => 'I',
        };
        let digits = value.text(7, ' ')?;
        Some(format!("\u{2}{polarity}{digits}K{mode}{status}\r\n").into_bytes())
    }
}

/// `<err2 status2 date8 time5 ident4 scale1 gross8 tare8 net8 unit2 …>`. The checksum at the end
/// is not checked: no source confirms how it is made.
pub(super) mod systec {
    use super::{Decimal, Parsed, RejectReason, Step, Unit, WeighMode, WeighRange, WeightReading};
    use super::{out_of_range, reading};

    /// Longest answer.
    pub(in crate::weighbridge) const BYTES_MAX: usize = 96;
    const LEAST: usize = 48;

    pub(in crate::weighbridge) fn scan(buffer: &[u8]) -> Step<WeightReading> {
        if buffer[0] != b'<' {
            let skip = buffer
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
            if skip > 0 {
                return Step::Skip { len: skip };
            }
            let until = buffer
                .iter()
                .position(|b| matches!(b, b'<' | b'\r' | b'\n'));
            return Step::Noise {
                len: until.unwrap_or(buffer.len()),
            };
        }
        let inside = &buffer[1..];
        match inside.iter().position(|byte| matches!(byte, b'<' | b'>')) {
            Some(end) if inside[end] == b'<' => Step::Reject {
                len: end + 1,
                reason: RejectReason::Length,
            },
            Some(end) => match parse(&buffer[..end + 2]) {
                Ok(item) => Step::Frame { len: end + 2, item },
                Err(reason) => Step::Reject {
                    len: end + 2,
                    reason,
                },
            },
            None if buffer.len() >= BYTES_MAX => Step::Reject {
                len: buffer.len(),
                reason: RejectReason::Length,
            },
            None => Step::Wait,
        }
    }

    fn parse(frame: &[u8]) -> Parsed {
        let body = &frame[1..frame.len() - 1];
        match body.get(..2) {
            Some(b"00") => {}
            Some(b"12") => return Ok(out_of_range(WeighRange::Over, frame)),
            Some(b"13") => return Err(RejectReason::Busy),
            Some(b"20") => return Ok(out_of_range(WeighRange::Under, frame)),
            Some(_) | None => return Err(RejectReason::DeviceError),
        }
        if body.len() < LEAST {
            return Err(RejectReason::Length);
        }
        let motion = match body[2] {
            b'0' => false,
            b'1' => true,
            _ => return Err(RejectReason::Character),
        };
        let unit = Unit::parse(&body[46..48])?;
        let mass = |from: usize| Decimal::parse(&body[from..from + 8])?.to_mass(unit);
        let (gross, tare, net) = (mass(22)?, mass(30)?, mass(38)?);
        if gross - tare != net {
            return Err(RejectReason::Inconsistent);
        }
        Ok(WeightReading {
            mode: WeighMode::Gross,
            tare: Some(tare),
            motion: Some(motion),
            ..reading(gross, frame)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        match weight.range {
            WeighRange::Within => {}
            WeighRange::Over => return Some(b"<12>\r\n".to_vec()),
            WeighRange::Under => return Some(b"<20>\r\n".to_vec()),
            WeighRange::Invalid => return Some(b"<11>\r\n".to_vec()),
        }
        let text = |mass| {
            let value = Decimal::kilograms(mass);
            let digits = (1..=7).find_map(|width| value.text(width, ' '))?;
            let signed = if value.is_negative() {
                format!("-{digits}")
            } else {
                digits
            };
            Some(format!("{signed:>8}"))
        };
        let tare = weight.tare.unwrap_or(domain::mass::Mass::ZERO);
        let motion = u8::from(weight.motion == Some(true));
        let (gross, tare_text, net) =
            (text(weight.value)?, text(tare)?, text(weight.value - tare)?);
        let head = format!("00{motion}001.01.2600:00   11");
        Some(format!("<{head}{gross}{tare_text}{net}kg     1       0>\r\n").into_bytes())
    }
}
