//! What software wrote beside a kept picture or scan (JSON) → places and readings, within limits.
//! A note bears no hash of its own: it is shown beside the evidence and is none.

use std::path::Path;

use serde_json::Value;

use super::picture::bounded;

/// Longest note, bytes.
const NOTE_BYTES_MAX: u64 = 512 * 1_024;
/// Most readings or places taken from a note.
const PLACES_MAX: usize = 24;
/// Longest text taken from a note, characters.
const CHARS_MAX: usize = 40;
/// Largest edge of a picture, pixels.
const EDGE_MAX: f64 = 65_536.0;

/// What is read in a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PictureNote {
    /// Width of the upright picture, pixels.
    pub(super) width: f64,
    /// Height.
    pub(super) height: f64,
    /// Readings with their places.
    pub(super) readings: Vec<Noted>,
}

/// Which kind of number was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    /// A container number.
    Container,
    /// A plate.
    Plate,
}

/// A reading and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Noted {
    /// What was searched for.
    pub(super) kind: NumberKind,
    /// As read.
    pub(super) text: String,
    /// Thousandths.
    pub(super) confidence_permille: u16,
    /// The recogniser stands for it.
    pub(super) is_accepted: bool,
    /// Corners, pixels of the upright picture.
    pub(super) corners: [(f64, f64); 4],
    /// What else it could be.
    pub(super) others: Vec<String>,
}

/// What is found in a scan.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ScanNote {
    /// Places that need a look.
    pub(super) places: Vec<Place>,
    /// Names of what is wrong with the scan itself.
    pub(super) issues: Vec<String>,
}

/// A place in a scan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Name of the kind, as software writes it.
    pub(super) kind: String,
    /// 0 to 1.
    pub(super) score: f64,
    /// Areal density more than around it, g/cm2.
    pub(super) contrast_g_cm2: f64,
    /// Left, top, right, bottom; pixels of the scan.
    pub(super) bounds: [f64; 4],
}

/// The note beside a picture; `None` if there is none that can be used.
pub(super) fn of_picture(file: &Path) -> Option<PictureNote> {
    let note = read(file)?;
    let edge = |name: &str| {
        let edge = note.get(name)?.as_f64()?;
        (1.0..=EDGE_MAX).contains(&edge).then_some(edge)
    };
    let (width, height) = (edge("width")?, edge("height")?);
    let of = |list: &str, kind: NumberKind, name: &str| -> Vec<Noted> {
        let all = note.get(list).and_then(Value::as_array);
        let one = |value: &Value| noted(value, kind, name, (width, height));
        all.into_iter()
            .flatten()
            .take(PLACES_MAX)
            .filter_map(one)
            .collect()
    };
    let mut readings = of("plates", NumberKind::Plate, "plate");
    readings.extend(of("containers", NumberKind::Container, "number"));
    Some(PictureNote {
        width,
        height,
        readings,
    })
}

/// The note beside a scan; empty if there is none that can be used.
pub(super) fn of_scan(file: &Path) -> ScanNote {
    let Some(note) = read(file) else {
        return ScanNote::default();
    };
    let list = |name: &str| {
        note.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let issues = list("issues").take(PLACES_MAX).filter_map(|issue| {
        // A variant's name, and its fields behind it.
        let name = issue.as_str()?.split_whitespace().next()?;
        Some(cut(name))
    });
    ScanNote {
        places: list("anomalies")
            .take(PLACES_MAX)
            .filter_map(place)
            .collect(),
        issues: issues.collect(),
    }
}

fn read(file: &Path) -> Option<Value> {
    let bytes = bounded(&file.with_extension("json"), NOTE_BYTES_MAX).ok()?;
    if bytes.len() as u64 > NOTE_BYTES_MAX {
        return None;
    }
    serde_json::from_slice(&bytes).ok()
}

fn noted(value: &Value, kind: NumberKind, name: &str, size: (f64, f64)) -> Option<Noted> {
    let others = value.get("runners_up").and_then(Value::as_array);
    let others = others.into_iter().flatten().take(2).filter_map(|other| {
        let text = other.get(0)?.as_str()?;
        let share = permille(other.get(1)?.as_f64()?);
        Some(format!("{} {}", cut(text), super::figures::percent(share)))
    });
    Some(Noted {
        kind,
        text: cut(value.get(name)?.as_str()?),
        confidence_permille: permille(value.get("confidence")?.as_f64()?),
        is_accepted: value.get("accepted").and_then(Value::as_bool)?,
        corners: corners(value.get("region")?, size)?,
        others: others.collect(),
    })
}

fn place(value: &Value) -> Option<Place> {
    let corners = corners(value.get("region")?, (EDGE_MAX, EDGE_MAX))?;
    let number = |name: &str| value.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let over = |pick: fn(&(f64, f64)) -> f64, fold: fn(f64, f64) -> f64, from: f64| {
        corners.iter().map(pick).fold(from, fold)
    };
    Some(Place {
        kind: cut(value.get("kind")?.as_str()?),
        score: number("score"),
        contrast_g_cm2: number("contrast_g_cm2"),
        bounds: [
            over(|c| c.0, f64::min, EDGE_MAX),
            over(|c| c.1, f64::min, EDGE_MAX),
            over(|c| c.0, f64::max, 0.0),
            over(|c| c.1, f64::max, 0.0),
        ],
    })
}

/// Four corners, each moved into the picture.
fn corners(region: &Value, (width, height): (f64, f64)) -> Option<[(f64, f64); 4]> {
    let corner = |index: usize| {
        let corner = region.get(index)?;
        let (x, y) = (corner.get(0)?.as_f64()?, corner.get(1)?.as_f64()?);
        Some((x.clamp(0.0, width), y.clamp(0.0, height)))
    };
    Some([corner(0)?, corner(1)?, corner(2)?, corner(3)?])
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 1000"
)]
fn permille(share: f64) -> u16 {
    (share.clamp(0.0, 1.0) * 1_000.0).round() as u16
}

