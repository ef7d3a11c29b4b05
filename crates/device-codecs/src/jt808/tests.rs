//! Frames of the field against what an independent decoder makes of them; the platform's answers.

use domain::plate::Plate;
use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::rejects::RejectReason;

fn vectors(text: &str) -> Vec<(Vec<u8>, Value)> {
    let all: Vec<Value> = serde_json::from_str(text).expect("a list");
    let bytes = |one: &Value| hex::decode(one["hex"].as_str().expect("text")).expect("hex");
    all.into_iter().map(|one| (bytes(&one), one)).collect()
}

fn valid() -> Vec<(Vec<u8>, Value)> {
    vectors(include_str!("../../tests/data/jt808/frames-valid.json"))
}

fn only(bytes: &[u8]) -> Frame {
    let frames = Decoder::new().feed(bytes);
    let [frame] = &frames[..] else {
        panic!("{}: {frames:?}", hex::encode(bytes));
    };
    frame.clone()
}

#[test]
fn every_frame_is_read_as_another_decoder_reads_it() {
    let mut locations = 0;
    for (bytes, vector) in valid() {
        let expected = &vector["decoded"];
        let shown = vector["source"].as_str().expect("a source");
        let frame = only(&bytes);
        assert_eq!(format!("0x{:04x}", frame.id), expected["msg_id"], "{shown}");
        assert_eq!(
            frame.version.is_some(),
            expected["v2019"] == true,
            "{shown}"
        );
        let phone = expected["phone"].as_str().expect("digits");
        assert_eq!(
            frame.terminal,
            TerminalNumber::parse(phone).unwrap(),
            "{shown}"
        );
        assert_eq!(
            Some(u64::from(frame.serial)),
            expected["serial"].as_u64(),
            "{shown}"
        );
        assert_eq!(Some(frame.body.len() as u64), expected["body_len"].as_u64());
        assert_eq!(
            frame.part.is_some(),
            expected["subpackage"] == true,
            "{shown}"
        );
        assert_eq!(frame.write().as_ref(), Some(&bytes), "{shown}");
        let loc = &expected["loc"];
        if loc.is_null() {
            continue;
        }
        locations += 1;
        let location = match Message::read(&frame) {
            Ok(Message::Location(location)) => location,
            other => panic!("{shown}: {other:?}"),
        };
        as_decoded(&location, loc, shown);
    }
    assert_eq!(locations, 22);
}

/// Each field is what the other decoder gives.
fn as_decoded(location: &Location, loc: &Value, shown: &str) {
    let fix = &location.fix;
    let close = |e7: i32, key: &str| {
        let degrees = loc[key].as_f64().expect("degrees");
        (f64::from(e7) - degrees * 1e7).abs() < 1.0
    };
    assert!(
        close(fix.point.lat_e7(), "lat") && close(fix.point.lon_e7(), "lon"),
        "{shown}"
    );
    assert_eq!(
        Some(u64::from(location.alarms)),
        loc["alarm"].as_u64(),
        "{shown}"
    );
    assert_eq!(
        Some(u64::from(location.status)),
        loc["status"].as_u64(),
        "{shown}"
    );
    assert_eq!(
        fix.quality > FixQuality::Invalid,
        loc["fixed"] == true,
        "{shown}"
    );
    assert_eq!(
        Some(i64::from(location.altitude_m)),
        loc["alt_m"].as_i64(),
        "{shown}"
    );
    let kmh = loc["speed_kmh"].as_f64().expect("a speed");
    assert_eq!(
        fix.speed_tenths_kmh,
        Some((kmh * 10.0).round() as u32),
        "{shown}"
    );
    assert_eq!(
        fix.course_deg.map(u64::from),
        loc["dir"].as_u64(),
        "{shown}"
    );
    let at = fix.at.expect("a time");
    let bcd = loc["time_bcd"].as_str().expect("digits");
    let text = format!(
        "20{}-{}-{}T{}:{}:{}+08:00",
        &bcd[..2],
        &bcd[2..4],
        &bcd[4..6],
        &bcd[6..8],
        &bcd[8..10],
        &bcd[10..]
    );
    assert_eq!(at, Timestamp::parse(&text).unwrap(), "{shown}");
    for item in loc["extra"].as_array().expect("items") {
        let value = item[1].as_str().expect("hex");
        match item[0].as_u64() {
            Some(1) => {
                let mileage = location.mileage_tenths_km.expect("a mileage");
                assert_eq!(format!("{mileage:08x}"), value, "{shown}");
            }
            Some(0x31) => {
                let satellites = fix.satellites.expect("satellites");
                assert_eq!(format!("{satellites:02x}"), value, "{shown}");
            }
            _ => {}
        }
    }
}

