//! Where the daemons are: built once for all tests of this run, by the same cargo.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// The folder with `kakou`, `kakou-region` and `demo`.
pub(crate) fn folder() -> &'static Path {
    FOLDER.get_or_init(|| {
        let status = Command::new(env!("CARGO"))
            .args([
                "build", "--locked", "--quiet", "-p", "gateway", "-p", "region", "-p", "sim",
                "--bins",
            ])
            .current_dir(root())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the daemons do not build");
        let test = std::env::current_exe().expect("a path");
        let deps = test.parent().expect("deps");
        deps.parent().expect("the profile's folder").to_owned()
    })
}

/// The workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