fn cut(text: &str) -> String {
    text.chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    #[test]
    fn readings_are_taken_with_their_place_inside_the_picture() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jpg");
        let region = json!([[-5.0, 10.0], [110.0, 10.0], [110.0, 30.0], [0.0, 30.0]]);
        let note = json!({
            "width": 100, "height": 50,
            "plates": [
                {"plate": "粤B12345", "confidence": 0.975, "accepted": true, "region": region,
                 "runners_up": [["粤B12845", 0.02], ["粤B12346", 0.01], ["粤B1", 0.001]]},
                {"plate": "x", "confidence": 1.0, "accepted": true, "region": [[1.0]]},
            ],
            "containers": [{"number": "A".repeat(90), "confidence": 7.0, "accepted": false, "region": region}],
        });
        fs::write(file.with_extension("json"), note.to_string()).unwrap();
        let note = of_picture(&file).unwrap();
        assert_eq!(note.readings.len(), 2);
        let plate = &note.readings[0];
        assert_eq!(
            (plate.text.as_str(), plate.confidence_permille),
            ("粤B12345", 975)
        );
        assert_eq!(plate.corners[0], (0.0, 10.0));
        assert_eq!(plate.corners[1], (100.0, 10.0));
        assert_eq!(plate.others, ["粤B12845 2.0 %", "粤B12346 1.0 %"]);
        assert_eq!(note.readings[1].text.len(), CHARS_MAX);
        assert_eq!(note.readings[1].confidence_permille, 1_000);
    }

    #[test]
    fn a_note_that_cannot_be_used_is_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        assert_eq!(of_picture(&file), None);
        let long = " ".repeat(NOTE_BYTES_MAX as usize + 1);
        for text in [
            "",
            "[]",
            "{",
            r#"{"width": 0, "height": 9}"#,
            r#"{"width": 1e99}"#,
            &long,
        ] {
            fs::write(file.with_extension("json"), text).unwrap();
            assert_eq!(of_picture(&file), None, "{}", text.len());
            assert_eq!(of_scan(&file), ScanNote::default());
        }
    }

    #[test]
    fn places_of_a_scan_are_taken_with_their_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        let region = json!([[40.0, 10.0], [60.0, 10.0], [60.0, 30.0], [40.0, 30.0]]);
        let one = json!({"kind": "object unlike the cargo", "score": 0.9, "contrast_g_cm2": 4.5, "region": region});
        let note =
            json!({"issues": ["OneBeam", "Saturated { permille: 4 }"], "anomalies": vec![one; 99]});
        fs::write(file.with_extension("json"), note.to_string()).unwrap();
        let note = of_scan(&file);
        assert_eq!(note.issues, ["OneBeam", "Saturated"]);
        assert_eq!(note.places.len(), PLACES_MAX);
        assert_eq!(note.places[0].bounds, [40.0, 10.0, 60.0, 30.0]);
    }
}