#[test]
fn messages_of_all_three_years_are_read() {
    let read = |hex: &str| Message::read(&only(&hex::decode(hex).unwrap())).unwrap();
    let mut registered = 0;
    for (bytes, vector) in valid() {
        let frame = only(&bytes);
        let message = Message::read(&frame);
        let Ok(Message::Registration(registration)) = message else {
            continue;
        };
        registered += 1;
        let plate = registration.plate().expect("a plate");
        let named = vector["decoded"]["reg"]["plate"].as_str();
        assert_eq!(plate.as_str(), named.unwrap_or(plate.as_str()));
        assert!(plate.as_str().starts_with("粤A1234"), "{plate}");
        if frame.version.is_none() {
            assert_eq!(registration.maker, "1234");
            assert_eq!(registration.model, "smallchi123");
            assert_eq!(registration.device, "CHI123");
        }
    }
    assert_eq!(registered, 3);
    let code = read("7e010200090123456789003039343536313231313131be7e");
    assert_eq!(
        code,
        Message::Authentication {
            code: "456121111".to_owned()
        }
    );
    let batch = "7e0704005311223344556622b80002000026000000010000000200ba7f0e07e4f11c0028003c0000180715101010010400000064020200370026000000020000000100cb735507e6a32300290036007818071510103001040000006002020042d47e";
    let Message::Batch {
        is_backfill,
        locations,
    } = read(batch)
    else {
        panic!("no batch");
    };
    assert!(!is_backfill);
    assert_eq!(locations.len(), 2);
    assert_eq!(locations[0].fix.quality, FixQuality::Satellite);
    assert_eq!(locations[1].mileage_tenths_km, Some(96));
    assert_eq!(
        read("7e80010005012345678900000a0064020000617e"),
        Message::Answer {
            serial: 100,
            id: 0x0200,
            result: 0
        }
    );
}

#[test]
fn damaged_frames_are_refused_by_reason() {
    let text = include_str!("../../tests/data/jt808/frames-rejected.json");
    for (bytes, vector) in vectors(text) {
        let status = vector["status"].as_str().expect("a status");
        let mut decoder = Decoder::new();
        assert_eq!(decoder.feed(&bytes), [], "{vector}");
        // What lies behind is read as if nothing had been before it.
        let good = hex::decode("7e00020000040021679287002b7d027e").unwrap();
        assert_eq!(decoder.feed(&good).len(), 1, "{vector}");
        let rejects = decoder.rejects();
        let reason = match status.split(' ').next() {
            Some("bad-checksum") => RejectReason::Checksum,
            Some("len-mismatch") => RejectReason::Length,
            Some("bad-escape") => RejectReason::Framing,
            _ => {
                assert!(rejects.total() >= 1, "{vector}");
                continue;
            }
        };
        assert!(rejects.of(reason) >= 1, "{status}: {rejects:?}");
    }
}

/// A terminal that talks to a session.
struct Truck {
    session: Session,
    terminal: TerminalNumber,
    version: Option<u8>,
    serial: u16,
}

impl Truck {
    fn new(number: &str, version: Option<u8>) -> Self {
        Self {
            session: Session::new(),
            terminal: TerminalNumber::parse(number).unwrap(),
            version,
            serial: 7,
        }
    }

