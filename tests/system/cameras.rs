//! Goal: a camera's picture becomes evidence, and nothing that a camera sends can be taken for
//! it. Method: the real daemon asks simulated cameras over HTTP, which show real photographs, the
//! same file again and again, or no picture at all.

use std::sync::Arc;

use domain::event::{DecisionRecord, Event, EventBody, LaneFault};
use domain::reading::{PlateRole, ScanJudge};
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

#[tokio::test]
async fn a_scan_is_measured_and_its_map_kept_beside_it() -> anyhow::Result<()> {
    // What the cameras show does not matter here; the portal drops its images all the same.
    let (mut stage, mut events) = decide(Arc::new(|_| b"nothing".to_vec())).await?;
    let limit_ms = stage.moment.ms() + 90_000;
    let measured = loop {
        let found = decisions(&events)
            .flat_map(|record| &record.evidence.scans)
            .find(|scan| scan.judge == ScanJudge::Machine && scan.loaded.is_some())
            .cloned();
        match found {
            Some(scan) => break scan,
            None => anyhow::ensure!(stage.moment.ms() < limit_ms, "nothing is measured"),
        }
        stage.run_for(500).await?;
        events = sim::live::show::journal(stage.folder.path())?;
    };
    let mut kept = std::fs::read_dir(stage.folder.path().join("state/pictures"))?;
    let day = kept.next().expect("a day")?.path();
    let name = measured.captured_sha256.to_string();
    let image = std::fs::read(day.join(format!("{name}.png")))?;
    assert_eq!(hex::encode(Sha256::digest(&image)), name);
    let map = std::fs::read(day.join(format!("{name}.map.png")))?;
    assert!(map.starts_with(b"\x89PNG"));
    let note = std::fs::read_to_string(day.join(format!("{name}.json")))?;
    let note: serde_json::Value = serde_json::from_str(&note)?;
    assert_eq!(note["loaded"], serde_json::json!(measured.loaded));
    Ok(())
}
