//! Goal: the text of the project keeps its own rules. Method: read every tracked Rust file.

use std::path::{Path, PathBuf};

/// Longest source file in lines, inline tests left out.
const LINES_MAX: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the root")
        .to_owned()
}

/// Every Rust file below the source folders; generated code is left out.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["crates", "firmware", "gateway", "sim", "tests", "fuzz"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && !matches!(name.as_str(), "target" | "generated" | "peers") {
                folders.push(path);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 30, "only {} source files found", found.len());
    found
}

#[test]
fn every_file_is_short_opens_with_its_purpose_and_has_no_stub() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).expect("a source file is text");
        let shown = path.strip_prefix(root()).expect("below the root").display();
        let code = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .expect("split gives one part");
        let lines = code.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{shown}: {lines} lines, at most {LINES_MAX}"));
        }
        let is_test = path
            .components()
            .any(|c| c.as_os_str() == "tests" || c.as_os_str() == "tests.rs");
        let opens = text
            .lines()
            .find(|line| !line.starts_with("#!") && !line.is_empty());
        if !is_test && !opens.is_some_and(|line| line.starts_with("//!")) {
            wrong.push(format!("{shown}: does not open with //!"));
        }
        for (number, line) in text.lines().enumerate() {
            // Written in pieces so that this file does not find itself.
            for banned in [
                concat!("to", "do!("),
                concat!("unimplement", "ed!("),
                concat!("#[ig", "nore"),
            ] {
                if line.contains(banned) {
                    wrong.push(format!("{shown}:{}: {banned}", number + 1));
                }
            }
            if line.ends_with(' ') || line.contains('\t') {
                wrong.push(format!("{shown}:{}: trailing blank or tab", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
