//! Goal: what customs orders reaches the gate once and in order, whatever restarts; what is withdrawn
//! frees what it held; policies and keys change under traffic, and a key that is revoked sends nothing
//! any more. Method: orders, policies and keys given to a running region, then the gate's journal and
//! the region's own words.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use domain::decision::Verdict;
use domain::event::{Event, EventBody};
use domain::id::PassageId;
use domain::ledger_row::Row;
use domain::reason::ReasonCode;
use serde_json::Value;
use sim::live::show::journal;

use super::stage::Stage;

/// A call of `kakou-region` in the site's folder.
fn region(stage: &Stage, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(stage.site.programs.join("kakou-region"))
        .current_dir(&stage.site.folder)
        .args(arguments)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.success(),
        "{}: {text}{errors}",
        arguments.join(" ")
    );
    Ok(text)
}

fn status(stage: &Stage) -> anyhow::Result<Value> {
    let text = stage
        .site
        .call(&["status", "--config", "gateway.toml", "--json"])?;
    Ok(serde_json::from_str(&text)?)
}

fn revision(stage: &Stage) -> anyhow::Result<u64> {
    Ok(status(stage)?["ledger_revision"].as_u64().unwrap_or(0))
}

/// Lets things happen until `wanted` holds.
async fn run_until(
    stage: &mut Stage,
    what: &str,
    mut wanted: impl FnMut(&Stage) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let limit_ms = stage.moment.ms() + 120_000;
    while !wanted(stage)? {
        anyhow::ensure!(stage.moment.ms() < limit_ms, "not seen: {what}");
        stage.run_for(500).await?;
    }
    Ok(())
}

/// An order in the region's folder.
fn order(stage: &Stage, name: &str, lines: &[String]) -> anyhow::Result<()> {
    let folder = stage.folder.path().join("orders");
    // Only a whole file has the name by which it is taken.
    let new = folder.join(format!("{name}.new"));
    std::fs::write(&new, lines.join("\n") + "\n")?;
    std::fs::rename(new, folder.join(format!("{name}.jsonl")))?;
    Ok(())
}

fn directive(id: &str, kind: &str, subject: &str) -> String {
    format!(
        "{{\"directive\":{{\"id\":\"{id}\",\"subject\":{{\"kind\":\"{kind}\",\"id\":\"{subject}\"}},\
         \"order\":\"detain\",\"window\":{{\"from\":\"2020-01-01T00:00:00Z\",\
         \"until\":\"2099-01-01T00:00:00Z\"}}}}}}"
    )
}

/// Passages that a decision held for a directive and for nothing else, and those of them that a
/// later decision released. One that something else holds too stays where it is, whatever customs
/// withdraws.
fn held_and_freed(events: &[(u64, Event)]) -> (Vec<PassageId>, Vec<PassageId>) {
    let (mut held, mut freed) = (Vec::new(), Vec::new());
    for (_, event) in events {
        let (EventBody::PassageDecided(record), Some(passage)) = (&event.body, &event.passage)
        else {
            continue;
        };
        let holds = record.decision.holds();
        let is_only_directed = !holds.is_empty()
            && holds
                .iter()
                .all(|finding| finding.reason == ReasonCode::R11Detain);
        if is_only_directed {
            held.push(passage.clone());
        } else if held.contains(passage) && record.decision.verdict == Verdict::Release {
            freed.push(passage.clone());
        }
    }
    (held, freed)
}

