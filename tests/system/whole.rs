//! Goal: from device bytes to barrier, journal and region, as a newcomer runs it. Method: the
//! demonstration itself, by its exit code and what it prints.

use std::process::Command;

#[test]
fn the_demonstration_releases_holds_records_and_proves() {
    let programs = super::programs::folder();
    let _turn = super::stage::turn();
    let output = Command::new(programs.join("demo"))
        .args(["--trucks", "6", "--seconds", "45"])
        .output()
        .expect("the demonstration starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    for line in [
        "region: its page is at http://127.0.0.1:",
        "stopped a truck between decision and barrier: yes",
        "journal and region hold the same events: yes",
        "wrong releases against the truth: 0",
        "the whole journal is proved",
    ] {
        assert!(text.contains(line), "{line:?} is missing from\n{text}");
    }
}
