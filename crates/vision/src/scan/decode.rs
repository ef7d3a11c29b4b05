//! Bytes of one or two grey files → transmission of one or two beams, or a typed refusal within
//! fixed limits. The sixteen bits are kept; pseudo-colour is refused.

use image::{
    ColorType, ExtendedColorType, ImageDecoder, ImageEncoder as _, ImageError, ImageFormat,
};

use super::geometry::ScanGeometry;
use super::map::Map;
use crate::annotate::EncodeError;
use crate::picture::decode;
use crate::picture::{DecodeError, Limits};

/// Why a file is not taken as a scan.
#[derive(Debug, thiserror::Error)]
pub enum ScanDecodeError {
    /// The file is not decoded.
    #[error("the {beam} beam cannot be decoded")]
    File {
        /// Which one.
        beam: &'static str,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// Neither PNG nor TIFF, which alone keep measured samples.
    #[error("not a PNG or TIFF file")]
    Format,
    /// Colour, transparency, or fewer than eight bits: no measured transmission.
    #[error("samples are {found}; a scan has one grey sample of 8 or 16 bits a pixel")]
    NotGrey {
        /// What they are.
        found: String,
    },
    /// The two energies do not show the same place.
    #[error(
        "{high_width} x {high_height} pixels of the high beam, {low_width} x {low_height} of the low"
    )]
    SizesDiffer {
        /// Width of the first file.
        high_width: usize,
        /// Its height.
        high_height: usize,
        /// Width of the second file.
        low_width: usize,
        /// Its height.
        low_height: usize,
    },
}

/// A scan as measured: transmission of each beam, 0 for nothing to 1 for air; noise takes air a
/// little above 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanImage {
    pub(crate) high: Map,
    pub(crate) low: Option<Map>,
    pub(crate) geometry: ScanGeometry,
    /// Pixels whose sample was the largest of its file, both beams.
    pub(crate) saturated: usize,
}

/// Samples of one file, scaled to 16 bits.
struct Samples {
    width: usize,
    height: usize,
    values: Vec<u16>,
}

impl ScanImage {
    /// Decodes the file of the high beam and, if there is one, the file of the low beam.
    ///
    /// # Errors
    /// See [`ScanDecodeError`]. Work and memory are bounded by `limits` whatever the bytes are.
    pub fn decode(
        high: &[u8],
        low: Option<&[u8]>,
        geometry: ScanGeometry,
        limits: &Limits,
    ) -> Result<Self, ScanDecodeError> {
        let high = samples("high", high, limits)?;
        let low = low.map(|bytes| samples("low", bytes, limits)).transpose()?;
        if let Some(low) = &low
            && (low.width, low.height) != (high.width, high.height)
        {
            return Err(ScanDecodeError::SizesDiffer {
                high_width: high.width,
                high_height: high.height,
                low_width: low.width,
                low_height: low.height,
            });
        }
        let full = |samples: &Samples| samples.values.iter().filter(|&&v| v == u16::MAX).count();
        Ok(Self {
            saturated: full(&high) + low.as_ref().map_or(0, full),
            low: low.map(|low| transmission(&low, geometry.air[1], geometry.dark[1])),
            high: transmission(&high, geometry.air[0], geometry.dark[0]),
            geometry,
        })
    }

    /// A scan from transmissions, row-major; `None` unless both have `width * height` finite
    /// values and at least one.
    #[must_use]
    pub fn from_transmission(
        width: usize,
        height: usize,
        high: Vec<f32>,
        low: Option<Vec<f32>>,
        geometry: ScanGeometry,
    ) -> Option<Self> {
        let len = width.checked_mul(height).filter(|&len| len > 0)?;
        let map = |values: Vec<f32>| {
            let whole = values.len() == len && values.iter().all(|value| value.is_finite());
            whole.then_some(Map {
                width,
                height,
                values,
            })
        };
        let low = match low {
            Some(low) => Some(map(low)?),
            None => None,
        };
        Some(Self {
            high: map(high)?,
            low,
            geometry,
            saturated: 0,
        })
    }

    /// Pixels of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.high.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.high.height
    }

    /// Whether both beams were decoded.
    #[must_use]
    pub fn dual(&self) -> bool {
        self.low.is_some()
    }

    /// How its numbers are meant.
    #[must_use]
    pub fn geometry(&self) -> &ScanGeometry {
        &self.geometry
    }
}

/// Grey samples of 16 bits as a PNG file, row-major.
///
/// # Errors
/// `samples` is not `width * height` long, or the encoder refuses it.
pub fn grey16_png(width: u32, height: u32, samples: &[u16]) -> Result<Vec<u8>, EncodeError> {
    let failed = |source| EncodeError {
        width,
        height,
        source,
    };
    if samples.len() as u64 != u64::from(width) * u64::from(height) {
        let kind = image::error::ParameterErrorKind::DimensionMismatch;
        let error = image::error::ParameterError::from_kind(kind);
        return Err(failed(ImageError::Parameter(error)));
    }
    let bytes: Vec<u8> = samples.iter().flat_map(|v| v.to_ne_bytes()).collect();
    let mut file = Vec::new();
    image::codecs::png::PngEncoder::new(&mut file)
        .write_image(&bytes, width, height, ExtendedColorType::L16)
        .map_err(failed)?;
    Ok(file)
}

fn transmission(samples: &Samples, air: u16, dark: u16) -> Map {
    let (air, dark) = (f32::from(air), f32::from(dark));
    Map {
        width: samples.width,
        height: samples.height,
        values: samples
            .values
            .iter()
            .map(|&value| (f32::from(value) - dark) / (air - dark))
            .collect(),
    }
}

fn samples(beam: &'static str, bytes: &[u8], limits: &Limits) -> Result<Samples, ScanDecodeError> {
    let failed = |source| ScanDecodeError::File { beam, source };
    let format = decode::format_of(bytes, limits).map_err(failed)?;
    if format == ImageFormat::Png {
        let decoder = decode::png(bytes, limits).map_err(failed)?;
        grey(beam, "PNG", Ok(decoder), limits)
    } else if format == ImageFormat::Tiff {
        grey(beam, "TIFF", decode::tiff(bytes), limits)
    } else {
        Err(ScanDecodeError::Format)
    }
}

fn grey<D: ImageDecoder>(
    beam: &'static str,
    format: &'static str,
    decoder: Result<D, ImageError>,
    limits: &Limits,
) -> Result<Samples, ScanDecodeError> {
    let failed = |source| ScanDecodeError::File { beam, source };
    let decoder = decode::within(format, decoder, limits).map_err(failed)?;
    let original = decoder.original_color_type();
    let is_grey = matches!(decoder.color_type(), ColorType::L8 | ColorType::L16)
        && matches!(original, ExtendedColorType::L8 | ExtendedColorType::L16);
    if !is_grey {
        return Err(ScanDecodeError::NotGrey {
            found: format!("{original:?}"),
        });
    }
    let (width, height) = decoder.dimensions();
    // Eight bits become sixteen by repetition: white stays white.
    let values = decode::pixels(format, decoder, limits)
        .map_err(failed)?
        .into_luma16()
        .into_raw();
    Ok(Samples {
        width: width as usize,
        height: height as usize,
        values,
    })
}
