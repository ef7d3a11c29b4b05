//! Where the daemons are: built by the same cargo, once for all tests of this run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// The folder with `kakou`, `kakou-region` and `demo`.
pub(crate) fn folder() -> &'static Path {
    FOLDER.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo tells this test of its own package would make build scripts that look at it
        // (ring's does) run again, and everything above them be built twice.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if [
                "CARGO_PKG_",
                "CARGO_MANIFEST_",
                "CARGO_BIN_",
                "CARGO_CRATE_",
            ]
            .iter()
            .any(|start| name.starts_with(start))
            {
                cargo.env_remove(&*name);
            }
        }
        let test = std::env::current_exe().expect("a path");
        let deps = test.parent().expect("deps");
        let folder = deps.parent().expect("the profile's folder").to_owned();
        // Of the whole workspace, as tests: otherwise other features are resolved than this test was
        // built with, and half of everything is built a second time. A package whose test is built
        // has its programs built.
        cargo.args([
            "test",
            "--no-run",
            "--locked",
            "--quiet",
            "--workspace",
            "--test",
            "help",
        ]);
        // The daemons that are started lie beside this test: they are built as it was.
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        let status = cargo.current_dir(root()).status().expect("cargo runs");
        assert!(status.success(), "the daemons do not build");
        folder
    })
}

/// The workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
