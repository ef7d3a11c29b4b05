use std::io::Cursor;
use std::time::Instant;

use image::{DynamicImage, ImageFormat};

use super::*;

/// A gradient with a bright upper left corner, so that turning shows.
fn scene(width: u32, height: u32) -> image::RgbImage {
    image::RgbImage::from_fn(width, height, |x, y| {
        if x < width / 4 && y < height / 4 {
            image::Rgb([250, 250, 250])
        } else {
            image::Rgb([(x * 90 / width) as u8, (y * 90 / height) as u8, 30])
        }
    })
}

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decode(bytes: &[u8]) -> Result<Picture, DecodeError> {
    Picture::decode(bytes, &Limits::default())
}

/// Which quarter is bright: (right, lower).
fn bright(picture: &Picture) -> (bool, bool) {
    let at = |right: bool, lower: bool| {
        let x = if right { picture.width() - 3 } else { 2 };
        let y = if lower { picture.height() - 3 } else { 2 };
        u32::from(picture.rgb()[3 * (y * picture.width() + x) as usize + 2])
    };
    let corners = [(false, false), (true, false), (false, true), (true, true)];
    corners
        .into_iter()
        .max_by_key(|&(right, lower)| at(right, lower))
        .unwrap()
}

/// A JPEG file with an EXIF segment that says only the orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif = [
        &b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
        &[orientation, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let len = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &len, &exif, &jpeg[2..]].concat()
}

#[test]
fn every_format_and_depth_gives_the_same_picture() {
    let rgb = DynamicImage::from(scene(64, 48));
    for (name, picture, format, tolerance) in [
        ("png", rgb.clone(), ImageFormat::Png, 0),
        ("png 16 bit", rgb.to_rgb16().into(), ImageFormat::Png, 0),
        ("png alpha", rgb.to_rgba8().into(), ImageFormat::Png, 0),
        (
            "png alpha 16 bit",
            rgb.to_rgba16().into(),
            ImageFormat::Png,
            0,
        ),
        ("tiff", rgb.clone(), ImageFormat::Tiff, 0),
        ("tiff 16 bit", rgb.to_rgb16().into(), ImageFormat::Tiff, 0),
        ("webp", rgb.clone(), ImageFormat::WebP, 0),
        ("jpeg", rgb.clone(), ImageFormat::Jpeg, 40),
    ] {
        let decoded = decode(&file(&picture, format)).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (64, 48), "{name}");
        let worst = decoded
            .rgb()
            .iter()
            .zip(rgb.to_rgb8().as_raw())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst <= Some(tolerance), "{name}: {worst:?}");
    }
    let grey = DynamicImage::from(rgb.to_luma16());
    let decoded = decode(&file(&grey, ImageFormat::Png)).unwrap();
    assert!(
        decoded
            .rgb()
            .chunks_exact(3)
            .all(|p| p[0] == p[1] && p[1] == p[2])
    );
}

#[test]
fn pictures_are_turned_upright() {
    let jpeg = file(&scene(64, 48).into(), ImageFormat::Jpeg);
    for (orientation, size, corner) in [
        (1, (64, 48), (false, false)),
        (2, (64, 48), (true, false)),
        (3, (64, 48), (true, true)),
        (4, (64, 48), (false, true)),
        (5, (48, 64), (false, false)),
        (6, (48, 64), (true, false)),
        (7, (48, 64), (true, true)),
        (8, (48, 64), (false, true)),
        (77, (64, 48), (false, false)),
    ] {
        let picture = decode(&with_orientation(&jpeg, orientation)).unwrap();
        assert_eq!((picture.width(), picture.height()), size, "{orientation}");
        assert_eq!(bright(&picture), corner, "{orientation}");
    }
}

/// A PNG file that claims a size and holds next to nothing.
fn png_claiming(width: u32, height: u32, chunk: Option<(&[u8; 4], Vec<u8>)>) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunks = vec![(*b"IHDR", header)];
    chunks.extend(chunk.map(|(kind, content)| (*kind, content)));
    chunks.push((*b"IDAT", vec![0x78, 0x9c, 3, 0, 0, 0, 0, 1]));
    chunks.push((*b"IEND", Vec::new()));
    for (kind, content) in chunks {
        out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        let body = [&kind[..], &content].concat();
        let crc = crc32(&body);
        out.extend(body);
        out.extend(crc.to_be_bytes());
    }
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

