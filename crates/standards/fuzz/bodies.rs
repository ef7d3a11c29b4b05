//! What every run of a fuzz target does with its bytes, and the messages it starts from. The fuzzer
//! and the ordinary tests share it. A panic is a finding; `true` says that the bytes were taken.

use standards::jgs14::command::Command;
use standards::jgs14::frame;
use standards::jgs14::gather::Gather;
use standards::{announcement, codeco, cuscar, mt1401, position_service};

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("manifest", manifest, manifest_seeds),
    ("gate_frame", gate_frame, gate_frame_seeds),
    ("exchange", exchange, exchange_seeds),
    ("position_service", position_service, position_service_seeds),
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

/// Any bytes as a message about containers: every one that is taken names its containers.
pub fn exchange(bytes: &[u8]) -> bool {
    let mut is_taken = false;
    if let Ok((notices, _)) = codeco::read(bytes, 480) {
        is_taken = true;
        assert!(notices.iter().all(|notice| !notice.moves.is_empty()));
    }
    if let Ok((all, _)) = announcement::read(bytes, 480) {
        is_taken = true;
        assert!(all.iter().all(|one| !one.containers.is_empty()));
    }
    is_taken
}

fn exchange_seeds() -> Vec<Vec<u8>> {
    [
        &include_bytes!("../tests/data/codeco.edi")[..],
        include_bytes!("../tests/data/coparn.edi"),
        include_bytes!("../tests/data/d95b_coprar.edi"),
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

/// Any bytes as a message of the position service: what is read is written and read again.
pub fn position_service(bytes: &[u8]) -> bool {
    let Ok((message, _)) = position_service::read(bytes, 480) else {
        return false;
    };
    let text = position_service::write(&message, 480);
    let (again, left_out) =
        position_service::read(text.as_bytes(), 480).expect("what is written is a message");
    assert!(left_out.is_empty(), "{left_out:?}");
    assert_eq!(again.body, message.body, "a message is written as it was read");
    true
}

fn position_service_seeds() -> Vec<Vec<u8>> {
    let positions = include_str!("../tests/data/position_service.xml");
    let of_customs = |kind: &str, rest: &str| {
        format!(
            "<CargoSupervision><MessageType>{kind}</MessageType><SenderID>A</SenderID>\
             <ReceiverID>B</ReceiverID><SendTime>20260301103005</SendTime>\
             <DeviceType>1</DeviceType><DeviceID>P1</DeviceID>{rest}</CargoSupervision>"
        )
    };
    let ordered = "<CarrierType>1</CarrierType><CarrierCode>A1</CarrierCode>\
                   <OppCommand>X0030</OppCommand>";
    let result = "<ExecResult>0</ExecResult><FailedNotes>asleep</FailedNotes>";
    vec![
        positions.as_bytes().to_vec(),
        of_customs("4", ordered).into_bytes(),
        of_customs("5", result).into_bytes(),
    ]
}
