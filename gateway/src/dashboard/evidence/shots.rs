//! Pictures that a passage's readings name → what is shown of each: the picture itself, boxes apart
//! from it, crops of what was read, and the number on the pass that comes nearest. Decides nothing.

use domain::digest::Digest;
use domain::event::DecisionRecord;
use domain::reading::PictureRef;

use super::align::{Piece, align, plain};
use super::figures::{Moment, percent, px};
use super::kept::{self, Shelf};
use super::notes::{self, Noted, NumberKind, PictureNote};
use super::tone::Tone;
use super::words::Words;

/// Most pictures of a passage, the latest decision's first.
const SHOTS_MAX: usize = 12;
/// Room around what was read, as a share of its box.
const MARGIN: f64 = 0.2;

/// One picture.
#[derive(Debug)]
pub(super) struct Shot {
    /// Address; `None` if it cannot be shown.
    pub(super) address: Option<String>,
    /// For those who do not see it.
    pub(super) alt: String,
    /// Camera.
    pub(super) camera: String,
    /// Decision whose readings name it.
    pub(super) attempt: u16,
    /// When the file was written.
    pub(super) kept_at: Option<Moment>,
    /// Whether the file is the one that was captured.
    pub(super) tone: Tone,
    /// Hash of the file.
    pub(super) sha256: String,
    /// Its first digits.
    pub(super) short: String,
    /// Width and height in pixels and the boxes on it; `None` without a note.
    pub(super) overlay: Option<Overlay>,
    /// What was read, one by one.
    pub(super) crops: Vec<Crop>,
}

/// Boxes, in pixels of the picture.
#[derive(Debug)]
pub(super) struct Overlay {
    pub(super) width: String,
    pub(super) height: String,
    pub(super) font: String,
    pub(super) boxes: Vec<BoxMark>,
}

/// One box.
#[derive(Debug)]
pub(super) struct BoxMark {
    pub(super) points: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) tone: Tone,
    pub(super) label: String,
}

/// One reading, enlarged.
#[derive(Debug)]
pub(super) struct Crop {
    /// Part of the picture, for an SVG view box.
    pub(super) part: String,
    /// Plate or container.
    pub(super) kind: &'static str,
    /// As read.
    pub(super) read: Vec<Piece>,
    /// What the pass has that comes nearest; empty if nothing does.
    pub(super) on_pass: Vec<Piece>,
    /// Characters that differ.
    pub(super) differing: usize,
    /// Surely read or not.
    pub(super) tone: Tone,
    /// How surely.
    pub(super) confidence: String,
    /// What else it could be.
    pub(super) others: String,
}

/// The pictures of all decisions, each once, the latest first.
pub(super) fn shots(
    latest_first: &[&DecisionRecord],
    shelf: &mut Shelf<'_>,
    w: &'static Words,
) -> Vec<Shot> {
    let mut seen: Vec<Digest> = Vec::new();
    let mut shots = Vec::new();
    for record in latest_first {
        for picture in references(record) {
            if shots.len() < SHOTS_MAX && !seen.contains(&picture.sha256) {
                seen.push(picture.sha256);
                shots.push(shot(record, picture, shelf, w));
            }
        }
    }
    shots
}

fn references(record: &DecisionRecord) -> impl Iterator<Item = &PictureRef> {
    let evidence = &record.evidence;
    let plates = evidence
        .plates
        .iter()
        .filter_map(|one| one.picture.as_ref());
    let boxes = evidence
        .containers
        .iter()
        .filter_map(|one| one.picture.as_ref());
    plates.chain(boxes)
}

fn shot(
    record: &DecisionRecord,
    picture: &PictureRef,
    shelf: &mut Shelf<'_>,
    w: &'static Words,
) -> Shot {
    let kept = shelf.look(picture.sha256);
    let note = kept.file().and_then(notes::of_picture);
    let camera = picture.camera.to_string();
    let readings = note.iter().flat_map(|note| &note.readings);
    let alt = readings.fold(format!("{} {camera}", w.camera), |alt, one| {
        format!("{alt}, {} {}", w.read_as, one.text)
    });
    let crops = note.iter().flat_map(|note| {
        let readings = note.readings.iter();
        readings.map(|reading| crop(record, note, reading, w))
    });
    Shot {
        address: kept.address(picture.sha256),
        alt,
        camera,
        attempt: record.attempt,
        kept_at: kept.written_at().map(Moment::of),
        tone: kept.tone(w),
        sha256: picture.sha256.to_string(),
        short: kept::short(picture.sha256),
        crops: crops.collect(),
        overlay: note.as_ref().map(|note| overlay(note, w)),
    }
}

fn sureness(reading: &Noted, w: &Words) -> Tone {
    if reading.is_accepted {
        Tone::good(w.sure)
    } else {
        Tone::doubtful(w.unsure)
    }
}

fn overlay(note: &PictureNote, w: &Words) -> Overlay {
    let font = (note.width / 40.0).max(10.0);
    let boxes = note.readings.iter().map(|reading| {
        let (left, top, _, bottom) = bounds(reading);
        // Above the box, or below it at the upper edge.
        let y = if top > 1.5 * font {
            top - 0.4 * font
        } else {
            bottom + 1.1 * font
        };
        let points = reading
            .corners
            .iter()
            .map(|(x, y)| format!("{},{}", px(*x), px(*y)));
        let tone = sureness(reading, w);
        BoxMark {
            points: points.collect::<Vec<_>>().join(" "),
            x: px(left),
            y: px(y),
            label: format!("{} {}", tone.symbol, reading.text),
            tone,
        }
    });
    Overlay {
        width: format!("{:.0}", note.width),
        height: format!("{:.0}", note.height),
        font: px(font),
        boxes: boxes.collect(),
    }
}

