//! axe-core over a page: what keeps somebody from using it who cannot see it, see it well, or use a
//! mouse. The rules and their weights are axe-core's, of a version that `tools/setup` pins.

use std::fmt;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Context as _;
use serde_json::Value;

use super::page::Page;

/// The weights that count. Of the lighter ones axe-core itself says that they can be lived with.
const IMPACTS: [&str; 2] = ["serious", "critical"];
/// Places of one fault that are named.
const TARGETS_SHOWN: usize = 10;

static SCRIPT: OnceLock<String> = OnceLock::new();

/// A rule that the page breaks.
#[derive(Debug)]
pub(crate) struct Fault {
    /// axe-core's name of the rule.
    pub(crate) rule: String,
    /// How heavy it is, in axe-core's word.
    pub(crate) impact: String,
    /// What the rule asks for.
    pub(crate) help: String,
    /// CSS selectors of the places.
    pub(crate) targets: Vec<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.rule, self.impact, self.help)?;
        for target in self.targets.iter().take(TARGETS_SHOWN) {
            write!(f, "\n  {target}")?;
        }
        match self.targets.len().saturating_sub(TARGETS_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// Faults of serious or critical impact in what `page` shows now, its hidden parts left out.
///
/// # Errors
/// axe-core is not installed, or it fails in the page.
pub(crate) async fn faults(page: &Page) -> anyhow::Result<Vec<Fault>> {
    let is_there = page.run("return 'axe' in window", &[]).await?;
    if is_there != Value::Bool(true) {
        page.run(script()?, &[]).await?;
    }
    let run = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then(
            found => done({ violations: found.violations }),
            error => done({ error: String(error) }))";
    let told = page.run_async(run, &[]).await?;
    let violations = told["violations"]
        .as_array()
        .with_context(|| format!("axe-core failed: {}", told["error"]))?;
    let heavy = violations
        .iter()
        .filter(|found| IMPACTS.iter().any(|impact| found["impact"] == *impact));
    Ok(heavy.map(fault).collect())
}

fn fault(found: &Value) -> Fault {
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let nodes = found["nodes"].as_array();
    Fault {
        rule: text("id"),
        impact: text("impact"),
        help: text("help"),
        targets: nodes.map_or_else(Vec::new, |nodes| nodes.iter().map(target).collect()),
    }
}

/// Where a fault is; a place inside frames or shadow trees has a selector for every step.
fn target(node: &Value) -> String {
    let steps = node["target"].as_array().cloned().unwrap_or_default();
    let steps = steps.iter().map(|step| {
        let selector = step.as_str().map(str::to_owned);
        selector.unwrap_or_else(|| step.to_string())
    });
    steps.collect::<Vec<_>>().join(" > ")
}

/// axe-core's script, as installed.
fn script() -> anyhow::Result<&'static str> {
    if let Some(script) = SCRIPT.get() {
        return Ok(script);
    }
    let file = installed().context("`tools/setup test` installs axe-core")?;
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    Ok(SCRIPT.get_or_init(|| text))
}

/// Where it lies: the folder carries the version of Python.
fn installed() -> Option<PathBuf> {
    let libraries = super::super::programs::root().join(".tools/venv/lib");
    std::fs::read_dir(libraries).ok()?.find_map(|entry| {
        let package = entry.ok()?.path().join("site-packages");
        let file = package.join("axe_playwright_python/axe.min.js");
        file.is_file().then_some(file)
    })
}
