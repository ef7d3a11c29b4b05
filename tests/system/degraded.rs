//! Goal: a degraded mode that a person declared lasts as long as it says, across restarts of the
//! daemon, and what was decided in it can be listed. Method: declare, kill, start again, under
//! traffic; then the journal and the command that lists.

use std::time::Duration;

use domain::device::DegradedMode;
use domain::event::{Event, EventBody};

/// Declares `mode` in the entry lane for `seconds`, as a person at the console does.
fn declare(stage: &super::stage::Stage, mode: &str, seconds: u64) -> anyhow::Result<()> {
    let now = stage.moment.utc();
    let act = serde_json::json!({
        "verb": "declare_degraded", "lane": "L1", "user": "supervisor-02", "mode": mode,
        "at": now.to_string(), "until": (now + Duration::from_secs(seconds)).to_string(),
        "text": "broken",
    });
    let act = act.to_string();
    stage
        .site
        .call(&["act", "--config", "gateway.toml", &act])?;
    Ok(())
}

/// How often `mode` was declared, ended because its time was over, and ended by a person.
fn told(events: &[(u64, Event)], mode: DegradedMode) -> [usize; 3] {
    let count = |wanted: &dyn Fn(&EventBody) -> bool| {
        let found = events.iter().filter(|(_, event)| wanted(&event.body));
        found.count()
    };
    let ended = |over: bool| {
        count(&|body| {
            matches!(body, EventBody::DegradedEnded { mode: of, expired }
                if *of == mode && *expired == over)
        })
    };
    let declared =
        count(&|body| matches!(body, EventBody::DegradedDeclared(of) if of.mode == mode));
    [declared, ended(true), ended(false)]
}

/// Lets things happen until the journal shows what is wanted.
async fn run_until(
    stage: &mut super::stage::Stage,
    what: &str,
    wanted: impl Fn(&[(u64, Event)]) -> bool,
) -> anyhow::Result<Vec<(u64, Event)>> {
    let limit_ms = stage.moment.ms() + 120_000;
    loop {
        stage.run_for(500).await?;
        let events = sim::live::show::journal(stage.folder.path())?;
        if wanted(&events) {
            return Ok(events);
        }
        anyhow::ensure!(stage.moment.ms() < limit_ms, "not seen: {what}");
    }
}

#[tokio::test]
async fn a_declared_mode_lasts_through_a_restart_and_ends_on_time() -> anyhow::Result<()> {
    use DegradedMode::{ScannerDown, SealReaderDown};
    let mut stage = super::stage::start(81, 4_000).await?;
    declare(&stage, "scanner_down", 45)?;
    declare(&stage, "seal_reader_down", 3)?;
    run_until(&mut stage, "both declarations", |events| {
        told(events, ScannerDown)[0] == 1 && told(events, SealReaderDown)[0] == 1
    })
    .await?;
    if let Some(gateway) = stage.gateway.take() {
        gateway.kill().await?;
    }
    let before = sim::live::show::journal(stage.folder.path())?.len();
    // The shorter one runs out while nobody is there to end it.
    stage.run_for(4_000).await?;
    stage.gateway = Some(stage.site.start_gateway()?);
    stage.show.wait_for_devices().await?;
    let in_scanner_mode = |event: &Event| match &event.body {
        EventBody::PassageDecided(record) => {
            let modes: Vec<_> = record.evidence.degraded.iter().map(|of| of.mode).collect();
            modes == [ScannerDown]
        }
        _ => false,
    };
    let events = run_until(&mut stage, "a passage in the mode that is left", |events| {
        events[before..]
            .iter()
            .any(|(_, event)| in_scanner_mode(event))
    })
    .await?;
    assert_eq!(told(&events, SealReaderDown)[0], 1, "not declared again");
    let events = run_until(&mut stage, "the end of the longer mode", |events| {
        told(events, ScannerDown)[1] > 0
    })
    .await?;
    assert_eq!(told(&events, ScannerDown), [1, 1, 0]);
    assert_eq!(told(&events, SealReaderDown), [1, 1, 0]);
    stage.come_to_rest(120_000).await?;
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    let events = super::stage::check_journal(stage.folder.path())?;
    let listed = stage
        .site
        .call(&["post-check", "--config", "gateway.toml", "--json"])?;
    for (_, event) in events.iter().filter(|(_, event)| in_scanner_mode(event)) {
        let passage = event.passage.as_ref().expect("a decision has a passage");
        let line = listed.lines().find(|line| line.contains(passage.as_str()));
        assert!(
            line.is_some_and(|line| line.contains("\"scanner_down\"")),
            "{passage} is not listed:\n{listed}"
        );
    }
    let table = stage
        .site
        .call(&["post-check", "--config", "gateway.toml"])?;
    assert!(table.contains("scanner_down"), "{table}");
    let later = ["--since", "2099-01-01T00:00:00Z"];
    let nothing = stage.site.call(
        &[
            ["post-check", "--config"],
            ["gateway.toml", "--json"],
            later,
        ]
        .concat(),
    )?;
    assert_eq!(nothing, "");
    Ok(())
}
