//! Scans of a decision → what the viewer is given: address of the image, its heat map, marked
//! places, and what officer or software says of it. The image itself is never drawn upon.

use std::path::Path;

use domain::container::ContainerNumber;
use domain::decision::Outcome;
use domain::reading::{ScanJudge, ScanMeasures, ScanReading, ScanVerdict};
use vision::scan::AnomalyKind;

use super::figures::{Moment, kg, percent};
use super::kept::{self, Shelf};
use super::notes::{self, Place};
use super::picture;
use super::terms;
use super::tone::Tone;
use super::words::Words;

/// Most scans that are shown, the latest first.
const SCANS_MAX: usize = 6;
/// Chapters that a load looks like.
const CHAPTERS_MAX: usize = 3;

/// One scan.
#[derive(Debug)]
pub(super) struct Scan {
    /// Address; `None` if it cannot be shown.
    pub(super) address: Option<String>,
    /// Address of the heat map; empty if there is none.
    pub(super) heat_map: String,
    /// Bounds of the marked places as JSON: numbers alone.
    pub(super) marks: String,
    /// Container, or that it is the whole vehicle.
    pub(super) of: String,
    /// Result.
    pub(super) verdict: Tone,
    /// Who gave it.
    pub(super) judge: String,
    /// When it was captured.
    pub(super) captured_at: Moment,
    /// Whether the file is the one that was captured.
    pub(super) file: Tone,
    /// Whether the image judged is the image captured.
    pub(super) judged: Tone,
    /// Hash as captured.
    pub(super) sha256: String,
    /// Its first digits.
    pub(super) short: String,
    /// What is told of it, by name.
    pub(super) lines: Vec<Line>,
    /// Marked places.
    pub(super) places: Vec<PlaceRow>,
}

/// A name and what belongs to it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) value: String,
}

/// A marked place in words.
#[derive(Debug)]
pub(super) struct PlaceRow {
    pub(super) number: usize,
    pub(super) kind: String,
    pub(super) score: String,
    pub(super) contrast: String,
}

/// The scans of a decision, the latest first.
pub(super) fn scans(scans: &[ScanReading], shelf: &mut Shelf<'_>, w: &'static Words) -> Vec<Scan> {
    let latest = scans.iter().rev().take(SCANS_MAX);
    latest.map(|scan| shown(scan, shelf, w)).collect()
}

fn shown(scan: &ScanReading, shelf: &mut Shelf<'_>, w: &'static Words) -> Scan {
    let sha256 = scan.captured_sha256;
    let kept = shelf.look(sha256);
    let note = kept.file().map(notes::of_scan).unwrap_or_default();
    let has_map = |file: &Path| picture::map_beside(file).is_file();
    let heat_map = match kept.file() {
        Some(file) if has_map(file) => format!("/pictures/{sha256}/map"),
        Some(_) | None => String::new(),
    };
    let bounds: Vec<[f64; 4]> = note.places.iter().map(|place| place.bounds).collect();
    let is_same = scan.judged_sha256 == sha256;
    let of = scan.container.as_ref().map(ContainerNumber::as_str);
    Scan {
        address: kept.address(sha256),
        heat_map,
        marks: serde_json::json!(bounds).to_string(),
        of: of.unwrap_or(w.whole_vehicle).to_owned(),
        verdict: verdict(scan.verdict, w),
        judge: match &scan.judge {
            ScanJudge::Officer(user) => format!("{} {user}", w.officer),
            ScanJudge::Machine => w.machine.to_owned(),
        },
        captured_at: Moment::of(scan.captured_at),
        file: kept.tone(w),
        judged: match (scan.verdict, is_same) {
            (pending @ ScanVerdict::Pending, _) => {
                Tone::plain(wording::scan_verdict(pending, w.language()))
            }
            (ScanVerdict::NoFinding | ScanVerdict::Finding, true) => Tone::good(w.same_image),
            (ScanVerdict::NoFinding | ScanVerdict::Finding, false) => Tone::bad(w.other_image),
        },
        sha256: sha256.to_string(),
        short: kept::short(sha256),
        lines: lines(scan, &note.issues, w),
        places: places(&note.places, w),
    }
}

fn verdict(verdict: ScanVerdict, w: &Words) -> Tone {
    let outcome = match verdict {
        ScanVerdict::NoFinding => Outcome::Pass,
        ScanVerdict::Pending => Outcome::Review,
        ScanVerdict::Finding => Outcome::Detain,
    };
    Tone {
        word: wording::scan_verdict(verdict, w.language()),
        ..Tone::outcome(outcome, w)
    }
}

fn lines(scan: &ScanReading, issues: &[String], w: &'static Words) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = |name: &'static str, value: String| lines.push(Line { name, value });
    if let Some(plate) = &scan.plate {
        line(w.joined_plate, plate.to_string());
    }
    let load = match scan.loaded {
        Some(true) => w.loaded,
        Some(false) => w.empty,
        None => w.load_unknown,
    };
    line(w.load, load.to_owned());
    if let Some(measures) = &scan.measured {
        measured(measures, &mut line, w);
    }
    for name in issues {
        let words = terms::issue(name, w.language()).unwrap_or(name);
        line(w.issues, words.to_owned());
    }
    lines
}

