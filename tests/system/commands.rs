//! Goal: the commands of the technician and the clerk say what is so. Method: a site with a few
//! recorded passages, and every command on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

fn kakou(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(super::programs::folder().join("kakou"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("kakou starts")
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[expect(clippy::too_many_lines, reason = "one key after the other")]
#[test]
fn the_example_configuration_is_checked_and_its_errors_name_line_and_key() {
    let example = super::programs::root().join("gateway/gateway.example.toml");
    let good = std::fs::read_to_string(&example).expect("the example");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gateway.toml");
    let cases = [
        (
            "direction = \"entry\"",
            "direction = \"sideways\"",
            "direction",
        ),
        (
            "protocol = \"yaohua_tf0\"",
            "protocol = \"yaohua\"",
            "protocol",
        ),
        ("unit = 1", "unitt = 1", "unitt"),
        ("baud = 9600", "baud = \"fast\"", "baud"),
        ("url = \"http://", "url = \"https://", "url"),
        ("auth = \"digest\"", "auth = \"ntlm\"", "auth"),
        ("view = \"rear\"", "view = \"above\"", "view"),
        (
            "protocol = \"pictures\"",
            "protocol = \"video\"",
            "protocol",
        ),
        ("protocol = \"jt808\"", "protocol = \"jt809\"", "protocol"),
        ("listen = \"127.0.0.1:7808\"", "listen = \"7808\"", "listen"),
        ("number = \"7880703537\"", "number = \"788\"", "number"),
        ("number = \"013800000001\"", "numbr = \"1\"", "numbr"),
        ("lat = 22.5431", "lat = 122.5431", "near"),
        ("zone_minutes = 480", "zone_minutes = 4800", "zone_minutes"),
        (
            "protocol = \"position_service\"",
            "protocol = \"position_servic\"",
            "protocol",
        ),
        (
            "late_after_ms = 4000",
            "late_after_ms = 10",
            "late_after_ms",
        ),
        ("area_id = \"6407000001\"", "area_id = \"SZ\"", "area_id"),
        ("listen = \"127.0.0.1:9021\"", "listen = \"9021\"", "listen"),
        (
            "allow = [\"192.168.10.30\"]",
            "allow = [\"front.example\"]",
            "allow",
        ),
        (
            "gathers = [\"weighbridge\"",
            "gathers = [\"scanner\"",
            "gathers",
        ),
        (
            "seal_state = \"unstated\"",
            "seal_state = \"fine\"",
            "seal_state",
        ),
        (
            "channel = \"1000000004\"",
            "channel = \"1000000003\"",
            "channel",
        ),
        ("tcp = \"10.9.0.1:9000\"", "tcp = \"10.9.0.1\"", "tcp"),
    ];
    for (from, to, key) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        std::fs::write(&file, &bad).expect("written");
        let line = bad
            .lines()
            .collect::<Vec<_>>()
            .iter()
            .rposition(|line| line.contains(to))
            .expect("there")
            + 1;
        let output = kakou(folder.path(), &["check-config", "--config", "gateway.toml"]);
        let said = text(&output);
        assert!(!output.status.success(), "{said}");
        assert!(
            said.contains(key) && said.contains(&line.to_string()),
            "{key}, line {line}: {said}"
        );
    }
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
#[tokio::test]
async fn a_recorded_passage_is_decided_again_and_a_policy_shows_in_replay() -> anyhow::Result<()> {
    let mut stage = super::stage::start(51, 6).await?;
    let started_ms = stage.moment.ms();
    let so_far = |stage: &super::stage::Stage, name| stage.show.tally.counts.get(name).copied();
    while so_far(&stage, "drove on") < Some(2) || so_far(&stage, "released by itself").is_none() {
        stage.run_for(500).await?;
        anyhow::ensure!(
            stage.moment.ms() < started_ms + 120_000,
            "no truck came through: {:?}",
            stage.show.lines
        );
    }
    let doctor = kakou(
        stage.folder.path(),
        &["doctor", "--config", "gateway.toml", "--seconds", "2"],
    );
    assert!(text(&doctor).contains("L2-gate"), "{}", text(&doctor));
    stage.come_to_rest(90_000).await?;
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    let folder = stage.folder.path();
    let events = super::stage::check_journal(folder)?;
    let passage = events
        .iter()
        .find_map(|(_, event)| match &event.body {
            domain::event::EventBody::PassageDecided(_) => event.passage.clone(),
            _ => None,
        })
        .expect("something was decided");
    let again = kakou(
        folder,
        &[
            "decide",
            "--config",
            "gateway.toml",
            "--passage",
            passage.as_str(),
        ],
    );
    assert!(again.status.success(), "{}", text(&again));
    let same = kakou(
        folder,
        &[
            "replay",
            "--config",
            "gateway.toml",
            "--policy",
            "policy.toml",
        ],
    );
    assert!(same.status.success(), "{}", text(&same));
    assert!(
        !text(&same).contains("verdict Release -> "),
        "{}",
        text(&same)
    );
    let policy = std::fs::read_to_string(folder.join("policy.toml"))?;
    let strict = policy
        .replace("version = 1", "version = 2")
        .replace("tag_reads_min = 2", "tag_reads_min = 60");
    std::fs::write(folder.join("strict.toml"), strict)?;
    let replay = kakou(
        folder,
        &[
            "replay",
            "--config",
            "gateway.toml",
            "--policy",
            "strict.toml",
        ],
    );
    assert!(
        text(&replay).contains("verdict Release -> Review"),
        "{}",
        text(&replay)
    );
    what_went_through_is_reported(folder, &events)?;
    the_region_tells_the_same_story(folder, &events)?;
    a_changed_byte_is_found(folder)
}

/// Every vehicle that went through leaves as CODECO, EPCIS and a frame of the customs gate, and a
/// reader that nobody here wrote agrees on the first.
fn what_went_through_is_reported(
    folder: &Path,
    events: &[(u64, domain::event::Event)],
) -> anyhow::Result<()> {
    use domain::event::{EventBody, PassageEnd};
    let through = events.iter().filter(|(_, event)| {
        matches!(&event.body, EventBody::PassageEnded { end, .. } if *end == PassageEnd::Completed)
    });
    let through = through.count();
    assert!(through >= 1, "nobody went through");
    for format in ["codeco", "epcis", "jgs14"] {
        let output = kakou(
            folder,
            &[
                "report",
                "--config",
                "gateway.toml",
                "--format",
                format,
                "--out",
                format,
            ],
        );
        assert!(output.status.success(), "{}", text(&output));
    }
    let files = |format: &str| -> anyhow::Result<Vec<std::path::PathBuf>> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder.join(format))? {
            paths.push(entry?.path());
        }
        Ok(paths)
    };
    assert_eq!(files("epcis")?.len(), through);
    assert_eq!(files("jgs14")?.len(), through);
    super::reports::epcis_conforms(&files("epcis")?)?;
    let frames = read_frames(&files("jgs14")?)?;
    let gathered: BTreeMap<&str, _> = events.iter().filter_map(weighed).collect();
    for (passage, frame) in &frames {
        assert_eq!(frame["gross_kg"], gathered[passage.as_str()], "{frame}");
    }
    let root = super::programs::root();
    let messages = files("codeco")?;
    let output = Command::new(root.join(".tools/venv/bin/python"))
        .arg(root.join("tests/peers/edifact_reader.py"))
        .args(&messages)
        .output()?;
    assert!(output.status.success(), "{}", text(&output));
    let lines = String::from_utf8(output.stdout)?;
    let mut read = 0;
    for line in lines.lines() {
        let message: serde_json::Value = serde_json::from_str(line)?;
        assert_eq!(message["messages"][0]["type"], "CODECO", "{line}");
        let segments = message["messages"][0]["segments"]
            .as_array()
            .expect("a list");
        let find = |tag| segments.iter().find(|one| one[0] == tag).expect(tag);
        let name = Path::new(message["file"].as_str().expect("a name"));
        let passage = name.file_stem().expect("a name").to_string_lossy();
        assert_eq!(find("BGM")[1][1], *passage, "{line}");
        // The same passage in the two other formats names the same box.
        let epcis = std::fs::read_to_string(folder.join(format!("epcis/{passage}.json")))?;
        let number = find("EQD")[1][1].as_str().expect("a number");
        assert!(
            epcis.contains(&format!("urn:epc:id:bic:{number}")),
            "{epcis}"
        );
        let gather = &frames[passage.as_ref()];
        assert_eq!(gather["containers"][0], number, "{gather}");
        read += 1;
    }
    assert_eq!(read, messages.len());
    Ok(())
}

/// What a passage weighed when it was last decided, kg.
fn weighed((_, event): &(u64, domain::event::Event)) -> Option<(&str, i64)> {
    let domain::event::EventBody::PassageDecided(record) = &event.body else {
        return None;
    };
    match &record.evidence.weight {
        domain::evidence::WeightEvidence::Measured(weighings) => {
            let last = weighings.last()?;
            Some((event.passage.as_ref()?.as_str(), last.gross.kg()))
        }
        domain::evidence::WeightEvidence::None(_) => None,
    }
}

/// Frames of the customs gate, by passage, as a strict reader of others finds them.
fn read_frames(
    files: &[std::path::PathBuf],
) -> anyhow::Result<BTreeMap<String, serde_json::Value>> {
    let root = super::programs::root();
    let output = Command::new(root.join(".tools/venv/bin/python"))
        .arg(root.join("tests/peers/jgs14_reader.py"))
        .args(files)
        .output()?;
    assert!(output.status.success(), "{}", text(&output));
    let mut frames = BTreeMap::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let frame: serde_json::Value = serde_json::from_str(line)?;
        let name = Path::new(frame["file"].as_str().expect("a name"));
        let passage = name.file_stem().expect("a name").to_string_lossy();
        frames.insert(passage.into_owned(), frame);
    }
    assert_eq!(frames.len(), files.len());
    Ok(frames)
}

