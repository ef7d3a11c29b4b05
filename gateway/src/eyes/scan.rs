//! A scanner's image → what the lane is told of it: loaded or not, and whether software marks a
//! place. A machine's word holds a vehicle or asks for an officer; it never clears one.

use std::time::Instant;

use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::reading::{Observation, Reading, ScanJudge, ScanReading, ScanVerdict};
use domain::time::{Now, Timestamp};
use passage::port::Input;
use serde_json::{Value, json};
use vision::Limits;
use vision::scan::{Examiner, ScanFindings, ScanGeometry, ScanImage};

use super::album::Kept;
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
    tell(shared, scanned, verdict, findings.loaded);
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

fn tell(shared: &Shared, scanned: &Scanned, verdict: ScanVerdict, loaded: Option<bool>) {
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
            loaded,
        }),
    };
    source.lane.send_blocking(Input::Reading(Box::new(reading)));
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
    let anomalies: Value = findings
        .anomalies
        .iter()
        .map(|place| {
            json!({
                "kind": place.kind.name(),
                "score": place.score,
                "contrast_g_cm2": place.contrast_g_cm2,
                "contrast_to_noise": place.contrast_to_noise,
                "region": place.region.corners.iter()
                    .map(|corner| json!([corner.x, corner.y])).collect::<Value>(),
            })
        })
        .collect();
    json!({
        "container": scanned.container.as_ref().map(ContainerNumber::as_str),
        "plate": scanned.plate.as_ref().map(ToString::to_string),
        "captured_at": scanned.captured_at.to_string(),
        "engine": engine,
        "took_ms": took_ms,
        "usable": findings.quality.usable(),
        "issues": findings.quality.issues.iter()
            .map(|issue| format!("{issue:?}")).collect::<Vec<_>>(),
        "loaded": findings.loaded,
        "mass_kg": findings.mass_kg,
        "mass_is_least": findings.mass_is_least,
        "fill_permille": findings.fill_permille,
        "not_penetrated_permille": findings.not_penetrated_permille,
        "centre_of_gravity_permille": findings.centre_of_gravity_permille,
        "density_class": findings.density_class.map(vision::scan::DensityClass::name),
        "anomalies": anomalies,
    })
}
