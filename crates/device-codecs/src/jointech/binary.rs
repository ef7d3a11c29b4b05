//! A binary frame: `$ | number 5 | [protocol 1] | kind 1 | length 2 | positions | index 1`. The
//! protocol byte is there when the number begins with 7, 8 or 9 (locks); then the length counts the
//! index, else it does not.

use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;

use super::{LockNumber, LockReport, LockState};
use crate::rejects::RejectReason;

/// Bytes of time, place, speed and course.
const PLACE_BYTES: usize = 17;
/// Bytes of one position of a tracker.
const TRACKER_BYTES: usize = 27;
/// Bytes of one position of a lock.
const LOCK_BYTES: usize = 34;

/// Whole length of the frame that begins here; `None` until its length has come.
pub(super) fn length(buffer: &[u8]) -> Option<usize> {
    let at = if is_lock(*buffer.get(1)?) { 8 } else { 7 };
    let declared = u16::from_be_bytes([*buffer.get(at)?, *buffer.get(at + 1)?]);
    Some(usize::from(declared) + 10)
}

const fn is_lock(first: u8) -> bool {
    first >> 4 >= 7
}

/// Reads a whole frame.
pub(super) fn read(frame: &[u8]) -> Result<Vec<LockReport>, RejectReason> {
    let is_lock = is_lock(frame[1]);
    let number = LockNumber::parse(&digits(&frame[1..6])?).expect("ten digits were read");
    let head = if is_lock { 10 } else { 9 };
    let (Some((index, positions)), Some(protocol)) =
        (frame.get(head..).and_then(<[u8]>::split_last), frame.get(6))
    else {
        return Err(RejectReason::Length);
    };
    let size = if is_lock { LOCK_BYTES } else { TRACKER_BYTES };
    // These protocols put one position into a frame and more behind it.
    let is_long = is_lock && matches!(protocol, 0x17 | 0x19) && positions.len() > size;
    let positions = if is_long {
        &positions[..size]
    } else {
        positions
    };
    if positions.is_empty() || !positions.len().is_multiple_of(size) {
        return Err(RejectReason::Length);
    }
    let mut reports = Vec::with_capacity(positions.len() / size);
    for record in positions.chunks(size) {
        let mut fix = place(&record[..PLACE_BYTES])?;
        let mut state = None;
        if is_lock {
            fix.satellites = Some(record[PLACE_BYTES + 4]);
            let word = u16::from_be_bytes([record[PLACE_BYTES + 9], record[PLACE_BYTES + 10]]);
            let word = LockState(word);
            if word.is_by_network() && fix.quality > FixQuality::Estimated {
                fix.quality = FixQuality::Estimated;
            }
            state = Some(word);
        } else if frame[6] >> 4 == 1 {
            fix.satellites = Some(record[PLACE_BYTES]);
        }
        reports.push(LockReport {
            number: number.clone(),
            fix,
            state,
            answer: None,
        });
    }
    let is_asked = reports
        .iter()
        .any(|one| one.state.is_some_and(LockState::wants_answer));
    if let Some(last) = reports.last_mut().filter(|_| is_asked) {
        last.answer = Some(if *protocol < 0x19 {
            "(P35)".to_owned()
        } else {
            format!("(P69,0,{index})")
        });
    }
    Ok(reports)
}

/// ddmmyyhhmmss, latitude DDMMmmmm, longitude DDDMMmmmm, flags, speed, course in steps of 2°.
fn place(bytes: &[u8]) -> Result<Fix, RejectReason> {
    let time = digits(&bytes[..6])?;
    let at = moment(&time).ok_or(RejectReason::Range)?;
    let latitude = digits(&bytes[6..10])?;
    let flags = bytes[14] & 0xf;
    let longitude = format!("{}{}", digits(&bytes[10..14])?, digit(bytes[14] >> 4)?);
    let sign = |value: i64, is_positive| if is_positive { value } else { -value };
    let lat_e7 = sign(degrees_e7(&latitude)?, flags & 0b10 != 0);
    let lon_e7 = sign(degrees_e7(&longitude)?, flags & 0b100 != 0);
    Ok(Fix {
        point: GeoPoint::new(lat_e7, lon_e7).map_err(|_| RejectReason::Range)?,
        at: Some(at),
        quality: quality(flags & 1 != 0),
        hdop_tenths: None,
        satellites: None,
        speed_tenths_kmh: None,
        course_deg: course(u32::from(bytes[16]) * 2),
    })
}

/// Degrees and minutes with four decimals, the minutes being the last six digits.
fn degrees_e7(digits: &str) -> Result<i64, RejectReason> {
    let (degrees, minutes) = digits.split_at(digits.len() - 6);
    let number = |text: &str| text.parse::<i64>().map_err(|_| RejectReason::Character);
    let (degrees, minutes_e4) = (number(degrees)?, number(minutes)?);
    if minutes_e4 >= 600_000 {
        return Err(RejectReason::Range);
    }
    Ok(degrees * 10_000_000 + (minutes_e4 * 100 + 3) / 6)
}

fn digits(bcd: &[u8]) -> Result<String, RejectReason> {
    let mut text = String::with_capacity(2 * bcd.len());
    for byte in bcd {
        text.push(digit(byte >> 4)?);
        text.push(digit(byte & 0xf)?);
    }
    Ok(text)
}

fn digit(nibble: u8) -> Result<char, RejectReason> {
    char::from_digit(nibble.into(), 10).ok_or(RejectReason::Character)
}

/// ddmmyyhhmmss in UTC.
pub(super) fn moment(digits: &str) -> Option<Timestamp> {
    if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| &digits[at..at + 2];
    let written = format!(
        "20{}-{}-{}T{}:{}:{}Z",
        part(4),
        part(2),
        part(0),
        part(6),
        part(8),
        part(10)
    );
    Timestamp::parse(&written).ok()
}

pub(super) const fn quality(is_valid: bool) -> FixQuality {
    if is_valid {
        FixQuality::Satellite
    } else {
        FixQuality::Invalid
    }
}

/// Whole degrees; `None` for what is no course.
pub(super) fn course(degrees: u32) -> Option<u16> {
    (degrees <= 360).then(|| u16::try_from(degrees % 360).expect("below 360"))
}
