//! A text frame, between its brackets: fields separated by commas, the second naming the kind.

use domain::position::{Fix, GeoPoint};

use super::binary::{course, moment, quality};
use super::{LockNumber, LockReport};
use crate::rejects::RejectReason;

/// Reads what stands between the brackets.
pub(super) fn read(between: &[u8]) -> Result<Vec<LockReport>, RejectReason> {
    // A relayed sensor's frame carries binary data; it is well formed and nothing for a gate.
    let head = between.split(|byte| *byte == b',').nth(4).is_some();
    let text = std::str::from_utf8(between).map_err(|_| {
        if head {
            RejectReason::Unsupported
        } else {
            RejectReason::Character
        }
    })?;
    let fields: Vec<&str> = text.split(',').collect();
    let field = |at: usize| fields.get(at).copied().ok_or(RejectReason::Length);
    let number = LockNumber::parse(field(0)?).map_err(|_| RejectReason::Character)?;
    let (fix, answer) = match field(1)? {
        "P45" => {
            let index = field(16)?;
            let fix = fix(
                [field(2)?, field(3)?],
                field(8)? == "A",
                [field(4)?, field(5)?],
                [field(6)?, field(7)?],
                field(10)?,
            )?;
            let is_number = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
            (fix, is_number.then(|| format!("(P69,0,{index})")))
        }
        kind @ ("U01" | "U02" | "U03" | "U06") => {
            // U06 has the kind of its alarm before the time.
            let from = if kind == "U06" { 3 } else { 2 };
            let mut fix = fix(
                [field(from)?, field(from + 1)?],
                field(from + 2)? == "T",
                [field(from + 3)?, field(from + 4)?],
                [field(from + 5)?, field(from + 6)?],
                field(from + 8)?,
            )?;
            fix.satellites = field(from + 9)?.parse().ok();
            let answer = if kind == "U06" { "(S20)" } else { "(S39)" };
            (fix, Some(answer.to_owned()))
        }
        "W01" => {
            let place = |at| Ok::<_, RejectReason>([field(at)?, field(at + 1)?]);
            let [lon, lat] = [place(2)?, place(4)?];
            let in_degrees = |[text, side]: [&str; 2]| Ok((of_minutes(text)?, side.to_owned()));
            let fix = fix_at(
                moment(&[field(7)?, field(8)?].concat()).ok_or(RejectReason::Range)?,
                field(6)? == "A",
                in_degrees(lat)?,
                in_degrees(lon)?,
                field(10)?,
            )?;
            (fix, None)
        }
        _ => return Err(RejectReason::Unsupported),
    };
    Ok(vec![LockReport {
        number,
        fix,
        state: None,
        answer,
    }])
}

/// Time in two fields, places in decimal degrees with their hemisphere.
fn fix(
    time: [&str; 2],
    is_valid: bool,
    lat: [&str; 2],
    lon: [&str; 2],
    course: &str,
) -> Result<Fix, RejectReason> {
    let at = moment(&time.concat()).ok_or(RejectReason::Range)?;
    let lat = (scaled(lat[0], 7)?, lat[1].to_owned());
    let lon = (scaled(lon[0], 7)?, lon[1].to_owned());
    fix_at(at, is_valid, lat, lon, course)
}

fn fix_at(
    at: domain::time::Timestamp,
    is_valid: bool,
    (lat_e7, north): (i64, String),
    (lon_e7, east): (i64, String),
    course_text: &str,
) -> Result<Fix, RejectReason> {
    let signed = |value: i64, side: &str, sides: [&str; 2]| match side {
        side if side == sides[0] => Ok(value),
        side if side == sides[1] => Ok(-value),
        _ => Err(RejectReason::Character),
    };
    let lat_e7 = signed(lat_e7, &north, ["N", "S"])?;
    let lon_e7 = signed(lon_e7, &east, ["E", "W"])?;
    Ok(Fix {
        point: GeoPoint::new(lat_e7, lon_e7).map_err(|_| RejectReason::Range)?,
        at: Some(at),
        quality: quality(is_valid),
        hdop_tenths: None,
        satellites: None,
        speed_tenths_kmh: None,
        course_deg: course_text.parse().ok().and_then(course),
    })
}

/// DDDMM.mmmm → 1e-7 degrees.
fn of_minutes(text: &str) -> Result<i64, RejectReason> {
    let whole = text.split('.').next().unwrap_or("");
    let cut = whole.len().checked_sub(2).ok_or(RejectReason::Length)?;
    if !text.is_ascii() {
        return Err(RejectReason::Character);
    }
    let (degrees, minutes) = text.split_at(cut);
    let degrees: i64 = degrees.parse().map_err(|_| RejectReason::Character)?;
    let minutes_e7 = scaled(minutes, 7)?;
    if minutes_e7 >= 600_000_000 || !(0..=180).contains(&degrees) {
        return Err(RejectReason::Range);
    }
    Ok(degrees * 10_000_000 + (minutes_e7 + 30) / 60)
}

/// A decimal number without sign, times ten to the power of `places`; what is finer is cut off.
fn scaled(text: &str, places: usize) -> Result<i64, RejectReason> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 4 || !is_digits(whole) || !is_digits(part) {
        return Err(RejectReason::Character);
    }
    let part = &part[..part.len().min(places)];
    let digits = format!("{whole}{part:0<places$}");
    digits.parse().map_err(|_| RejectReason::Range)
}
