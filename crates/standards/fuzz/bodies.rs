//! What every run of a fuzz target does with its bytes, and the messages it starts from. The fuzzer
//! and the ordinary tests share it. A panic is a finding; `true` says that the bytes were taken.

use standards::jgs14::command::Command;
use standards::jgs14::device::{ControlResult, DeviceControl, DeviceFault, DeviceStates};
use standards::jgs14::frame;
use standards::jgs14::gather::Gather;
use standards::jgs14::operate::{self, DeviceCommand, DeviceResult};
use standards::jgs14::pictures::PictureQuestion;
use standards::jgs14::register::{RegisterResult, Registration};
use standards::jgs14::seal_reader::SealReaderMessage;
use standards::jgs14::smart_feedback::{OfficerCheck, SmartFeedback};
use standards::jgs14::smart_gather::SmartGather;
use standards::jgs14::smart_operate::{OperateFeedback, OperateOrder};
use standards::{announcement, codeco, cuscar, mt1401, position_service};

/// Name, what a run does, where it starts from.
pub type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);
/// Every target of this crate.
pub const TARGETS: &[Target] = &[
    ("manifest", manifest, manifest_seeds),
    ("gate_frame", gate_frame, gate_frame_seeds),
    ("gate_message", gate_message, gate_message_seeds),
    ("smart_message", smart_message, smart_message_seeds),
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

/// Any bytes as the XML of any message of the traditional gate: what is read can be written, or is
/// refused for a reason, and what is written is read again.
pub fn gate_message(bytes: &[u8]) -> bool {
    let mut is_taken = false;
    macro_rules! trip {
        ($message:ty, $frame:expr) => {
            if let Ok(message) = <$message>::read(bytes) {
                is_taken = true;
                let frame: fn(&$message) -> _ = $frame;
                if let Ok(frame) = frame(&message) {
                    let again = <$message>::read(&frame.xml).expect("what is written is read");
                    assert_eq!(again.key, message.key, "the key stays");
                }
            }
        };
    }
    trip!(Gather, Gather::frame);
    trip!(Command, Command::frame);
    trip!(PictureQuestion, PictureQuestion::frame);
    trip!(DeviceCommand, |m| m.frame(operate::CODE));
    trip!(DeviceResult, DeviceResult::frame);
    trip!(DeviceControl, DeviceControl::frame);
    trip!(ControlResult, |m| m.frame(0x34));
    trip!(DeviceStates, DeviceStates::frame);
    trip!(DeviceFault, DeviceFault::frame);
    trip!(RegisterResult, RegisterResult::frame);
    if let Ok(registration) = Registration::read(bytes) {
        is_taken = true;
        if let Ok(frame) = registration.frame(&Default::default()) {
            let again = Registration::read(&frame.xml).expect("what is written is read");
            assert_eq!(again, registration, "a registration stays as it is");
        }
    }
    for code in 0x63..=0x66 {
        if let Ok(message) = SealReaderMessage::read(code, bytes) {
            is_taken = true;
            if let Ok(frame) = message.frame() {
                let again = SealReaderMessage::read(code, &frame.xml);
                assert_eq!(again.as_ref(), Ok(&message), "a step stays as it is");
            }
        }
    }
    is_taken
}

fn gate_message_seeds() -> Vec<Vec<u8>> {
    let root = "AREA_ID=\"6407000001\" CHNL_NO=\"1000000001\" I_E_TYPE=\"I\"";
    let numbered = format!("{root} SEQ_NO=\"20260301080000000007\"");
    let mut seeds: Vec<Vec<u8>> = gate_frame_seeds()
        .iter()
        .filter_map(|seed| Some(frame::read(seed).ok()?.0.xml))
        .collect();
    seeds.extend(
        [
            format!("<COMMAND_INFO {numbered}><EXCUTE_COMMAND>00000000000000000000</EXCUTE_COMMAND><SEAL><ESEAL_ID>1|2</ESEAL_ID><SEAL_KEY>k</SEAL_KEY></SEAL><OP_TYPE>0</OP_TYPE><OP_REASON>ok</OP_REASON></COMMAND_INFO>"),
            format!("<COMMAND_INFO {numbered}><EXECUTE_RESULT>00000009000000000000</EXECUTE_RESULT><ESEAL_USE_COUNT>7</ESEAL_USE_COUNT></COMMAND_INFO>"),
            format!("<COMMAND_INFO {root}><DEVICE_ID>16010101</DEVICE_ID><DEVICE_NAME>b</DEVICE_NAME><DEVICE_STATUS>3</DEVICE_STATUS><CONTROL_RESULT>4</CONTROL_RESULT></COMMAND_INFO>"),
            format!("<DEVICE_STATUS {root}><DEVICES><DEVICE_ID>16010101</DEVICE_ID><DEVICE_NAME>b</DEVICE_NAME><DEVICE_STATUS>2</DEVICE_STATUS></DEVICES></DEVICE_STATUS>"),
            format!("<CHANNEL_EXCEPTION {root}><DEVICE_ID>16010101</DEVICE_ID><EXCEPTION_DESCR>x</EXCEPTION_DESCR><DEVICE_STATUS>2</DEVICE_STATUS></CHANNEL_EXCEPTION>"),
            "<COMMAND_INFO><MONITOR_IP>10.0.0.1</MONITOR_IP><MONITOR_PORT>9001</MONITOR_PORT><USERINFO><USER_ID>u</USER_ID><PSW>p</PSW></USERINFO></COMMAND_INFO>".to_owned(),
            format!("<COMMAND_INFO {root}><RESULT>0</RESULT><RIGHTS>2</RIGHTS><WEIGHT_DATA_FLAG>1</WEIGHT_DATA_FLAG></COMMAND_INFO>"),
            format!("<COMMAND_INFO {root}><ESEAL_READER_ID>13CN010001</ESEAL_READER_ID><RESULT>1</RESULT><ENCRYPTED_RANDOM_DATA>AA</ENCRYPTED_RANDOM_DATA><HASH_SIGN>55</HASH_SIGN></COMMAND_INFO>"),
        ]
        .map(String::into_bytes),
    );
    seeds
}

/// Any bytes as any document of the smart gate: likewise.
pub fn smart_message(bytes: &[u8]) -> bool {
    let mut is_taken = false;
    macro_rules! trip {
        ($message:ty) => {
            if let Ok(message) = <$message>::read(bytes) {
                is_taken = true;
                if let Ok(document) = message.document() {
                    let again = <$message>::read(&document).expect("what is written is read");
                    assert_eq!(again.key, message.key, "the key stays");
                }
            }
        };
    }
    trip!(SmartGather);
    trip!(SmartFeedback);
    trip!(OfficerCheck);
    trip!(OperateOrder);
    trip!(OperateFeedback);
    is_taken
}

fn smart_message_seeds() -> Vec<Vec<u8>> {
    let key =
        "<AREA_ID>6407000001</AREA_ID><CHNL_NO>1000000001</CHNL_NO><SESSION_ID>s1</SESSION_ID>";
    [
        format!("<GATHER_INFO><I_E_FLAG>I</I_E_FLAG>{key}<GETHER_MODE>A</GETHER_MODE><IC_INFO><IC_NO>9</IC_NO></IC_INFO><CONTA_ID>CSQU3054383</CONTA_ID><GROSS_WT>39700</GROSS_WT><VE_RFID><RFID_No>E280</RFID_No></VE_RFID><CONTA_RECOGNITION><CONTA_ID>CSQU3054383</CONTA_ID><CONFIDENCE_RATIO>Y</CONFIDENCE_RATIO></CONTA_RECOGNITION></GATHER_INFO>"),
        format!("<GATHER_FEEDBACK>{key}<CHECK_RESULT>M</CHECK_RESULT><VE_INFO><VE_LICENSE_NO2>AB 1234</VE_LICENSE_NO2></VE_INFO><OP_HINT>wait</OP_HINT></GATHER_FEEDBACK>"),
        format!("<OPERATE_INFO>{key}<GPS><GPS_ID>1</GPS_ID></GPS><ESEAL><ESEAL_ID>1|2</ESEAL_ID><ESEAL_OPERATE>U</ESEAL_OPERATE></ESEAL><GENERAL_DEVICE><DEVIC_ID>16010101</DEVIC_ID></GENERAL_DEVICE></OPERATE_INFO>"),
        format!("<OPERATE_FEEDBACK>{key}<GPS><GPS_OPERATE>S</GPS_OPERATE><RESULT>1</RESULT></GPS><ESEAL><ESEAL_OPERATE>L</ESEAL_OPERATE><RESULT>2</RESULT></ESEAL></OPERATE_FEEDBACK>"),
        format!("<MANUAL_CHECK>{key}<CHECK_RESULT>2</CHECK_RESULT><COMMENT>x</COMMENT></MANUAL_CHECK>"),
    ]
    .map(String::into_bytes)
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
