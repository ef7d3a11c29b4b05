//! The body of a location report (0x0200) ⇄ a fix with alarms and state. Additional items: mileage
//! (01) and satellites (31); the others, vendors' among them, are passed over.

use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;

use super::frame::Reader;

/// Clock of the terminals: GMT+8, without daylight saving.
const ZONE_HOURS: i64 = 8;
/// Alarm bit: antenna of the receiver not connected or cut.
const ALARM_ANTENNA_CUT: u32 = 1 << 5;
/// Alarm bit: the vehicle's main power is cut off.
const ALARM_POWER_CUT: u32 = 1 << 8;

/// One location report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Alarm bits as sent.
    pub alarms: u32,
    /// State bits as sent.
    pub status: u32,
    /// Where, when and how fast; invalid when the terminal says that it has no fix.
    pub fix: Fix,
    /// Above sea level.
    pub altitude_m: i16,
    /// Item 01: odometer.
    pub mileage_tenths_km: Option<u32>,
}

/// Why a body is no location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// Shorter than its fixed fields.
    #[error("the location ends in {field}")]
    Short {
        /// Where it ends.
        field: &'static str,
    },
    /// A value that its field, or the world, does not allow.
    #[error("{field} is {value}")]
    Range {
        /// Which.
        field: &'static str,
        /// As sent.
        value: String,
    },
}

impl Location {
    /// The receiver's antenna was cut off: someone takes the tracker its sight.
    #[must_use]
    pub const fn is_antenna_cut(&self) -> bool {
        self.alarms & ALARM_ANTENNA_CUT != 0
    }

    /// The vehicle's power was cut off from the tracker.
    #[must_use]
    pub const fn is_power_cut(&self) -> bool {
        self.alarms & ALARM_POWER_CUT != 0
    }

    /// Reads a body, or one entry of a batch.
    ///
    /// # Errors
    /// Cut short, beyond the globe, no time.
    pub fn read(body: &[u8]) -> Result<Self, LocationError> {
        let short = |field| move || LocationError::Short { field };
        let mut reader = Reader { rest: body };
        let alarms = reader.u32().ok_or_else(short("alarms"))?;
        let status = reader.u32().ok_or_else(short("status"))?;
        let lat = reader.u32().ok_or_else(short("latitude"))?;
        let lon = reader.u32().ok_or_else(short("longitude"))?;
        let altitude = reader.u16().ok_or_else(short("altitude"))?;
        let speed = reader.u16().ok_or_else(short("speed"))?;
        let course = reader.u16().ok_or_else(short("course"))?;
        let time = reader.take(6).ok_or_else(short("time"))?;
        let sign = |degrees_e6: u32, is_negative| {
            let e7 = i64::from(degrees_e6) * 10;
            if is_negative { -e7 } else { e7 }
        };
        let (lat_e7, lon_e7) = (
            sign(lat, status & 1 << 2 != 0),
            sign(lon, status & 1 << 3 != 0),
        );
        let range = |field, value: String| LocationError::Range { field, value };
        let point =
            GeoPoint::new(lat_e7, lon_e7).map_err(|error| range("position", error.to_string()))?;
        if course > 360 {
            return Err(range("course", course.to_string()));
        }
        let mut location = Self {
            alarms,
            status,
            fix: Fix {
                point,
                at: Some(moment(time)?),
                quality: if status & 1 << 1 == 0 {
                    FixQuality::Invalid
                } else {
                    FixQuality::Satellite
                },
                hdop_tenths: None,
                satellites: None,
                speed_tenths_kmh: Some(speed.into()),
                course_deg: Some(course % 360),
            },
            altitude_m: altitude.cast_signed(),
            mileage_tenths_km: None,
        };
        location.items(reader);
        Ok(location)
    }

    /// Behind the fixed fields. Some vendors end with bytes that are no item: the position, whose
    /// frame is whole, is not lost for that.
    fn items(&mut self, mut reader: Reader<'_>) {
        while let (Some(item), Some(len)) = (reader.u8(), reader.u8()) {
            let Some(value) = reader.take(len.into()) else {
                return;
            };
            match (item, value) {
                (0x01, [a, b, c, d]) => {
                    self.mileage_tenths_km = Some(u32::from_be_bytes([*a, *b, *c, *d]));
                }
                (0x31, [count]) => self.fix.satellites = Some(*count),
                _ => {}
            }
        }
    }

    /// The body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let point = self.fix.point;
        let e6 = |e7: i32| (e7.unsigned_abs() + 5) / 10;
        let mut status = self.status & !0b1110;
        if self.fix.quality > FixQuality::Invalid {
            status |= 1 << 1;
        }
        if point.lat_e7() < 0 {
            status |= 1 << 2;
        }
        if point.lon_e7() < 0 {
            status |= 1 << 3;
        }
        let speed = self.fix.speed_tenths_kmh.unwrap_or(0).min(0xffff) as u16;
        let mut body = Vec::with_capacity(40);
        body.extend(self.alarms.to_be_bytes());
        body.extend(status.to_be_bytes());
        body.extend(e6(point.lat_e7()).to_be_bytes());
        body.extend(e6(point.lon_e7()).to_be_bytes());
        body.extend(self.altitude_m.to_be_bytes());
        body.extend(speed.to_be_bytes());
        body.extend(self.fix.course_deg.unwrap_or(0).to_be_bytes());
        body.extend(digits(self.fix.at.unwrap_or_default()));
        if let Some(mileage) = self.mileage_tenths_km {
            body.extend([0x01, 4]);
            body.extend(mileage.to_be_bytes());
        }
        if let Some(satellites) = self.fix.satellites {
            body.extend([0x31, 1, satellites]);
        }
        body
    }
}

/// YYMMDDhhmmss in BCD → UTC.
fn moment(bcd: &[u8]) -> Result<Timestamp, LocationError> {
    let text: String = bcd.iter().map(|byte| format!("{byte:02X}")).collect();
    let written = format!(
        "20{}-{}-{}T{}:{}:{}+{ZONE_HOURS:02}:00",
        &text[..2],
        &text[2..4],
        &text[4..6],
        &text[6..8],
        &text[8..10],
        &text[10..]
    );
    Timestamp::parse(&written).map_err(|_| LocationError::Range {
        field: "time",
        value: text,
    })
}

/// UTC → YYMMDDhhmmss in BCD.
fn digits(at: Timestamp) -> [u8; 6] {
    let local = Timestamp::from_seconds(at.as_seconds() + ZONE_HOURS * 3_600).to_string();
    let digits: Vec<u8> = local
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|byte| byte - b'0')
        .collect();
    let mut bcd = [0; 6];
    for (byte, pair) in bcd.iter_mut().zip(digits[2..].chunks(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    bcd
}
