//! Trackers and locks that call over loopback: what the lane gets, what they are answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use device_codecs::jt808::{Frame, Location, Message, TerminalNumber, encode};
use domain::container::ContainerNumber;
use domain::plate::Plate;
use domain::position::{Fix, FixQuality, GeoPoint};
use domain::seal::SealState;

use super::*;
use crate::config::{Connection, Near, Speech, Terminal};
use crate::intake::bench::{Bench, SOON};

/// A port that is free now.
fn free_port() -> SocketAddr {
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    held.local_addr().unwrap()
}

async fn site(protocol: TerminalProtocol, number: &str) -> (SocketAddr, Bench) {
    let address = free_port();
    let terminal = Terminal {
        plate: Plate::parse("粤B12345").unwrap(),
        container: ContainerNumber::parse("CSQU3054383").ok(),
    };
    let setup = ListenSetup {
        address,
        terminals: BTreeMap::from([(number.to_owned(), terminal)]),
        keep: Duration::from_secs(12 * 3_600),
        near: Some(Near {
            at: place(),
            within_m: 300,
        }),
    };
    let speech = Speech::Terminals(protocol);
    (
        address,
        Bench::start(speech, Connection::Listen(setup)).await,
    )
}

fn place() -> GeoPoint {
    GeoPoint::new(225_431_000, 1_139_012_000).unwrap()
}

/// A tracker's line.
struct Tracker {
    stream: TcpStream,
    terminal: TerminalNumber,
    serial: u16,
}

impl Tracker {
    async fn call(address: SocketAddr, number: &str) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            terminal: TerminalNumber::parse(number).unwrap(),
            serial: 0,
        }
    }

    /// Says something; the answer, or `None` when the line was closed.
    async fn says(&mut self, message: &Message) -> Option<Message> {
        let (id, body) = encode(message, false).unwrap();
        self.serial += 1;
        let frame = Frame {
            id,
            version: None,
            terminal: self.terminal.clone(),
            serial: self.serial,
            part: None,
            body,
        };
        self.stream
            .write_all(&frame.write().unwrap())
            .await
            .unwrap();
        let mut decoder = jt808::Decoder::new();
        let mut buffer = [0; 256];
        loop {
            let read = self.stream.read(&mut buffer);
            let len = timeout(SOON, read).await.expect("an answer").ok()?;
            if len == 0 {
                return None;
            }
            if let Some(frame) = decoder.feed(&buffer[..len]).first() {
                return Some(Message::read(frame).unwrap());
            }
        }
    }

    async fn answered(&mut self, message: &Message, result: u8) {
        let id = encode(message, false).unwrap().0;
        let answer = self.says(message).await;
        let serial = self.serial;
        assert_eq!(answer, Some(Message::Answer { serial, id, result }));
    }

    async fn authenticate(&mut self) {
        let code = self.terminal.to_string();
        self.answered(&Message::Authentication { code }, 0).await;
    }
}

fn location(at: Timestamp, alarms: u32) -> Location {
    Location {
        alarms,
        status: 3,
        fix: Fix {
            point: place(),
            // Terminals tell whole seconds.
            at: Some(Timestamp::from_seconds(at.as_seconds())),
            quality: FixQuality::Satellite,
            hdop_tenths: None,
            satellites: Some(9),
            speed_tenths_kmh: Some(300),
            course_deg: Some(90),
        },
        altitude_m: 12,
        mileage_tenths_km: None,
    }
}

