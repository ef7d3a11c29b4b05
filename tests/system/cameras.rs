//! Goal: a camera's picture becomes evidence, and nothing that a camera sends can be taken for
//! it. Method: the real daemon asks simulated cameras over HTTP, which show real photographs, the
//! same file again and again, or no picture at all.

use std::sync::Arc;

use domain::event::{DecisionRecord, Event, EventBody, LaneFault};
use domain::reading::PlateRole;
use sha2::{Digest as _, Sha256};
use sim::live::cameras::Photographer;
use sim::live::site::Equipment;
use sim::pictures::View;

use super::stage::Stage;

/// A gate camera's photograph of a container's rear, and the number that stands on it.
const PHOTOGRAPH: &str = "crates/vision/tests/pictures/gate_01.jpg";
const TRUE_NUMBER: &str = "DFSU4119250";

/// The first decisions while the cameras show what `photographer` makes.
async fn decide(photographer: Photographer) -> anyhow::Result<(Stage, Vec<(u64, Event)>)> {
    let equipment = Equipment {
        firmware: None,
        photographer: Some(photographer),
    };
    let mut stage = super::stage::start_with(91, 4_000, equipment).await?;
    let limit_ms = stage.moment.ms() + 60_000;
    loop {
        stage.run_for(500).await?;
        let events = sim::live::show::journal(stage.folder.path())?;
        if decisions(&events).next().is_some() {
            return Ok((stage, events));
        }
        anyhow::ensure!(stage.moment.ms() < limit_ms, "nothing is decided");
    }
}

fn decisions(events: &[(u64, Event)]) -> impl Iterator<Item = &DecisionRecord> {
    events.iter().filter_map(|(_, event)| match &event.body {
        EventBody::PassageDecided(record) => Some(record.as_ref()),
        _ => None,
    })
}

/// Why pictures counted as missing.
fn unread(events: &[(u64, Event)]) -> Vec<&str> {
    let texts = events.iter().filter_map(|(_, event)| match &event.body {
        EventBody::FaultFound { fault, text } if *fault == LaneFault::PictureUnread => {
            Some(text.as_str())
        }
        _ => None,
    });
    texts.collect()
}

/// A photograph whose file differs from picture to picture, as a sensor's noise makes it.
fn photograph() -> anyhow::Result<Vec<u8>> {
    Ok(std::fs::read(super::programs::root().join(PHOTOGRAPH))?)
}

#[tokio::test]
async fn a_photograph_is_read_kept_and_named_in_the_decision() -> anyhow::Result<()> {
    let bytes = photograph()?;
    let (stage, events) = decide(Arc::new(move |frame| {
        let mut file = bytes.clone();
        // After the end of the picture, where no decoder looks.
        file.extend(frame.number.to_be_bytes());
        file
    }))
    .await?;
    let record = decisions(&events).next().expect("one was waited for");
    let sure: Vec<_> = record
        .evidence
        .containers
        .iter()
        .filter(|one| one.confidence_permille >= 900 && one.agreeing_frames >= 2)
        .collect();
    let numbers: Vec<&str> = sure.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(numbers, [TRUE_NUMBER], "{:?}", unread(&events));
    assert!(record.decision.verdict != domain::decision::Verdict::Release);
    // The file that the evidence names is there, unchanged, with what was read beside it.
    let picture = sure[0].picture.as_ref().expect("a picture");
    let day = std::fs::read_dir(stage.folder.path().join("state/pictures"))?
        .next()
        .expect("a day")?;
    let file = day.path().join(format!("{}.jpg", picture.sha256));
    let kept = Sha256::digest(std::fs::read(&file)?);
    assert_eq!(hex::encode(kept), picture.sha256.to_string());
    let note = std::fs::read_to_string(file.with_extension("json"))?;
    let note: serde_json::Value = serde_json::from_str(&note)?;
    assert_eq!(note["containers"][0]["number"], TRUE_NUMBER);
    Ok(())
}

#[tokio::test]
async fn a_picture_shown_again_is_no_second_witness() -> anyhow::Result<()> {
    let bytes = photograph()?;
    let (_stage, events) = decide(Arc::new(move |frame| match frame.view {
        View::Side => bytes.clone(),
        View::Front | View::Rear => b"<html>not found</html>".to_vec(),
    }))
    .await?;
    let record = decisions(&events).next().expect("one was waited for");
    let frames = record.evidence.containers.iter().map(|c| c.agreeing_frames);
    assert!(
        frames.max().unwrap_or(0) <= 1,
        "{:?}",
        record.evidence.containers
    );
    let plates = record.evidence.plates.iter();
    assert_eq!(plates.filter(|p| p.role == PlateRole::Tractor).count(), 0);
    assert!(record.decision.verdict != domain::decision::Verdict::Release);
    let told = unread(&events);
    for (camera, cause) in [
        ("side", "the same picture as before"),
        ("front", "no picture"),
    ] {
        let is_told = |text: &&str| text.contains(camera) && text.contains(cause);
        assert!(told.iter().any(is_told), "{camera}: {told:?}");
    }
    Ok(())
}

/// Note and image of a scan whose map is drawn, by what the album holds.
fn measured(folder: &std::path::Path) -> Option<(serde_json::Value, std::path::PathBuf)> {
    let days = std::fs::read_dir(folder.join("state/pictures")).ok()?;
    let files = days.filter_map(|day| std::fs::read_dir(day.ok()?.path()).ok());
    files.flatten().find_map(|file| {
        let map = file.ok()?.path();
        let image = map.to_str()?.strip_suffix(".map.png")?.to_owned() + ".png";
        let image = std::path::PathBuf::from(image);
        let note = std::fs::read_to_string(image.with_extension("json")).ok()?;
        // The map is written last; half of one is none.
        let is_whole = std::fs::read(&map).ok()?.ends_with(b"IEND\xaeB`\x82");
        is_whole.then(|| Some((serde_json::from_str(&note).ok()?, image)))?
    })
}

#[tokio::test]
async fn a_scan_is_measured_and_its_map_kept_beside_it() -> anyhow::Result<()> {
    // What the cameras show does not matter here; the portal drops its images all the same.
    let (mut stage, _) = decide(Arc::new(|_| b"nothing".to_vec())).await?;
    let limit_ms = stage.moment.ms() + 120_000;
    let (note, image) = loop {
        match measured(stage.folder.path()) {
            Some(found) => break found,
            None => anyhow::ensure!(stage.moment.ms() < limit_ms, "nothing is measured"),
        }
        stage.run_for(500).await?;
    };
    let name = image
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert_eq!(hex::encode(Sha256::digest(std::fs::read(&image)?)), name);
    assert!(note["loaded"].is_boolean(), "{note}");
    assert!(note["usable"].as_bool().expect("told"), "{note}");
    assert!(note["mass_kg"].as_u64().expect("told") < 30_000, "{note}");
    Ok(())
}
