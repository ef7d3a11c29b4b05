//! Goal: what we write, others take. Method: readers that nobody here wrote, over reports of a
//! running gate and over the same reports damaged, which they must refuse.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What the validator says of each file.
fn faults(paths: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, Vec<Value>)>> {
    let root = super::programs::root();
    let output = Command::new(root.join(".tools/venv/bin/python"))
        .arg(root.join("tests/peers/epcis_validator.py"))
        .args(paths)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "`tools/setup test`? {said}");
    let mut all = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let file = PathBuf::from(line["file"].as_str().unwrap_or_default());
        let errors = line["errors"].as_array().cloned();
        let errors = errors.ok_or_else(|| anyhow::anyhow!("no list: {line}"))?;
        all.push((file, errors));
    }
    anyhow::ensure!(all.len() == paths.len(), "not every file was looked at");
    Ok(all)
}

/// Every document conforms to the JSON Schema of EPCIS 2.0, and one with a fault does not.
pub(crate) fn epcis_conforms(paths: &[PathBuf]) -> anyhow::Result<()> {
    for (path, errors) in faults(paths)? {
        anyhow::ensure!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
    let sound = paths.first().expect("something was reported");
    damaged_epcis_is_refused(sound)
}

/// The validator would notice: each fault in a sound document is found where it is.
fn damaged_epcis_is_refused(sound: &Path) -> anyhow::Result<()> {
    let document: Value = serde_json::from_slice(&std::fs::read(sound)?)?;
    let folder = tempfile::tempdir()?;
    let event = "/epcisBody/eventList/0";
    let faults_made = [
        (format!("{event}/action"), "SEEN"),
        (format!("{event}/bizStep"), "driving_by"),
        (format!("{event}/eventTime"), "2026-03-01 08:00"),
        (format!("{event}/readPoint/id"), "lane E1"),
        ("/schemaVersion".to_owned(), "two"),
    ];
    let mut paths = Vec::new();
    for (number, (pointer, value)) in faults_made.iter().enumerate() {
        let mut damaged = document.clone();
        let place = damaged.pointer_mut(pointer).expect("the field is there");
        *place = Value::from(*value);
        let path = folder.path().join(format!("{number}.json"));
        std::fs::write(&path, serde_json::to_vec(&damaged)?)?;
        paths.push(path);
    }
    for ((path, errors), (pointer, _)) in faults(&paths)?.iter().zip(&faults_made) {
        anyhow::ensure!(!errors.is_empty(), "{pointer} of {}", path.display());
    }
    Ok(())
}
