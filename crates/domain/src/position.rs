//! A position on the WGS-84 ellipsoid in integers.

use crate::time::Timestamp;

/// Latitude and longitude in 1e-7 degrees (WGS-84; CGCS2000 differs by less than a decimetre).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeoPoint {
    lat_e7: i32,
    lon_e7: i32,
}

/// A coordinate outside the globe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("latitude {lat_e7}e-7, longitude {lon_e7}e-7 is not on the globe")]
pub struct GeoPointError {
    /// Latitude as it came.
    pub lat_e7: i64,
    /// Longitude as it came.
    pub lon_e7: i64,
}

impl GeoPoint {
    /// Makes a point.
    ///
    /// # Errors
    /// Latitude beyond ±90° or longitude beyond ±180°.
    pub fn new(lat_e7: i64, lon_e7: i64) -> Result<Self, GeoPointError> {
        if !(-900_000_000..=900_000_000).contains(&lat_e7)
            || !(-1_800_000_000..=1_800_000_000).contains(&lon_e7)
        {
            return Err(GeoPointError { lat_e7, lon_e7 });
        }
        Ok(Self {
            lat_e7: i32::try_from(lat_e7).expect("checked to lie within 90 degrees"),
            lon_e7: i32::try_from(lon_e7).expect("checked to lie within 180 degrees"),
        })
    }

    /// Latitude in 1e-7 degrees, north positive.
    #[must_use]
    pub const fn lat_e7(self) -> i32 {
        self.lat_e7
    }

    /// Longitude in 1e-7 degrees, east positive.
    #[must_use]
    pub const fn lon_e7(self) -> i32 {
        self.lon_e7
    }

    /// Metres to `other` on a locally flat earth; good to 0.5 % within 100 km.
    #[must_use]
    pub fn metres_to(self, other: Self) -> u32 {
        // Metres per 1e-7 degree of latitude: mean earth radius 6,371,008.8 m (IUGG).
        const METRES_PER_UNIT: f64 = 0.011_119_508;
        let mid_lat = f64::from(self.lat_e7).midpoint(f64::from(other.lat_e7)) * 1e-7;
        let dy = (f64::from(self.lat_e7) - f64::from(other.lat_e7)) * METRES_PER_UNIT;
        let mut dlon = (f64::from(self.lon_e7) - f64::from(other.lon_e7)).abs();
        if dlon > 1.8e9 {
            dlon = 3.6e9 - dlon;
        }
        let dx = dlon * METRES_PER_UNIT * mid_lat.to_radians().cos();
        dx.hypot(dy).round() as u32
    }

    /// Metres to the straight line from `a` to `b`, measured where it is nearest.
    #[must_use]
    pub fn metres_to_segment(self, a: Self, b: Self) -> u32 {
        const METRES_PER_UNIT: f64 = 0.011_119_508;
        let scale = (f64::from(a.lat_e7) * 1e-7).to_radians().cos();
        let project = |p: Self| {
            (
                (f64::from(p.lon_e7) - f64::from(a.lon_e7)) * METRES_PER_UNIT * scale,
                (f64::from(p.lat_e7) - f64::from(a.lat_e7)) * METRES_PER_UNIT,
            )
        };
        let ((px, py), (bx, by)) = (project(self), project(b));
        let len2 = bx * bx + by * by;
        let t = if len2 > 0.0 {
            ((px * bx + py * by) / len2).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (px - t * bx).hypot(py - t * by).round() as u32
    }
}

/// How good a fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixQuality {
    /// The receiver says the coordinates mean nothing.
    Invalid,
    /// Estimated (dead reckoning) or simulated.
    Estimated,
    /// A satellite fix.
    Satellite,
    /// Differential, RTK or better.
    Differential,
}

/// One fix of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Where.
    pub point: GeoPoint,
    /// UTC of the receiver, when it gave date and time.
    pub at: Option<Timestamp>,
    /// Quality flag.
    pub quality: FixQuality,
    /// Horizontal dilution of precision in tenths.
    pub hdop_tenths: Option<u16>,
    /// Satellites used.
    pub satellites: Option<u8>,
    /// Speed in 0.1 km/h.
    pub speed_tenths_kmh: Option<u32>,
    /// Course in whole degrees.
    pub course_deg: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> GeoPoint {
        GeoPoint::new((lat * 1e7) as i64, (lon * 1e7) as i64).expect("on the globe")
    }

    #[test]
    fn distances_agree_with_the_sphere() {
        // One minute of latitude is 1,853 m on the mean sphere.
        assert_eq!(
            at(22.0, 114.0).metres_to(at(22.0 + 1.0 / 60.0, 114.0)),
            1_853
        );
        assert_eq!(
            at(22.5, 114.0).metres_to_segment(at(22.0, 114.0), at(23.0, 114.0)),
            0
        );
        let off = at(22.5, 114.01).metres_to_segment(at(22.0, 114.0), at(23.0, 114.0));
        assert!((1_020..1_040).contains(&off), "{off}");
        assert!(GeoPoint::new(900_000_001, 0).is_err());
    }
}
