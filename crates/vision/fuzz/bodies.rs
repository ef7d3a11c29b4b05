//! What a fuzz target does with its bytes.

use vision::{Limits, Picture};

/// Any bytes are a picture within the limits or a refusal; a picture that was taken survives a
/// file of our own.
pub fn picture(bytes: &[u8]) {
    let limits = Limits {
        pixels: 1 << 20,
        decoder_bytes: 16 << 20,
        ..Limits::default()
    };
    let Ok(picture) = Picture::decode(bytes, &limits) else {
        return;
    };
    let area = u64::from(picture.width()) * u64::from(picture.height());
    assert!(area <= limits.pixels);
    assert_eq!(picture.rgb().len() as u64, 3 * area);
    let again = picture.to_png().expect("a picture can be written");
    assert!(Picture::decode(&again, &limits).is_ok_and(|one| one == picture));
}
