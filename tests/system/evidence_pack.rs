//! Goal: what stands in a pack is proven by anybody, and nothing of it can be changed. Method: the
//! real gate sees photographs, gate and region each pack the same passage, the region pulls the
//! pictures over the broker; two verifiers that share no code judge the packs, and packs with one
//! byte changed.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use domain::event::EventBody;
use domain::id::PassageId;
use sim::live::site::Equipment;

use super::stage::Stage;

const PHOTOGRAPH: &str = "crates/vision/tests/pictures/gate_01.jpg";
const KEYS: [&str; 4] = [
    "--gate-key",
    "keys/gate.pub",
    "--region-key",
    "keys/region.pub",
];

/// A passage that was decided with pictures, and its site.
async fn decided() -> anyhow::Result<(Stage, PassageId)> {
    let photograph = std::fs::read(super::programs::root().join(PHOTOGRAPH))?;
    let equipment = Equipment {
        firmware: None,
        photographer: Some(Arc::new(move |frame| {
            let mut file = photograph.clone();
            // After the end of the picture, where no decoder looks: no two files are the same.
            file.extend(frame.number.to_be_bytes());
            file
        })),
    };
    let mut stage = super::stage::start_with(93, 4_000, equipment).await?;
    let limit_ms = stage.moment.ms() + 60_000;
    loop {
        stage.run_for(500).await?;
        for (_, event) in sim::live::show::journal(stage.folder.path())? {
            let EventBody::PassageDecided(record) = &event.body else {
                continue;
            };
            let mut pictures = record.evidence.containers.iter().map(|seen| &seen.picture);
            if let (Some(passage), true) = (event.passage, pictures.any(Option::is_some)) {
                return Ok((stage, passage));
            }
        }
        anyhow::ensure!(stage.moment.ms() < limit_ms, "nothing is decided");
    }
}

fn region(folder: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    let program = super::programs::folder().join("kakou-region");
    Ok(Command::new(program)
        .current_dir(folder)
        .args(arguments)
        .output()?)
}

/// What our verifier says, and its status.
fn verdict(folder: &Path, pack: &str) -> anyhow::Result<(String, Option<i32>)> {
    let output = region(folder, &[&["verify-pack", pack], &KEYS[..]].concat())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((said, output.status.code()))
}

/// What the other one says.
fn second_verdict(folder: &Path, pack: &str) -> anyhow::Result<serde_json::Value> {
    let root = super::programs::root();
    let output = Command::new(root.join(".tools/venv/bin/python"))
        .arg(root.join("tests/peers/verify_pack.py"))
        .current_dir(folder)
        .arg(pack)
        .args(KEYS)
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = serde_json::from_slice(&output.stdout);
    said.map_err(|error| anyhow::anyhow!("{error}: {errors}"))
}

/// The region has stored the decision.
async fn stored(stage: &mut Stage, passage: &PassageId) -> anyhow::Result<()> {
    let limit_ms = stage.moment.ms() + 30_000;
    loop {
        let question = [
            "query",
            "--config",
            "region.toml",
            "--passage",
            passage.as_str(),
        ];
        let told = region(stage.folder.path(), &question)?;
        if String::from_utf8_lossy(&told.stdout).contains("decided") {
            return Ok(());
        }
        anyhow::ensure!(stage.moment.ms() < limit_ms, "the region has no decision");
        stage.run_for(300).await?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_proven_by_two_verifiers_and_no_byte_of_it_can_be_changed() -> anyhow::Result<()>
{
    let (mut stage, passage) = decided().await?;
    stored(&mut stage, &passage).await?;
    let folder = stage.folder.path().to_owned();
    let name = passage.as_str().to_owned();
    let asked = [
        "pack",
        "--config",
        "gateway.toml",
        "--passage",
        &name,
        "--out",
        "gate.tar",
    ];
    let told = stage.site.call(&asked)?;
    assert!(told.contains("written to gate.tar"), "{told}");
    let again = stage
        .site
        .call(&asked)
        .expect_err("a pack is never overwritten");
    assert!(again.to_string().contains("is there already"), "{again}");

    let asked = [
        "pack",
        "--config",
        "region.toml",
        "--passage",
        &name,
        "--out",
    ];
    let alone = region(&folder, &[&asked[..], &["alone.tar"]].concat())?;
    assert!(alone.status.success(), "{alone:?}");
    let pulled = [&asked[..], &["region.tar", "--pull", "--wait-s", "60"]].concat();
    let pulled = region(&folder, &pulled)?;
    assert!(pulled.status.success(), "{pulled:?}");

    let mut pictures = Vec::new();
    for (pack, anchor) in [
        ("gate.tar", "seal of the gate's journal"),
        ("region.tar", "head of a batch sent to the region"),
        ("alone.tar", "head of a batch sent to the region"),
    ] {
        let (said, status) = verdict(&folder, pack)?;
        assert_eq!(status, Some(0), "{pack}: {said}");
        assert!(
            said.ends_with("PROVEN\n") && said.contains(anchor),
            "{said}"
        );
        assert!(said.contains("no difference"), "{said}");
        let second = second_verdict(&folder, pack)?;
        assert_eq!(second["proven"], true, "{pack}: {second}");
        assert_eq!(second["passage"], name.as_str());
        assert_eq!(second["anchors"], 1, "{pack}: {second}");
        pictures.push(second["pictures"].as_u64().expect("a number"));
    }
    assert!(pictures[0] > 0, "the gate's own pictures are in its pack");
    assert_eq!(
        pictures,
        [pictures[0], pictures[0], 0],
        "gate, pulled, not pulled"
    );
    for pack in ["gate.tar", "region.tar"] {
        changed_bytes_are_named(&folder, pack)?;
    }
    Ok(())
}

/// One byte in each kind of member, through its first block and its content.
fn changed_bytes_are_named(folder: &Path, pack: &str) -> anyhow::Result<()> {
    let bytes = std::fs::read(folder.join(pack))?;
    let mut offset = 0;
    let mut named = 0;
    while bytes[offset] != 0 {
        let header = &bytes[offset..offset + 512];
        let member = String::from_utf8_lossy(&header[..100]);
        let member = member.trim_end_matches('\0').to_owned();
        let size = usize::from_str_radix(&String::from_utf8_lossy(&header[124..135]), 8)?;
        for place in [offset + 110, offset + 512 + size / 2] {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            std::fs::write(folder.join("changed.tar"), &changed)?;
            let (said, status) = verdict(folder, "changed.tar")?;
            assert_eq!(status, Some(1), "{member}: {said}");
            let line = said.lines().find(|line| line.starts_with("NOT PROVEN"));
            assert!(
                line.is_some_and(|line| line.contains(&member)),
                "{member}: {said}"
            );
        }
        // The second one after the last change: starting it for each costs more than it tells.
        let second = second_verdict(folder, "changed.tar")?;
        assert_eq!(second["proven"], false, "{member}");
        let problems = second["problems"].to_string();
        assert!(problems.contains(&member), "{member}: {problems}");
        named += 1;
        offset += 512 + size.div_ceil(512) * 512;
    }
    anyhow::ensure!(named >= 6, "only {named} members");
    Ok(())
}
