//! Goal: whatever happens to broker and region, every event arrives once and in order. Method: the
//! broker is killed, comes back empty, flaps; the region is killed; then journal against region.

use std::time::Duration;

use sim::live::show::region_has_all;

#[tokio::test]
async fn broker_and_region_come_and_go_and_nothing_is_lost() -> anyhow::Result<()> {
    let mut stage = super::stage::start(41, 4_000).await?;
    stage.run_for(6_000).await?;
    // Away for a while; what it kept is deleted.
    stage.site.broker.kill(true).await?;
    stage.run_for(12_000).await?;
    let status = stage.site.call(&["status", "--config", "gateway.toml"])?;
    assert!(
        status.contains("backlog"),
        "the backlog is not shown: {status}"
    );
    stage.site.broker.resume().await?;
    stage.run_for(6_000).await?;
    // Flapping.
    for _ in 0..4 {
        stage.site.broker.kill(false).await?;
        stage.run_for(700).await?;
        stage.site.broker.resume().await?;
        stage.run_for(1_500).await?;
    }
    // The region dies in the middle of storing and comes back.
    for _ in 0..3 {
        if let Some(region) = stage.region.take() {
            region.kill().await?;
        }
        stage.run_for(2_000).await?;
        stage.region = Some(stage.site.start_region()?);
        stage.run_for(2_000).await?;
    }
    stage.come_to_rest(120_000).await?;
    assert!(
        region_has_all(&stage.site, 30).await?,
        "the region has not all of the journal"
    );
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    super::stage::check_journal(stage.folder.path())?;
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    Ok(())
}
