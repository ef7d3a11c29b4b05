//! Goal: a gateway that is killed at any moment loses nothing that it acknowledged, raises nothing
//! when it comes back, and ends every passage. Method: SIGKILL at seeded moments under traffic,
//! then journal against region.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use sim::live::show::region_has_all;

/// Kills in one run; `KAKOU_CRASH_POINTS` sets another number for a longer one.
const POINTS: usize = 20;

#[tokio::test]
async fn a_killed_gateway_loses_doubles_and_raises_nothing() -> anyhow::Result<()> {
    let points = std::env::var("KAKOU_CRASH_POINTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(POINTS);
    let mut draw = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let mut stage = super::stage::start(31, 4_000).await?;
    for _ in 0..points {
        stage.run_for(draw.random_range(150..2_500)).await?;
        if let Some(gateway) = stage.gateway.take() {
            gateway.kill().await?;
        }
        // Trucks and people go on without it for a moment.
        stage.run_for(draw.random_range(0..300)).await?;
        stage.gateway = Some(stage.site.start_gateway()?);
    }
    stage.show.wait_for_devices().await?;
    stage.run_for(10_000).await?;
    stage.come_to_rest(120_000).await?;
    assert!(
        region_has_all(&stage.site, 20).await?,
        "the region has not all of the journal"
    );
    if let Some(gateway) = stage.gateway.take() {
        gateway.stop(Duration::from_secs(10)).await?;
    }
    let events = super::stage::check_journal(stage.folder.path())?;
    assert_eq!(stage.show.tally.wrong_releases, 0, "{:?}", stage.show.lines);
    assert!(events.len() > points, "{} events", events.len());
    let proof = stage
        .site
        .call(&["journal", "verify", "--config", "gateway.toml"])?;
    assert!(proof.contains("the whole journal is proved"), "{proof}");
    Ok(())
}
