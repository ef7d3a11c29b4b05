//! Bytes of a picture file → an upright [`Picture`], or a typed refusal within fixed limits.
//!
//! A camera or a person may send anything. What is refused before a pixel is decoded: files that
//! are too long, pictures with too many pixels, unknown formats, animations, JPEGs cut short or
//! made of very many scans. Colour profiles are not applied: what is read are shapes, and a
//! profile moves no edge. An alpha channel is dropped.

use std::io::Cursor;

use image::codecs::{png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::error::LimitErrorKind;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat};

use super::{Picture, jpeg};

/// What a picture file may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, bytes.
    pub file_len: usize,
    /// Most pixels.
    pub pixels: u64,
    /// Smallest edge, pixels.
    pub edge_min: u32,
    /// Memory a decoder may take beside the pixels, bytes.
    pub decoder_bytes: u64,
    /// Most scans of a JPEG. A progressive picture has about ten; each costs a walk over all
    /// coefficients.
    pub jpeg_scans: usize,
}

impl Default for Limits {
    /// Enough for a 24-megapixel camera.
    fn default() -> Self {
        Self {
            file_len: 32 << 20,
            pixels: 32_000_000,
            edge_min: 16,
            decoder_bytes: 256 << 20,
            jpeg_scans: 64,
        }
    }
}

impl Limits {
    /// For the image of a container scanner: enough for a truck of 20 m at 3 mm a pixel.
    #[must_use]
    pub fn of_scans() -> Self {
        Self {
            file_len: 48 << 20,
            pixels: 12_000_000,
            edge_min: 32,
            decoder_bytes: 96 << 20,
            ..Self::default()
        }
    }
}

/// Why a file is not taken as a picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than a picture may have.
    #[error("the file has {len} bytes, at most {limit} are taken")]
    FileTooLong {
        /// Its length.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// Not JPEG, PNG, TIFF or WebP.
    #[error("not a JPEG, PNG, TIFF or WebP file")]
    Format,
    /// A moving picture. Which frame is the evidence would be a guess.
    #[error("an animation, not one picture")]
    Animated,
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
    /// Too small to carry text.
    #[error("{width} x {height} pixels, each edge needs {limit}")]
    TooSmall {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
        /// The limit.
        limit: u32,
    },
    /// The file ends before the picture does.
    #[error("the file is cut short")]
    Truncated,
    /// A JPEG made of more scans than any camera writes.
    #[error("a JPEG of more than {limit} scans")]
    TooManyScans {
        /// The limit.
        limit: usize,
    },
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

impl Picture {
    /// Decodes a JPEG, PNG, TIFF (first page) or WebP file and turns it upright as its EXIF
    /// orientation says. Samples of 16 bits are scaled to 8.
    ///
    /// # Errors
    /// See [`DecodeError`]. Work and memory are bounded by `limits` whatever the bytes are.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let format = format_of(bytes, limits)?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the formats of another crate; all but four are refused"
        )]
        match format {
            ImageFormat::Jpeg => {
                jpeg::check(bytes, limits.jpeg_scans)?;
                let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(bytes));
                upright("JPEG", decoder, limits)
            }
            ImageFormat::Png => upright("PNG", Ok(png(bytes, limits)?), limits),
            ImageFormat::WebP => {
                let decoder = WebPDecoder::new(Cursor::new(bytes));
                if matches!(decoder.as_ref().map(WebPDecoder::has_animation), Ok(true)) {
                    return Err(DecodeError::Animated);
                }
                upright("WebP", decoder, limits)
            }
            ImageFormat::Tiff => upright("TIFF", tiff(bytes), limits),
            ImageFormat::Gif => Err(DecodeError::Animated),
            _ => Err(DecodeError::Format),
        }
    }
}

fn allocation(limits: &Limits) -> image::Limits {
    let mut allocation = image::Limits::default();
    allocation.max_alloc = Some(limits.decoder_bytes);
    allocation
}

/// The format of a file that is short enough.
pub(crate) fn format_of(bytes: &[u8], limits: &Limits) -> Result<ImageFormat, DecodeError> {
    if bytes.len() > limits.file_len {
        return Err(DecodeError::FileTooLong {
            len: bytes.len(),
            limit: limits.file_len,
        });
    }
    image::guess_format(bytes).map_err(|_| DecodeError::Format)
}

/// A PNG that stands still.
pub(crate) fn png<'b>(
    bytes: &'b [u8],
    limits: &Limits,
) -> Result<PngDecoder<Cursor<&'b [u8]>>, DecodeError> {
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), allocation(limits))
        .map_err(|error| refusal("PNG", limits, error))?;
    if matches!(decoder.is_apng(), Ok(true)) {
        return Err(DecodeError::Animated);
    }
    Ok(decoder)
}

/// The first page of a TIFF.
pub(crate) fn tiff(bytes: &[u8]) -> Result<TiffDecoder<Cursor<&[u8]>>, ImageError> {
    TiffDecoder::new(Cursor::new(bytes))
}

/// A decoder whose picture is neither too large nor too small, held to its memory.
pub(crate) fn within<D: ImageDecoder>(
    format: &'static str,
    decoder: Result<D, ImageError>,
    limits: &Limits,
) -> Result<D, DecodeError> {
    let failed = |error| refusal(format, limits, error);
    let mut decoder = decoder.map_err(failed)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(DecodeError::TooManyPixels {
            width,
            height,
            limit: limits.pixels,
        });
    }
    if width.min(height) < limits.edge_min {
        return Err(DecodeError::TooSmall {
            width,
            height,
            limit: limits.edge_min,
        });
    }
    decoder.set_limits(allocation(limits)).map_err(failed)?;
    if decoder.total_bytes() > limits.decoder_bytes {
        return Err(DecodeError::Memory {
            limit: limits.decoder_bytes,
        });
    }
    Ok(decoder)
}

/// The pixels of such a decoder.
pub(crate) fn pixels<D: ImageDecoder>(
    format: &'static str,
    decoder: D,
    limits: &Limits,
) -> Result<DynamicImage, DecodeError> {
    DynamicImage::from_decoder(decoder).map_err(|error| refusal(format, limits, error))
}

fn upright<D: ImageDecoder>(
    format: &'static str,
    decoder: Result<D, ImageError>,
    limits: &Limits,
) -> Result<Picture, DecodeError> {
    let mut decoder = within(format, decoder, limits)?;
    // A broken orientation is no reason to lose the picture.
    let orientation = decoder.orientation().ok();
    let mut picture = pixels(format, decoder, limits)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let rgb = picture.into_rgb8();
    let (width, height) = rgb.dimensions();
    Ok(Picture {
        width,
        height,
        rgb: rgb.into_raw(),
    })
}

fn refusal(format: &'static str, limits: &Limits, error: ImageError) -> DecodeError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the errors of another crate, kept as the source"
    )]
    match &error {
        ImageError::Limits(limit) if limit.kind() != LimitErrorKind::DimensionError => {
            DecodeError::Memory {
                limit: limits.decoder_bytes,
            }
        }
        ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::Truncated
        }
        _ => DecodeError::Content {
            format,
            source: error,
        },
    }
}
