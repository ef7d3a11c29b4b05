//! What a traced process did to the files below one folder, in order. Refuses to know what the
//! files mean.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// System calls that change files, and the two that look at where they do.
const CALLS: &str = "openat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,fallocate,fsync,\
                     fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,rmdir,\
                     mkdir,mkdirat,lseek";

/// One change of a file or folder, by its path below the folder that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A file was opened; `is_new` where that could make it, `is_emptied` where it cut it to nothing.
    Open {
        path: PathBuf,
        is_new: bool,
        is_emptied: bool,
    },
    /// Bytes at an offset.
    Write {
        path: PathBuf,
        offset: u64,
        bytes: Vec<u8>,
    },
    /// A new length.
    SetLength { path: PathBuf, bytes: u64 },
    /// At least this length.
    Reserve { path: PathBuf, bytes: u64 },
    /// Everything of this file or folder was asked to be durable.
    Sync { path: PathBuf },
    /// Another name.
    Rename { from: PathBuf, to: PathBuf },
    /// A name less.
    Remove { path: PathBuf },
    /// A folder.
    MakeFolder { path: PathBuf },
}

/// Puts strace before `command`; it writes one file a thread, `<out>.<thread>`.
pub(crate) fn traced(command: &Command, out: &Path) -> Command {
    let mut wrapped = Command::new("strace");
    wrapped
        // The daemon stays this process' child, the tracer is aside.
        .args(["-D", "-ff", "-ttt", "-y", "-xx", "-s", "1000000", "-e"])
        .arg(format!("trace={CALLS}"))
        .arg("-o")
        .arg(out)
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

/// Reads what [`traced`] wrote about a process with main thread `pid` that ran in `folder`, as far
/// as it concerns files below it.
///
/// # Errors
/// A trace is missing, or holds a change that this module does not understand.
pub(crate) fn read(out: &Path, pid: u32, folder: &Path) -> anyhow::Result<Vec<Change>> {
    let parent = out.parent().context("the trace stands in a folder")?;
    let stem = format!("{}.", out.file_name().context("a name")?.display());
    let mut lines: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(&stem) {
            continue;
        }
        for line in std::fs::read_to_string(entry.path())?.lines() {
            if let Some((at, call)) = line.split_once(' ') {
                lines.push((at.to_owned(), call.to_owned()));
            }
        }
    }
    anyhow::ensure!(!lines.is_empty(), "process {pid} left no trace");
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let mut ends: HashMap<PathBuf, u64> = HashMap::new();
    let mut changes = Vec::new();
    for (_, line) in &lines {
        if let Some(change) = change(line, folder, &mut ends)
            .with_context(|| line.chars().take(300).collect::<String>())?
        {
            changes.push(change);
        }
    }
    Ok(changes)
}

/// Whether the main thread of `pid` has been seen to end, so that the trace is whole.
pub(crate) fn is_whole(out: &Path, pid: u32) -> bool {
    std::fs::read_to_string(format!("{}.{pid}", out.display()))
        .is_ok_and(|text| text.contains("+++ exited") || text.contains("+++ killed"))
}