/// Gives the region the gate's whole ledger and one row that is another premises' business; the
/// gate's revision afterwards.
async fn order_the_ledger(stage: &mut Stage) -> anyhow::Result<u64> {
    // The region has the whole ledger, and a row that is another premises' business.
    let rows = std::fs::read_to_string(stage.folder.path().join("ledger.jsonl"))?;
    let rows: Vec<String> = rows.lines().map(ToOwned::to_owned).collect();
    order(stage, "1-ledger", &rows)?;
    run_until(stage, "the ledger", |stage| {
        let have = revision(stage)?;
        let gates = region(stage, &["gates", "--config", "region.toml"])?;
        Ok(have > 0 && gates.contains(&format!("revision {have} of {have},")))
    })
    .await?;
    let first = revision(stage)?;
    let pass = rows
        .iter()
        .find(|row| row.starts_with("{\"pass\""))
        .context("a pass")?;
    let premises = format!("\"premises\":\"{}\"", stage.show.world().gate.premises);
    let elsewhere = pass.replace(&premises, "\"premises\":\"ELSEWHERE\"");
    let elsewhere = elsewhere.replacen("\"number\":\"", "\"number\":\"OTHER-", 1);
    assert_ne!(*pass, elsewhere);
    order(stage, "2-elsewhere", &[elsewhere])?;
    Ok(first)
}

/// The gate loses its tables: nothing to rely on, until the whole ledger has come.
async fn lose_the_tables(stage: &mut Stage, wanted: u64) -> anyhow::Result<()> {
    if let Some(gateway) = stage.gateway.take() {
        gateway.kill().await?;
    }
    std::fs::remove_dir_all(stage.folder.path().join("state/ledger"))?;
    stage.gateway = Some(stage.site.start_gateway()?);
    stage.show.wait_for_devices().await?;
    run_until(stage, "the ledger comes again", |stage| {
        Ok(revision(stage)? == wanted)
    })
    .await?;
    let before = journal(stage.folder.path())?.len();
    run_until(stage, "a release by the ledger that came", |stage| {
        let events = journal(stage.folder.path())?;
        Ok(events[before..].iter().any(|(_, event)| {
            matches!(&event.body, EventBody::PassageDecided(record)
                if record.decision.verdict == Verdict::Release)
        }))
    })
    .await
}

#[tokio::test]
async fn orders_outlive_restarts_and_what_is_withdrawn_frees() -> anyhow::Result<()> {
    let mut stage = super::stage::start(91, 4_000).await?;
    // Customs may think better of it while the truck stands there.
    stage.show.detain_wait_ms = 60_000;
    let first = order_the_ledger(&mut stage).await?;
    // Restarted between two orders, the region goes on where it was.
    if let Some(region) = stage.region.take() {
        region.kill().await?;
    }
    stage.region = Some(stage.site.start_region()?);
    let companies: Vec<String> = stage
        .show
        .world()
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Company(company) => Some(company.id.to_string()),
            _ => None,
        })
        .collect();
    let detain: Vec<String> = companies
        .iter()
        .map(|id| directive(&format!("X-{id}"), "company", id))
        .collect();
    order(&stage, "3-detain", &detain)?;
    run_until(&mut stage, "a vehicle held by the directive", |stage| {
        Ok(!held_and_freed(&journal(stage.folder.path())?).0.is_empty())
    })
    .await?;
    let withdraw: Vec<String> =
        std::iter::once("{\"order\":{\"by\":\"officer-07\",\"why\":\"found nothing\"}}".to_owned())
            .chain(
                companies.iter().map(|id| {
                    format!("{{\"withdraw\":{{\"kind\":\"directive\",\"id\":\"X-{id}\"}}}}")
                }),
            )
            .collect();
    order(&stage, "4-withdraw", &withdraw)?;
    run_until(&mut stage, "the vehicle is free", |stage| {
        Ok(!held_and_freed(&journal(stage.folder.path())?).1.is_empty())
    })
    .await?;
    // A directive, and its end, comes by itself, before the revision that holds it. The other
    // premises' row was no revision of this one.
    run_until(&mut stage, "the revision of what was withdrawn", |stage| {
        Ok(revision(stage)? >= first + 2)
    })
    .await?;
    assert_eq!(revision(&stage)?, first + 2);
    let history = region(
        &stage,
        &[
            "recordation",
            "--config",
            "region.toml",
            "--directive",
            &format!("X-{}", companies[0]),
        ],
    )?;
    assert!(
        history.contains("withdrawn by officer-07: found nothing"),
        "{history}"
    );

    lose_the_tables(&mut stage, first + 2).await?;
    let gates = region(&stage, &["gates", "--config", "region.toml"])?;
    let stands = format!("revision {} of {}", first + 2, first + 2);
    assert!(
        gates.contains(&stands) && gates.contains("current"),
        "{gates}"
    );
    let report = region(&stage, &["report", "--config", "region.toml"])?;
    assert!(!report.contains("ALARM"), "{report}");
    stage.come_to_rest(120_000).await?;
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    Ok(())
}

