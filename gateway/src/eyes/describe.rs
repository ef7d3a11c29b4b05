//! What was read in a picture or found in a scan → JSON: for `kakou see --json`, and beside each
//! kept picture and scan.

use serde_json::{Value, json};
use vision::scan::{DensityClass, ScanFindings};
use vision::{CharacterSeen, NumberSeen, Picture, PlateSeen, Region};

/// How long it took, milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// File to pixels.
    pub decode_ms: f64,
    /// Pixels to readings.
    pub read_ms: f64,
}

/// Every reading with its place, its characters, what else it could be, and why it is doubted.
#[must_use]
pub fn describe(
    picture: &Picture,
    numbers: &[NumberSeen],
    plates: &[PlateSeen],
    engine: &str,
    times: Times,
) -> Value {
    json!({
        "width": picture.width(),
        "height": picture.height(),
        "engine": engine,
        "decode_ms": times.decode_ms,
        "read_ms": times.read_ms,
        "containers": numbers.iter().map(number).collect::<Value>(),
        "plates": plates.iter().map(plate).collect::<Value>(),
    })
}

/// Everything that was measured on a scan, and every place that needs a look.
#[must_use]
pub fn describe_scan(findings: &ScanFindings, engine: &str, took_ms: f64) -> Value {
    let places = findings.anomalies.iter().map(|place| {
        json!({
            "kind": place.kind.name(),
            "score": place.score,
            "contrast_g_cm2": place.contrast_g_cm2,
            "contrast_to_noise": place.contrast_to_noise,
            "region": corners(&place.region),
        })
    });
    let likeness = findings.likeness.iter();
    json!({
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
        "density_class": findings.density_class.map(DensityClass::name),
        "likeness": likeness
            .map(|one| json!({"chapter": one.chapter, "share": one.share}))
            .collect::<Value>(),
        "anomalies": places.collect::<Value>(),
    })
}

fn number(one: &NumberSeen) -> Value {
    json!({
        "number": one.number.as_str(),
        "size_type": one.size_type,
        "confidence": one.confidence,
        "accepted": one.accepted,
        "doubts": one.doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "cost": one.cost,
        "looks_agreeing": one.looks.0,
        "looks": one.looks.1,
        "character_height_px": one.character_height_px,
        "characters": characters(&one.characters),
        "runners_up": one.runners_up.iter()
            .map(|(number, p)| json!([number.as_str(), p])).collect::<Value>(),
        "region": corners(&one.region),
    })
}

fn plate(one: &PlateSeen) -> Value {
    json!({
        "plate": one.plate.as_str(),
        "kind": one.kind.name(),
        "confidence": one.confidence,
        "accepted": one.accepted,
        "cost": one.cost,
        "height_px": one.height_px,
        "characters": characters(&one.characters),
        "runners_up": one.runners_up.iter()
            .map(|(plate, p)| json!([plate.as_str(), p])).collect::<Value>(),
        "region": corners(&one.region),
    })
}

fn characters(all: &[CharacterSeen]) -> Value {
    all.iter()
        .map(|one| {
            json!({
                "character": one.character.to_string(),
                "confidence": one.confidence,
                "runner_up": one.runner_up.map(String::from),
            })
        })
        .collect()
}

fn corners(region: &Region) -> Value {
    region
        .corners
        .iter()
        .map(|corner| json!([corner.x, corner.y]))
        .collect()
}
