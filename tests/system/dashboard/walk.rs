//! Goal: every page can be used in both languages, light and dark, by whoever sees little or uses
//! keys alone; nothing on it breaks its own policy; and the first view is small and soon there.
//! Method: a supervisor and an administrator walk over all pages of a gate under traffic, and axe
//! looks at each. `KAKOU_WRITE_SCREENSHOTS=1` keeps what they saw in `docs/dashboard`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::super::browser::axe;
use super::super::browser::page::{Page, SOON};
use super::{Gate, HELD_WITHIN, while_trucks_come};

/// The first view takes at most so much over the line.
const FIRST_VIEW_BYTES_MAX: u64 = 300_000;

const STATUS: &str = "return performance.getEntriesByType('navigation')[0].responseStatus";

/// Where pictures of the pages go, if they are wanted.
fn gallery() -> Option<PathBuf> {
    let wanted = std::env::var_os("KAKOU_WRITE_SCREENSHOTS").is_some();
    wanted.then(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/dashboard"))
}

#[tokio::test]
async fn every_page_is_shown_without_a_serious_fault() -> anyhow::Result<()> {
    let (mut stage, gate) = Gate::open().await?;
    let walked = async {
        let supervisor = gate.sign_in("supervisor-02").await?;
        let load = supervisor.load().await?;
        anyhow::ensure!(load.transferred_bytes() <= FIRST_VIEW_BYTES_MAX, "{load:?}");
        println!(
            "first view: {} bytes, interactive after {:.0} ms",
            load.transferred_bytes(),
            load.interactive_ms
        );
        supervisor.open(&gate.url("review")).await?;
        supervisor.wait_for("#acts", HELD_WITHIN).await?;
        let passage = supervisor
            .run("return document.body.dataset.passage", &[])
            .await?;
        let passage = passage.as_str().context("a passage")?.to_owned();
        let story = format!("passages/{passage}");
        let notice = format!("passages/{passage}/notice");
        let shown = [
            ("lanes", ""),
            ("review", "review"),
            ("passages", "passages"),
            ("story", &*story),
            ("notice", &*notice),
            ("statistics", "statistics"),
            ("devices", "devices"),
            ("wall", "wall"),
            ("display", "display/L1"),
            ("me", "me"),
        ];
        look(&supervisor, &gate, &shown).await?;
        let keeper = gate.sign_in("admin-01").await?;
        look(&keeper, &gate, &[("accounts", "accounts")]).await?;
        let stranger = gate.browser.session("stranger").await?;
        look(&stranger, &gate, &[("sign-in", "sign-in")]).await
    };
    while_trucks_come(&mut stage.show, walked).await?;
    super::stop(stage).await
}

/// Every page in both languages, light and dark.
async fn look(page: &Page, gate: &Gate, shown: &[(&str, &str)]) -> anyhow::Result<()> {
    for language in ["en", "zh"] {
        page.open(&gate.url(&format!("language?to={language}&back=/sign-in")))
            .await?;
        for scheme in ["light", "dark"] {
            page.prefer("prefers-color-scheme", scheme).await?;
            for (name, path) in shown {
                let what = || format!("{name} {language} {scheme}");
                page.open(&gate.url(path)).await.with_context(what)?;
                page.wait_for("#content", SOON).await.with_context(what)?;
                let status = page.run(STATUS, &[]).await?;
                anyhow::ensure!(status == 200, "{}: {status}", what());
                let faults = axe::faults(page).await.with_context(what)?;
                anyhow::ensure!(faults.is_empty(), "{}: {faults:?}", what());
                if let Some(folder) = gallery() {
                    let file = folder.join(format!("{name}-{language}-{scheme}.png"));
                    page.screenshot(&file).await?;
                }
            }
        }
    }
    let violations = page.complaints().await?.violations;
    anyhow::ensure!(violations.is_empty(), "{violations:?}");
    Ok(())
}
