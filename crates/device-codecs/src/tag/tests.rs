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
