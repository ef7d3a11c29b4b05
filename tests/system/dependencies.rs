//! Goal: the direction of dependencies is the one of the design. Method: compare the edges that
//! cargo knows with the table below; an edge that is not in it fails.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Who may use whom among our own crates (normal dependencies).
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("device-codecs", &["domain"]),
    ("ledger", &["domain"]),
    ("decision", &["domain", "ledger"]),
    ("passage", &["decision", "domain", "ledger"]),
    ("store", &[]),
    ("vision", &["domain"]),
    ("wire", &["domain", "ledger"]),
    ("gate-protocol", &[]),
    ("gate-logic", &["gate-protocol"]),
    ("gate-modbus", &["gate-protocol"]),
    ("region", &["domain", "ledger", "store", "wire"]),
    (
        "gateway",
        &[
            "decision",
            "device-codecs",
            "domain",
            "gate-protocol",
            "ledger",
            "passage",
            "store",
            "vision",
            "wire",
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
    ("tokio", &["gateway", "sim", "region", "system-tests"]),
    ("rumqttc", &["gateway", "sim", "region", "system-tests"]),
    ("tokio-serial", &["gateway", "sim", "system-tests"]),
    ("tokio-modbus", &["gateway", "sim", "system-tests"]),
    ("sled", &["store"]),
    ("redb", &["store"]),
    ("prost", &["wire"]),
    ("nmea", &["device-codecs"]),
    ("image", &["vision"]),
    ("ort", &["vision"]),
    ("anyhow", &["gateway", "sim", "region", "system-tests"]),
];

#[test]
fn crates_depend_only_in_the_direction_of_the_design() {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo knows the workspace");
    let ours: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ALLOWED
        .iter()
        .map(|(name, uses)| (*name, uses.iter().copied().collect()))
        .collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = package.name.to_string();
        let Some(uses) = allowed.get(name.as_str()) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        for dependency in &package.dependencies {
            // Tests may look further than the code they test.
            if dependency.kind != DependencyKind::Normal {
                continue;
            }
            let used = dependency.name.as_str();
            if ours.contains(used) && !uses.contains(used) {
                wrong.push(format!("{name} must not use {used}"));
            }
            let confined = CONFINED.iter().find(|(library, _)| *library == used);
            if confined.is_some_and(|(_, users)| !users.contains(&name.as_str())) {
                wrong.push(format!("{name} must not use {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
