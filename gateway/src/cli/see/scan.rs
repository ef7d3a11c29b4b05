//! A scan's note and files → findings in words, as JSON, and drawn on a copy.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::Value;
use vision::scan::{Examiner, ScanFindings, ScanGeometry, ScanImage};
use vision::{Limits, Runtime};

use super::files::Item;
use crate::eyes::describe::describe_scan;

/// Likenesses below this are not printed.
const SHOWN_MIN: f32 = 0.05;

/// What one scan showed.
pub(super) struct Seen {
    image: ScanImage,
    findings: ScanFindings,
    decode_ms: f64,
    examine_ms: f64,
}

/// Examines the scan that a note names; the files lie beside the note.
pub(super) fn examine(examiner: &mut Examiner, item: &Item) -> anyhow::Result<Seen> {
    let Item::Scan(note, files) = item else {
        anyhow::bail!("{} is no scan", item.path().display());
    };
    let folder = note.parent().unwrap_or(Path::new("."));
    let limits = Limits::of_scans();
    let read = |name: &str| {
        let path = folder.join(name);
        let len = std::fs::metadata(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?
            .len();
        anyhow::ensure!(
            len <= limits.file_len as u64,
            "{} has {len} bytes, at most {} are taken",
            path.display(),
            limits.file_len
        );
        std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let geometry = ScanGeometry::parse(&read(&files.geometry)?)
        .with_context(|| format!("{} cannot be used", files.geometry))?;
    let high = read(&files.high)?;
    let low = files.low.as_deref().map(read).transpose()?;
    let start = Instant::now();
    let image = ScanImage::decode(&high, low.as_deref(), geometry, &limits)?;
    let decode_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let findings = examiner.examine(&image)?;
    Ok(Seen {
        image,
        findings,
        decode_ms,
        examine_ms: start.elapsed().as_secs_f64() * 1e3,
    })
}

pub(super) fn as_text(file: &Path, seen: &Seen) -> String {
    let findings = &seen.findings;
    let mut text = format!(
        "{}: scan of {} x {}, decoded in {:.0} ms, examined in {:.0} ms",
        file.display(),
        seen.image.width(),
        seen.image.height(),
        seen.decode_ms,
        seen.examine_ms
    );
    // Writing to a String cannot fail.
    let mut line = |words: String| {
        let _ = write!(text, "\n  {words}");
    };
    for issue in &findings.quality.issues {
        line(format!("the scan itself: {issue:?}"));
    }
    match findings.loaded {
        None => line("cannot be judged".to_owned()),
        Some(false) => line(format!(
            "empty: at most {:.1} g/cm2 above the walls",
            findings.contrast_g_cm2
        )),
        Some(true) => {
            let least = if findings.mass_is_least {
                "at least "
            } else {
                ""
            };
            line(format!(
                "loaded: {least}{} kg, {:.0} % full, {:.1} % not penetrated",
                findings.mass_kg,
                f64::from(findings.fill_permille) / 10.0,
                f64::from(findings.not_penetrated_permille) / 10.0
            ));
        }
    }
    if let Some(class) = findings.density_class {
        let likely = findings
            .likeness
            .iter()
            .filter(|one| one.share >= SHOWN_MIN);
        let likely: Vec<String> = likely
            .map(|one| format!("HS {} {:.2}", one.chapter, one.share))
            .collect();
        line(format!("{}: {}", class.name(), likely.join(", ")));
    }
    for place in &findings.anomalies {
        let [corner, _, opposite, _] = place.region.corners;
        line(format!(
            "{} at x {:.0} to {:.0}, y {:.0} to {:.0}  score {:.2}",
            place.kind.name(),
            corner.x,
            opposite.x,
            corner.y,
            opposite.y,
            place.score
        ));
    }
    text
}

pub(super) fn as_json(file: &Path, seen: &Seen, runtime: &Runtime) -> Value {
    let engine = runtime.engine().name();
    let mut value = describe_scan(&seen.findings, engine, seen.examine_ms);
    value["file"] = file.display().to_string().into();
    value["decode_ms"] = seen.decode_ms.into();
    value
}

/// The scan with its heat map and frames.
pub(super) fn annotated(seen: &Seen) -> anyhow::Result<Vec<u8>> {
    Ok(seen.findings.annotated(&seen.image).to_png()?)
}