/// Versions under which passages were decided, in order.
fn versions(events: &[(u64, Event)]) -> Vec<u32> {
    events
        .iter()
        .filter_map(|(_, event)| match &event.body {
            EventBody::PassageDecided(record) => Some(record.policy.version.central),
            _ => None,
        })
        .collect()
}

/// A file of the site with one text in the place of another.
fn edit(stage: &Stage, name: &str, from: &str, to: &str) -> anyhow::Result<()> {
    let file = stage.folder.path().join(name);
    let text = std::fs::read_to_string(&file)?;
    anyhow::ensure!(text.contains(from), "{name} holds no {from:?}");
    std::fs::write(file, text.replacen(from, to, 1))?;
    Ok(())
}

async fn policy_changes(stage: &mut Stage) -> anyhow::Result<()> {
    let version = stage.show.world().policy.version.central;
    let file = stage.folder.path().join("policy.toml");
    let text = std::fs::read_to_string(file)?;
    let line = format!("version = {version}\n");
    anyhow::ensure!(text.contains(&line), "{text}");
    let next = text.replacen(&line, &format!("version = {}\n", version + 1), 1);
    std::fs::write(stage.folder.path().join("next.toml"), next)?;
    let publish = ["policy", "publish", "--config", "region.toml", "next.toml"];
    region(stage, &publish)?;
    let again = region(stage, &publish).expect_err("a version is published once");
    assert!(again.to_string().contains("is in force"), "{again}");
    run_until(stage, "a vehicle judged by the new policy", |stage| {
        Ok(versions(&journal(stage.folder.path())?).contains(&(version + 1)))
    })
    .await?;
    let events = journal(stage.folder.path())?;
    let adopted = events.iter().any(|(_, event)| {
        matches!(&event.body, EventBody::PolicyAdopted(policy)
            if policy.version.central == version + 1)
    });
    assert!(adopted, "the change stands in the journal");
    let told = versions(&events);
    assert!(
        told.is_sorted(),
        "no vehicle goes back to the old policy: {told:?}"
    );
    // A restart begins with it.
    if let Some(gateway) = stage.gateway.take() {
        gateway.kill().await?;
    }
    let before = journal(stage.folder.path())?.len();
    stage.gateway = Some(stage.site.start_gateway()?);
    stage.show.wait_for_devices().await?;
    let events = journal(stage.folder.path())?;
    let adopted = events[before..]
        .iter()
        .find_map(|(_, event)| match &event.body {
            EventBody::PolicyAdopted(policy) => Some(policy.version.central),
            _ => None,
        });
    assert_eq!(adopted, Some(version + 1));
    Ok(())
}

async fn gate_key_changes(stage: &mut Stage) -> anyhow::Result<()> {
    stage.site.call(&["keygen", "--out", "keys/gate-2"])?;
    let announce = [
        "announce-key",
        "--config",
        "gateway.toml",
        "--public-key",
        "keys/gate-2.pub",
    ];
    stage.site.call(&announce)?;
    run_until(stage, "the announced key is at the region", |stage| {
        Ok(region(stage, &["gates", "--config", "region.toml"])?.contains("announced"))
    })
    .await?;
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(20)).await?;
    }
    let key = "signing_key_file = \"keys/gate.key\"\n";
    let next =
        "signing_key_file = \"keys/gate-2.key\"\nformer_public_key_files = [\"keys/gate.pub\"]\n";
    edit(stage, "gateway.toml", key, next)?;
    stage.gateway = Some(stage.site.start_gateway()?);
    stage.show.wait_for_devices().await?;
    run_until(stage, "the new key is in use", |stage| {
        Ok(region(stage, &["gates", "--config", "region.toml"])?.contains("retired"))
    })
    .await
}