    fn frame(&mut self, message: &Message) -> Vec<u8> {
        let (id, mut body) = encode(message, false).unwrap();
        if self.version.is_some() && id == 0x0102 {
            body.insert(0, u8::try_from(body.len()).unwrap());
        }
        self.serial += 1;
        let frame = Frame {
            id,
            version: self.version,
            terminal: self.terminal.clone(),
            serial: self.serial,
            part: None,
            body,
        };
        frame.write().unwrap()
    }

    /// Says a message; what the session answers.
    fn says(&mut self, message: &Message) -> Vec<Message> {
        let bytes = self.frame(message);
        self.session
            .handle_input(&bytes, |n| n.as_str() == "13800000001");
        let mut answers = Vec::new();
        while let Some(bytes) = self.session.poll_output() {
            let frame = only(&bytes);
            assert_eq!(
                (&frame.terminal, frame.version),
                (&self.terminal, self.version)
            );
            answers.push(Message::read(&frame).unwrap());
        }
        answers
    }

    fn answered(&mut self, message: &Message, result: u8) {
        let id = encode(message, false).unwrap().0;
        let expected = Message::Answer {
            serial: self.serial + 1,
            id,
            result,
        };
        assert_eq!(self.says(message), [expected]);
    }
}

fn location(seconds: i64) -> Location {
    Location {
        alarms: 0,
        status: 3,
        fix: Fix {
            point: GeoPoint::new(225_431_000, 1_139_012_340).unwrap(),
            at: Some(Timestamp::from_seconds(1_772_352_000 + seconds)),
            quality: FixQuality::Satellite,
            hdop_tenths: None,
            satellites: Some(11),
            speed_tenths_kmh: Some(412),
            course_deg: Some(93),
        },
        altitude_m: -3,
        mileage_tenths_km: Some(1_234_567),
    }
}

fn registration() -> Message {
    Message::Registration(Registration {
        maker: "KK".to_owned(),
        model: "T-1".to_owned(),
        device: "0000001".to_owned(),
        plate_colour: 2,
        vehicle: "粤B12345".to_owned(),
    })
}

#[test]
fn a_terminal_registers_authenticates_and_reports() {
    for version in [None, Some(1)] {
        let mut truck = Truck::new("013800000001", version);
        let report = Message::Location(location(0));
        truck.answered(&report, 1);
        assert_eq!(
            truck.session.poll_report(),
            None,
            "not before it has authenticated"
        );
        if version.is_none() {
            let answers = truck.says(&registration());
            let code = Some("13800000001".to_owned());
            let serial = truck.serial;
            assert_eq!(
                answers,
                [Message::RegistrationAnswer {
                    serial,
                    result: 0,
                    code
                }]
            );
        }
        truck.answered(
            &Message::Authentication {
                code: "1".to_owned(),
            },
            1,
        );
        truck.answered(
            &Message::Authentication {
                code: "13800000001".to_owned(),
            },
            0,
        );
        truck.answered(&Message::Heartbeat, 0);
        truck.answered(&report, 0);
        let batch = Message::Batch {
            is_backfill: true,
            locations: vec![location(-60), location(-30)],
        };
        truck.answered(&batch, 0);
        let first = truck.session.poll_report().expect("a report");
        assert_eq!(first.locations, [location(0)]);
        let second = truck.session.poll_report().expect("a report");
        assert!(second.is_backfill && second.locations.len() == 2);
        assert_eq!(truck.session.rejects().of(RejectReason::NotValid), 2);
    }
}

#[test]
fn strangers_and_pretenders_are_refused() {
    let mut stranger = Truck::new("13900000009", None);
    let answers = stranger.says(&registration());
    let serial = stranger.serial;
    assert_eq!(
        answers,
        [Message::RegistrationAnswer {
            serial,
            result: 4,
            code: None
        }]
    );
    stranger.answered(
        &Message::Authentication {
            code: "13900000009".to_owned(),
        },
        1,
    );
    stranger.answered(&Message::Location(location(0)), 1);
    assert_eq!(stranger.session.poll_report(), None);
    assert_eq!(stranger.session.terminal(), None);

    let mut truck = Truck::new("13800000001", None);
    truck.answered(
        &Message::Authentication {
            code: "13800000001".to_owned(),
        },
        0,
    );
    truck.terminal = TerminalNumber::parse("13800000002").unwrap();
    assert_eq!(truck.says(&Message::Location(location(0))), []);
    assert_eq!(truck.session.rejects().of(RejectReason::Inconsistent), 1);
    assert_eq!(
        truck.session.terminal().map(TerminalNumber::as_str),
        Some("13800000001")
    );
}