fn measured(
    measures: &ScanMeasures,
    line: &mut impl FnMut(&'static str, String),
    w: &'static Words,
) {
    let mass = kg(measures.cargo);
    let mass = if measures.cargo_is_least {
        format!("{} {mass}", w.at_least)
    } else {
        mass
    };
    line(w.scan_mass, mass);
    line(w.fill, percent(measures.fill_permille));
    if let Some(class) = measures.density {
        line(w.density, terms::density(class, w.language()).to_owned());
    }
    for like in measures.likeness.iter().take(CHAPTERS_MAX) {
        let value = format!("{} ({})", like.chapter, percent(like.permille));
        line(w.likeness, value);
    }
}

fn places(places: &[Place], w: &'static Words) -> Vec<PlaceRow> {
    let rows = places.iter().enumerate().map(|(index, place)| PlaceRow {
        number: index + 1,
        kind: kind(&place.kind, w),
        score: format!("{:.2}", place.score),
        contrast: format!("{:+.1} g/cm²", place.contrast_g_cm2),
    });
    rows.collect()
}

/// The kind of a place in words; a name that is not known here as it stands.
fn kind(name: &str, w: &'static Words) -> String {
    let known = [
        (AnomalyKind::SmallLoad, w.small_load),
        (AnomalyKind::Object, w.hidden_object),
    ];
    let word = known.iter().find(|(kind, _)| kind.name() == name);
    word.map_or(name, |(_, word)| word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eyes::album::Album;
    use decision::fixture;
    use domain::digest::Digest;
    use domain::mass::Mass;
    use domain::reading::{ChapterLikeness, DensityClass};
    use domain::reason::Language;
    use domain::time::Timestamp;
    use serde_json::json;

    #[test]
    fn a_scan_is_given_with_its_map_and_marked_places() {
        let folder = tempfile::tempdir().unwrap();
        let mut album = Album::open(folder.path().into(), 1 << 20).unwrap();
        let kept = album
            .keep(b"\x89PNG\r\n\x1A\n", Timestamp::from_seconds(0))
            .unwrap();
        let region = json!([[4.0, 1.0], [6.0, 1.0], [6.0, 3.0], [4.0, 3.0]]);
        let place = json!({"kind": AnomalyKind::Object.name(), "score": 0.91, "contrast_g_cm2": 4.0, "region": region});
        kept.note(&json!({"issues": ["OneBeam", "New"], "anomalies": [place]}))
            .unwrap();
        let mut scan = fixture::clean().evidence.scans.remove(0);
        (scan.captured_sha256, scan.judged_sha256) = (kept.sha256, Digest([1; 32]));
        scan.measured = Some(ScanMeasures {
            cargo: Mass::from_kg(20_100),
            cargo_is_least: true,
            fill_permille: 430,
            density: Some(DensityClass::Mineral),
            likeness: vec![ChapterLikeness {
                chapter: 69,
                permille: 812,
            }],
        });
        let shown = |w| {
            scans(
                std::slice::from_ref(&scan),
                &mut Shelf::new(folder.path()),
                w,
            )
        };
        let first = &shown(Words::of(Language::Zh))[0];
        assert_eq!(
            (first.heat_map.as_str(), first.marks.as_str()),
            ("", "[[4.0,1.0,6.0,3.0]]")
        );
        assert_eq!(first.places[0].kind, "与周围货物不同的物体");
        assert_eq!(first.judged.word, "审图所用图像与采集的不同");
        kept.beside("map.png", b"\x89PNG\r\n\x1A\n").unwrap();
        let first = &shown(Words::of(Language::En))[0];
        assert_eq!(first.heat_map, format!("/pictures/{}/map", kept.sha256));
        let told: Vec<&str> = first.lines.iter().map(|line| line.value.as_str()).collect();
        assert_eq!(
            told,
            [
                "粤B12345",
                "loaded",
                "at least 20,100 kg",
                "43.0 %",
                "mineral, aluminium or mixed goods",
                "69 (81.2 %)",
                "one beam only: materials are not told apart",
                "New",
            ]
        );
    }

    #[test]
    fn a_scan_that_waits_or_is_gone_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut scan = fixture::clean().evidence.scans.remove(0);
        (scan.verdict, scan.judge) = (ScanVerdict::Pending, ScanJudge::Machine);
        scan.container = None;
        let w = Words::of(Language::En);
        let shown = scans(&[scan], &mut Shelf::new(folder.path()), w);
        let told = (
            shown[0].verdict.word,
            shown[0].judge.as_str(),
            shown[0].of.as_str(),
        );
        assert_eq!(told, ("not judged yet", "software", "whole vehicle"));
        assert_eq!(
            (shown[0].address.as_ref(), shown[0].file.word),
            (None, w.gone)
        );
    }
}
