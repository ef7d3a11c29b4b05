//! Indicators that send lines: MT-SICS, SMA SCP-0499, the comma format of CAS, A&D, Dini Argeo and
//! Excell, plain numbers with a unit, and Cardinal SB-400. Sources: the makers' manuals.

use domain::reading::{WeighMode, WeighRange, WeightReading};

use super::frame::{Parsed, out_of_range, reading};
use super::number::{Decimal, Unit};
use crate::rejects::RejectReason;

/// Longest line of any of them.
pub(super) const LINE_BYTES_MAX: usize = 40;

/// Digits with a unit behind them.
fn with_unit(text: &[u8]) -> Result<domain::mass::Mass, RejectReason> {
    let end = text
        .iter()
        .rposition(|byte| byte.is_ascii_digit())
        .ok_or(RejectReason::Character)?;
    let (digits, unit) = text.split_at(end + 1);
    Decimal::parse(digits)?.to_mass(Unit::parse(unit)?)
}

/// MT-SICS: `S S|D value unit`, `S I` busy, `S +` over, `S -` under, `ES ET EL` errors.
pub(super) mod sics {
    use super::Decimal;
    use super::with_unit;
    use super::{Parsed, RejectReason, WeighRange, WeightReading, out_of_range, reading};

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        let motion = match line {
            b"ES" | b"ET" | b"EL" => return Err(RejectReason::DeviceError),
            b"S I" => return Err(RejectReason::Busy),
            b"S +" => return Ok(out_of_range(WeighRange::Over, line)),
            b"S -" => return Ok(out_of_range(WeighRange::Under, line)),
            _ if line.starts_with(b"S S ") => false,
            _ if line.starts_with(b"S D ") => true,
            _ => return Err(RejectReason::Framing),
        };
        Ok(WeightReading {
            motion: Some(motion),
            ..reading(with_unit(&line[4..])?, line)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        let text = match weight.range {
            WeighRange::Over => "S +".to_owned(),
            WeighRange::Under => "S -".to_owned(),
            WeighRange::Invalid => "S I".to_owned(),
            WeighRange::Within => {
                let value = Decimal::kilograms(weight.value);
                let digits = (1..=9).find_map(|width| value.text(width, ' '))?;
                let negative = value.is_negative();
                let signed = if negative {
                    format!("-{digits}")
                } else {
                    digits
                };
                let letter = if weight.motion == Some(true) {
                    'D'
                } else {
                    'S'
                };
                format!("S {letter} {signed:>10} kg")
            }
        };
        Some((text + "\r\n").into_bytes())
    }
}

/// SMA SCP-0499 level 1: `LF s r n m f w10 u3 CR`.
pub(super) mod sma {
    use super::{Decimal, Parsed, RejectReason, Unit, WeighMode, WeighRange, WeightReading};
    use super::{out_of_range, reading};

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        if matches!(line, [b'?'] | [b'!']) {
            return Err(RejectReason::DeviceError);
        }
        if line.len() != 18 {
            return Err(RejectReason::Length);
        }
        let range = match line[0] {
            b' ' | b'Z' => WeighRange::Within,
            b'O' => WeighRange::Over,
            b'U' => WeighRange::Under,
            b'E' | b'I' | b'T' => WeighRange::Invalid,
            _ => return Err(RejectReason::Character),
        };
        let mode = match line[2] {
            b'G' | b'g' => WeighMode::Gross,
            b'N' | b'n' => WeighMode::Net,
            b'T' => WeighMode::Tare,
            _ => return Err(RejectReason::Character),
        };
        let motion = match line[3] {
            b'M' => Some(true),
            b' ' => Some(false),
            _ => return Err(RejectReason::Character),
        };
        if range != WeighRange::Within {
            return Ok(WeightReading {
                mode,
                motion,
                ..out_of_range(range, line)
            });
        }
        let value = Decimal::parse(&line[5..15])?.to_mass(Unit::parse(&line[15..])?)?;
        Ok(WeightReading {
            mode,
            motion,
            ..reading(value, line)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        let status = match weight.range {
            WeighRange::Within => ' ',
            WeighRange::Over => 'O',
            WeighRange::Under => 'U',
            WeighRange::Invalid => 'E',
        };
        let mode = match weight.mode {
            WeighMode::Gross | WeighMode::Unstated => 'G',
            WeighMode::Net => 'N',
            WeighMode::Tare => 'T',
        };
        let motion = if weight.motion == Some(true) {
            'M'
        } else {
            ' '
        };
        let value = Decimal::kilograms(weight.value);
        let digits = (1..=9).find_map(|width| value.text(width, ' '))?;
        let signed = if value.is_negative() {
            format!("-{digits}")
        } else {
            digits
        };
        Some(format!("\n{status}1{mode}{motion} {signed:>10}kg \r").into_bytes())
    }
}

/// `[address]ST|US|OL|UL,GS|NT|TR,value[,]unit`.
pub(super) mod comma {
    use super::{Decimal, Parsed, RejectReason, Unit, WeighMode, WeighRange, WeightReading};
    use super::{out_of_range, reading, with_unit};

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        let start = line
            .iter()
            .position(|b| !b.is_ascii_digit())
            .unwrap_or(line.len());
        if start > 2 {
            return Err(RejectReason::Framing);
        }
        let mut fields = line[start..].splitn(3, |byte| *byte == b',');
        let mut next = || fields.next().ok_or(RejectReason::Framing);
        let (head, kind, rest) = (next()?, next()?, next()?);
        let mode = match kind.trim_ascii() {
            b"GS" => WeighMode::Gross,
            b"NT" => WeighMode::Net,
            b"TR" => WeighMode::Tare,
            _ => return Err(RejectReason::Character),
        };
        let motion = match head.trim_ascii() {
            b"ST" => Some(false),
            b"US" => Some(true),
            b"OL" if rest.trim_ascii() == b"-" => {
                return Ok(WeightReading {
                    mode,
                    ..out_of_range(WeighRange::Under, line)
                });
            }
            b"OL" => {
                return Ok(WeightReading {
                    mode,
                    ..out_of_range(WeighRange::Over, line)
                });
            }
            b"UL" => {
                return Ok(WeightReading {
                    mode,
                    ..out_of_range(WeighRange::Under, line)
                });
            }
            _ => return Err(RejectReason::Character),
        };
        let value = match rest.iter().position(|byte| *byte == b',') {
            Some(at) => Decimal::parse(&rest[..at])?.to_mass(Unit::parse(&rest[at + 1..])?)?,
            None => with_unit(rest)?,
        };
        Ok(WeightReading {
            mode,
            motion,
            ..reading(value, line)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        let kind = match weight.mode {
            WeighMode::Gross | WeighMode::Unstated => "GS",
            WeighMode::Net => "NT",
            WeighMode::Tare => "TR",
        };
        let value = Decimal::kilograms(weight.value);
        let sign = if value.is_negative() { '-' } else { '+' };
        let digits = value.text(8, ' ')?;
        let text = match weight.range {
            WeighRange::Over => format!("OL,{kind},+            "),
            WeighRange::Under => format!("OL,{kind},-            "),
            WeighRange::Invalid => return None,
            WeighRange::Within if weight.motion == Some(true) => {
                format!("US,{kind},{sign}{digits}kg")
            }
            WeighRange::Within => format!("ST,{kind},{sign}{digits}kg"),
        };
        Some((text + "\r\n").into_bytes())
    }
}

/// A number with its unit and nothing else.
pub(super) mod plain {
    use super::{Decimal, Parsed, WeighRange, WeightReading, reading, with_unit};

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        Ok(reading(with_unit(line)?, line))
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        if weight.range != WeighRange::Within {
            return None;
        }
        let value = Decimal::kilograms(weight.value);
        let sign = if value.is_negative() { '-' } else { ' ' };
        Some(format!("{sign}{}kg\r\n", value.text(8, ' ')?).into_bytes())
    }
}

/// Cardinal SB-400: `s d6[.] uu G|N cc CR`, cc OC BZ CZ MO ee or blank.
pub(super) mod cardinal {
    use super::{Decimal, Parsed, RejectReason, Unit, WeighMode, WeighRange, WeightReading};
    use super::{out_of_range, reading};

