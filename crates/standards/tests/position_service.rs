//! The position service of JGS/T 14: what providers send is read in both spellings and held to its
//! bounds; what customs orders is written and read back.

use domain::position::{Fix, FixQuality, GeoPoint};
use domain::seal::SealNumber;
use domain::time::Timestamp;
use standards::position_service::{
    Alarm, AlarmKind, Body, Carrier, CarrierKind, Command, EsealState, Message, Occasion, Position,
    read, write,
};

const POSITIONS: &str = include_str!("data/position_service.xml");
/// China.
const ZONE: i16 = 480;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

#[test]
fn positions_are_read_in_both_spellings_and_what_is_none_is_left_out() {
    let (message, left_out) = read(POSITIONS.as_bytes(), ZONE).expect("a message");
    assert_eq!(message.sender, "PSP0001");
    assert_eq!(message.sent_at, at("2026-03-01T02:30:05Z"));
    let Body::Positions {
        occasion,
        positions,
    } = &message.body
    else {
        panic!("{message:?}");
    };
    assert_eq!(*occasion, Occasion::Live);
    let [truck, ship] = &positions[..] else {
        panic!("{positions:?}");
    };
    assert_eq!(
        truck.carrier.plate().expect("a plate").as_str(),
        "粤Z1234港"
    );
    assert_eq!(truck.fix.at, Some(at("2026-03-01T02:30:00.25Z")));
    let point = GeoPoint::new(225_431_001, 1_139_012_345).expect("on the globe");
    assert_eq!(truck.fix.point, point);
    assert_eq!(truck.fix.quality, FixQuality::Satellite);
    assert_eq!(
        (truck.fix.speed_tenths_kmh, truck.fix.course_deg),
        (Some(412), Some(93))
    );
    let seals: Vec<(&str, &str)> = truck
        .seals
        .iter()
        .map(|seal| (seal.number.as_str(), seal.status.as_str()))
        .collect();
    assert_eq!(seals, [("7880703537", "1"), ("CN000123", "02")]);
    let alarm = truck.alarm.expect("an alarm");
    assert!(alarm.kind.is_tampering());
    assert_eq!(alarm.at, at("2026-03-01T02:29:55Z"));
    // Locating failed: no numbers, and no position.
    assert_eq!(ship.fix.quality, FixQuality::Invalid);
    assert_eq!((ship.alarm, ship.carrier.plate()), (None, None));
    let [beyond] = &left_out[..] else {
        panic!("{left_out:?}");
    };
    assert_eq!(beyond.line, 30);
    assert!(
        beyond.error.to_string().contains("Latitude is \"91.2\""),
        "{beyond:?}"
    );
}

