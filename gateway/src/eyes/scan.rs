//! A scanner's image → what the lane is told of it: loaded or not, and whether software marks a
//! place. A machine's word holds a vehicle or asks for an officer; it never clears one.

use std::time::Instant;

use domain::container::ContainerNumber;
use domain::mass::Mass;
use domain::plate::Plate;
use domain::reading::{
    ChapterLikeness, DensityClass, Observation, Reading, ScanJudge, ScanMeasures, ScanReading,
    ScanVerdict,
};
use domain::time::{Now, Timestamp};
use passage::port::Input;
use serde_json::{Value, json};
use vision::Limits;
use vision::scan::{Examiner, ScanFindings, ScanGeometry, ScanImage};

use super::album::Kept;
use super::describe::describe_scan;
use super::{Shared, Source};

/// A scan as the scanner's computer dropped it.
pub struct Scanned {
    /// Scanner, lane and what has come of its images.
    pub source: Source,
    /// The container; `None` for a whole vehicle.
    pub container: Option<ContainerNumber>,
    /// Plate that the scanner joined to it.
    pub plate: Option<Plate>,
    /// When it was captured.
    pub captured_at: Timestamp,
    /// When its last file was read here.
    pub at: Now,
    /// File of the high beam.
    pub high: Vec<u8>,
    /// File of the low beam.
    pub low: Option<Vec<u8>>,
    /// Geometry and calibration, TOML.
    pub geometry: Vec<u8>,
    /// Where the high beam's file is kept.
    pub kept: Option<Kept>,
}

pub(super) fn examine(shared: &Shared, examiner: &mut Examiner, scanned: &Scanned) {
    let start = Instant::now();
    let image = match decode(scanned) {
        Ok(image) => image,
        Err(cause) => return without_findings(shared, scanned, &cause),
    };
    let findings = match examiner.examine(&image) {
        Ok(findings) => findings,
        Err(error) => return without_findings(shared, scanned, &error.to_string()),
    };
    let took_ms = start.elapsed().as_secs_f64() * 1e3;
    let verdict = if !findings.quality.usable() {
        ScanVerdict::Pending
    } else if findings.anomalies.is_empty() {
        ScanVerdict::NoFinding
    } else {
        ScanVerdict::Finding
    };
    tracing::info!(
        scanner = %scanned.source.device, container = ?scanned.container, ?verdict,
        loaded = ?findings.loaded, mass_kg = findings.mass_kg, took_ms, "scan examined"
    );
    keep_findings(shared, scanned, &image, &findings, took_ms);
    tell(shared, scanned, verdict, Some(&findings));
}

fn decode(scanned: &Scanned) -> Result<ScanImage, String> {
    let geometry = ScanGeometry::parse(&scanned.geometry).map_err(in_full)?;
    ScanImage::decode(
        &scanned.high,
        scanned.low.as_deref(),
        geometry,
        &Limits::of_scans(),
    )
    .map_err(in_full)
}

fn in_full(error: impl std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The image is there and says nothing: that is known, and an officer has to look.
fn without_findings(shared: &Shared, scanned: &Scanned, cause: &str) {
    shared.unread(&scanned.source, &format!("scan not examined: {cause}"));
    tell(shared, scanned, ScanVerdict::Pending, None);
}

fn tell(shared: &Shared, scanned: &Scanned, verdict: ScanVerdict, findings: Option<&ScanFindings>) {
    let Some(kept) = &scanned.kept else {
        // A scan that cannot be shown again proves nothing.
        return shared.unread(&scanned.source, "the scan could not be kept");
    };
    let source = &scanned.source;
    shared.health.frames(
        &source.device,
        1,
        source.tally.rejected(),
        scanned.at.utc.at,
    );
    let reading = Reading {
        device: source.device.clone(),
        received: scanned.at,
        observation: Observation::Scan(ScanReading {
            container: scanned.container.clone(),
            plate: scanned.plate.clone(),
            verdict,
            judge: ScanJudge::Machine,
            captured_sha256: kept.sha256,
            judged_sha256: kept.sha256,
            captured_at: scanned.captured_at,
            loaded: findings.and_then(|findings| findings.loaded),
            measured: findings.and_then(measures),
        }),
    };
    source.lane.send_blocking(Input::Reading(Box::new(reading)));
}

/// What the rules compare with the papers; nothing without cargo.
fn measures(findings: &ScanFindings) -> Option<ScanMeasures> {
    (findings.loaded == Some(true)).then(|| ScanMeasures {
        cargo: Mass::from_kg(i64::from(findings.mass_kg)),
        cargo_is_least: findings.mass_is_least,
        fill_permille: permille(findings.fill_permille),
        density: findings.density_class.map(|class| match class {
            vision::scan::DensityClass::Light => DensityClass::Light,
            vision::scan::DensityClass::Organic => DensityClass::Organic,
            vision::scan::DensityClass::Mineral => DensityClass::Mineral,
            vision::scan::DensityClass::Metal => DensityClass::Metal,
        }),
        likeness: findings
            .likeness
            .iter()
            .map(|one| ChapterLikeness {
                chapter: one.chapter,
                permille: permille((one.share * 1_000.0).round() as u32),
            })
            .collect(),
    })
}

fn permille(value: u32) -> u16 {
    u16::try_from(value.min(1_000)).expect("at most a thousand")
}

/// Writes the findings and the heat map beside the image.
fn keep_findings(
    shared: &Shared,
    scanned: &Scanned,
    image: &ScanImage,
    findings: &ScanFindings,
    took_ms: f64,
) {
    let Some(kept) = &scanned.kept else { return };
    let scanner = &scanned.source.device;
    if let Err(error) = kept.note(&described(scanned, findings, shared.engine, took_ms)) {
        tracing::error!(%scanner, %error, "findings of a scan are not kept");
    }
    let drawn = findings.annotated(image).to_png();
    let written = drawn
        .map_err(in_full)
        .and_then(|png| kept.beside("map.png", &png).map_err(in_full));
    if let Err(error) = written {
        tracing::error!(%scanner, error, "the map of a scan is not kept");
    }
}

fn described(scanned: &Scanned, findings: &ScanFindings, engine: &str, took_ms: f64) -> Value {
    let mut value = describe_scan(findings, engine, took_ms);
    value["container"] = json!(scanned.container.as_ref().map(ContainerNumber::as_str));
    value["plate"] = json!(scanned.plate.as_ref().map(ToString::to_string));
    value["captured_at"] = json!(scanned.captured_at.to_string());
    value
}
