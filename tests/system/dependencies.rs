//! Goal: the direction of dependencies is the one of the design. Method: compare the edges that
//! cargo knows with the table below; an edge that is not in it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Who may use whom among our own crates (normal dependencies).
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("device-codecs", &["domain"]),
    ("ledger", &["domain"]),
    ("decision", &["domain", "ledger"]),
    ("passage", &["decision", "domain", "ledger"]),
    ("standards", &["domain"]),
    ("store", &[]),
    ("vision", &["domain"]),
    ("wording", &["domain"]),
    ("wire", &["domain", "ledger"]),
    ("evidence-pack", &["decision", "domain", "store", "wire"]),
    ("http-door", &[]),
    ("gate-protocol", &[]),
    ("gate-logic", &["gate-protocol"]),
    ("gate-modbus", &["gate-protocol"]),
    ("policy-file", &["decision", "domain", "wire"]),
    (
        "region",
        &[
            "domain",
            "evidence-pack",
            "http-door",
            "ledger",
            "policy-file",
            "store",
            "wire",
            "wording",
        ],
    ),
    (
        "gateway",
        &[
            "decision",
            "device-codecs",
            "domain",
            "evidence-pack",
            "gate-protocol",
            "http-door",
            "ledger",
            "passage",
            "policy-file",
            "standards",
            "store",
            "vision",
            "wire",
            "wording",
        ],
    ),
    (
        "sim",
        &[
            "decision",
            "device-codecs",
            "domain",
            "gate-logic",
            "gate-modbus",
            "gate-protocol",
            "ledger",
            "passage",
            "store",
            "vision",
            "wire",
        ],
    ),
    ("system-tests", &[]),
];

/// Libraries that only some crates may name.
const CONFINED: &[(&str, &[&str])] = &[
    (
        "tokio",
        &["gateway", "http-door", "sim", "region", "system-tests"],
    ),
    ("rumqttc", &["gateway", "sim", "region", "system-tests"]),
    ("tokio-serial", &["gateway", "sim", "system-tests"]),
    ("tokio-modbus", &["gateway", "sim", "system-tests"]),
    ("sled", &["store"]),
    ("redb", &["store"]),
    ("prost", &["wire"]),
    ("nmea", &["device-codecs"]),
    ("edifact-rs", &["standards"]),
    ("quick-xml", &["standards"]),
    ("image", &["vision"]),
    ("ort", &["vision"]),
    ("anyhow", &["gateway", "sim", "region", "system-tests"]),
];

/// The packages of the workspace as `cargo metadata` tells them. Its own words, not a crate's: one
/// that reads them would turn on features of serde and have everything built twice.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(super::programs::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo does not know the workspace");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list").clone();
    assert!(packages.len() >= ALLOWED.len(), "packages are missing");
    packages
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().expect("a name")
}

#[test]
fn crates_depend_only_in_the_direction_of_the_design() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(package, "name"))
        .collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ALLOWED
        .iter()
        .map(|(name, uses)| (*name, uses.iter().copied().collect()))
        .collect();
    let mut wrong = Vec::new();
    for package in &packages {
        let name = text(package, "name");
        let Some(uses) = allowed.get(name) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("a list") {
            // Tests may look further than the code they test. A normal dependency has no kind.
            if !dependency["kind"].is_null() {
                continue;
            }
            let used = text(dependency, "name");
            if ours.contains(used) && !uses.contains(used) {
                wrong.push(format!("{name} must not use {used}"));
            }
            let confined = CONFINED.iter().find(|(library, _)| *library == used);
            if confined.is_some_and(|(_, users)| !users.contains(&name)) {
                wrong.push(format!("{name} must not use {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