fn many_scans() -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    for _ in 0..200 {
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12]);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn animated_webp() -> Vec<u8> {
    let still = file(&scene(64, 48).into(), ImageFormat::WebP);
    let mut frame = vec![0, 0, 0, 0, 0, 0, 63, 0, 0, 47, 0, 0, 100, 0, 0, 0];
    frame.extend(&still[12..]);
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut chunks = b"VP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x2f\0\0".to_vec();
    chunks.extend(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    for _ in 0..2 {
        chunks.extend(b"ANMF");
        chunks.extend(len(&frame));
        chunks.extend(&frame);
    }
    let body = [&b"WEBP"[..], &chunks].concat();
    [&b"RIFF"[..], &len(&body), &body].concat()
}

#[test]
fn what_is_no_still_picture_within_the_limits_is_refused_at_once() {
    let jpeg = file(&scene(64, 48).into(), ImageFormat::Jpeg);
    let png = file(&scene(64, 48).into(), ImageFormat::Png);
    let apng = png_claiming(64, 48, Some((b"acTL", vec![0, 0, 0, 2, 0, 0, 0, 0])));
    let tiny = file(&scene(64, 4).into(), ImageFormat::Png);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "Format"),
        ("text", b"GET / HTTP/1.1\r\n\r\n".to_vec(), "Format"),
        ("bitmap", [&b"BM"[..], &[0; 60]].concat(), "Format"),
        ("gif", b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), "Animated"),
        ("apng", apng, "Animated"),
        ("animated webp", animated_webp(), "Animated"),
        ("huge", png_claiming(60_000, 60_000, None), "TooManyPixels"),
        (
            "wide",
            png_claiming(u32::MAX >> 1, 16, None),
            "TooManyPixels Memory",
        ),
        (
            "bomb",
            png_claiming(5_000, 5_000, None),
            "Truncated Content",
        ),
        ("low", tiny, "TooSmall"),
        ("half a jpeg", jpeg[..jpeg.len() / 2].to_vec(), "Truncated"),
        ("jpeg head", jpeg[..2].to_vec(), "Format Truncated"),
        (
            "half a png",
            png[..png.len() / 2].to_vec(),
            "Truncated Content",
        ),
        ("scans", many_scans(), "TooManyScans"),
        (
            "long",
            vec![0; Limits::default().file_len + 1],
            "FileTooLong",
        ),
        (
            "zeros after the head",
            [&jpeg[..4], &[0; 400]].concat(),
            "Truncated",
        ),
    ];
    for (name, bytes, expected) in cases {
        let start = Instant::now();
        let error = decode(&bytes).expect_err(name);
        let took = start.elapsed();
        let said = format!("{error:?}");
        assert!(
            expected.split(' ').any(|kind| said.starts_with(kind)),
            "{name}: {said}"
        );
        assert!(!error.to_string().is_empty());
        assert!(took.as_millis() < 2_000, "{name}: {took:?}");
    }
}

#[test]
fn every_cut_of_a_file_is_a_picture_or_a_refusal() {
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::Tiff,
        ImageFormat::WebP,
    ] {
        let whole = file(&scene(40, 32).into(), format);
        assert!(decode(&whole).is_ok());
        for len in 0..whole.len() {
            if let Ok(picture) = decode(&whole[..len]) {
                assert_eq!((picture.width(), picture.height()), (40, 32));
                // Only what follows the pixels may be missing.
                assert!(
                    format != ImageFormat::Jpeg,
                    "{len} of {} bytes",
                    whole.len()
                );
            }
        }
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x55;
            let _either_is_fine = decode(&broken);
        }
    }
}

#[test]
fn turning_and_resizing_keep_the_picture() {
    let picture = decode(&file(&scene(64, 48).into(), ImageFormat::Png)).unwrap();
    assert_eq!(bright(&picture.turned_left()), (false, true));
    let four = (0..4).fold(picture.clone(), |one, _| one.turned_left());
    assert_eq!(four, picture);
    let small = picture.resized(16, 12);
    assert_eq!(
        (small.width(), small.height(), bright(&small)),
        (16, 12, (false, false))
    );
    let framed = picture.framed(8);
    assert_eq!((framed.width(), framed.height()), (80, 64));
    let at = |one: &Picture, x: u32, y: u32| one.rgb()[3 * (y * one.width() + x) as usize];
    assert_eq!(at(&framed, 8 + 20, 8 + 30), at(&picture, 20, 30));
    assert_eq!(at(&framed, 0, 0), at(&picture, 0, 0));
    assert_eq!(at(&framed, 79, 63), at(&picture, 63, 47));
    assert!(Picture::from_rgb(0, 5, Vec::new()).is_none());
    assert!(Picture::from_rgb(2, 2, vec![0; 11]).is_none());
}
