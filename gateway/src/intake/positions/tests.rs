//! Messages as a provider sends them.

use std::time::Duration;

use domain::position::{Fix, FixQuality, GeoPoint};
use standards::position_service::{
    Alarm, AlarmKind, Carrier, CarrierKind, Command, Occasion, write,
};

use super::*;
use crate::config::{Connection, Near, Speech};
use crate::intake::bench::Bench;

const ZONE: i16 = 480;

fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T02:31:00Z").expect("a time")
}

/// Degrees in units of 1e-7.
fn point(lat_e7: i64, lon_e7: i64) -> GeoPoint {
    GeoPoint::new(lat_e7, lon_e7).expect("on the globe")
}

fn gate() -> GeoPoint {
    point(225_431_000, 1_139_012_000)
}

fn positions() -> Positions {
    Positions::new(PositionSetup {
        zone_minutes: ZONE,
        keep: Duration::from_secs(12 * 3_600),
        near: Near {
            at: gate(),
            within_m: 2_000,
        },
    })
}

/// A position of a tracker, `before_s` before now.
fn position(device: &str, plate: &str, at: GeoPoint, before_s: u64) -> Position {
    Position {
        device_kind: "2".to_owned(),
        device: device.to_owned(),
        system: "1".to_owned(),
        carrier: Carrier {
            kind: CarrierKind::Vehicle,
            code: plate.to_owned(),
        },
        fix: Fix {
            at: Some(now() - Duration::from_secs(before_s)),
            point: at,
            quality: FixQuality::Satellite,
            satellites: None,
            hdop_tenths: None,
            speed_tenths_kmh: Some(300),
            course_deg: Some(90),
        },
        seals: Vec::new(),
        alarm: None,
    }
}

fn message(occasion: Occasion, positions: Vec<Position>) -> Vec<u8> {
    let message = Message {
        sender: "PSP0001".to_owned(),
        receiver: "5300GW01".to_owned(),
        sent_at: now(),
        body: Body::Positions {
            occasion,
            positions,
        },
    };
    write(&message, ZONE).into_bytes()
}

fn far() -> GeoPoint {
    point(230_000_000, 1_139_012_000)
}

#[tokio::test]
async fn a_journey_is_told_when_its_vehicle_is_near_and_holds_what_came_before() {
    let mut known = positions();
    let on_its_way = vec![
        position("T1", "粤B12345", far(), 600),
        position("T2", "粤B54321", far(), 600),
    ];
    let taken = known.take(message(Occasion::Live, on_its_way), now()).await;
    assert_eq!(
        taken.expect("positions"),
        Taken::default(),
        "nobody is near"
    );
    let arrived = vec![position("T1", "粤B12345", gate(), 10)];
    let taken = known.take(message(Occasion::Live, arrived), now()).await;
    let journeys = taken.expect("positions").journeys;
    let [journey] = &journeys[..] else {
        panic!("{journeys:?}");
    };
    assert_eq!(journey.tracker, "T1");
    assert_eq!(journey.plate, Plate::parse("粤B12345").ok());
    assert_eq!((journey.fixes.len(), journey.tampered), (2, false));
    // What was kept in a tunnel comes late and belongs between the two.
    let late = vec![position("T1", "粤B12345", far(), 300)];
    let taken = known.take(message(Occasion::Backfilled, late), now()).await;
    let journey = taken.expect("positions").journeys.remove(0);
    assert!(journey.fixes.is_sorted_by_key(|fix| fix.at));
    assert_eq!(journey.fixes.len(), 3);
    assert_eq!(known.rejects().total(), 0);
}

#[tokio::test]
async fn what_a_message_holds_counts_as_far_as_it_is_of_a_vehicle() {
    let ship = Position {
        carrier: Carrier {
            kind: CarrierKind::Ship,
            code: "粤B12345".to_owned(),
        },
        ..position("S1", "", gate(), 10)
    };
    let cut = Position {
        alarm: Some(Alarm {
            kind: AlarmKind::WireCut,
            at: now(),
        }),
        ..position("T1", "粤B12345", gate(), 10)
    };
    let ahead = Position {
        fix: Fix {
            at: Some(now() + Duration::from_secs(3_600)),
            ..position("T3", "", gate(), 0).fix
        },
        ..position("T3", "粤B11111", gate(), 0)
    };
    let two_plates = [
        position("T2", "粤B54321", gate(), 20),
        position("T2", "粤B99999", gate(), 10),
    ];
    let all = [ship, cut, ahead].into_iter().chain(two_plates).collect();
    let mut known = positions();
    let taken = known.take(message(Occasion::Polled, all), now()).await;
    let taken = taken.expect("positions");
    let told: Vec<(&str, bool)> = taken
        .journeys
        .iter()
        .map(|journey| (journey.tracker.as_str(), journey.tampered))
        .collect();
    assert_eq!(told, [("T1", true), ("T2", false)]);
    assert_eq!(taken.left_out.len(), 1, "{:?}", taken.left_out);
    assert_eq!(known.rejects().of(RejectReason::NotValid), 1);
    assert_eq!(known.rejects().of(RejectReason::Inconsistent), 1);
}

