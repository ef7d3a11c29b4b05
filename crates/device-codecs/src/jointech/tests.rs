//! Frames of the field, with the positions that another decoder gives for two of them.

use domain::position::FixQuality;
use domain::seal::SealState;
use domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn frames() -> Vec<(Vec<u8>, Value)> {
    let text = include_str!("../../tests/data/jointech/frames.json");
    let all: Vec<Value> = serde_json::from_str(text).expect("a list");
    let bytes = |one: &Value| {
        let data = one["data"].as_str().expect("text");
        match one["kind"].as_str() {
            Some("binary") => hex::decode(data).expect("hex"),
            _ => data.as_bytes().to_vec(),
        }
    };
    all.into_iter().map(|one| (bytes(&one), one)).collect()
}

fn read(bytes: &[u8]) -> (Vec<LockReport>, Rejects) {
    let mut decoder = Decoder::new();
    let reports = decoder.feed(bytes);
    assert_eq!(decoder.buffered(), 0, "{}", hex::encode(bytes));
    (reports, decoder.rejects().clone())
}

#[test]
fn every_frame_of_the_field_is_read_or_named() {
    let (mut reports, mut unsupported) = (0, 0);
    for (bytes, vector) in frames() {
        let (read, rejects) = read(&bytes);
        // The sensor relayed by WLNET is the only frame that is none of ours.
        let is_relayed = bytes.windows(5).any(|part| part == b"WLNET");
        assert_eq!(read.is_empty(), is_relayed, "{vector}");
        assert_eq!(rejects.total(), u64::from(is_relayed), "{vector}");
        unsupported += rejects.of(RejectReason::Unsupported);
        reports += read.len();
    }
    assert_eq!(unsupported, 1);
    assert_eq!(reports, 48);
}

#[test]
fn positions_are_those_of_another_decoder() {
    let near = |e7: i32, degrees: f64| (f64::from(e7) - degrees * 1e7).abs() < 60.0;
    let mut compared = 0;
    for (bytes, vector) in frames() {
        let expected = vector["expect"].as_str().unwrap_or("");
        let Some(inner) = expected.strip_prefix("position(\"") else {
            continue;
        };
        compared += 1;
        let (time, rest) = inner.split_once("\", ").expect("a time");
        let rest = rest.trim_end_matches(')');
        let parts: Vec<&str> = rest.split(", ").collect();
        let (reports, _) = read(&bytes);
        let fix = &reports[0].fix;
        let at = format!("{}Z", time.replace(' ', "T"));
        assert_eq!(fix.at, Timestamp::parse(&at).ok(), "{vector}");
        assert_eq!(fix.quality == FixQuality::Satellite, parts[0] == "true");
        let degrees = |at: usize| parts[at].parse::<f64>().expect("degrees");
        assert!(near(fix.point.lat_e7(), degrees(1)), "{vector}: {fix:?}");
        assert!(near(fix.point.lon_e7(), degrees(2)), "{vector}: {fix:?}");
    }
    assert_eq!(compared, 2);
}

#[test]
fn a_lock_tells_whether_it_holds() {
    let closed = "2478807035371711003419081920061851380856003256223b000000000000070000000020c0ff965d54de1800000f0f0f0f0f0f0f0f0f0f02d600ea0a21";
    let (reports, _) = read(&hex::decode(closed).unwrap());
    let report = &reports[0];
    assert_eq!(report.number.as_str(), "7880703537");
    assert_eq!(report.fix.satellites, Some(7));
    let state = report.state.expect("a lock");
    assert_eq!((state.0, state.seal()), (0x20c0, SealState::Closed));
    assert_eq!(report.answer, None);
    let asking = closed.replace("20c0ff", "20e0ff");
    let (reports, _) = read(&hex::decode(asking).unwrap());
    assert_eq!(reports[0].answer.as_deref(), Some("(P35)"));
    let newer = closed
        .replacen("1711", "1911", 1)
        .replace("20c0ff", "20e0ff");
    let (reports, _) = read(&hex::decode(newer).unwrap());
    assert_eq!(reports[0].answer.as_deref(), Some("(P69,0,33)"));
    for (word, seal) in [
        (0x20c0, SealState::Closed),
        (0x2080, SealState::Open),
        (0x2040, SealState::Open),
        (0x20c8, SealState::Tampered),
        (0x30c0, SealState::Tampered),
        (0x0000, SealState::Open),
    ] {
        assert_eq!(LockState(word).seal(), seal, "{word:04x}");
    }
    let event = "(2050018634,P45,051124,204046,9.861502,N,83.950336,W,A,1,0,1,1,0012260888,0,0,7)";
    let (reports, _) = read(event.as_bytes());
    assert_eq!(reports[0].answer.as_deref(), Some("(P69,0,7)"));
    assert_eq!(reports[0].fix.point.lat_e7(), 98_615_020);
    assert_eq!(reports[0].fix.point.lon_e7(), -839_503_360);
}

#[test]
fn damage_is_refused_and_the_next_frame_read() {
    let good =
        b"(3110312099,W01,11404.6204,E,2232.9961,N,A,040511,063736,4,7,100,4,17,1,1,company)";
    for (bad, reason) in [
        (&b"xx\x01\x02"[..], RejectReason::Framing),
        (b"(3110312099,W01,11404.6204,E)", RejectReason::Length),
        (b"(3110312099,Q99,1,2,3,4,5)", RejectReason::Unsupported),
        (
            b"(311031209A,W01,11404.6204,E,2232.9961,N,A,040511,063736,4,7,1)",
            RejectReason::Character,
        ),
        (
            b"(3110312099,W01,11460.6204,E,2232.9961,N,A,040511,063736,4,7,1)",
            RejectReason::Range,
        ),
        (
            b"(3110312099,W01,11404.6204,E,2232.9961,N,A,041311,063736,4,7,1)",
            RejectReason::Range,
        ),
        (b"$\x31\x10\x21\x60\x01\x11\xff\xff", RejectReason::Length),
        (
            b"$\x31\x10\x21\x60\x01\x11\x00\x01\x00\x00",
            RejectReason::Length,
        ),
        (
            b"$\x3a\x10\x21\x60\x01\x11\x00\x00\x00",
            RejectReason::Character,
        ),
    ] {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.feed(bad), []);
        let next = decoder.feed(good);
        assert_eq!(next.len(), 1, "{}", String::from_utf8_lossy(bad));
        assert_eq!(
            decoder.rejects().of(reason),
            1,
            "{}",
            String::from_utf8_lossy(bad)
        );
    }
}

proptest! {
    #[test]
    fn cuts_change_nothing(noise in prop::collection::vec(any::<u8>(), 0..24), size in 1_usize..64) {
        let mut stream = Vec::new();
        for (bytes, _) in frames() {
            stream.extend(bytes);
            stream.extend(&noise);
        }
        let mut whole = Decoder::new();
        let reports = whole.feed(&stream);
        let mut pieces = Decoder::new();
        let read: Vec<_> = stream.chunks(size).flat_map(|piece| pieces.feed(piece)).collect();
        prop_assert_eq!(read, reports);
        prop_assert_eq!(pieces.rejects(), whole.rejects());
    }
}
