//! Bad files, and good ones that no scanner should have written.

use image::{ExtendedColorType, ImageEncoder as _};

use super::calibration::tests::flat;
use super::*;
use crate::Limits;

fn geometry() -> ScanGeometry {
    ScanGeometry {
        pixel_mm: 25.0,
        air: [60_000; 2],
        dark: [0; 2],
        energies_mv: [6.0, 3.5],
        container_length_mm: Some(6_058),
        penetrated_min: 0.003,
        scatter: 0.0,
        calibration: flat(),
    }
}

fn png(width: u32, height: u32, bytes: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    image::codecs::png::PngEncoder::new(&mut file)
        .write_image(bytes, width, height, kind)
        .unwrap();
    file
}

fn tiff(width: u32, height: u32, bytes: &[u8], kind: ExtendedColorType) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::codecs::tiff::TiffEncoder::new(&mut file)
        .write_image(bytes, width, height, kind)
        .unwrap();
    file.into_inner()
}

/// A PNG of `depth` bits whose header claims a size, with nothing behind it.
fn header(width: u32, height: u32, depth: u8) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], bytes: &[u8]| {
        let body: Vec<u8> = kind.iter().chain(bytes).copied().collect();
        file.extend((bytes.len() as u32).to_be_bytes());
        file.extend(&body);
        file.extend(crc(&body).to_be_bytes());
    };
    let mut start = Vec::new();
    start.extend(width.to_be_bytes());
    start.extend(height.to_be_bytes());
    start.extend([depth, 0, 0, 0, 0]);
    chunk(b"IHDR", &start);
    chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
    chunk(b"IEND", &[]);
    file
}

/// CRC-32 as PNG has it (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[test]
fn every_file_is_read_rightly_or_refused() {
    use ExtendedColorType::{L8, L16, Rgb8, Rgba8};
    let limits = Limits {
        pixels: 1 << 20,
        file_len: 1 << 20,
        ..Limits::of_scans()
    };
    let grey: Vec<u8> = (0..64 * 64).map(|at| (at % 251) as u8).collect();
    let deep: Vec<u8> = (0..64 * 64_u32)
        .flat_map(|at| ((at * 13 % 60_000) as u16).to_ne_bytes())
        .collect();
    let good = png(64, 64, &deep, L16);
    let cases: [(&str, Vec<u8>, Option<f32>); 16] = [
        ("16-bit PNG", good.clone(), Some(13.0 / 60_000.0)),
        (
            "16-bit TIFF",
            tiff(64, 64, &deep, L16),
            Some(13.0 / 60_000.0),
        ),
        ("8-bit PNG", png(64, 64, &grey, L8), Some(257.0 / 60_000.0)),
        (
            "8-bit TIFF",
            tiff(64, 64, &grey, L8),
            Some(257.0 / 60_000.0),
        ),
        ("colour", png(32, 32, &[9; 32 * 32 * 3], Rgb8), None),
        ("transparency", png(32, 32, &[9; 32 * 32 * 4], Rgba8), None),
        ("colour TIFF", tiff(32, 32, &[9; 32 * 32 * 3], Rgb8), None),
        ("one bit", header(64, 64, 1), None),
        ("four bits", header(64, 64, 4), None),
        ("huge", header(200_000, 200_000, 16), None),
        ("widest", header(u32::MAX >> 1, 1, 16), None),
        ("claims more than it has", header(640, 480, 16), None),
        ("tiny", png(8, 8, &[9; 64], L8), None),
        ("cut short", good[..good.len() / 2].to_vec(), None),
        ("nothing", Vec::new(), None),
        ("too long", vec![0; (1 << 20) + 1], None),
    ];
    for (name, file, second) in cases {
        let read = ScanImage::decode(&file, None, geometry(), &limits);
        match (read, second) {
            (Ok(scan), Some(second)) => {
                assert!((scan.high.values[1] - second).abs() < 1e-6, "{name}");
            }
            (Err(_), None) => {}
            (read, _) => panic!("{name}: {read:?}"),
        }
    }
}

#[test]
fn every_beginning_of_a_file_is_refused_and_every_changed_byte_is_survived() {
    let limits = Limits {
        pixels: 1 << 16,
        ..Limits::of_scans()
    };
    let samples: Vec<u16> = (0..40 * 40).map(|at| (at * 31) as u16).collect();
    let bytes: Vec<u8> = samples.iter().flat_map(|v| v.to_ne_bytes()).collect();
    let files = [
        grey16_png(40, 40, &samples).unwrap(),
        tiff(40, 40, &bytes, ExtendedColorType::L16),
    ];
    for file in &files {
        // The last bytes of both formats carry no sample.
        for end in 0..file.len() * 9 / 10 {
            assert!(ScanImage::decode(&file[..end], None, geometry(), &limits).is_err());
        }
        for at in (0..file.len()).step_by(3) {
            let mut changed = file.clone();
            changed[at] ^= 0x55;
            if let Ok(scan) = ScanImage::decode(&changed, None, geometry(), &limits) {
                assert!((scan.width() * scan.height()) as u64 <= limits.pixels);
            }
        }
    }
}

#[test]
fn two_energies_have_to_show_the_same_place() {
    let limits = Limits::of_scans();
    let one = grey16_png(40, 40, &[500; 1_600]).unwrap();
    let other = grey16_png(40, 41, &[500; 1_640]).unwrap();
    let scan = ScanImage::decode(&one, Some(&one), geometry(), &limits).unwrap();
    assert!(scan.dual());
    let error = ScanImage::decode(&one, Some(&other), geometry(), &limits).unwrap_err();
    assert!(matches!(
        error,
        ScanDecodeError::SizesDiffer { low_height: 41, .. }
    ));
    assert!(grey16_png(40, 40, &[1; 3]).is_err());
}

#[test]
fn a_scan_without_a_container_says_so_and_nothing_more() {
    let limits = Limits::of_scans();
    for (sample, issue) in [
        (60_000_u16, QualityIssue::NoContainer),
        (0, QualityIssue::AirNotSeen),
        (u16::MAX, QualityIssue::Saturated { permille: 1_000 }),
    ] {
        let file = grey16_png(300, 120, &vec![sample; 300 * 120]).unwrap();
        let scan = ScanImage::decode(&file, Some(&file), geometry(), &limits).unwrap();
        let findings = Examiner::physics_only().examine(&scan).unwrap();
        assert!(findings.quality.issues.contains(&issue), "{findings:?}");
        assert!(!findings.quality.usable());
        assert_eq!((findings.loaded, findings.mass_kg), (None, 0));
        let picture = findings.annotated(&scan);
        assert!(picture.width() >= 1_024);
    }
}