#[tokio::test]
async fn a_message_without_positions_is_refused_and_counted() {
    let command = Message {
        sender: String::new(),
        receiver: String::new(),
        sent_at: now(),
        body: Body::Command {
            device_kind: "2".to_owned(),
            device: "T1".to_owned(),
            carrier: Carrier {
                kind: CarrierKind::Vehicle,
                code: "粤B12345".to_owned(),
            },
            command: Command::Poll,
        },
    };
    let mut known = positions();
    for (n, (bytes, said)) in [
        (write(&command, ZONE).into_bytes(), "not positions"),
        (b"<Other/>".to_vec(), "CargoSupervision"),
        (b"\xff\xfe".to_vec(), ""),
        (Vec::new(), ""),
    ]
    .into_iter()
    .enumerate()
    {
        let refusal = known.take(bytes, now()).await.expect_err(said);
        assert!(refusal.to_string().contains(said), "{refusal}");
        assert_eq!(known.rejects().total(), n as u64 + 1);
    }
}

#[tokio::test]
async fn a_tracker_on_another_vehicle_has_another_journey_and_room_is_bounded() {
    let mut known = positions();
    let mut tell = async |device: &str, plate: &str| {
        let one = vec![position(device, plate, gate(), 10)];
        let taken = known.take(message(Occasion::Live, one), now()).await;
        taken.expect("positions").journeys.remove(0)
    };
    tell("T0", "粤B00000").await;
    let moved = tell("T0", "粤B00001").await;
    assert_eq!(moved.plate, Plate::parse("粤B00001").ok());
    let many = (1..=TRACKS_MAX).map(|n| {
        let plate = format!("粤B{n:05}");
        position(&format!("T{n}"), &plate, far(), 10)
    });
    let taken = known
        .take(message(Occasion::Live, many.collect()), now())
        .await;
    assert_eq!(taken.expect("positions"), Taken::default());
    assert_eq!(known.followed.len(), TRACKS_MAX);
    assert!(!known.followed.contains_key("T0"), "silent for longest");
    assert_eq!(known.rejects().of(RejectReason::Busy), 1);
}

/// A file of the folder, under its name only when it is whole.
fn put(folder: &std::path::Path, name: &str, bytes: &[u8]) {
    let part = folder.join(format!("{name}.part"));
    std::fs::write(&part, bytes).expect("written");
    std::fs::rename(part, folder.join(name)).expect("renamed");
}

#[tokio::test]
async fn what_is_dropped_reaches_the_lane_and_what_is_refused_stays_to_be_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let speech = Speech::PositionService(positions().setup);
    let connection = Connection::Folder(folder.path().to_owned());
    let mut bench = Bench::start(speech, connection).await;
    let clock = bench.clock.clone();
    // Positions of this very moment: what is older than the journeys are kept is dropped.
    let here = |device: &str, plate: &str| {
        let mut one = position(device, plate, gate(), 0);
        one.fix.at = Some(clock.now().utc.at);
        message(Occasion::Live, vec![one])
    };
    put(folder.path(), "1.xml", &here("T1", "粤B12345"));
    assert_eq!(bench.journey().await.tracker, "T1");
    put(folder.path(), "2.xml", b"<CargoSupervision/>");
    let too_long = vec![b' '; usize::try_from(MESSAGE_BYTES_MAX).expect("fits") + 1];
    put(folder.path(), "2-long.xml", &too_long);
    put(folder.path(), "3.xml", &here("T3", "粤B54321"));
    assert_eq!(bench.journey().await.tracker, "T3");
    assert!(
        !folder.path().join("1.xml").exists(),
        "it is in the journeys"
    );
    for name in ["2.xml", "2-long.xml"] {
        assert!(folder.path().join("rejected").join(name).exists(), "{name}");
    }
    assert_eq!(bench.health.devices()[&bench.device].rejected, 2);
    bench.end().await;
}