#[expect(clippy::too_many_lines, reason = "one arm a system call")]
fn change(
    line: &str,
    folder: &Path,
    ends: &mut HashMap<PathBuf, u64>,
) -> anyhow::Result<Option<Change>> {
    let Some((name, rest)) = line.split_once('(') else {
        return Ok(None);
    };
    let Some((arguments, result)) = rest.rsplit_once(") ") else {
        return Ok(None);
    };
    let result = result.trim_start_matches([' ', '=']);
    if result.starts_with('-') || result.starts_with('?') {
        return Ok(None);
    }
    let below = |path: PathBuf| path.strip_prefix(folder).ok().map(Path::to_owned);
    let names: Vec<PathBuf> = quoted(arguments)
        .into_iter()
        .map(|bytes| folder.join(String::from_utf8_lossy(&bytes).as_ref()))
        .collect();
    let number = |place: usize| -> anyhow::Result<u64> {
        let part = arguments.split(", ").nth(place).context("an argument")?;
        part.parse().with_context(|| format!("{part:?}"))
    };
    let on_descriptor = || descriptor(arguments).and_then(below);
    let on_name = |place: usize| names.get(place).cloned().and_then(below);
    Ok(match name {
        "openat" => descriptor(result).and_then(below).map(|path| {
            ends.insert(path.clone(), 0);
            Change::Open {
                is_new: arguments.contains("O_CREAT"),
                is_emptied: arguments.contains("O_TRUNC"),
                path,
            }
        }),
        "write" | "pwrite64" => match on_descriptor() {
            None => None,
            Some(path) => {
                let mut bytes = quoted(arguments).pop().context("bytes")?;
                bytes.truncate(result.parse()?);
                let offset = if name == "write" {
                    let end = ends.entry(path.clone()).or_default();
                    *end += bytes.len() as u64;
                    *end - bytes.len() as u64
                } else {
                    number(3)?
                };
                Some(Change::Write {
                    path,
                    offset,
                    bytes,
                })
            }
        },
        "ftruncate" => on_descriptor()
            .map(|path| {
                anyhow::Ok(Change::SetLength {
                    path,
                    bytes: number(1)?,
                })
            })
            .transpose()?,
        "fallocate" => on_descriptor()
            .map(|path| {
                anyhow::Ok(Change::Reserve {
                    path,
                    bytes: number(2)? + number(3)?,
                })
            })
            .transpose()?,
        "fsync" | "fdatasync" => on_descriptor().map(|path| Change::Sync { path }),
        "rename" => both(on_name(0), on_name(1)),
        "renameat" | "renameat2" => both(on_name(0), on_name(1)),
        "lseek" => {
            if let Some(path) = on_descriptor() {
                ends.insert(path, result.parse()?);
            }
            None
        }
        "unlink" | "unlinkat" | "rmdir" => on_name(0).map(|path| Change::Remove { path }),
        "mkdir" | "mkdirat" => on_name(0).map(|path| Change::MakeFolder { path }),
        // Writes back without making anything durable, sled's way.
        "sync_file_range" => None,
        _ => match on_descriptor() {
            None => None,
            Some(path) => anyhow::bail!("{name} on {} is not understood", path.display()),
        },
    })
}

fn both(from: Option<PathBuf>, to: Option<PathBuf>) -> Option<Change> {
    Some(Change::Rename {
        from: from?,
        to: to?,
    })
}

/// The path in `9</some/where>`, hexadecimal as everything.
fn descriptor(text: &str) -> Option<PathBuf> {
    let (_, rest) = text.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    let path = String::from_utf8(unescaped(path)).ok()?;
    path.starts_with('/').then(|| PathBuf::from(path))
}

fn quoted(arguments: &str) -> Vec<Vec<u8>> {
    arguments
        .split('"')
        .skip(1)
        .step_by(2)
        .map(unescaped)
        .collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    text.split("\\x")
        .skip(1)
        .filter_map(|digits| u8::from_str_radix(digits, 16).ok())
        .collect()
}

#[test]
fn lines_of_a_trace_become_changes() {
    let folder = Path::new("/d");
    let cases = [
        (
            r#"openat(AT_FDCWD<\x2f\x64>, "\x61", O_RDWR|O_CREAT|O_CLOEXEC, 0666) = 3<\x2f\x64\x2f\x61>"#,
            Some(Change::Open {
                path: "a".into(),
                is_new: true,
                is_emptied: false,
            }),
        ),
        (
            r#"pwrite64(3<\x2f\x64\x2f\x61>, "\x01\x02\x03", 3, 512) = 2"#,
            Some(Change::Write {
                path: "a".into(),
                offset: 512,
                bytes: vec![1, 2],
            }),
        ),
        (
            r#"fdatasync(3<\x2f\x64\x2f\x61>)          = 0"#,
            Some(Change::Sync { path: "a".into() }),
        ),
        (
            r#"rename("\x61", "\x62")               = 0"#,
            Some(Change::Rename {
                from: "a".into(),
                to: "b".into(),
            }),
        ),
        (
            r#"rename("\x61", "\x62") = -1 ENOENT (No such file or directory)"#,
            None,
        ),
        (r#"write(1<\x2f\x65\x2f\x61>, "\x01", 1) = 1"#, None),
        ("+++ exited with 0 +++", None),
    ];
    for (line, expected) in cases {
        let found = change(line, folder, &mut HashMap::new()).expect(line);
        assert_eq!(found, expected, "{line}");
    }
}
