//! Frames made by others in all variants of the field, and our own way back.

use super::command::Command;
use super::frame::{ByteOrder, CodeWidth, Dialect, Frame, FrameError, Picture, read};
use super::gather::Gather;
use super::message::{Key, ReadError, WriteError};
use super::status::{BarrierOrder, StatusWord};
use domain::mass::Mass;

const GATHER_LE: &[u8] = include_bytes!("../../tests/data/frame_0x21_code1_le.bin");
const GATHER_BE: &[u8] = include_bytes!("../../tests/data/frame_0x21_code4_be.bin");
const RELEASE: &[u8] = include_bytes!("../../tests/data/frame_0x22_release_code1_le.bin");
const DENY: &[u8] = include_bytes!("../../tests/data/frame_0x22_deny_code4_be.bin");

#[test]
fn both_byte_orders_and_code_widths_are_told_apart() {
    let cases = [
        (GATHER_LE, 0x21, CodeWidth::One, ByteOrder::Little),
        (GATHER_BE, 0x21, CodeWidth::Four, ByteOrder::Big),
        (RELEASE, 0x22, CodeWidth::One, ByteOrder::Little),
        (DENY, 0x22, CodeWidth::Four, ByteOrder::Big),
    ];
    for (bytes, code, width, order) in cases {
        let (frame, dialect, len) = read(bytes).unwrap();
        assert_eq!((frame.code, len), (code, bytes.len()));
        assert_eq!((dialect.code, dialect.order), (width, order));
        assert_eq!(frame.area_id, "6407000001");
        assert_eq!((frame.channel.as_str(), frame.flag), ("1000000001", 'I'));
        assert_eq!(frame.write(dialect).unwrap(), bytes);
        // The next frame of the connection is not touched.
        let two = [bytes, bytes].concat();
        assert_eq!(read(&two).unwrap().2, bytes.len());
        for cut in 0..bytes.len() {
            assert_eq!(
                read(&bytes[..cut]),
                Err(FrameError::Short { have: cut }),
                "{cut}"
            );
        }
    }
}

#[test]
fn what_was_gathered_and_what_is_ordered() {
    let gather = Gather::read(&read(GATHER_LE).unwrap().0.xml).unwrap();
    assert_eq!(gather.key.seq_no, "20170321175400000000");
    assert_eq!(gather.card_no, "9966336699");
    assert_eq!(gather.plate, "苏A88888");
    assert_eq!((gather.gross, gather.containers.len()), (None, 0));

    let release = Command::read(&read(RELEASE).unwrap().0.xml).unwrap();
    assert!(release.answers(&gather));
    assert_eq!(release.result.barrier(), BarrierOrder::Lift);
    assert_eq!(release.hint, "直接放行");
    let deny = Command::read(&read(DENY).unwrap().0.xml).unwrap();
    assert_ne!(deny.result.barrier(), BarrierOrder::Lift);
    assert!(matches!(
        Gather::read(&read(DENY).unwrap().0.xml),
        Err(ReadError::Other { .. })
    ));
    let other = Gather {
        key: Key {
            seq_no: "20170321175400000001".to_owned(),
            ..gather.key.clone()
        },
        ..gather
    };
    assert!(!release.answers(&other));
}