/// The region finds a passage by the plate on its pass, and tells every event of it.
fn the_region_tells_the_same_story(
    folder: &Path,
    events: &[(u64, domain::event::Event)],
) -> anyhow::Result<()> {
    let ask = |arguments: &[&str]| {
        let output = Command::new(super::programs::folder().join("kakou-region"))
            .current_dir(folder)
            .args([&["query", "--config", "region.toml"], arguments].concat())
            .output()
            .expect("kakou-region starts");
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let decided = events.iter().find_map(|(_, event)| match &event.body {
        domain::event::EventBody::PassageDecided(record) => {
            let plate = record.facts.found_pass()?.vehicle.clone();
            Some((event.passage.clone()?, plate))
        }
        _ => None,
    });
    let (passage, plate) = decided.expect("somebody had a pass");
    let found = ask(&["--plate", plate.as_str()]);
    assert!(found.contains(passage.as_str()), "{found}");
    let told = ask(&["--passage", passage.as_str()]);
    let recorded = events
        .iter()
        .filter(|(_, event)| event.passage.as_ref() == Some(&passage));
    let sequences: Vec<u64> = recorded.map(|(sequence, _)| *sequence).collect();
    let stored: Vec<u64> = told
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1)?.parse().ok())
        .collect();
    assert_eq!(stored, sequences, "{told}");
    Ok(())
}

