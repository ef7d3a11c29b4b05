//! The markers of a JPEG file → whether it is whole and of sane make, before it is decoded.
//!
//! The decoder fills what is missing with grey and says nothing; for evidence that is a lie.
//! Markers: ITU-T T.81 annex B.

use super::DecodeError;

/// Walks the markers up to the end of the picture.
///
/// # Errors
/// No end of image, or more than `scans_max` scans.
pub(super) fn check(bytes: &[u8], scans_max: usize) -> Result<(), DecodeError> {
    let mut rest = bytes.get(2..).ok_or(DecodeError::Truncated)?;
    let mut scans = 0;
    loop {
        let marker = next_marker(&mut rest).ok_or(DecodeError::Truncated)?;
        match marker {
            0xd9 => return Ok(()),
            // Start of image, restarts and TEM stand alone.
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let len = rest.get(..2).ok_or(DecodeError::Truncated)?;
                let len = usize::from(u16::from_be_bytes([len[0], len[1]]));
                rest = rest.get(len.max(2)..).ok_or(DecodeError::Truncated)?;
                scans += usize::from(marker == 0xda);
                if scans > scans_max {
                    return Err(DecodeError::TooManyScans { limit: scans_max });
                }
            }
        }
    }
}

/// The next marker code, past entropy-coded data (in which 0xff is followed by 0) and fill bytes.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    loop {
        let at = rest.iter().position(|&byte| byte == 0xff)?;
        *rest = &rest[at + 1..];
        match *rest.first()? {
            // Fill byte: the marker may start there.
            0xff => {}
            0 => *rest = &rest[1..],
            code => {
                *rest = &rest[1..];
                return Some(code);
            }
        }
    }
}