#[test]
fn what_is_written_is_read_again_in_every_dialect() {
    let gather = Gather {
        key: Key {
            area_id: "6407000001".to_owned(),
            channel: "1000000002".to_owned(),
            flag: "E".to_owned(),
            seq_no: "20260301080000000007".to_owned(),
        },
        card_no: "a<b&\"c".to_owned(),
        driver_no: "D1".to_owned(),
        gross: Some(Mass::from_kg(39_700)),
        plate: "粤ZF023港".to_owned(),
        tag: "E28011700000020F1A2B3C4D".to_owned(),
        vehicle_no: "4403".to_owned(),
        containers_sure: true,
        containers: vec!["CSQU3054383".to_owned(), "MSKU4135329".to_owned()],
        seals: vec!["CN1".to_owned(), "CN2".to_owned()],
    };
    let answer = Command::to(&gather, StatusWord::RELEASE.with(5, b'q'), "重量不符");
    for dialect in Dialect::ALL {
        let bytes = gather.frame().unwrap().write(dialect).unwrap();
        let (frame, read_as, _) = read(&bytes).unwrap();
        assert_eq!(read_as, dialect);
        assert_eq!(Gather::read(&frame.xml).unwrap(), gather);
        let bytes = answer.frame().unwrap().write(dialect).unwrap();
        let back = Command::read(&read(&bytes).unwrap().0.xml).unwrap();
        assert_eq!(back, answer);
    }
    let nowhere = Gather {
        key: Key {
            flag: String::new(),
            ..gather.key.clone()
        },
        ..gather.clone()
    };
    let frame = nowhere.frame().unwrap();
    assert!(frame.write(Dialect::ALL[0]).is_err());
    let three = Gather {
        containers: vec![String::new(); 3],
        ..gather.clone()
    };
    assert!(matches!(
        three.frame(),
        Err(WriteError::TooMany { count: 3, .. })
    ));
    let strange = Command {
        hint: "🚚".to_owned(),
        ..answer
    };
    assert!(matches!(strange.frame(), Err(WriteError::Character { .. })));
}

#[test]
fn pictures_travel_behind_the_message() {
    let (mut frame, ..) = read(GATHER_LE).unwrap();
    frame.pictures = (0..6)
        .map(|at| Picture {
            position: 0x30 + at,
            bytes: vec![0xFF; 10 * usize::from(at) + 1],
        })
        .collect();
    for dialect in Dialect::ALL {
        let bytes = frame.write(dialect).unwrap();
        assert_eq!(read(&bytes).unwrap(), (frame.clone(), dialect, bytes.len()));
    }
    frame.pictures.push(frame.pictures[0].clone());
    assert!(frame.write(Dialect::ALL[0]).is_err());
}

#[test]
fn damaged_frames_are_typed_errors() {
    assert!(matches!(
        read(b"GET / HTTP/1.1"),
        Err(FrameError::Head { .. })
    ));
    let mut marker = GATHER_LE.to_vec();
    marker[30] = 0;
    assert_eq!(read(&marker), Err(FrameError::Lengths));
    let mut tail = GATHER_LE.to_vec();
    *tail.last_mut().unwrap() = 0;
    assert_eq!(read(&tail), Err(FrameError::Lengths));
    let mut huge = GATHER_LE.to_vec();
    huge[4..8].copy_from_slice(&[0x7F; 4]);
    assert!(matches!(read(&huge), Err(FrameError::TooLarge { .. })));
    let mut site = GATHER_LE.to_vec();
    site[10] = 0;
    assert_eq!(read(&site), Err(FrameError::Text { field: "AREA_ID" }));
    let frame = Frame {
        area_id: "SZ".to_owned(),
        ..read(GATHER_LE).unwrap().0
    };
    assert!(matches!(
        frame.write(Dialect::ALL[0]),
        Err(FrameError::Unwritable { .. })
    ));
}

#[test]
fn only_a_plain_yes_lifts_the_barrier() {
    use BarrierOrder::{KeepDown, Lift, Lower, Wait};
    for (word, order) in [
        ("00000000000000000000", Some(Lift)),
        // Reserved positions carry digits in the field.
        ("00000000001002000000", Some(Lift)),
        ("Y", Some(Lift)),
        ("N", Some(KeepDown)),
        ("M", Some(KeepDown)),
        ("01000000000000000000", Some(KeepDown)),
        ("02000000000000000000", Some(Lower)),
        ("V0000000000000000000", Some(Wait)),
        ("W0000000000000000000", Some(KeepDown)),
        ("q000q000000000000000", Some(KeepDown)),
        ("09000000000000000000", Some(KeepDown)),
        ("0000000000000000000", None),
        ("000000000000000000000", None),
        ("0000000000000000000é", None),
        ("", None),
        ("y", None),
    ] {
        let parsed = StatusWord::parse(word).ok();
        assert_eq!(parsed.map(|word| word.barrier()), order, "{word:?}");
    }
    let word = StatusWord::RELEASE
        .with(1, b'q')
        .with(5, b'q')
        .with(3, b'z');
    let said: Vec<usize> = word.mismatches().iter().map(|(at, _)| *at).collect();
    assert_eq!(said, [3, 5]);
}
