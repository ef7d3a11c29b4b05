//! Goal: a supervisor who sits at the gate's own page sees a held truck, clears it with three keys,
//! and the journal tells who, why and on which evidence; whoever may not is told whose privilege it
//! needs. Method: real daemons, simulated trucks, a real Chromium; axe looks at the pages of both.

use std::time::Duration;

use anyhow::Context as _;
use domain::event::EventBody;
use fantoccini::key::Key;
use sim::live::people::{self, Login};
use sim::live::show::{Show, gate_page, journal};

use super::browser::axe;
use super::browser::driver::Browser;
use super::browser::page::{Page, SOON};
use super::stage;

/// A truck is held within this time; of the first ones, some have something wrong.
const HELD_WITHIN: Duration = Duration::from_secs(150);

/// Lets trucks come while `act` is done at the pages.
async fn while_trucks_come<T>(
    show: &mut Show,
    act: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut act = std::pin::pin!(act);
    loop {
        tokio::select! {
            done = &mut act => return done,
            stepped = show.step(true) => stepped?,
        }
    }
}

async fn sign_in(page: &Page, gate: &str, login: &Login) -> anyhow::Result<()> {
    page.open(&format!("{gate}sign-in")).await?;
    page.type_into("[name=name]", login.name).await?;
    page.type_into("[name=password]", &login.password).await?;
    page.click("form button.primary").await?;
    page.wait_for_text("#badge", "LIVE", SOON).await?;
    Ok(())
}

fn login<'l>(logins: &'l [Login], name: &str) -> anyhow::Result<&'l Login> {
    let mut found = logins.iter().filter(|login| login.name == name);
    found
        .next()
        .with_context(|| format!("nobody is called {name}"))
}

/// Ends the daemons; the trucks that still stand there go with the simulator.
async fn stop(mut stage: stage::Stage) -> anyhow::Result<()> {
    for daemon in [stage.gateway.take(), stage.region.take()]
        .into_iter()
        .flatten()
    {
        daemon.stop(Duration::from_secs(15)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_held_truck_is_cleared_in_three_keys_by_whoever_may() -> anyhow::Result<()> {
    let mut stage = stage::start(11, 60).await?;
    // The reviews are left to the page.
    stage.show.review_wait_ms = 3_600_000;
    let gateway = stage.gateway.as_mut().context("a gateway")?;
    let gate = gate_page(gateway).await?;
    let logins = people::hire(&stage.site)?;
    let browser = Browser::start().await?;
    let supervisor = browser.session("supervisor-02").await?;
    let clerk = browser.session("viewer-01").await?;
    let acted = async {
        sign_in(&supervisor, &gate, login(&logins, "supervisor-02")?).await?;
        sign_in(&clerk, &gate, login(&logins, "viewer-01")?).await?;
        // The page of the queue shows the first case as it comes.
        supervisor.open(&format!("{gate}review")).await?;
        let free = "#acts button[data-act=release]:not([disabled])";
        supervisor.wait_for(free, HELD_WITHIN).await?;
        let passage = supervisor
            .run("return document.body.dataset.passage", &[])
            .await?;
        let passage = passage.as_str().context("a passage")?.to_owned();
        // Whoever may not sees the same case, and why.
        clerk.open(&format!("{gate}review/{passage}")).await?;
        clerk
            .wait_for("#acts button[data-act=release][disabled]", SOON)
            .await?;
        let why = clerk.text("#why-release").await?;
        anyhow::ensure!(why.contains("role may not"), "{why}");
        for page in [&supervisor, &clerk] {
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
    stop(stage).await
}