#[tokio::test]
async fn a_tracker_reports_its_journey_across_lines() {
    let (address, mut site) = site(TerminalProtocol::Jt808, "13800000001").await;
    let now = site.clock.now().utc.at;
    let before = |seconds| now - Duration::from_secs(seconds);
    let mut tracker = Tracker::call(address, "013800000001").await;
    let registration = Message::Registration(jt808::Registration {
        maker: "KK".to_owned(),
        model: "T".to_owned(),
        device: "1".to_owned(),
        plate_colour: 2,
        vehicle: "粤B12345".to_owned(),
    });
    let answer = tracker.says(&registration).await;
    let code = Some("13800000001".to_owned());
    let serial = 1;
    assert_eq!(
        answer,
        Some(Message::RegistrationAnswer {
            serial,
            result: 0,
            code
        })
    );
    tracker.authenticate().await;
    tracker.answered(&Message::Heartbeat, 0).await;
    tracker
        .answered(&Message::Location(location(before(60), 0)), 0)
        .await;
    let journey = site.journey().await;
    assert_eq!(journey.tracker, "13800000001");
    assert_eq!(journey.plate, Plate::parse("粤B12345").ok());
    assert_eq!(
        (journey.fixes.len(), journey.tampered, journey.opened),
        (1, false, false)
    );
    // Cut off in a tunnel; the next line brings what was kept, and an antenna that was cut.
    drop(tracker);
    let mut tracker = Tracker::call(address, "013800000001").await;
    tracker.authenticate().await;
    let batch = Message::Batch {
        is_backfill: true,
        locations: vec![location(before(50), 0), location(before(40), 0)],
    };
    tracker.answered(&batch, 0).await;
    assert_eq!(site.journey().await.fixes.len(), 3);
    tracker
        .answered(&Message::Location(location(before(10), 1 << 5)), 0)
        .await;
    let journey = site.journey().await;
    assert!(journey.tampered && journey.fixes.len() == 4);
    let times: Vec<_> = journey.fixes.iter().map(|fix| fix.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    site.end().await;
}

#[tokio::test]
async fn strangers_and_noise_are_counted_and_reach_no_lane() {
    let (address, mut site) = site(TerminalProtocol::Jt808, "13800000001").await;
    let mut stranger = Tracker::call(address, "13900000009").await;
    let now = site.clock.now().utc.at;
    stranger
        .answered(&Message::Location(location(now, 0)), 1)
        .await;
    site.rejected(RejectReason::NotValid).await;
    let mut noise = TcpStream::connect(address).await.unwrap();
    noise.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    site.rejected(RejectReason::Framing).await;
    noise
        .write_all(&[0x7e, 1, 2, 3, 4, 5, 6, 0x7e])
        .await
        .unwrap();
    site.rejected(RejectReason::Checksum).await;
    drop(noise);
    // The known one is heard as if they were not there, and what was counted stays.
    let mut tracker = Tracker::call(address, "13800000001").await;
    tracker.authenticate().await;
    tracker
        .answered(&Message::Location(location(now, 0)), 0)
        .await;
    assert_eq!(site.journey().await.fixes.len(), 1);
    assert!(site.health.devices()[&site.device].rejected >= 3);
    site.end().await;
}

#[tokio::test]
async fn connections_are_bounded() {
    let (address, site) = site(TerminalProtocol::Jt808, "13800000001").await;
    let mut lines = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let mut line = Tracker::call(address, "13800000001").await;
        line.authenticate().await;
        lines.push(line);
    }
    let mut turned_away = TcpStream::connect(address).await.unwrap();
    let read = timeout(SOON, turned_away.read(&mut [0; 8]))
        .await
        .expect("closed at once");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    site.rejected(RejectReason::Busy).await;
    site.end().await;
}

/// `ddmmyyhhmmss` of now in BCD, as a lock tells it.
fn bcd(at: Timestamp) -> String {
    let text = at.to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
    format!(
        "{}{}{}{}",
        &digits[6..8],
        &digits[4..6],
        &digits[2..4],
        &digits[8..14]
    )
}

#[tokio::test]
async fn a_lock_seals_its_container_only_from_here() {
    let (address, mut site) = site(TerminalProtocol::Jointech, "7880703537").await;
    let mut line = TcpStream::connect(address).await.unwrap();
    let now = bcd(site.clock.now().utc.at);
    // 22°32.5860' N, 113°54.0720' E: the lane; then 22°52' N.
    let report = |latitude: &str, state: &str| {
        let hex = format!(
            "24788070353701110023{now}{latitude}113540720f0000000000000800000000{state}55000000001801"
        );
        hex::decode(hex).unwrap()
    };
    line.write_all(&report("22325860", "20e0")).await.unwrap();
    let journey = site.journey().await;
    assert!(!journey.opened && !journey.tampered);
    let Observation::Seal(seal) = site.observation().await else {
        panic!("no seal");
    };
    assert_eq!(seal.state, SealState::Closed);
    assert_eq!(
        seal.container.as_ref().map(|c| c.as_str()),
        Some("CSQU3054383")
    );
    assert_eq!(seal.number.as_ref().map(|n| n.as_str()), Some("7880703537"));
    let mut answer = [0; 5];
    timeout(SOON, line.read_exact(&mut answer))
        .await
        .expect("in time")
        .unwrap();
    assert_eq!(&answer, b"(P35)");
    // A truck comes: what the lock has just said is said again.
    site.capture.send_modify(|count| *count += 1);
    assert!(matches!(site.observation().await, Observation::Seal(_)));
    // Opened, and somewhere else: the journey tells, and nothing is sealed here.
    line.write_all(&report("22525860", "2000")).await.unwrap();
    assert!(site.journey().await.opened);
    site.capture.send_modify(|count| *count += 1);
    line.write_all(&report("22525860", "20c0")).await.unwrap();
    assert!(
        site.journey().await.opened,
        "closed again is not never opened"
    );
    site.end().await;
}