    pub(in crate::weighbridge) fn parse(line: &[u8]) -> Parsed {
        // A point makes the line one longer.
        let tail = line.len().checked_sub(5).filter(|at| (7..=8).contains(at));
        let tail = tail.ok_or(RejectReason::Length)?;
        if !matches!(line[0], b' ' | b'-' | b'+') {
            return Err(RejectReason::Character);
        }
        let mode = match line[tail + 2] {
            b'G' => WeighMode::Gross,
            b'N' => WeighMode::Net,
            _ => return Err(RejectReason::Character),
        };
        let (range, motion) = match &line[tail + 3..] {
            b"OC" => (WeighRange::Over, Some(false)),
            b"ee" => (WeighRange::Invalid, Some(false)),
            b"MO" => (WeighRange::Within, Some(true)),
            // Below zero is a value like any other: an empty deck that has drifted shows it.
            b"BZ" | b"CZ" | b"  " => (WeighRange::Within, Some(false)),
            _ => return Err(RejectReason::Character),
        };
        if range != WeighRange::Within {
            return Ok(WeightReading {
                mode,
                motion,
                ..out_of_range(range, line)
            });
        }
        let value = Decimal::parse(&line[..tail])?.to_mass(Unit::parse(&line[tail..tail + 2])?)?;
        Ok(WeightReading {
            mode,
            motion,
            ..reading(value, line)
        })
    }

    pub(in crate::weighbridge) fn encode(weight: &WeightReading) -> Option<Vec<u8>> {
        let value = Decimal::kilograms(weight.value);
        let sign = if value.is_negative() { '-' } else { ' ' };
        let digits = value.text(if value.decimals > 0 { 7 } else { 6 }, '0')?;
        let mode = if weight.mode == WeighMode::Net {
            'N'
        } else {
            'G'
        };
        let status = match weight.range {
            WeighRange::Over => "OC",
            WeighRange::Under => "ee",
            WeighRange::Invalid => "ee",
            WeighRange::Within if weight.motion == Some(true) => "MO",
            WeighRange::Within if value.is_negative() => "BZ",
            WeighRange::Within => "  ",
        };
        Some(format!("{sign}{digits}kg{mode}{status}\r").into_bytes())
    }
}
