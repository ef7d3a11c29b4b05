//! What every run of a fuzz target does with its bytes, and the messages it starts from. The fuzzer
//! and the ordinary tests share it. A panic is a finding; `true` says that the bytes were taken.

use standards::jgs14::command::Command;
use standards::jgs14::frame;
use standards::jgs14::gather::Gather;
use standards::{cuscar, mt1401};

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("manifest", manifest, manifest_seeds),
    ("gate_frame", gate_frame, gate_frame_seeds),
];

/// Any bytes as a manifest message of either format: rows, or a typed error.
pub fn manifest(bytes: &[u8]) -> bool {
    let mut is_taken = false;
    for read in [cuscar::read, mt1401::read] {
        if let Ok((manifest, mut notes)) = read(bytes, 480) {
            is_taken |= manifest.into_rows(&mut notes).is_ok();
        }
    }
    is_taken
}

fn manifest_seeds() -> Vec<Vec<u8>> {
    [
        &include_bytes!("../tests/data/manifest_cuscar.edi")[..],
        include_bytes!("../tests/data/manifest_mt1401.xml"),
        include_bytes!("../tests/data/d95b_coprar.edi"),
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

/// Any bytes as a frame of the customs gate: what is read is written again with the same bytes, and
/// a message in it is read or refused.
pub fn gate_frame(bytes: &[u8]) -> bool {
    let Ok((read, dialect, len)) = frame::read(bytes) else {
        return false;
    };
    assert!(len <= bytes.len(), "a frame ends within its bytes");
    if let Ok(again) = read.write(dialect) {
        let (back, ..) = frame::read(&again).expect("what is written is a frame");
        assert_eq!(back, read, "a frame is written as it was read");
    }
    let gather = Gather::read(&read.xml);
    let command = Command::read(&read.xml);
    gather.is_ok() || command.is_ok()
}

fn gate_frame_seeds() -> Vec<Vec<u8>> {
    [
        &include_bytes!("../tests/data/frame_0x21_code1_le.bin")[..],
        include_bytes!("../tests/data/frame_0x21_code4_be.bin"),
        include_bytes!("../tests/data/frame_0x22_release_code1_le.bin"),
        include_bytes!("../tests/data/frame_0x22_deny_code4_be.bin"),
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}
