//! Logs of real receivers against what gpsd makes of them.

use domain::position::{Fix, FixQuality, GeoPoint};
use domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::{Decoder, encode, sentence};
use crate::rejects::RejectReason;

macro_rules! logs {
    ($($name:literal),* $(,)?) => {
        [$(($name,
            include_bytes!(concat!("../../tests/data/nmea/", $name, ".log")).as_slice(),
            include_str!(concat!("../../tests/data/nmea/", $name, ".log.chk")))),*]
    };
}

fn logs() -> [(&'static str, &'static [u8], &'static str); 12] {
    logs!(
        "GPSmap-76S",
        "april6_2019",
        "beidou-bd",
        "bu353-glonass",
        "gp-320fw-2019-04-07-coldboot",
        "mtk-3329",
        "neo-m8n",
        "nmea-fuzzy-cases",
        "quectel-L70",
        "sirfstarv-nmea",
        "st-teseo-liv4f",
        "tcp-torture",
    )
}

/// Positions that gpsd reports with a fix.
fn reported(chk: &str) -> Vec<(f64, f64)> {
    chk.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|value| value["class"] == "TPV" && value["mode"].as_u64().unwrap_or(0) >= 2)
        .filter_map(|value| Some((value["lat"].as_f64()?, value["lon"].as_f64()?)))
        .collect()
}

fn near(fix: &Fix, (lat, lon): (f64, f64)) -> bool {
    let close = |e7: i32, degrees: f64| (f64::from(e7) - degrees * 1e7).abs() < 3.0;
    close(fix.point.lat_e7(), lat) && close(fix.point.lon_e7(), lon)
}

#[test]
fn every_fix_of_a_real_log_is_one_that_gpsd_reports() {
    let mut total = 0;
    for (name, log, chk) in logs() {
        // In this log `|` marks where a write ended.
        let log: Vec<u8> = log
            .iter()
            .copied()
            .filter(|b| name != "tcp-torture" || *b != b'|')
            .collect();
        let mut decoder = Decoder::new();
        let fixes = decoder.feed(&log);
        let reported = reported(chk);
        // gpsd reports a cycle when the next begins: the last one of a log it never does.
        let complete = &fixes[..fixes.len().saturating_sub(1)];
        let unknown = complete
            .iter()
            .filter(|fix| !reported.iter().any(|at| near(fix, *at)));
        assert_eq!(unknown.count(), 0, "{name}");
        total += fixes.len();
    }
    assert!(total > 100, "{total}");
}

#[test]
fn talkers_of_every_constellation_are_read() {
    for (name, least) in [
        ("beidou-bd", 5),
        ("neo-m8n", 10),
        ("mtk-3329", 1),
        ("quectel-L70", 5),
    ] {
        let (_, log, _) = logs()
            .into_iter()
            .find(|log| log.0 == name)
            .expect("listed");
        let fixes = Decoder::new().feed(log);
        assert!(fixes.len() >= least, "{name}: {}", fixes.len());
    }
}

#[test]
fn a_date_from_before_the_week_rollover_is_not_believed() {
    for name in ["april6_2019", "gp-320fw-2019-04-07-coldboot"] {
        let (_, log, _) = logs()
            .into_iter()
            .find(|log| log.0 == name)
            .expect("listed");
        let mut decoder = Decoder::new();
        let fixes = decoder.feed(log);
        let earliest = Timestamp::parse("2019-04-07T00:00:00Z").expect("valid");
        assert!(
            fixes
                .iter()
                .all(|fix| fix.at.is_none_or(|at| at >= earliest)),
            "{name}"
        );
    }
}

#[test]
fn bad_sentences_are_counted_by_reason() {
    let void = sentence("GPRMC,171926.00,V,,,,,,,180315,,,N");
    let cases: [(&[u8], RejectReason); 4] = [
        (
            b"$GNRMC,171926.00,A,4404.14063,N,12118.85478,W,0.117,,180315,,,A*77\r\n",
            RejectReason::Checksum,
        ),
        (void.as_bytes(), RejectReason::NotValid),
        (b"garbage\r\n", RejectReason::Framing),
        (&[b'$'; 200], RejectReason::Length),
    ];
    for (bytes, reason) in cases {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.feed(bytes), []);
        assert_eq!(decoder.rejects().of(reason), 1, "{:?}", decoder.rejects());
    }
}

fn fixes() -> impl Strategy<Value = Fix> {
    let place = (
        -900_000_000_i64..=900_000_000,
        -1_800_000_000_i64..=1_800_000_000,
    );
    let time = 1_600_000_000_i64..1_900_000_000;
    (place, time, 0_u32..2_000, 0_u16..360, 0_u8..40, 1_u16..200).prop_map(
        |((lat, lon), seconds, speed, course, satellites, hdop)| Fix {
            point: GeoPoint::new(lat, lon).expect("on the globe"),
            at: Some(Timestamp::from_seconds(seconds)),
            quality: FixQuality::Satellite,
            hdop_tenths: Some(hdop),
            satellites: Some(satellites),
            speed_tenths_kmh: Some(speed),
            course_deg: Some(course),
        },
    )
}

proptest! {
    #[test]
    fn an_encoded_fix_comes_back(fix in fixes()) {
        let mut decoder = Decoder::new();
        let read = decoder.feed(&encode(&fix));
        prop_assert_eq!(read.len(), 1, "{:?}", decoder.rejects());
        let moved = (read[0].point.lat_e7() - fix.point.lat_e7()).abs()
            .max((read[0].point.lon_e7() - fix.point.lon_e7()).abs());
        prop_assert!(moved <= 1);
        prop_assert_eq!(Fix { point: fix.point, ..read[0].clone() }, fix);
    }

    #[test]
    fn noise_never_panics(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..20)) {
        let mut decoder = Decoder::new();
        for chunk in chunks {
            decoder.feed(&chunk);
        }
    }
}
