//! The sidecar of a scan (TOML) → how its numbers are meant. Refuses to guess: each value that
//! physics needs has to be there.

use serde::Deserialize;

use super::calibration::{Calibration, CalibrationError, Step};

/// Longest sidecar, bytes.
const SIDECAR_LEN_MAX: usize = 256 << 10;
/// Edges of a pixel that a scanner may have, mm.
const PIXEL_MM: std::ops::RangeInclusive<f32> = 1.0..=60.0;
/// Transmission below which nothing is said, where the sidecar names none.
const PENETRATED_MIN: f32 = 0.003;

/// Reach of scattered signal, mm.
pub const SCATTER_REACH_MM: f32 = 300.0;

/// How the numbers of one scan are meant.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanGeometry {
    /// Edge of a pixel in the plane of the container, mm.
    pub pixel_mm: f32,
    /// Sample that means free air, high beam and low beam; of a 16-bit file.
    pub air: [u16; 2],
    /// Sample without a beam.
    pub dark: [u16; 2],
    /// End-point energies of the beams, megavolts.
    pub energies_mv: [f32; 2],
    /// Outside length of the container by the declaration or the portal, mm.
    pub container_length_mm: Option<u32>,
    /// Transmission of the high beam below which nothing is said of a place.
    pub penetrated_min: f32,
    /// Scattered share of the mean signal within [`SCATTER_REACH_MM`], as measured behind a
    /// thick block at commissioning; 0 where it is not known.
    pub scatter: f32,
    /// What the scanner measured at commissioning.
    pub calibration: Calibration,
}