/// A byte in the middle of what was written is changed: verification names its place.
fn a_changed_byte_is_found(folder: &Path) -> anyhow::Result<()> {
    let journal = folder.join("state/journal");
    let segment = std::fs::read_dir(&journal)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.metadata().is_ok_and(|m| m.len() > 100_000))
        .min()
        .expect("a segment");
    let mut bytes = std::fs::read(&segment)?;
    bytes[2_000] ^= 1;
    std::fs::write(&segment, bytes)?;
    let output = kakou(folder, &["journal", "verify", "--config", "gateway.toml"]);
    assert!(!output.status.success(), "{}", text(&output));
    let said = text(&output);
    assert!(
        said.contains("segment") || said.contains("offset"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_ledger_file_with_an_error_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = super::programs::root().join("gateway/gateway.example.toml");
    std::fs::copy(example, folder.path().join("gateway.toml")).expect("copied");
    std::fs::write(folder.path().join("rows.jsonl"), "{\"no\": \"row\"}\n").expect("written");
    let output = kakou(
        folder.path(),
        &["ledger", "import", "--config", "gateway.toml", "rows.jsonl"],
    );
    let said = text(&output);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("rows.jsonl:1") || said.contains("line 1"),
        "{said}"
    );
}

#[test]
fn pictures_are_read_and_what_cannot_be_read_is_named() {
    let pictures = super::programs::root().join("crates/vision/tests/pictures");
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.jpg");
    let whole = std::fs::read(pictures.join("gate_01.jpg")).expect("a picture");
    std::fs::write(&broken, &whole[..whole.len() / 2]).expect("written");
    let good = pictures.join("gate_01.jpg");
    let (good, broken) = (good.to_string_lossy(), broken.to_string_lossy());
    let output = kakou(
        folder.path(),
        &["see", &good, &broken, "--annotate", "seen"],
    );
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("DFSU4119250") && said.contains("accepted"),
        "{said}"
    );
    assert!(said.contains("broken.jpg: the file is cut short"), "{said}");
    assert!(folder.path().join("seen/0001-gate_01.png").is_file());

    let plate = pictures.join("plate_0034.jpg");
    let plate = plate.to_string_lossy();
    let output = kakou(
        folder.path(),
        &["see", "--json", "--look-for", "plate-crop", &plate],
    );
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(line["plates"][0]["plate"], "皖A0V788");

    let output = kakou(folder.path(), &["see", "--library", &good, &good]);
    assert!(!output.status.success());
    assert!(
        text(&output).contains("cannot be used as ONNX Runtime"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_scan_is_examined_and_a_file_that_is_missing_is_named() {
    use sim::scanner::{Goods, Order, Ranges, scan_of_mass};
    let folder = tempfile::tempdir().expect("a folder");
    let order = Order::Loaded(Goods::Clothing);
    let made = scan_of_mass(71, 3, order, &Ranges::training(), Some(4_200.0));
    let files = made.files();
    let note = device_codecs::envelope::ScanFiles {
        container: None,
        plate: None,
        captured_at: domain::time::Timestamp::from_seconds(1_770_000_000),
        high: "high.png".to_owned(),
        low: Some("low.png".to_owned()),
        geometry: "geometry.toml".to_owned(),
    };
    let path = |name: &str| folder.path().join(name);
    let note = device_codecs::envelope::encode_scan_files(&note);
    for (name, bytes) in [
        ("scan.json", note.as_slice()),
        ("high.png", &files.high_png),
        ("low.png", &files.low_png),
        ("geometry.toml", files.sidecar.as_bytes()),
    ] {
        std::fs::write(path(name), bytes).expect("written");
    }
    // The folder holds one scan, and none of its images is taken for a picture.
    let output = kakou(folder.path(), &["see", "--json", ".", "--annotate", "seen"]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let mass_kg = line["mass_kg"].as_u64().expect("a mass");
    assert!((3_780..=4_620).contains(&mass_kg), "{mass_kg} of 4200 kg");
    assert_eq!(line["loaded"], true);
    assert_eq!(line["density_class"], "light goods");
    assert!(path("seen/0001-scan.png").is_file());

    std::fs::remove_file(path("low.png")).expect("removed");
    let output = kakou(folder.path(), &["see", "scan.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("low.png"), "{}", text(&output));
}
