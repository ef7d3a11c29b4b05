//! Goal: what other systems send arrives whole, and nothing of it opens a gate. Method: the command
//! on files of each format, and the ledger and folders it leaves behind.

use std::path::{Path, PathBuf};
use std::process::Command;

use domain::ledger_row::Row;
use ledger::import::Importer;
use ledger::rows::{LedgerRows as _, index_keys};
use tempfile::TempDir;

fn data(name: &str) -> PathBuf {
    let folder = super::programs::root().join("crates/standards/tests/data");
    folder.join(name)
}

/// A site with the example configuration and an empty ledger.
fn site() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let example = super::programs::root().join("gateway/gateway.example.toml");
    std::fs::copy(example, folder.path().join("gateway.toml")).expect("copied");
    folder
}

/// Whether the import succeeded, and what it said.
fn import(site: &Path, file: &Path) -> (bool, String) {
    let output = Command::new(super::programs::folder().join("kakou"))
        .current_dir(site)
        .args(["ledger", "import", "--config", "gateway.toml"])
        .arg(file)
        .output()
        .expect("kakou starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

/// The rows that a file of JSON Lines holds.
fn rows_of(text: &str) -> Vec<Row> {
    let mut importer = Importer::new();
    for line in text.lines() {
        assert!(importer.line(line.as_bytes()), "{line}");
    }
    importer.finish().expect("the rows are valid")
}

/// The ledger of the site holds these rows and no others, under their keys and index entries.
fn holds(site: &Path, expected: &[Row]) {
    let config = gateway::config::load(&site.join("gateway.toml")).expect("the example");
    let (ledger, rebuilt) = gateway::ledger_rows::open(&config).expect("the ledger opens");
    assert!(!rebuilt);
    let rows = ledger.rows();
    assert_eq!(rows.row_count(), expected.len() as u64);
    for row in expected {
        let found = rows.row(&row.key()).expect("the store answers");
        assert_eq!(found.as_deref(), Some(row));
        for key in index_keys(row) {
            let found = rows.indexed(&key.group, key.until, 8).expect("an answer");
            assert!(found.contains(&row.key()), "{key:?}");
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|one| one.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn a_manifest_gives_the_same_ledger_whichever_way_it_comes() {
    let lines = std::fs::read_to_string(data("manifest.jsonl")).expect("rows");
    let expected = rows_of(&lines);
    assert_eq!(expected.len(), 3);
    for name in [
        "manifest.jsonl",
        "manifest_cuscar.edi",
        "manifest_mt1401.xml",
    ] {
        let site = site();
        let (is_taken, said) = import(site.path(), &data(name));
        assert!(is_taken && said.contains("3 rows taken in"), "{said}");
        holds(site.path(), &expected);
    }
}

/// Customs cleared a consignment, and has filed more than the manifest: the message that comes
/// (again) adds what is new and takes nothing away.
#[test]
fn a_manifest_adds_to_the_ledger_and_takes_no_clearance_back() {
    let text = std::fs::read_to_string(data("manifest.jsonl")).expect("rows");
    let cleared = text.lines().nth(1).expect("a consignment");
    let cleared = cleared.replace("not_cleared", "cleared");
    let company = r#"{"company":{"id":"C-1","name":"South","standing":"active","valid":{"from":"2026-01-01T00:00:00Z","until":"2026-12-31T23:59:59Z"}}}"#;
    let before = format!("{cleared}\n{company}\n");
    let site = site();
    let file = site.path().join("rows.jsonl");
    std::fs::write(&file, &before).expect("written");
    let (is_taken, said) = import(site.path(), &file);
    assert!(is_taken, "{said}");
    let (is_taken, said) = import(site.path(), &data("manifest_cuscar.edi"));
    assert!(is_taken && said.contains("2 rows taken in"), "{said}");
    assert!(said.contains("1 rows left as they are"), "{said}");
    let other: Vec<&str> = text
        .lines()
        .filter(|l| !l.contains("\"id\":\"B-77001\""))
        .collect();
    holds(
        site.path(),
        &rows_of(&format!("{before}{}", other.join("\n"))),
    );
    // An amendment that is newer is one: what it says has to be cleared again.
    let message = std::fs::read_to_string(data("manifest_cuscar.edi")).expect("a message");
    let file = site.path().join("amended.edi");
    std::fs::write(&file, message.replace("202603011000", "202603011001")).expect("written");
    let (is_taken, said) = import(site.path(), &file);
    assert!(is_taken && said.contains("3 rows taken in"), "{said}");
    let amended = text.replace("02:00:00Z", "02:01:00Z");
    holds(site.path(), &rows_of(&format!("{amended}{company}")));
}

#[test]
fn what_is_announced_is_shown_and_kept_and_clears_nothing() {
    for (name, says) in [
        (
            "coparn.edi",
            "COPARN KK-107 (code 11): 4 containers; MV Example 012E; 粤B12345",
        ),
        (
            "d95b_coprar.edi",
            "COPRAR 20121121084145 (code 45): 2 containers; HELLO WORLD 123W",
        ),
        (
            "codeco.edi",
            "CODECO YT-9001: 2 containers went out at YANTIAN",
        ),
    ] {
        let site = site();
        let (is_taken, said) = import(site.path(), &data(name));
        assert!(is_taken && said.contains(says), "{said}");
        assert!(said.contains("nothing of it enters the ledger"), "{said}");
        assert!(!site.path().join("state/ledger").exists(), "{name}");
        let [kept] = &files(&site.path().join("state/notices"))[..] else {
            panic!("one notice is kept of {name}");
        };
        let kept = std::fs::read(kept).expect("it can be read");
        let kept: serde_json::Value = serde_json::from_slice(&kept).expect("JSON");
        let containers = &kept["messages"][0]["containers"];
        assert!(
            containers.as_array().is_some_and(|list| list.len() == 2),
            "{kept}"
        );
    }
}

#[test]
fn a_refused_message_is_kept_with_its_place_and_reason() {
    let site = site();
    let message = std::fs::read_to_string(data("manifest_cuscar.edi")).expect("a message");
    let xml = std::fs::read_to_string(data("manifest_mt1401.xml")).expect("a message");
    for (name, content, says) in [
        (
            "bad.edi",
            message.replace("MSKU4135329", "MSKU4135328"),
            "MSKU4135328",
        ),
        (
            "other.edi",
            message.replace("+CUSCAR:", "+BAPLIE:"),
            "BAPLIE is no CUSCAR, COPRAR",
        ),
        ("bad.xml", xml.replace("</Manifest>", ""), "line"),
        ("other.xml", "<Purchase/>".to_owned(), "is no MT1401"),
    ] {
        let file = site.path().join(name);
        std::fs::write(&file, &content).expect("written");
        let (is_taken, said) = import(site.path(), &file);
        assert!(!is_taken && said.contains("nothing was taken in"), "{said}");
        assert!(said.contains(says), "{says}: {said}");
        let kept = files(&site.path().join("state/rejected"));
        let named = |ending: &str| {
            kept.iter()
                .find(|path| path.to_string_lossy().ends_with(ending))
        };
        let copy = named(&format!("-{name}")).expect("the message is kept");
        assert_eq!(std::fs::read_to_string(copy).expect("text"), content);
        let reason = named(&format!("-{name}.reason.json")).expect("with its reason");
        let reason = std::fs::read_to_string(reason).expect("text");
        assert!(reason.contains(says), "{says}: {reason}");
    }
    assert_eq!(files(&site.path().join("state/rejected")).len(), 8);
}