/// A sidecar is not usable.
#[derive(Debug, thiserror::Error)]
pub enum SidecarError {
    /// Too long.
    #[error("the sidecar has {len} bytes, at most {SIDECAR_LEN_MAX} are taken")]
    TooLong {
        /// Its length.
        len: usize,
    },
    /// Not UTF-8.
    #[error("the sidecar is not UTF-8 text")]
    Encoding,
    /// Not TOML, or a value is missing or of a wrong kind.
    #[error("the sidecar cannot be read")]
    Syntax {
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value that no scanner has.
    #[error("{name} is {value}: {needs}")]
    Value {
        /// Of the sidecar.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it has to be.
        needs: &'static str,
    },
    /// The step wedges are none.
    #[error("the calibration cannot be used")]
    Calibration {
        /// Why.
        #[source]
        source: CalibrationError,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sidecar {
    pixel_mm: f32,
    air: [u16; 2],
    dark: [u16; 2],
    energies_mv: [f32; 2],
    container_length_mm: Option<u32>,
    penetrated_min: Option<f32>,
    scatter: Option<f32>,
    organic: Wedge,
    aluminium: Wedge,
    iron: Wedge,
    lead: Wedge,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wedge {
    areal_g_cm2: Vec<f32>,
    high: Vec<f32>,
    low: Vec<f32>,
}

impl ScanGeometry {
    /// Reads a sidecar; the program `scans` of the simulator writes examples.
    ///
    /// # Errors
    /// See [`SidecarError`].
    pub fn parse(sidecar: &[u8]) -> Result<Self, SidecarError> {
        if sidecar.len() > SIDECAR_LEN_MAX {
            return Err(SidecarError::TooLong { len: sidecar.len() });
        }
        let text = std::str::from_utf8(sidecar).map_err(|_| SidecarError::Encoding)?;
        let sidecar: Sidecar = toml::from_str(text).map_err(|source| SidecarError::Syntax {
            source: Box::new(source),
        })?;
        let wedges = [
            &sidecar.organic,
            &sidecar.aluminium,
            &sidecar.iron,
            &sidecar.lead,
        ]
        .map(Wedge::steps);
        let [organic, aluminium, iron, lead] = wedges;
        let wedges = [organic?, aluminium?, iron?, lead?];
        let calibration = Calibration::new([&wedges[0], &wedges[1], &wedges[2], &wedges[3]])
            .map_err(|source| SidecarError::Calibration { source })?;
        Self {
            pixel_mm: sidecar.pixel_mm,
            air: sidecar.air,
            dark: sidecar.dark,
            energies_mv: sidecar.energies_mv,
            container_length_mm: sidecar.container_length_mm,
            penetrated_min: sidecar.penetrated_min.unwrap_or(PENETRATED_MIN),
            scatter: sidecar.scatter.unwrap_or(0.0),
            calibration,
        }
        .checked()
    }

    /// The same values, if a scanner can have them.
    ///
    /// # Errors
    /// [`SidecarError::Value`].
    pub fn checked(self) -> Result<Self, SidecarError> {
        let wrong = |name, value: f32, needs| {
            Err(SidecarError::Value {
                name,
                value: f64::from(value),
                needs,
            })
        };
        if !PIXEL_MM.contains(&self.pixel_mm) {
            return wrong("pixel_mm", self.pixel_mm, "1 to 60 mm");
        }
        for beam in 0..2 {
            let span = f32::from(self.air[beam]) - f32::from(self.dark[beam]);
            if span < 100.0 {
                return wrong("air", f32::from(self.air[beam]), "at least 100 above dark");
            }
        }
        if !self.energies_mv.iter().all(|mv| (0.1..=20.0).contains(mv)) {
            return wrong("energies_mv", self.energies_mv[0], "0.1 to 20 MV");
        }
        if !(1e-5..=0.5).contains(&self.penetrated_min) {
            return wrong("penetrated_min", self.penetrated_min, "0.00001 to 0.5");
        }
        if !(0.0..=0.05).contains(&self.scatter) {
            return wrong("scatter", self.scatter, "0 to 0.05");
        }
        Ok(self)
    }
}

impl Wedge {
    /// The steps; each has to have all three numbers.
    fn steps(&self) -> Result<Vec<Step>, SidecarError> {
        let len = self.areal_g_cm2.len();
        if self.high.len() != len || self.low.len() != len {
            return Err(SidecarError::Value {
                name: "areal_g_cm2",
                value: len as f64,
                needs: "as many numbers as high and low",
            });
        }
        let steps = self
            .areal_g_cm2
            .iter()
            .zip(&self.high)
            .zip(&self.low)
            .map(|((&areal_g_cm2, &high), &low)| Step {
                areal_g_cm2,
                high,
                low,
            })
            .collect();
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEDGE: &str = "areal_g_cm2 = [10.0, 20.0]\nhigh = [0.6, 0.4]\nlow = [0.5, 0.3]\n";

    fn sidecar(head: &str) -> String {
        let mut text = head.to_owned();
        for material in ["organic", "aluminium", "iron", "lead"] {
            text += &format!("[{material}]\n{WEDGE}");
        }
        text
    }

    #[test]
    fn a_sidecar_is_read_or_refused_with_the_reason() {
        let head =
            "pixel_mm = 25\nair = [60000, 58000]\ndark = [400, 400]\nenergies_mv = [6, 3.5]\n";
        let good = ScanGeometry::parse(sidecar(head).as_bytes()).unwrap();
        assert_eq!((good.pixel_mm, good.container_length_mm), (25.0, None));
        for (from, to, part) in [
            ("25", "0", "pixel_mm is 0"),
            ("25", "nan", "pixel_mm is NaN"),
            ("60000", "410", "air is 410"),
            ("60000", "70000", "cannot be read"),
            ("3.5", "35", "energies_mv"),
            ("dark", "darkness", "cannot be read"),
        ] {
            let text = sidecar(&head.replace(from, to));
            let error = ScanGeometry::parse(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
        let flat = sidecar(head).replace("[0.6, 0.4]", "[0.6, 0.6]");
        assert!(matches!(
            ScanGeometry::parse(flat.as_bytes()),
            Err(SidecarError::Calibration { .. })
        ));
        for bytes in [&[0xff, 0xfe][..], &[b'#'; SIDECAR_LEN_MAX + 1]] {
            assert!(ScanGeometry::parse(bytes).is_err());
        }
    }
}
