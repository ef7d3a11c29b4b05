//! Goal: a library that cannot be used is told in words. Method: name files that are none. A
//! process has one engine, so this is a test binary of its own.

use vision::{EngineChoice, Runtime, RuntimeError};

#[test]
fn a_library_that_is_none_is_refused_without_a_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("libonnxruntime.so");
    std::fs::write(&path, b"not a library").expect("written");
    let error = Runtime::start(&EngineChoice::Library(path.clone())).expect_err("no library");
    assert!(matches!(error, RuntimeError::Library { path: ref named, .. } if *named == path));
    assert!(error.to_string().contains("libonnxruntime.so"));
    // The first answer stands for the whole process.
    assert!(Runtime::start(&EngineChoice::Tract).is_err());
}
