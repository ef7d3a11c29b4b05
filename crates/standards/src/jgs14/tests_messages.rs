//! Every other message: what is written is read again, and what is no such message is refused.
//! Texts of others are typed from the standard's tables, not made by our writers.

use super::command::{SealOrder, TrackerOrder};
use super::device::{
    ControlOutcome, ControlResult, Device, DeviceControl, DeviceFault, DeviceStates, ModuleState,
};
use super::frame::{Dialect, Frame, Picture, read};
use super::message::{Key, ReadError, WriteError, XML_BYTES_MAX};
use super::module::Module;
use super::operate::{self, DeviceCommand, DeviceResult, Operation};
use super::pictures::{PictureQuestion, Pictures};
use super::register::{Collect, RegisterOutcome, RegisterResult, Registration, Rights};
use super::seal_reader::{SealReaderMessage, SealReaderStep};
use super::smart_feedback::{OfficerCheck, OfficerVerdict, SmartFeedback, SmartVerdict};
use super::smart_gather::{
    Card, ContainerRead, GatherMode, PlateRead, SmartGather, SmartKey, TagRead,
};
use super::smart_operate::{Done, OperateFeedback, OperateOrder, SealAct};
use super::status::{BarrierOrder, StatusWord};
use crate::xml::XmlError;
use domain::mass::Mass;

fn key() -> Key {
    Key {
        area_id: "6407000001".to_owned(),
        channel: "1000000002".to_owned(),
        flag: "I".to_owned(),
        seq_no: "20260301080000000007".to_owned(),
    }
}

fn lane() -> Key {
    key().lane()
}

/// The frame as it arrives at the other end, in every dialect.
fn carried(frame: Result<Frame, WriteError>) -> Frame {
    let frame = frame.unwrap();
    for dialect in Dialect::ALL {
        let bytes = frame.write(dialect).unwrap();
        assert_eq!(read(&bytes).unwrap(), (frame.clone(), dialect, bytes.len()));
    }
    frame
}

#[test]
fn pictures_are_asked_for_and_sent() {
    let question = PictureQuestion { key: key() };
    let frame = carried(question.frame());
    assert_eq!(frame.code, 0x25);
    assert_eq!(PictureQuestion::read(&frame.xml).unwrap(), question);
    let pictures = Pictures {
        key: key(),
        pictures: vec![Picture {
            position: 0x33,
            bytes: vec![0xFF, 0xFF, 0xE2, 0x5C],
        }],
    };
    let frame = carried(pictures.frame());
    assert_eq!(frame.code, 0x26);
    assert_eq!(Pictures::read(&frame).unwrap(), pictures);
    let unnumbered = PictureQuestion { key: lane() };
    assert!(matches!(unnumbered.frame(), Err(WriteError::Number { .. })));
}

