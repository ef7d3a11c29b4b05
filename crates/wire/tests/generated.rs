//! The committed Rust code is what the protocol files say.
#![expect(clippy::disallowed_methods, reason = "files are what is compared")]

use std::path::{Path, PathBuf};

const FILES: [&str; 6] = ["types", "evidence", "ledger", "policy", "event", "sync"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto")
}

#[test]
fn generated_code_matches_the_protocol_files() {
    let files = FILES.map(|name| format!("kakou/v1/{name}.proto"));
    let set = protox::compile(files, [root()]).expect("the protocol files compile");
    let out = tempfile::tempdir().expect("a folder");
    prost_build::Config::new()
        .out_dir(out.path())
        .compile_fds(set)
        .expect("code is generated");
    let fresh = std::fs::read_to_string(out.path().join("kakou.v1.rs")).expect("one package");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated/kakou.v1.rs");
    if std::env::var_os("KAKOU_WRITE_GENERATED").is_some() {
        std::fs::write(&committed, &fresh).expect("written");
    }
    let stands = std::fs::read_to_string(&committed).expect("committed code");
    assert!(
        stands == fresh,
        "proto/ has changed: run KAKOU_WRITE_GENERATED=1 cargo test -p wire --test generated"
    );
}

#[test]
fn every_protocol_file_is_compiled() {
    let mut found: Vec<String> = std::fs::read_dir(root().join("kakou/v1"))
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    found.sort_unstable();
    let mut known = FILES.map(|name| format!("{name}.proto"));
    known.sort_unstable();
    assert_eq!(found, known);
}
