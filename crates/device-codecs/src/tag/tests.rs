//! Reports of a real reader, a recorded session, and both sides against each other.

use std::time::Duration;

use domain::reading::TagReading;
use domain::tag::TagId;
use domain::time::{Instant, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use super::message::{self, Front, kind};
use super::{ReaderSession, Session, SessionFault, report_body};
use crate::rejects::RejectReason;

macro_rules! reports {
    ($($number:literal),*) => {
        [$((
            include_bytes!(concat!("../../tests/data/llrp/roAccessReports/ROAccessReport-", $number, ".bytes")).as_slice(),
            include_str!(concat!("../../tests/data/llrp/roAccessReports/ROAccessReport-", $number, ".json")),
        )),*]
    };
}

/// Base64 (RFC 4648) of an EPC in the recorded JSON.
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0_u32;
    let mut count = 0;
    let mut bytes = Vec::new();
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = DIGITS.iter().position(|d| *d == byte).expect("base64") as u32;
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn reports_of_a_real_reader_read_as_recorded() {
    let reports = reports!(
        "001", "002", "003", "004", "005", "006", "007", "008", "009"
    );
    for (bytes, json) in reports {
        let expected: Value = serde_json::from_str(json).expect("json");
        let tags = report_body(bytes);
        let entries = expected["TagReportData"].as_array().expect("a list");
        assert_eq!(tags.len(), entries.len());
        for (tag, entry) in tags.iter().zip(entries) {
            let epc = base64(entry["EPC96"]["EPC"].as_str().expect("text"));
            assert_eq!(tag.tag, TagId::from_bytes(&epc).expect("12 bytes"));
            assert_eq!(Some(u64::from(tag.antenna)), entry["AntennaID"].as_u64());
            assert_eq!(tag.rssi_dbm.map(i64::from), entry["PeakRSSI"].as_i64());
            let first = tag.first_seen.map(Timestamp::as_micros);
            assert_eq!(first, entry["FirstSeenUTC"].as_i64());
        }
    }
}

#[test]
fn other_recorded_messages_are_walked_over() {
    let events = include_bytes!("../../tests/data/llrp/ReaderEventNotification-000.bytes");
    // An antenna event: it says nothing of the connection.
    assert_eq!(message::connection_attempt(events), None);
    let close = include_bytes!("../../tests/data/llrp/CloseConnectionResponse-000.bytes");
    assert_eq!(message::status(close).map(|status| status.code), Some(0));
    for bytes in [
        include_bytes!("../../tests/data/llrp/GetROSpecsResponse-000.bytes").as_slice(),
        include_bytes!("../../tests/data/llrp/GetReaderConfigResponse-000.bytes"),
        include_bytes!("../../tests/data/llrp/GetReaderCapabilitiesResponse-000.bytes"),
    ] {
        assert_eq!(message::status(bytes).map(|status| status.code), Some(0));
    }
}

#[test]
fn a_recorded_session_between_two_other_programs_is_read() {
    let session: Vec<Value> =
        serde_json::from_str(include_str!("../../tests/data/llrp/session.json")).expect("json");
    let mut tags = 0;
    for entry in &session {
        let bytes = hex::decode(entry["hex"].as_str().expect("text")).expect("hex");
        let Front::Message { len, message } = message::front(&bytes) else {
            unreachable!("a whole message: {entry}")
        };
        assert_eq!(len, bytes.len());
        assert_eq!(Some(u64::from(message.kind)), entry["type"].as_u64());
        assert_eq!(Some(u64::from(message.id)), entry["id"].as_u64());
        if message.kind == kind::RO_ACCESS_REPORT {
            let (read, bad) = message::tags(&message.body);
            assert_eq!(bad, 0);
            tags += read.len();
        }
    }
    assert!(tags > 0);
}

fn reading(epc: &str, rssi_dbm: i16) -> TagReading {
    TagReading {
        tag: TagId::parse(epc).expect("hex"),
        antenna: 2,
        rssi_dbm: Some(rssi_dbm),
        seen_count: 3,
        first_seen: Some(Timestamp::from_seconds(1_772_352_000)),
    }
}

/// Lets both sides talk until neither has anything to say.
fn settle(client: &mut Session, reader: &mut ReaderSession, now: Instant) {
    loop {
        let mut quiet = true;
        while let Some(bytes) = reader.poll_output() {
            quiet = false;
            // The network cuts where it likes.
            for piece in bytes.chunks(7) {
                client.handle_input(piece, now);
            }
        }
        while let Some(bytes) = client.poll_output() {
            quiet = false;
            reader.handle_input(&bytes, now);
        }
        if quiet {
            return;
        }
    }
}

#[test]
fn a_session_is_set_up_and_tags_arrive() {
    let start = Instant::from_millis(0);
    let mut client = Session::new(start);
    let mut reader = ReaderSession::new(Timestamp::from_seconds(1_772_352_000));
    settle(&mut client, &mut reader, start);
    assert!(client.is_established() && reader.is_running());
    let tags = [
        reading("E20034120123456789ABCDEF", -52),
        reading("E2003412", -71),
    ];
    reader.report(&tags);
    settle(&mut client, &mut reader, start);
    let read: Vec<TagReading> = std::iter::from_fn(|| client.poll_reading()).collect();
    assert_eq!(read, tags);
    assert_eq!(client.rejects().total(), 0);
}

#[test]
fn keepalives_keep_the_session_and_silence_ends_it() {
    let start = Instant::from_millis(0);
    let mut client = Session::new(start);
    let mut reader = ReaderSession::new(Timestamp::from_seconds(0));
    settle(&mut client, &mut reader, start);
    let mut now = start;
    for _ in 0..20 {
        now = reader.poll_timeout().expect("keep-alives were asked for");
        reader.handle_timeout(now);
        settle(&mut client, &mut reader, now);
        assert_eq!(client.handle_timeout(now), Ok(()));
    }
    assert_eq!(
        client.handle_timeout(now + Duration::from_secs(7)),
        Err(SessionFault::Silent)
    );
}

#[test]
fn faults_have_their_names() {
    let start = Instant::from_millis(0);
    let mut client = Session::new(start);
    let busy = message::connection_event_body(2, 0);
    client.handle_input(
        &message::message(kind::READER_EVENT_NOTIFICATION, 1, &busy),
        start,
    );
    assert_eq!(client.fault(), Some(SessionFault::Refused { status: 2 }));

    let mut client = Session::new(start);
    client.handle_input(b"GET / HTTP/1.1\r\n", start);
    assert_eq!(client.fault(), Some(SessionFault::NotLlrp));
    assert_eq!(client.rejects().of(RejectReason::Framing), 1);

    let mut client = Session::new(start);
    let late = start + Duration::from_secs(6);
    let unanswered = Err(SessionFault::Unanswered {
        request: "the connection",
    });
    assert_eq!(client.handle_timeout(late), unanswered);

    let mut client = Session::new(start);
    let hello = message::connection_event_body(0, 0);
    client.handle_input(
        &message::message(kind::READER_EVENT_NOTIFICATION, 1, &hello),
        start,
    );
    let refusal = message::message(
        kind::SET_READER_CONFIG_RESPONSE,
        1,
        &message::status_body(401),
    );
    client.handle_input(&refusal, start);
    assert!(matches!(
        client.fault(),
        Some(SessionFault::Failed { status: 401, .. })
    ));
}

/// What the reader answers to one request.
fn answer(reader: &mut ReaderSession, kind: u16, body: &[u8]) -> Option<(u16, u16, Vec<u8>)> {
    while reader.poll_output().is_some() {}
    reader.handle_input(&message::message(kind, 77, body), Instant::from_millis(0));
    let bytes = reader.poll_output()?;
    let Front::Message { message, .. } = message::front(&bytes) else {
        unreachable!("a reader sends whole messages")
    };
    assert_eq!(message.id, 77);
    let status = message::status(&message.body).expect("every answer has one");
    Some((message.kind, status.code, message.body))
}

#[test]
fn a_reader_tells_what_it_is_and_obeys_for_its_own_inventory() {
    let mut reader = ReaderSession::new(Timestamp::from_seconds(0));
    let id = |number: u32| number.to_be_bytes().to_vec();
    let all_antennas = |part| vec![0, 0, part, 0, 0, 0, 0];
    for (kind, body, expected) in [
        (kind::GET_READER_CAPABILITIES, vec![0], (11, 0)),
        (kind::GET_READER_CAPABILITIES, vec![3], (11, 0)),
        (kind::GET_READER_CAPABILITIES, vec![5], (11, 100)),
        (kind::GET_READER_CAPABILITIES, vec![], (11, 100)),
        (kind::GET_READER_CONFIG, all_antennas(0), (12, 0)),
        (kind::GET_READER_CONFIG, all_antennas(8), (12, 0)),
        (kind::GET_READER_CONFIG, all_antennas(12), (12, 100)),
        (
            kind::GET_READER_CONFIG,
            vec![0, 5, 2, 0, 0, 0, 0],
            (12, 100),
        ),
        (kind::ENABLE_ROSPEC, id(1), (34, 100)),
        (kind::DELETE_ACCESSSPEC, id(0), (51, 0)),
        (kind::DELETE_ROSPEC, id(0), (31, 0)),
        (kind::ADD_ROSPEC, vec![1, 2, 3], (30, 100)),
        (kind::ADD_ROSPEC, message::rospec(9), (30, 0)),
        (kind::ENABLE_ROSPEC, id(8), (34, 100)),
        (kind::ENABLE_ROSPEC, id(9), (34, 0)),
        (kind::STOP_ROSPEC, id(8), (33, 100)),
        (1_023, id(0), (100, 109)),
    ] {
        let (answered, code, _) = answer(&mut reader, kind, &body).expect("an answer");
        assert_eq!((answered, code), expected, "{kind} {body:?}");
    }
    assert!(reader.is_running());
    assert_eq!(
        answer(&mut reader, kind::ENABLE_EVENTS_AND_REPORTS, &[]),
        None
    );
    for (kind, runs) in [
        (kind::STOP_ROSPEC, false),
        (kind::START_ROSPEC, true),
        (kind::DISABLE_ROSPEC, false),
        (kind::ENABLE_ROSPEC, true),
    ] {
        answer(&mut reader, kind, &id(0)).expect("an answer");
        assert_eq!(reader.is_running(), runs, "{kind}");
    }
}

/// The types of the parameters at the top, in order.
#[test]
fn capabilities_have_the_parts_that_a_real_reader_sends() {
    let recorded =
        include_bytes!("../../tests/data/llrp/GetReaderCapabilitiesResponse-000.bytes").as_slice();
    let mut reader = ReaderSession::new(Timestamp::from_seconds(0));
    let (_, _, ours) = answer(&mut reader, kind::GET_READER_CAPABILITIES, &[0]).expect("told");
    let kinds = |body: &[u8]| message::kinds(body).expect("parameters to the end");
    // 1023 is an extension of its maker.
    let theirs: Vec<u16> = kinds(recorded)
        .into_iter()
        .filter(|kind| *kind != 1_023)
        .collect();
    assert_eq!(kinds(&ours), theirs);
}

proptest! {
    #[test]
    fn noise_never_panics_on_either_side(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let start = Instant::from_millis(0);
        let mut client = Session::new(start);
        client.handle_input(&bytes, start);
        let mut reader = ReaderSession::new(Timestamp::from_seconds(0));
        reader.handle_input(&bytes, start);
        let _ = report_body(&bytes);
    }

    #[test]
    fn a_damaged_report_never_panics(at in 0_usize..31, to in any::<u8>()) {
        let mut bytes = include_bytes!("../../tests/data/llrp/roAccessReports/ROAccessReport-001.bytes").to_vec();
        bytes[at] = to;
        let _ = report_body(&bytes);
        let _ = report_body(&bytes[..at]);
    }
}