#[test]
fn a_command_to_devices_and_its_result() {
    let command = DeviceCommand {
        key: key(),
        word: StatusWord::RELEASE.with(8, b'2'),
        tracker: TrackerOrder {
            tracker: "G1".to_owned(),
            ..TrackerOrder::default()
        },
        seal: SealOrder {
            seals: vec!["S1".to_owned(), "S2".to_owned()],
            key: "k".to_owned(),
        },
        operation: Some(Operation::Lift),
        reason: "复核无误".to_owned(),
        user: "5301".to_owned(),
    };
    for code in [operate::CODE, operate::EMERGENCY_CODE] {
        let frame = carried(command.frame(code));
        assert_eq!(frame.code, code);
        assert_eq!(DeviceCommand::read(&frame.xml).unwrap(), command);
    }
    let result = DeviceResult {
        key: key(),
        word: StatusWord::RELEASE.with(8, b'9'),
        seal_use_count: Some(7),
    };
    let frame = carried(result.frame());
    assert_eq!(frame.code, 0x32);
    assert_eq!(DeviceResult::read(&frame.xml).unwrap(), result);

    // As table A.9 prints it, with what the field leaves out.
    let theirs = "<COMMAND_INFO AREA_ID=\"6407000001\" CHNL_NO=\"1000000002\" I_E_TYPE=\"I\" \
        SEQ_NO=\"20260301080000000007\"><EXCUTE_COMMAND>02000000000000000000</EXCUTE_COMMAND>\
        <OP_TYPE >2</OP_TYPE></COMMAND_INFO>";
    let read = DeviceCommand::read(theirs.as_bytes()).unwrap();
    assert_eq!(read.word.barrier(), BarrierOrder::Lower);
    assert_eq!(read.operation, Some(Operation::Return));
    for (good, bad) in [
        (">2<", ">7<"),
        ("02000000000000000000", "0200000000000000000"),
        ("20260301080000000007", "7"),
        ("COMMAND_INFO", "GATHER_INFO"),
    ] {
        let text = theirs.replace(good, bad);
        assert!(DeviceCommand::read(text.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn single_devices_and_their_states() {
    let device = Device {
        id: Module::Barrier.number(1),
        name: "电动栏杆".to_owned(),
        state: ModuleState::Faulty,
    };
    let control = DeviceControl {
        key: lane(),
        device: device.clone(),
    };
    let frame = carried(control.frame());
    assert_eq!(frame.code, 0x33);
    assert_eq!(DeviceControl::read(&frame.xml).unwrap(), control);

    let result = ControlResult {
        key: lane(),
        id: device.id.clone(),
        name: device.name.clone(),
        outcome: ControlOutcome::NoAnswer,
    };
    for code in [0x34, 0x36] {
        let frame = carried(result.frame(code));
        assert_eq!(frame.code, code);
        assert_eq!(ControlResult::read(&frame.xml).unwrap(), result);
    }

    let fault = DeviceFault {
        key: lane(),
        device: device.clone(),
        text: "栏杆不动".to_owned(),
    };
    let frame = carried(fault.frame());
    assert_eq!(frame.code, 0x43);
    assert_eq!(DeviceFault::read(&frame.xml).unwrap(), fault);

    let states = DeviceStates {
        key: lane(),
        devices: vec![
            device.clone(),
            Device {
                id: "1100000001".to_owned(),
                state: ModuleState::Normal,
                ..device
            },
        ],
    };
    let frame = carried(states.frame());
    assert_eq!(frame.code, 0x42);
    assert_eq!(DeviceStates::read(&frame.xml).unwrap(), states);
    let each = "<DEVICE_STATUS AREA_ID=\"6407000001\" CHNL_NO=\"1000000002\" I_E_TYPE=\"I\">\
        <DEVICES><DEVICE_ID>X</DEVICE_ID><DEVICE_NAME/><DEVICE_STATUS>1</DEVICE_STATUS></DEVICES>\
        <DEVICES><DEVICE_ID>Y</DEVICE_ID><DEVICE_STATUS>2</DEVICE_STATUS></DEVICES></DEVICE_STATUS>";
    let read = DeviceStates::read(each.as_bytes()).unwrap();
    assert_eq!(read.devices.len(), 2);
    assert_eq!(read.devices[1].state, ModuleState::Faulty);
    let stateless = each.replace(">2<", "><");
    assert!(DeviceStates::read(stateless.as_bytes()).is_err());
    let flood = "<DEVICE_ID>X</DEVICE_ID><DEVICE_STATUS>1</DEVICE_STATUS>".repeat(65);
    let flood = format!("<DEVICE_STATUS><DEVICES>{flood}</DEVICES></DEVICE_STATUS>");
    assert!(DeviceStates::read(flood.as_bytes()).is_err());
}

#[test]
fn numbers_of_annex_c() {
    for module in Module::ALL {
        assert_eq!(Module::of(&module.number(7)), Some(module));
    }
    assert_eq!(Module::of("10CN010001"), Some(Module::ContainerReader));
    assert_eq!(Module::of("16010101"), Some(Module::Barrier));
    for none in [
        "",
        "10",
        "10CN01000",
        "1601010",
        "18010101",
        "16-10101",
        "１0CN010001",
    ] {
        assert_eq!(Module::of(none), None, "{none}");
    }
}

#[test]
fn a_front_end_registers() {
    let registration = Registration {
        monitor_ip: "10.1.2.3".to_owned(),
        monitor_port: 9_001,
        user: "U1".to_owned(),
        password: "p<w".to_owned(),
    };
    let frame = carried(registration.frame(&lane()));
    assert_eq!(frame.code, 0x61);
    assert_eq!(Registration::read(&frame.xml).unwrap(), registration);
    assert!(!format!("{registration:?}").contains("p<w"));
    for outcome in [RegisterOutcome::Done, RegisterOutcome::Password] {
        let result = RegisterResult {
            collect: Collect {
                weight: true,
                ..Collect::default()
            },
            ..RegisterResult::to(&lane(), &registration, outcome)
        };
        let frame = carried(result.frame());
        assert_eq!(frame.code, 0x62);
        assert_eq!(RegisterResult::read(&frame.xml).unwrap(), result);
        assert_eq!(
            result.rights == Rights::Control,
            outcome == RegisterOutcome::Done
        );
    }
    for bad in [
        "<RESULT>8</RESULT>",
        "<RESULT/>",
        "",
        "<RESULT>0</RESULT><RIGHTS>3</RIGHTS>",
    ] {
        let text = format!("<COMMAND_INFO>{bad}</COMMAND_INFO>");
        assert!(RegisterResult::read(text.as_bytes()).is_err(), "{bad}");
    }
    let port = "<COMMAND_INFO><MONITOR_PORT>70000</MONITOR_PORT></COMMAND_INFO>";
    assert!(Registration::read(port.as_bytes()).is_err());
}

#[test]
fn a_reader_of_seals_proves_itself() {
    let steps = [
        (0x63, SealReaderStep::Registers),
        (
            0x64,
            SealReaderStep::Challenge {
                is_known: true,
                encrypted_random: "AA55".to_owned(),
            },
        ),
        (
            0x65,
            SealReaderStep::Signs {
                signature: "99".to_owned(),
            },
        ),
        (0x66, SealReaderStep::Verdict { holds: false }),
    ];
    for (code, step) in steps {
        let message = SealReaderMessage {
            key: Key {
                flag: "H".to_owned(),
                ..lane()
            },
            reader: "13CN010001".to_owned(),
            step,
        };
        let frame = carried(message.frame());
        assert_eq!(frame.code, code);
        let read = SealReaderMessage::read(code, &frame.xml);
        assert_eq!(read.unwrap(), message);
    }
    let maybe =
        "<COMMAND_INFO><ESEAL_READER_ID>1</ESEAL_READER_ID><RESULT>Y</RESULT></COMMAND_INFO>";
    assert!(SealReaderMessage::read(0x66, maybe.as_bytes()).is_err());
    assert!(SealReaderMessage::read(0x21, maybe.as_bytes()).is_err());
}

fn smart_key() -> SmartKey {
    SmartKey {
        area_id: "6407000001".to_owned(),
        channel: "1000000002".to_owned(),
        session: "b1a5".to_owned(),
    }
}

#[test]
fn what_a_smart_lane_gathers() {
    let gather = SmartGather {
        key: smart_key(),
        flag: "E".to_owned(),
        mode: GatherMode::Manual,
        card: Card {
            id: "0123".to_owned(),
            number: "9".to_owned(),
            kind: String::new(),
        },
        form_type: "entry".to_owned(),
        form_id: "530120261000000001".to_owned(),
        driver_no: "D1".to_owned(),
        plate: "粤ZF023港".to_owned(),
        containers: vec!["CSQU3054383".to_owned(), "MSKU4135329".to_owned()],
        gross: Some(Mass::from_kg(39_700)),
        tags: vec![TagRead {
            tag: "E280".to_owned(),
            ..TagRead::default()
        }],
        container_reads: vec![ContainerRead {
            number: "CSQU3054383".to_owned(),
            kind: "45G1".to_owned(),
            is_sure: true,
        }],
        plate_read: PlateRead {
            domestic: "粤ZF023港".to_owned(),
            foreign: "AB 1234".to_owned(),
            ..PlateRead::default()
        },
        ..SmartGather::default()
    };
    let document = gather.document().unwrap();
    assert_eq!(SmartGather::read(&document).unwrap(), gather);
    let text = String::from_utf8(document).unwrap();
    // The traditional message has the same root and is not mistaken for it.
    assert!(super::gather::Gather::read(text.as_bytes()).is_err());
    for (good, bad) in [
        ("<GETHER_MODE>M", "<GETHER_MODE>Q"),
        ("<SESSION_ID>b1a5", "<SESSION_ID>"),
        ("<GROSS_WT>39700", "<GROSS_WT>39700x"),
    ] {
        assert!(text.contains(good));
        assert!(SmartGather::read(text.replace(good, bad).as_bytes()).is_err());
    }
    let bell = SmartGather {
        plate: "\u{7}".to_owned(),
        ..gather
    };
    assert!(matches!(bell.document(), Err(WriteError::Control { .. })));
}

#[test]
fn what_the_back_office_and_the_officer_answer() {
    for verdict in [
        SmartVerdict::Release,
        SmartVerdict::Alarm,
        SmartVerdict::Wait,
    ] {
        let feedback = SmartFeedback {
            finding_code: "R9".to_owned(),
            plate: "粤B12345".to_owned(),
            ..SmartFeedback::to(&smart_key(), verdict, "重量不符 🚚")
        };
        let document = feedback.document().unwrap();
        assert_eq!(SmartFeedback::read(&document).unwrap(), feedback);
    }
    let word = "<GATHER_FEEDBACK><SESSION_ID>1</SESSION_ID><CHECK_RESULT>y</CHECK_RESULT></GATHER_FEEDBACK>";
    assert!(SmartFeedback::read(word.as_bytes()).is_err());
    for verdict in [
        OfficerVerdict::Release,
        OfficerVerdict::Inspect,
        OfficerVerdict::Return,
    ] {
        let check = OfficerCheck {
            key: smart_key(),
            verdict,
            comment: "查验".to_owned(),
            officer: "5301".to_owned(),
        };
        assert_eq!(
            OfficerCheck::read(&check.document().unwrap()).unwrap(),
            check
        );
    }
}

#[test]
fn what_is_ordered_of_a_smart_lane() {
    let order = OperateOrder {
        key: smart_key(),
        tracker: "G1".to_owned(),
        seals: vec!["S1".to_owned()],
        seal_act: Some(SealAct::Unlock),
        seal_key: "k".to_owned(),
        device: "16010101".to_owned(),
        operation: "0".to_owned(),
        ..OperateOrder::default()
    };
    assert_eq!(
        OperateOrder::read(&order.document().unwrap()).unwrap(),
        order
    );
    let feedback = OperateFeedback {
        key: smart_key(),
        tracker_on: Some(false),
        tracker_done: Done::Done,
        seals: vec!["S1".to_owned()],
        seal_act: Some(SealAct::Lock),
        seal_done: Done::Failed,
        ..OperateFeedback::default()
    };
    let document = feedback.document().unwrap();
    assert_eq!(OperateFeedback::read(&document).unwrap(), feedback);
    let text = String::from_utf8(document).unwrap();
    for (good, bad) in [
        ("<ESEAL_OPERATE>L", "<ESEAL_OPERATE>X"),
        ("<GPS_OPERATE>C", "<GPS_OPERATE>Y"),
    ] {
        assert!(
            OperateFeedback::read(text.replace(good, bad).as_bytes()).is_err(),
            "{bad}"
        );
    }
}

/// What a reader of any message makes of bytes that are none.
fn refusals(bytes: &[u8]) -> Vec<Result<(), ReadError>> {
    let frame = Frame {
        code: 0x26,
        area_id: String::new(),
        channel: String::new(),
        flag: 'I',
        xml: bytes.to_vec(),
        pictures: Vec::new(),
    };
    let mut all = vec![
        super::gather::Gather::read(bytes).map(drop),
        super::command::Command::read(bytes).map(drop),
        PictureQuestion::read(bytes).map(drop),
        Pictures::read(&frame).map(drop),
        DeviceCommand::read(bytes).map(drop),
        DeviceResult::read(bytes).map(drop),
        DeviceControl::read(bytes).map(drop),
        ControlResult::read(bytes).map(drop),
        DeviceStates::read(bytes).map(drop),
        DeviceFault::read(bytes).map(drop),
        Registration::read(bytes).map(drop),
        RegisterResult::read(bytes).map(drop),
        SmartGather::read(bytes).map(drop),
        SmartFeedback::read(bytes).map(drop),
        OfficerCheck::read(bytes).map(drop),
        OperateOrder::read(bytes).map(drop),
        OperateFeedback::read(bytes).map(drop),
    ];
    all.extend((0x63..=0x66).map(|code| SealReaderMessage::read(code, bytes).map(drop)));
    all
}

#[test]
fn bombs_entities_and_wrong_encodings_are_typed_errors_of_every_message() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><COMMAND_INFO>&b;</COMMAND_INFO>";
    let external =
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><GATHER_INFO>&x;</GATHER_INFO>";
    let deep = "<COMMAND_INFO>".repeat(100);
    let large = " ".repeat(XML_BYTES_MAX + 1);
    let mut wrong_encoding = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><COMMAND_INFO>".to_vec();
    wrong_encoding.extend([0xCB, 0xD5]);
    wrong_encoding.extend(b"</COMMAND_INFO>");
    for refused in refusals(bomb.as_bytes())
        .into_iter()
        .chain(refusals(external.as_bytes()))
        .chain(refusals(deep.as_bytes()))
        .chain(refusals(
            b"<?xml version=\"1.0\" encoding=\"nonsense\"?>\xff",
        ))
    {
        let typed = matches!(refused, Err(ReadError::Xml(_)));
        assert!(typed, "{refused:?}");
    }
    for refused in refusals(&wrong_encoding) {
        let typed = matches!(refused, Err(ReadError::Xml(XmlError::Characters { .. })));
        assert!(typed, "{refused:?}");
    }
    for refused in refusals(large.as_bytes()) {
        assert_eq!(refused, Err(ReadError::TooLarge { len: large.len() }));
    }
    for refused in refusals(b"<OTHER/>") {
        assert!(
            matches!(refused, Err(ReadError::Other { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_character_that_gbk_lacks_is_named() {
    let fault = DeviceFault {
        key: lane(),
        device: Device {
            id: "1".to_owned(),
            name: String::new(),
            state: ModuleState::Normal,
        },
        text: "ok 🚚".to_owned(),
    };
    assert_eq!(fault.frame(), Err(WriteError::Character { found: '🚚' }));
}
