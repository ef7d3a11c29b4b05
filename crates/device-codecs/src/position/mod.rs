//! NMEA 0183 of a satellite receiver → fixes with the receiver's own time, and back. Sentences are
//! read by the `nmea` crate; which fixes are good enough is decided by who uses them, except that
//! a fix the receiver itself calls invalid never leaves here.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;
use nmea::ParseResult;
use nmea::sentences::rmc::RmcStatusOfFix;
use nmea::sentences::{FaaMode, FixType, GgaData, RmcData};

use crate::rejects::{RejectReason, Rejects};
use crate::stream::{Framer, Step, is_line_end};

/// NMEA allows 82; receivers with five decimals go a little beyond.
const SENTENCE_BYTES_MAX: usize = 120;
/// 2019-04-07: the satellites' week number began again at 0. A receiver whose firmware does not
/// know it gives a date 1,024 weeks early, and that is before this day until 2038.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_554_595_200);
/// GGA sentences without any RMC after which the receiver is taken to send none.
const GGA_ALONE: u32 = 3;

/// Reads one receiver's stream.
#[derive(Debug)]
pub struct Decoder {
    framer: Framer,
    gga: Option<GgaData>,
    gga_since_rmc: u32,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder with an empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            framer: Framer::new(SENTENCE_BYTES_MAX + 2),
            gga: None,
            gga_since_rmc: 0,
        }
    }

    /// Takes bytes as they came; returns the fixes that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Fix> {
        let mut sentences = Vec::new();
        self.framer.feed(bytes, scan, |item| sentences.push(item));
        let mut fixes = Vec::new();
        for sentence in sentences {
            match self.merge(sentence) {
                Ok(Some(fix)) => fixes.push(fix),
                Ok(None) => {}
                Err(reason) => self.framer.rejects.count(reason),
            }
        }
        fixes
    }

    /// Sentences refused so far.
    #[must_use]
    pub const fn rejects(&self) -> &Rejects {
        &self.framer.rejects
    }

    fn merge(&mut self, sentence: ParseResult) -> Result<Option<Fix>, RejectReason> {
        if let ParseResult::GGA(gga) = sentence {
            self.gga_since_rmc = self.gga_since_rmc.saturating_add(1);
            let gga = self.gga.insert(gga);
            if self.gga_since_rmc > GGA_ALONE {
                return fix_of_gga(gga).map(Some);
            }
        } else if let ParseResult::RMC(rmc) = sentence {
            self.gga_since_rmc = 0;
            return self.fix_of_rmc(&rmc).map(Some);
        }
        Ok(None)
    }

    fn fix_of_rmc(&mut self, rmc: &RmcData) -> Result<Fix, RejectReason> {
        let quality = match (rmc.status_of_fix, rmc.faa_mode) {
            (RmcStatusOfFix::Invalid, _) | (_, Some(FaaMode::DataNotValid)) => {
                return Err(RejectReason::NotValid);
            }
            (_, Some(FaaMode::Estimated | FaaMode::Manual | FaaMode::Simulator)) => {
                FixQuality::Estimated
            }
            (RmcStatusOfFix::Differential, _) | (_, Some(FaaMode::Differential)) => {
                FixQuality::Differential
            }
            (RmcStatusOfFix::Autonomous, _) => FixQuality::Satellite,
        };
        let gga = self.gga.as_ref();
        let at = match (rmc.fix_date, rmc.fix_time) {
            (Some(date), Some(time)) => {
                let micros = date.and_time(time).and_utc().timestamp_micros();
                Some(Timestamp::from_micros(micros))
            }
            _ => None,
        };
        let is_believable = at.is_none_or(|at| at >= EARLIEST);
        if !is_believable {
            self.framer.rejects.count(RejectReason::Range);
        }
        Ok(Fix {
            point: point(rmc.lat, rmc.lon)?,
            at: at.filter(|_| is_believable),
            quality,
            hdop_tenths: gga.and_then(|gga| tenths(gga.hdop)),
            satellites: gga.and_then(|gga| u8::try_from(gga.fix_satellites?).ok()),
            // One knot is 1.852 km/h by definition.
            speed_tenths_kmh: rmc
                .speed_over_ground
                .and_then(|knots| whole(f64::from(knots) * 18.52, u32::MAX.into()))
                .map(|tenths| tenths as u32),
            course_deg: rmc
                .true_course
                .and_then(|degrees| whole(f64::from(degrees), 360.0))
                .map(|degrees| degrees as u16),
        })
    }
}

fn fix_of_gga(gga: &GgaData) -> Result<Fix, RejectReason> {
    let quality = match gga.fix_type {
        None | Some(FixType::Invalid) => return Err(RejectReason::NotValid),
        Some(FixType::Estimated | FixType::Manual | FixType::Simulation) => FixQuality::Estimated,
        Some(FixType::DGps | FixType::Rtk | FixType::FloatRtk) => FixQuality::Differential,
        Some(FixType::Gps | FixType::Pps) => FixQuality::Satellite,
    };
    Ok(Fix {
        point: point(gga.latitude, gga.longitude)?,
        at: None,
        quality,
        hdop_tenths: tenths(gga.hdop),
        satellites: gga
            .fix_satellites
            .and_then(|count| u8::try_from(count).ok()),
        speed_tenths_kmh: None,
        course_deg: None,
    })
}