/// Left, top, right, bottom of the upright box around a reading.
fn bounds(reading: &Noted) -> (f64, f64, f64, f64) {
    let corners = reading.corners;
    let start = (corners[0].0, corners[0].1, corners[0].0, corners[0].1);
    corners
        .iter()
        .fold(start, |(left, top, right, bottom), (x, y)| {
            (left.min(*x), top.min(*y), right.max(*x), bottom.max(*y))
        })
}

fn crop(record: &DecisionRecord, note: &PictureNote, reading: &Noted, w: &'static Words) -> Crop {
    let (left, top, right, bottom) = bounds(reading);
    let margin = MARGIN * (bottom - top).max(8.0);
    let (left, top) = ((left - margin).max(0.0), (top - margin).max(0.0));
    let (right, bottom) = (
        (right + margin).min(note.width),
        (bottom + margin).min(note.height),
    );
    let nearest = on_pass(record, reading.kind)
        .into_iter()
        .map(|expected| align(expected, &reading.text))
        .min_by_key(|aligned| aligned.differing)
        .filter(|aligned| 2 * aligned.differing <= reading.text.chars().count());
    let (on_pass, read, differing) = match nearest {
        Some(aligned) => (aligned.left, aligned.right, aligned.differing),
        None => (Vec::new(), plain(&reading.text), 0),
    };
    Crop {
        part: format!(
            "{} {} {} {}",
            px(left),
            px(top),
            px((right - left).max(1.0)),
            px((bottom - top).max(1.0))
        ),
        kind: match reading.kind {
            NumberKind::Container => w.container,
            NumberKind::Plate => w.plate,
        },
        read,
        on_pass,
        differing,
        tone: sureness(reading, w),
        confidence: percent(reading.confidence_permille),
        others: reading.others.join(", "),
    }
}

/// The numbers of one kind that the pass names, and the second plate of its vehicle.
fn on_pass(record: &DecisionRecord, kind: NumberKind) -> Vec<&str> {
    let facts = &record.facts;
    let Some(pass) = facts.found_pass() else {
        return Vec::new();
    };
    match kind {
        NumberKind::Container => pass
            .containers
            .iter()
            .map(|one| one.number.as_str())
            .collect(),
        NumberKind::Plate => {
            let own = facts
                .vehicle
                .as_ref()
                .filter(|record| record.plate == pass.vehicle);
            let second = own.and_then(|record| record.second_plate.as_ref());
            let plates = std::iter::once(&pass.vehicle)
                .chain(second)
                .chain(&pass.trailer);
            plates.map(domain::plate::Plate::as_str).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record_of;
    use super::*;
    use crate::eyes::album::Album;
    use decision::fixture;
    use domain::id::DeviceId;
    use domain::reason::Language;
    use domain::time::Timestamp;
    use serde_json::json;

    #[test]
    fn a_picture_is_shown_with_its_boxes_apart_and_the_nearest_of_the_pass() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let kept = album
            .keep(&[0xFF, 0xD8, 0xFF], Timestamp::from_seconds(0))
            .unwrap();
        let region = json!([
            [100.0, 100.0],
            [300.0, 100.0],
            [300.0, 150.0],
            [100.0, 150.0]
        ]);
        let note = json!({"width": 800, "height": 600, "containers": [], "plates": [
            {"plate": "粤B12845", "confidence": 0.97, "accepted": true, "region": region},
            {"plate": "XY99", "confidence": 0.2, "accepted": false, "region": region},
        ]});
        kept.note(&note).unwrap();
        let mut passage = fixture::clean();
        let reference = PictureRef {
            sha256: kept.sha256,
            camera: DeviceId::parse("camera1").unwrap(),
        };
        passage.evidence.plates[0].picture = Some(reference.clone());
        passage.evidence.plates[1].picture = Some(reference);
        let record = record_of(&passage);
        let mut shelf = Shelf::new(folder.path());
        let shots = shots(&[&record, &record], &mut shelf, Words::of(Language::En));
        assert_eq!(shots.len(), 1, "each picture once");
        let shot = &shots[0];
        assert_eq!(shot.address, Some(format!("/pictures/{}", kept.sha256)));
        assert_eq!(shot.tone.word, "hash agrees");
        assert_eq!(shot.alt, "Camera camera1, read as 粤B12845, read as XY99");
        let overlay = shot.overlay.as_ref().unwrap();
        assert_eq!((overlay.width.as_str(), overlay.boxes.len()), ("800", 2));
        assert_eq!(overlay.boxes[0].label, "✓ 粤B12845");
        let crop = &shot.crops[0];
        assert_eq!(crop.part, "90.0 90.0 220.0 70.0");
        assert_eq!(crop.differing, 1);
        assert!(
            crop.on_pass
                .iter()
                .any(|piece| piece.differs && piece.text == "3")
        );
        assert!(shot.crops[1].on_pass.is_empty());
    }

    #[test]
    fn a_picture_that_is_gone_is_named_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let mut passage = fixture::clean();
        passage.evidence.containers[0].picture = Some(PictureRef {
            sha256: Digest([9; 32]),
            camera: DeviceId::parse("camera2").unwrap(),
        });
        let record = record_of(&passage);
        let mut shelf = Shelf::new(folder.path());
        let shots = shots(&[&record], &mut shelf, Words::of(Language::Zh));
        assert_eq!((shots[0].address.as_ref(), shots[0].crops.len()), (None, 0));
        assert_eq!(shots[0].tone.word, "本卡口未保存该文件");
    }
}