async fn region_key_changes(stage: &mut Stage) -> anyhow::Result<()> {
    let shown = |stage: &Stage| -> anyhow::Result<String> {
        let key = status(stage)?["downlink"]["region_key"].clone();
        Ok(key.as_str().unwrap_or_default().to_owned())
    };
    let before = shown(stage)?;
    stage.site.call(&["keygen", "--out", "keys/region-2"])?;
    let rotate = [
        "rotate-key",
        "--config",
        "region.toml",
        "--next-public-key",
        "keys/region-2.pub",
    ];
    region(stage, &rotate)?;
    run_until(stage, "the gate knows the region's next key", |stage| {
        Ok(shown(stage)? != before)
    })
    .await?;
    if let Some(region) = stage.region.take() {
        region.stop(Duration::from_secs(20)).await?;
    }
    edit(stage, "region.toml", "keys/region.key", "keys/region-2.key")?;
    stage.region = Some(stage.site.start_region()?);
    let acknowledged = |stage: &Stage| -> anyhow::Result<u64> {
        let up = status(stage)?["uplink"]["acknowledged"].clone();
        up.as_u64().context("a number")
    };
    let had = acknowledged(stage)?;
    run_until(stage, "the gate believes the new key", |stage| {
        Ok(acknowledged(stage)? > had)
    })
    .await
}

#[tokio::test]
async fn policies_and_keys_change_under_traffic() -> anyhow::Result<()> {
    let mut stage = super::stage::start(92, 4_000).await?;
    policy_changes(&mut stage).await?;
    gate_key_changes(&mut stage).await?;
    region_key_changes(&mut stage).await?;
    let report = region(&stage, &["report", "--config", "region.toml"])?;
    assert!(!report.contains("ALARM"), "{report}");

    // A key that is revoked sends nothing any more; enrolled anew, the gate is heard again.
    let address = stage.show.world().gate.clone();
    let gate = [
        "--config",
        "region.toml",
        "--premises",
        address.premises.as_str(),
        "--gate",
        address.gate.as_str(),
        "--by",
        "officer-07",
    ];
    region(
        &stage,
        &[&["revoke", "--why", "stolen"], &gate[..]].concat(),
    )?;
    run_until(&mut stage, "the alarm of the revoked key", |stage| {
        Ok(region(stage, &["report", "--config", "region.toml"])?.contains("revoked key"))
    })
    .await?;
    // What raised the alarm may have been a question of the gate while no event was on its way.
    run_until(&mut stage, "what is not taken waits at the gate", |stage| {
        let backlog = status(stage)?["uplink"]["backlog"].clone();
        Ok(backlog.as_u64().context("a number")? > 0)
    })
    .await?;
    let enrol = ["enrol", "--public-key", "keys/gate-2.pub"];
    region(&stage, &[&enrol[..], &gate[..]].concat())?;
    stage.come_to_rest(120_000).await?;
    run_until(&mut stage, "the region has the whole journal", |stage| {
        let last = journal(stage.folder.path())?.len();
        let report = region(stage, &["report", "--config", "region.toml"])?;
        Ok(report.contains(&format!(": {last} events")))
    })
    .await?;
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(20)).await?;
    }
    let proved = stage
        .site
        .call(&["journal", "verify", "--config", "gateway.toml"])?;
    assert!(proved.contains("the whole journal is proved"), "{proved}");
    super::stage::check_journal(stage.folder.path())?;
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    Ok(())
}