#[test]
fn what_is_wrong_or_unknown_is_answered_so() {
    let mut truck = Truck::new("13800000001", None);
    truck.answered(
        &Message::Authentication {
            code: "13800000001".to_owned(),
        },
        0,
    );
    for (id, body, result, reason) in [
        (0x0801, vec![1, 2, 3], 3, None),
        (0x0200, vec![0; 27], 2, Some(RejectReason::Length)),
        (0x0200, vec![0; 28], 2, Some(RejectReason::Range)),
        (0x0704, vec![0, 2, 0], 2, Some(RejectReason::Inconsistent)),
        (0x0102, vec![0xff, 0xff], 2, Some(RejectReason::Character)),
    ] {
        truck.serial += 1;
        let frame = Frame {
            id,
            version: None,
            terminal: truck.terminal.clone(),
            serial: truck.serial,
            part: None,
            body,
        };
        truck
            .session
            .handle_input(&frame.write().unwrap(), |_| true);
        let answer = only(&truck.session.poll_output().expect("an answer"));
        let serial = truck.serial;
        assert_eq!(
            Message::read(&answer),
            Ok(Message::Answer { serial, id, result })
        );
        if let Some(reason) = reason {
            assert_eq!(truck.session.rejects().of(reason), 1, "{id:04x}");
        }
    }
    assert_eq!(truck.session.poll_report(), None);
}

#[test]
fn plates_and_numbers_are_normal() {
    let number = |raw: &str| TerminalNumber::parse(raw).map(|n| n.to_string()).ok();
    assert_eq!(number("00000000013800000001"), number("013800000001"));
    for raw in ["", "000", "12a", "123456789012345678901"] {
        assert_eq!(number(raw), None, "{raw}");
    }
    let Message::Registration(mut one) = registration() else {
        panic!()
    };
    assert_eq!(one.plate(), Plate::parse("粤B12345").ok());
    one.plate_colour = 0;
    assert_eq!(
        one.plate(),
        None,
        "without a plate the text is the chassis number"
    );
}

proptest! {
    /// However the line cuts the stream, the frames and counts are the same, and what is read is
    /// written as it was.
    #[test]
    fn cuts_change_nothing(seed in prop::collection::vec(any::<u8>(), 0..64), size in 1_usize..40) {
        let mut stream = Vec::new();
        for (bytes, _) in valid() {
            stream.extend(&bytes);
            stream.extend(&seed);
        }
        let mut whole = Decoder::new();
        let frames = whole.feed(&stream);
        prop_assert!(!frames.is_empty());
        let mut pieces = Decoder::new();
        let read: Vec<Frame> = stream.chunks(size).flat_map(|piece| pieces.feed(piece)).collect();
        prop_assert_eq!(&read, &frames);
        prop_assert_eq!(pieces.rejects(), whole.rejects());
        for frame in frames {
            let written = frame.write().expect("what is read can be written");
            prop_assert_eq!(only(&written), frame);
        }
    }

    #[test]
    fn locations_come_back(lat in -90_000_000_i64..=90_000_000, lon in -180_000_000_i64..=180_000_000, seconds in 0_i64..800_000_000, speed in 0_u32..=65_535, course in 0_u16..360) {
        let mut one = location(0);
        one.fix.point = GeoPoint::new(lat * 10, lon * 10).unwrap();
        one.fix.at = Some(Timestamp::from_seconds(1_000_000_000 + seconds));
        one.fix.speed_tenths_kmh = Some(speed);
        one.fix.course_deg = Some(course);
        one.status = one.status & !0b1100 | u32::from(lat < 0) << 2 | u32::from(lon < 0) << 3;
        prop_assert_eq!(Location::read(&one.encode()), Ok(one));
    }
}
