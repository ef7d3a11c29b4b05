//! What Chromium itself has seen of the pages of a session: what it refused or found wrong, and
//! what a load cost. Judges nothing.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::page::{Page, SOON};

/// What Chromium wrote to its log as an error since it was last asked, over all tabs and loads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaints {
    /// What the content security policy of a page forbade.
    pub(crate) violations: Vec<String>,
    /// Exceptions nobody caught, what a script wrote by `console.error`, and failed requests.
    pub(crate) errors: Vec<String>,
}

impl Complaints {
    /// Whether there is nothing to complain of.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the last load of a page cost. Times count from the moment in which it was asked for.
#[derive(Debug)]
pub(crate) struct Load {
    /// Every request that has come to its end, the page first: its address, and what came over the
    /// line for it, head and body as compressed. Nothing came for what was cached. The page's icon
    /// comes when Chromium likes, and may be missing.
    pub(crate) transfers: Vec<(String, u64)>,
    /// When something was first painted.
    pub(crate) painted_ms: Option<f64>,
    /// When the page was parsed and its scripts had run: from then on it answers.
    pub(crate) interactive_ms: f64,
    /// When the load event was over.
    pub(crate) loaded_ms: f64,
}

impl Load {
    /// All that came over the line.
    pub(crate) fn transferred_bytes(&self) -> u64 {
        self.transfers.iter().map(|(_, bytes)| bytes).sum()
    }
}

impl Page {
    /// What Chromium complained of since the session began or this was last asked.
    ///
    /// # Errors
    /// The driver does not tell.
    pub(crate) async fn complaints(&self) -> anyhow::Result<Complaints> {
        let log = self.ask("se/log", json!({ "type": "browser" })).await?;
        let log = log.as_array().context("the log is no list")?;
        let mut complaints = Complaints::default();
        for entry in log.iter().filter(|entry| entry["level"] == "SEVERE") {
            let text = entry["message"].as_str().unwrap_or_default().to_owned();
            if entry["source"] == "security" {
                complaints.violations.push(text);
            } else {
                complaints.errors.push(text);
            }
        }
        Ok(complaints)
    }

    /// What the last load in this tab has cost so far.
    ///
    /// # Errors
    /// Its load event does not come soon.
    pub(crate) async fn load(&self) -> anyhow::Result<Load> {
        let script = "const [page] = performance.getEntriesByType('navigation');
            if (!page || page.loadEventEnd === 0) return null;
            const painted = performance.getEntriesByName('first-contentful-paint')[0];
            return {
                transfers: [page, ...performance.getEntriesByType('resource')]
                    .map(entry => [entry.name, entry.transferSize]),
                painted: painted?.startTime ?? null,
                interactive: page.domInteractive,
                loaded: page.loadEventEnd,
            }";
        let told = self.wait_until("its load event", script, &[], SOON).await?;
        let transfers = told["transfers"].as_array().context("no transfers")?;
        Ok(Load {
            transfers: transfers
                .iter()
                .map(transfer)
                .collect::<Option<_>>()
                .with_context(|| format!("{transfers:?}"))?,
            painted_ms: told["painted"].as_f64(),
            interactive_ms: told["interactive"].as_f64().context("no time")?,
            loaded_ms: told["loaded"].as_f64().context("no time")?,
        })
    }
}

/// An address and bytes.
fn transfer(told: &Value) -> Option<(String, u64)> {
    Some((told[0].as_str()?.to_owned(), told[1].as_u64()?))
}