fn point(lat: Option<f64>, lon: Option<f64>) -> Result<GeoPoint, RejectReason> {
    let (Some(lat), Some(lon)) = (lat, lon) else {
        return Err(RejectReason::NotValid);
    };
    if !lat.is_finite() || !lon.is_finite() {
        return Err(RejectReason::Range);
    }
    GeoPoint::new((lat * 1e7).round() as i64, (lon * 1e7).round() as i64)
        .map_err(|_| RejectReason::Range)
}

fn tenths(value: Option<f32>) -> Option<u16> {
    whole(f64::from(value?) * 10.0, u16::MAX.into()).map(|tenths| tenths as u16)
}

/// The nearest whole number from 0 to `most`.
fn whole(value: f64, most: f64) -> Option<u64> {
    let rounded = value.round();
    (rounded >= 0.0 && rounded <= most).then_some(rounded as u64)
}

/// One line; the sentence begins at its last `$`, as some receivers double it.
fn scan(buffer: &[u8]) -> Step<ParseResult> {
    if is_line_end(buffer[0]) {
        return Step::Skip { len: 1 };
    }
    let seen = &buffer[..buffer.len().min(SENTENCE_BYTES_MAX + 1)];
    let Some(end) = seen.iter().position(|byte| is_line_end(*byte)) else {
        if buffer.len() > SENTENCE_BYTES_MAX {
            return Step::Reject {
                len: SENTENCE_BYTES_MAX,
                reason: RejectReason::Length,
            };
        }
        return Step::Wait;
    };
    let line = &buffer[..end];
    let Some(start) = line.iter().rposition(|byte| *byte == b'$') else {
        return Step::Noise { len: end };
    };
    match nmea::parse_bytes(&line[start..]) {
        Ok(item) => Step::Frame { len: end, item },
        Err(error) => Step::Reject {
            len: end,
            reason: reason_of(&error),
        },
    }
}

fn reason_of(error: &nmea::Error<'_>) -> RejectReason {
    match error {
        nmea::Error::ChecksumMismatch { .. } => RejectReason::Checksum,
        nmea::Error::SentenceLength(_) | nmea::Error::ParameterLength { .. } => {
            RejectReason::Length
        }
        nmea::Error::Utf8Decoding | nmea::Error::ASCII => RejectReason::Character,
        nmea::Error::Unsupported(_)
        | nmea::Error::Unknown(_)
        | nmea::Error::UnknownGnssType(_)
        | nmea::Error::UnknownTalkerId { .. }
        | nmea::Error::SystemIdMismatch { .. }
        | nmea::Error::WrongSentenceHeader { .. }
        | nmea::Error::EmptyNavConfig
        | nmea::Error::DisabledSentence => RejectReason::Unsupported,
        nmea::Error::ParsingError(_) => RejectReason::Framing,
    }
}

/// GGA and RMC of one fix, as a receiver sends them.
#[must_use]
pub fn encode(fix: &Fix) -> Vec<u8> {
    let (date, time) = fix.at.map_or_else(Default::default, calendar);
    let (lat, lon) = (
        angle(fix.point.lat_e7(), 2, ['N', 'S']),
        angle(fix.point.lon_e7(), 3, ['E', 'W']),
    );
    let (gga_quality, rmc_status, mode) = match fix.quality {
        FixQuality::Invalid => (0, 'V', 'N'),
        FixQuality::Estimated => (6, 'A', 'E'),
        FixQuality::Satellite => (1, 'A', 'A'),
        FixQuality::Differential => (2, 'A', 'D'),
    };
    let satellites = fix.satellites.unwrap_or(0);
    let hdop = fix.hdop_tenths.map_or_else(String::new, |tenths| {
        format!("{}.{}", tenths / 10, tenths % 10)
    });
    let knots = fix.speed_tenths_kmh.map_or_else(String::new, |tenths| {
        format!("{:.3}", f64::from(tenths) / 18.52)
    });
    let course = fix
        .course_deg
        .map_or_else(String::new, |degrees| format!("{degrees}.0"));
    let mut text = sentence(&format!(
        "GNGGA,{time},{lat},{lon},{gga_quality},{satellites:02},{hdop},,M,,M,,"
    ));
    text += &sentence(&format!(
        "GNRMC,{time},{rmc_status},{lat},{lon},{knots},{course},{date},,,{mode}"
    ));
    text.into_bytes()
}

fn sentence(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${body}*{sum:02X}\r\n")
}

/// `ddmm.mmmmmm,H`: minutes with six decimals keep 1e-7 degrees.
fn angle(e7: i32, degree_digits: usize, hemispheres: [char; 2]) -> String {
    let hemisphere = hemispheres[usize::from(e7 < 0)];
    let e7 = i64::from(e7).abs();
    let (degrees, rest) = (e7 / 10_000_000, e7 % 10_000_000);
    let minutes_e6 = rest * 60 / 10;
    let (minutes, fraction) = (minutes_e6 / 1_000_000, minutes_e6 % 1_000_000);
    format!("{degrees:0degree_digits$}{minutes:02}.{fraction:06},{hemisphere}")
}

/// `ddmmyy` and `hhmmss.ss`, from the text form of the time.
fn calendar(at: Timestamp) -> (String, String) {
    let text = at.to_string();
    let digits = |range: std::ops::Range<usize>| text.get(range).unwrap_or("00").to_owned();
    let mut time = String::new();
    let _ = write!(
        time,
        "{}{}{}",
        digits(11..13),
        digits(14..16),
        digits(17..19)
    );
    time += ".";
    time += &digits(20..22);
    (digits(8..10) + &digits(5..7) + &digits(2..4), time)
}