#[test]
fn what_is_none_is_refused_with_its_line_and_field() {
    let one = |from: &str, to: &str| {
        let first = POSITIONS.split_inclusive("</Body>").next().expect("a body");
        let text = format!("{first}</CargoSupervision>");
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    let seal = "<ESeal><ESealID>1</ESealID><ESealStatus>1</ESealStatus></ESeal>";
    for (message, says) in [
        (one("<Flag>1", "<Flag>2"), "line 9: Flag"),
        (one("113.9012345", "181"), "Longitude"),
        (one("41.2", "-1"), "Speed"),
        (one("41.2", "1200"), "Speed"),
        (one(">93<", ">361<"), "Direction"),
        (one("20260301103000250", "2026"), "RTCime"),
        (one("<CarrierType>3", "<CarrierType>5"), "CarrierType"),
        (one("<DeviceID>PSP0001-000017</DeviceID>", ""), "DeviceID"),
        (one("<AlarmType>2", "<AlarmType>4"), "AlarmType"),
        (one("7880703537", "锁"), "ESealID"),
        (one("<Position>", &format!("{}<Position>", seal.repeat(8))), "10 ESeal"),
        (one("<MessageType>1", "<MessageType>6"), "message type \"6\""),
        (one("<SendTime>20260301103005", "<SendTime>"), "SendTime"),
        (one("CargoSupervision", "Manifest"), "Manifest is no CargoSupervision"),
        (one("</Head>", ""), "line"),
        ("<CargoSupervision><Head><MessageType>1</MessageType><SendTime>20260301103005</SendTime></Head></CargoSupervision>".to_owned(), "Body"),
        ("<CargoSupervision><MessageType>4</MessageType><SendTime>20260301103005</SendTime><DeviceID>1</DeviceID><CarrierType>1</CarrierType><CarrierCode>A1</CarrierCode><OppCommand>X12</OppCommand></CargoSupervision>".to_owned(), "OppCommand"),
        (String::new(), "line 1"),
    ] {
        let error = read(message.as_bytes(), ZONE).expect_err(says);
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
    // One position too many in the message refuses it: nobody knows which to leave out.
    let body = one("", "");
    let (head, rest) = body.split_once("<Body>").expect("a body");
    let many = format!("{head}{}</CargoSupervision>", "<Body/>".repeat(10_000));
    let error = read(many.as_bytes(), ZONE).expect_err("too many");
    assert!(
        error.to_string().contains("10000 Body, at most 9999"),
        "{error}"
    );
    assert!(rest.contains("</Body>"));
}

fn message(body: Body) -> Message {
    Message {
        sender: "5300GW01".to_owned(),
        receiver: "PSP<0001>".to_owned(),
        sent_at: at("2026-03-01T02:30:05Z"),
        body,
    }
}

fn carrier() -> Carrier {
    Carrier {
        kind: CarrierKind::Vehicle,
        code: "粤B12345".to_owned(),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let position = Position {
        device_kind: "2".to_owned(),
        device: "PSP0001-000017".to_owned(),
        system: "1".to_owned(),
        carrier: carrier(),
        fix: Fix {
            point: GeoPoint::new(-5, -1_799_999_999).expect("on the globe"),
            at: Some(at("2026-02-28T16:00:00.001Z")),
            quality: FixQuality::Satellite,
            hdop_tenths: None,
            satellites: None,
            speed_tenths_kmh: Some(3),
            course_deg: Some(359),
        },
        seals: vec![EsealState {
            number: SealNumber::parse("7880703537").expect("a number"),
            status: "1".to_owned(),
        }],
        alarm: Some(Alarm {
            kind: AlarmKind::WireCut,
            at: at("2026-02-28T16:00:00Z"),
        }),
    };
    let mut bodies = vec![Body::Result {
        device_kind: "1".to_owned(),
        device: "PSP0001-000017".to_owned(),
        is_done: false,
        notes: "off the network & asleep".to_owned(),
    }];
    for occasion in [Occasion::Live, Occasion::Polled, Occasion::Backfilled] {
        bodies.push(Body::Positions {
            occasion,
            positions: vec![position.clone(), position.clone()],
        });
    }
    for command in [
        Command::Poll,
        Command::StartMonitoring,
        Command::StopMonitoring,
        Command::StartListening,
        Command::StopListening,
        Command::StartVideo,
        Command::StopVideo,
        Command::UseBeidou,
        Command::UseGps,
        Command::ReportEvery { seconds: 0 },
        Command::ReportEvery { seconds: 30 },
        Command::ReportEvery { seconds: 9_999 },
    ] {
        bodies.push(Body::Command {
            device_kind: "2".to_owned(),
            device: "PSP0001-000017".to_owned(),
            carrier: carrier(),
            command,
        });
    }
    for body in bodies {
        let message = message(body);
        for zone in [ZONE, 0, -210] {
            let text = write(&message, zone);
            let (back, left_out) = read(text.as_bytes(), zone).expect("what is written is read");
            assert_eq!((&back, left_out.len()), (&message, 0), "{text}");
        }
    }
}

#[test]
fn damage_anywhere_never_panics() {
    let source = POSITIONS.as_bytes();
    for at in 0..source.len() {
        let mut bytes = source.to_vec();
        for byte in [0x00, b'<', b'-', b'.', 0xFF] {
            bytes[at] = byte;
            let _ = read(&bytes, ZONE);
        }
        let _ = read(&source[..at], ZONE);
    }
}
