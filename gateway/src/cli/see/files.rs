//! Paths on the command line → pictures and scans, folders followed in the order of their names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use device_codecs::envelope::{ScanFiles, decode_scan_files};

/// Most files of one call.
const FILES_MAX: usize = 100_000;
/// How deep folders are followed.
const DEPTH_MAX: usize = 8;
/// Pictures that a folder is searched for.
const ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "tif", "tiff", "webp"];
/// Ending of the note of a scan.
const NOTE: &str = "json";
/// Longest note.
const NOTE_BYTES_MAX: u64 = 256 * 1024;

/// Something to look at.
#[derive(Debug)]
pub(super) enum Item {
    /// A picture.
    Picture(PathBuf),
    /// A scan: its note, and the files that it names.
    Scan(PathBuf, ScanFiles),
}

impl Item {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Picture(path) | Self::Scan(path, _) => path,
        }
    }
}

/// Everything the arguments name. In a folder a JSON file that is no note of a scan is passed
/// over, and the images of a scan are no pictures of their own.
pub(super) fn items(arguments: &[PathBuf]) -> anyhow::Result<Vec<Item>> {
    let mut items = Vec::new();
    for path in arguments {
        if path.is_dir() {
            let before = items.len();
            collect(path, DEPTH_MAX, &mut items)?;
            anyhow::ensure!(
                items.len() > before,
                "{} holds no picture ({}) and no scan ({NOTE})",
                path.display(),
                ENDINGS.join(", ")
            );
        } else if ending(path).as_deref() == Some(NOTE) {
            let named = format!("{}: no note of a scan", path.display());
            items.push(Item::Scan(path.clone(), note(path).context(named)?));
        } else {
            items.push(Item::Picture(path.clone()));
        }
    }
    Ok(items)
}

fn collect(folder: &Path, depth: usize, items: &mut Vec<Item>) -> anyhow::Result<()> {
    let context = || format!("cannot read the folder {}", folder.display());
    let mut entries = std::fs::read_dir(folder)
        .with_context(context)?
        .map(|entry| entry.map(|one| one.path()))
        .collect::<Result<Vec<PathBuf>, _>>()
        .with_context(context)?;
    entries.sort();
    let mut of_scans = BTreeSet::new();
    let mut scans = Vec::new();
    for path in &entries {
        if path.is_file()
            && ending(path).as_deref() == Some(NOTE)
            && let Ok(files) = note(path)
        {
            let images = [Some(&files.high), files.low.as_ref()];
            of_scans.extend(images.into_iter().flatten().map(|name| folder.join(name)));
            scans.push(Item::Scan(path.clone(), files));
        }
    }
    for path in entries {
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, items)?;
        }
        let is_picture = ending(&path).is_some_and(|one| ENDINGS.contains(&one.as_str()));
        if path.is_file() && is_picture && !of_scans.contains(&path) {
            items.push(Item::Picture(path));
        }
    }
    items.extend(scans);
    anyhow::ensure!(
        items.len() <= FILES_MAX,
        "more than {FILES_MAX} files; name fewer folders"
    );
    Ok(())
}

fn ending(path: &Path) -> Option<String> {
    let ending = path.extension()?;
    Some(ending.to_string_lossy().to_lowercase())
}

fn note(path: &Path) -> anyhow::Result<ScanFiles> {
    let len = std::fs::metadata(path)?.len();
    anyhow::ensure!(
        len <= NOTE_BYTES_MAX,
        "the file has {len} bytes, a note at most {NOTE_BYTES_MAX}"
    );
    Ok(decode_scan_files(&std::fs::read_to_string(path)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_a_scan_are_not_pictures_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let note = r#"{"type": "scan_image", "captured_at": "2026-03-01T08:00:00Z",
            "high": "s1-high.png", "low": "s1-low.png", "geometry": "s.toml"}"#;
        for (name, text) in [
            ("gate.jpg", ""),
            ("s1-high.png", ""),
            ("s1-low.png", ""),
            ("s1.json", note),
            ("other.json", "{}"),
            ("read.txt", ""),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let found = items(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> = found.iter().map(|one| one.path().file_name()).collect();
        assert_eq!(names, [Some("gate.jpg".as_ref()), Some("s1.json".as_ref())]);
        let error = items(&[folder.path().join("other.json")]).unwrap_err();
        assert!(error.to_string().contains("other.json"), "{error}");
    }
}
