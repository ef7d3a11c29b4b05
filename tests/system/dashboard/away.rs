//! Goal: pages say at once that they are no longer fresh when the gate goes away, and go on by
//! themselves when it is back, with everybody still signed in; and work is done while the region is
//! away. Method: the daemons are killed and started again under open pages.

use std::time::Duration;

use anyhow::Context as _;
use domain::event::EventBody;
use fantoccini::key::Key;
use sim::live::show::{gate_page, journal, region_has_all};

use super::super::browser::page::{Page, SOON};
use super::{Gate, HELD_WITHIN, RELEASE, while_trucks_come};

/// More pages than a browser opens connections to one host by HTTP/1.1.
const TABS: usize = 8;
/// The gate is up again, and a browser that was refused has tried once more.
const BACK_WITHIN: Duration = Duration::from_secs(40);
/// A link that says nothing is given up.
const OFFLINE_WITHIN: Duration = Duration::from_secs(40);

/// A mark that no load survives.
const MARK: &str = "window.mark = 'the same page'";

/// Waits until the very page that was open is live again.
async fn is_back(page: &Page) -> anyhow::Result<()> {
    page.wait_for_text("#badge", "LIVE", BACK_WITHIN).await?;
    let mark = page.run("return window.mark ?? null", &[]).await?;
    anyhow::ensure!(mark == "the same page", "a page was loaded anew");
    Ok(())
}

#[tokio::test]
async fn pages_outlive_the_gate_and_work_goes_on_without_the_region() -> anyhow::Result<()> {
    let (mut stage, gate) = Gate::open().await?;
    let names = ["supervisor-02", "viewer-01"];
    let opened = async {
        let supervisor = gate.sign_in(names[0]).await?;
        supervisor.run(MARK, &[]).await?;
        let wall = gate.sign_in(names[1]).await?;
        let mut tabs = vec![wall.tab().await?];
        while tabs.len() < TABS {
            tabs.push(wall.open_tab().await?);
        }
        for tab in &tabs {
            wall.switch_to(tab).await?;
            wall.open(&gate.url("wall")).await?;
            wall.wait_for_text("#badge", "LIVE", SOON).await?;
            wall.run(MARK, &[]).await?;
        }
        anyhow::Ok((supervisor, wall, tabs))
    };
    let (supervisor, wall, tabs) = while_trucks_come(&mut stage.show, opened).await?;

    let gateway = stage.gateway.take().context("a gateway")?;
    gateway.kill().await?;
    for page in [&supervisor, &wall] {
        page.wait_for_text("#badge", "STALE", SOON).await?;
    }
    let mut gateway = stage.site.start_gateway()?;
    let again = gate_page(&mut gateway).await?;
    assert_eq!(again, gate.page);
    stage.gateway = Some(gateway);
    let back = async {
        is_back(&supervisor).await?;
        for tab in &tabs {
            wall.switch_to(tab).await?;
            is_back(&wall).await?;
        }
        anyhow::Ok(())
    };
    while_trucks_come(&mut stage.show, back).await?;

    let region = stage.region.take().context("a region")?;
    stage.site.broker.kill(false).await?;
    region.kill().await?;
    let worked = async {
        supervisor
            .wait_for("#top .chip.bad", OFFLINE_WITHIN)
            .await?;
        supervisor.open(&gate.url("review")).await?;
        supervisor.wait_for(RELEASE, HELD_WITHIN).await?;
        supervisor.press("r1").await?;
        supervisor.press(&Key::Enter).await?;
        supervisor.wait_for_text("#told", "Done", SOON).await
    };
    while_trucks_come(&mut stage.show, worked).await?;

    stage.site.broker.resume().await?;
    stage.region = Some(stage.site.start_region()?);
    let caught_up = async {
        supervisor
            .wait_for_text("#top", "online", BACK_WITHIN)
            .await
    };
    while_trucks_come(&mut stage.show, caught_up).await?;
    // No truck comes any more; one that is held may stand there.
    assert!(region_has_all(&stage.site, 60).await?);
    let records = journal(stage.folder.path())?;
    let cleared = |event: &EventBody| matches!(event, EventBody::HoldCleared { .. });
    assert!(records.iter().any(|(_, event)| cleared(&event.body)));
    super::stop(stage).await
}
