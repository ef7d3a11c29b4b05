//! Goal: a supervisor who sits at the gate's own page sees a held truck, clears it with three keys,
//! and the journal tells who, why and on which evidence; whoever may not is told whose privilege it
//! needs. Method: real daemons, simulated trucks, a real Chromium; axe looks at the pages of both.

use anyhow::Context as _;
use domain::event::EventBody;
use fantoccini::key::Key;
use sim::live::show::journal;

use super::super::browser::axe;
use super::super::browser::page::SOON;
use super::{Gate, HELD_WITHIN, RELEASE, while_trucks_come};

/// Notes how long after the arrival of a vehicle the page shows it, milliseconds.
const NOTE_ARRIVALS: &str = "window.lags = [];
    const known = new Set();
    const note = () => {
        for (const timer of document.querySelectorAll('.lane .plate [data-since]')) {
            if (known.has(timer.dataset.since)) continue;
            known.add(timer.dataset.since);
            window.lags.push(Date.now() - Number(timer.dataset.since));
        }
    };
    note();
    window.lags.length = 0;
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true })";

#[tokio::test]
async fn a_held_truck_is_cleared_in_three_keys_by_whoever_may() -> anyhow::Result<()> {
    let (mut stage, gate) = Gate::open().await?;
    let acted = async {
        let supervisor = gate.sign_in("supervisor-02").await?;
        let viewer = gate.sign_in("viewer-01").await?;
        let clerk = gate.sign_in("clerk-08").await?;
        viewer.run(NOTE_ARRIVALS, &[]).await?;
        // The page of the queue shows the first case as it comes.
        supervisor.open(&gate.url("review")).await?;
        supervisor.wait_for(RELEASE, HELD_WITHIN).await?;
        let passage = supervisor
            .run("return document.body.dataset.passage", &[])
            .await?;
        let passage = passage.as_str().context("a passage")?.to_owned();
        let lags = "return window.lags.length ? window.lags : null";
        let lags = viewer
            .wait_until("arrivals", lags, &[], HELD_WITHIN)
            .await?;
        println!("shown so many ms after vehicles came: {lags}");
        // Whoever may not sees the same case, and why: by role, and by privilege, with who has it.
        for (page, reason) in [(&viewer, "role may not"), (&clerk, "supervisor-02")] {
            page.open(&gate.url(&format!("review/{passage}"))).await?;
            page.wait_for("#acts button[data-act=release][disabled]", SOON)
                .await?;
            let why = page.text("#why-release").await?;
            anyhow::ensure!(why.contains(reason), "{why}");
        }
        for page in [&supervisor, &viewer, &clerk] {
            let faults = axe::faults(page).await?;
            anyhow::ensure!(faults.is_empty(), "{faults:?}");
        }
        // Three keys.
        supervisor.press("r1").await?;
        supervisor.press(&Key::Enter).await?;
        supervisor.wait_for_text("#told", "Done", SOON).await?;
        let complaints = supervisor.complaints().await?;
        anyhow::ensure!(
            complaints.violations.is_empty(),
            "{:?}",
            complaints.violations
        );
        anyhow::Ok(passage)
    };
    let passage = while_trucks_come(&mut stage.show, acted).await?;
    let records = journal(stage.folder.path())?;
    let mut cleared = records.iter().filter_map(|(_, event)| match &event.body {
        EventBody::HoldCleared {
            user, reason_code, ..
        } => Some((
            event.passage.as_ref()?.to_string(),
            user.clone(),
            reason_code.clone(),
        )),
        _ => None,
    });
    let (of, user, reason) = cleared.next().context("a clearance in the journal")?;
    assert_eq!(of, passage);
    assert_eq!(user.context("a person")?.as_str(), "supervisor-02");
    assert_eq!(reason, "DOCS");
    super::stop(stage).await
}
