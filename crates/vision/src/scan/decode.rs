//! Bytes of one or two grey files → transmission of one or two beams, or a typed refusal within
//! fixed limits. The sixteen bits are kept; pseudo-colour is refused.

use std::io::Cursor;

use image::codecs::{png::PngDecoder, tiff::TiffDecoder};
use image::error::LimitErrorKind;
use image::{
    ColorType, DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder as _, ImageError,
    ImageFormat,
};

use super::geometry::ScanGeometry;
use super::map::Map;
use crate::annotate::EncodeError;

/// What a scan file may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanLimits {
    /// Longest file, bytes.
    pub file_len: usize,
    /// Most pixels.
    pub pixels: u64,
    /// Smallest edge, pixels.
    pub edge_min: u32,
    /// Memory a decoder may take, bytes.
    pub decoder_bytes: u64,
}

impl Default for ScanLimits {
    /// Enough for a truck of 20 m at 3 mm a pixel.
    fn default() -> Self {
        Self {
            file_len: 48 << 20,
            pixels: 12_000_000,
            edge_min: 32,
            decoder_bytes: 96 << 20,
        }
    }
}

/// Why a file is not taken as a scan.
#[derive(Debug, thiserror::Error)]
pub enum ScanDecodeError {
    /// More bytes than a scan may have.
    #[error("the file has {len} bytes, at most {limit} are taken")]
    FileTooLong {
        /// Its length.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// Neither PNG nor TIFF.
    #[error("not a PNG or TIFF file")]
    Format,
    /// A moving picture.
    #[error("an animation, not one scan")]
    Animated,
    /// Colour, transparency, or fewer than eight bits: no measured transmission.
    #[error("samples are {found}; a scan has one grey sample of 8 or 16 bits a pixel")]
    NotGrey {
        /// What they are.
        found: String,
    },
    /// More pixels than are taken.
    #[error("{width} x {height} pixels, at most {limit} in all are taken")]
    TooManyPixels {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
        /// The limit.
        limit: u64,
    },
    /// Too small to show a container.
    #[error("{width} x {height} pixels, each edge needs {limit}")]
    TooSmall {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
        /// The limit.
        limit: u32,
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
    /// The file ends before the scan does.
    #[error("the file is cut short")]
    Truncated,
    /// The decoder would take more memory than it may.
    #[error("decoding takes more than {limit} bytes")]
    Memory {
        /// The limit.
        limit: u64,
    },
    /// The content breaks the rules of its format, or uses a part that is not supported.
    #[error("a broken or unsupported {format} file")]
    Content {
        /// The format.
        format: &'static str,
        /// What the decoder says.
        #[source]
        source: ImageError,
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
        limits: &ScanLimits,
    ) -> Result<Self, ScanDecodeError> {
        let high = samples(high, limits)?;
        let low = low.map(|bytes| samples(bytes, limits)).transpose()?;
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

fn samples(bytes: &[u8], limits: &ScanLimits) -> Result<Samples, ScanDecodeError> {
    if bytes.len() > limits.file_len {
        return Err(ScanDecodeError::FileTooLong {
            len: bytes.len(),
            limit: limits.file_len,
        });
    }
    let format = image::guess_format(bytes).map_err(|_| ScanDecodeError::Format)?;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the formats of another crate; all but two are refused"
    )]
    match format {
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), allocation(limits));
            if matches!(decoder.as_ref().map(PngDecoder::is_apng), Ok(Ok(true))) {
                return Err(ScanDecodeError::Animated);
            }
            read("PNG", decoder, limits)
        }
        ImageFormat::Tiff => read("TIFF", TiffDecoder::new(Cursor::new(bytes)), limits),
        ImageFormat::Gif => Err(ScanDecodeError::Animated),
        _ => Err(ScanDecodeError::Format),
    }
}

fn allocation(limits: &ScanLimits) -> image::Limits {
    let mut allocation = image::Limits::default();
    allocation.max_alloc = Some(limits.decoder_bytes);
    allocation
}

fn read<D: ImageDecoder>(
    format: &'static str,
    decoder: Result<D, ImageError>,
    limits: &ScanLimits,
) -> Result<Samples, ScanDecodeError> {
    let failed = |error| refusal(format, limits, error);
    let mut decoder = decoder.map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(ScanDecodeError::TooManyPixels {
            width,
            height,
            limit: limits.pixels,
        });
    }
    if width.min(height) < limits.edge_min {
        return Err(ScanDecodeError::TooSmall {
            width,
            height,
            limit: limits.edge_min,
        });
    }
    let original = decoder.original_color_type();
    let grey = matches!(decoder.color_type(), ColorType::L8 | ColorType::L16)
        && matches!(original, ExtendedColorType::L8 | ExtendedColorType::L16);
    if !grey {
        return Err(ScanDecodeError::NotGrey {
            found: format!("{original:?}"),
        });
    }
    decoder.set_limits(allocation(limits)).map_err(failed)?;
    if decoder.total_bytes() > limits.decoder_bytes {
        return Err(ScanDecodeError::Memory {
            limit: limits.decoder_bytes,
        });
    }
    // Eight bits become sixteen by repetition: white stays white.
    let values = DynamicImage::from_decoder(decoder)
        .map_err(failed)?
        .into_luma16()
        .into_raw();
    Ok(Samples {
        width: width as usize,
        height: height as usize,
        values,
    })
}

fn refusal(format: &'static str, limits: &ScanLimits, error: ImageError) -> ScanDecodeError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the errors of another crate, kept as the source"
    )]
    match &error {
        ImageError::Limits(limit) if limit.kind() != LimitErrorKind::DimensionError => {
            ScanDecodeError::Memory {
                limit: limits.decoder_bytes,
            }
        }
        ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            ScanDecodeError::Truncated
        }
        _ => ScanDecodeError::Content {
            format,
            source: error,
        },
    }
}
