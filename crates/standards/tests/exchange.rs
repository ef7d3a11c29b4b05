//! Messages about containers that others send: gate reports of terminals, orders and pre-notices.

use domain::gate_pass::Direction;
use domain::time::Timestamp;
use standards::message::Function;
use standards::{announcement, codeco};

const CODECO: &[u8] = include_bytes!("data/codeco.edi");
const COPARN: &[u8] = include_bytes!("data/coparn.edi");
const COPRAR: &[u8] = include_bytes!("data/d95b_coprar.edi");
/// China.
const ZONE: i16 = 480;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

#[test]
fn a_gate_report_of_another_terminal_is_read() {
    let (notices, notes) = codeco::read(CODECO, ZONE).expect("two messages");
    assert!(notes.is_empty(), "{notes:?}");
    let [out, back] = &notices[..] else {
        panic!("{notices:?}");
    };
    assert_eq!(
        (out.direction, out.function),
        (Direction::Exit, Function::Original)
    );
    assert_eq!(
        (out.document.as_str(), out.sender.as_str()),
        ("YT-9001", "YANTIAN")
    );
    let [full, empty] = &out.moves[..] else {
        panic!("{out:?}");
    };
    assert_eq!(full.number.as_str(), "CSQU3054383");
    assert_eq!(full.size_type.as_deref(), Some("45G1"));
    assert_eq!(full.empty, Some(false));
    assert_eq!(full.at, at("2026-03-01T02:10:00Z"));
    assert_eq!(full.location, "CNYTN");
    assert_eq!(
        full.vehicle.as_ref().map(|plate| plate.as_str()),
        Some("粤B12345")
    );
    assert_eq!(full.company.as_deref(), Some("SOUTH"));
    assert_eq!(full.booking.as_deref(), Some("BK778001"));
    assert_eq!(full.gross.map(|mass| mass.kg()), Some(22_050));
    let seals: Vec<&str> = full.seals.iter().map(|seal| seal.as_str()).collect();
    assert_eq!(
        seals,
        ["CN123456", "CN777"],
        "the chassis' seal is not the box's"
    );
    // What came by train has no plate.
    assert_eq!((empty.empty, empty.vehicle.as_ref()), (Some(true), None));
    // What the message says of all holds for each.
    assert_eq!(
        (back.direction, back.function),
        (Direction::Entry, Function::Replaces)
    );
    assert_eq!(back.moves[0].at, at("2026-03-01T02:30:00Z"));
    assert_eq!(back.moves[0].empty, None);
    let plate = back.moves[0].vehicle.as_ref().map(|plate| plate.as_str());
    assert_eq!(plate, Some("粤B777挂"));
}

#[test]
fn what_is_no_gate_report_is_refused_with_its_place() {
    let text = String::from_utf8_lossy(CODECO).into_owned();
    for (message, says) in [
        (
            String::from_utf8_lossy(COPARN).into_owned(),
            "COPARN is no CODECO",
        ),
        (text.replace("BGM+36", "BGM+98"), "segment 19: direction"),
        (
            text.replace("CSQU3054383", "CSQU3054384"),
            "segment 5: container number",
        ),
        (
            text.replace("DTM+7:202603011012", "DTM+8:202603011012"),
            "segment 15: time of the move",
        ),
        (text.replace("EQD+CN", "EQD+CH"), "container"),
        (text.replace("UNT+18+1'", ""), "begins within another"),
        (text.replace("UNT+7+2'\nUNZ+2+IC0201'\n", ""), "cut short"),
    ] {
        let error = codeco::read(message.as_bytes(), ZONE).expect_err(says);
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
    // A plate or a seal that is none is left out, and said.
    let odd = text
        .replace("粤B?·12345", "<none>")
        .replace("SEL+CN777", "SEL+封条");
    let (notices, notes) = codeco::read(odd.as_bytes(), ZONE).expect("a message");
    assert_eq!(notices[0].moves[0].vehicle, None);
    assert_eq!(notices[0].moves[0].seals.len(), 1);
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[test]
fn an_announcement_says_what_is_expected() {
    let (all, notes) = announcement::read(COPARN, ZONE).expect("a message");
    assert!(notes.is_empty(), "{notes:?}");
    let one = &all[0];
    assert_eq!(
        (one.kind, one.code.as_str(), one.document.as_str()),
        ("COPARN", "11", "KK-107")
    );
    assert_eq!(
        (one.conveyance.as_str(), one.voyage.as_str()),
        ("MV Example", "012E")
    );
    assert_eq!(
        one.vehicle.as_ref().map(|plate| plate.as_str()),
        Some("粤B12345")
    );
    assert_eq!(one.company.as_deref(), Some("SOUTH"));
    let [full, empties] = &one.containers[..] else {
        panic!("{one:?}");
    };
    assert_eq!(
        full.number.as_ref().map(|number| number.as_str()),
        Some("CSQU3054383")
    );
    assert_eq!((full.count, full.empty), (1, Some(false)));
    assert_eq!(full.size_type.as_deref(), Some("45G1"));
    assert_eq!(full.booking.as_deref(), Some("BK778002"));
    assert_eq!(full.goods, "ceramic tiles glazed");
    // The verified mass, and the truck's time, not the ship's.
    assert_eq!(full.gross.map(|mass| mass.grams()), Some(22_050_500));
    assert_eq!(full.due, Some(at("2026-03-01T08:30:00Z")));
    assert_eq!(full.seals.len(), 1);
    assert_eq!((empties.count, empties.empty), (3, Some(true)));
    assert_eq!(empties.number, None);
    assert_eq!(empties.booking.as_deref(), Some("BK778001"));
    assert_eq!(empties.due, Some(at("2026-03-02T00:00:00Z")));
}

#[test]
fn a_load_order_of_the_field_is_read_with_its_faults_noted() {
    let (all, notes) = announcement::read(COPRAR, ZONE).expect("a message");
    let one = &all[0];
    assert_eq!((one.kind, one.code.as_str()), ("COPRAR", "45"));
    assert_eq!(
        (one.conveyance.as_str(), one.voyage.as_str()),
        ("HELLO WORLD", "123W")
    );
    assert_eq!(one.vehicle, None, "a feeder ship is no truck");
    assert_eq!(one.containers.len(), 2);
    for container in &one.containers {
        assert_eq!(container.as_written, "MSTI6415664");
        assert_eq!(container.number, None, "its check digit fails");
        assert_eq!(container.booking.as_deref(), Some("2GO2005174"));
        assert_eq!(container.size_type.as_deref(), Some("45G1"));
        assert_eq!(container.empty, Some(false));
        assert_eq!(container.gross.map(|mass| mass.kg()), Some(11_740));
        assert_eq!(container.goods, "PLASTICS:ARTICLES");
    }
    let noted: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    assert!(
        noted.iter().any(|text| text.contains("56 segments")),
        "{noted:?}"
    );
    assert_eq!(
        noted
            .iter()
            .filter(|text| text.contains("MSTI6415664"))
            .count(),
        2
    );
}

#[test]
fn what_announces_nothing_is_refused() {
    let text = String::from_utf8_lossy(COPARN).into_owned();
    for (message, says) in [
        (
            String::from_utf8_lossy(CODECO).into_owned(),
            "CODECO is no COPRAR, COPARN or COPINO",
        ),
        (text.replace("EQD+CN", "EQD+CH"), "container"),
        (text.replace("UNT+22+107'", ""), "cut short"),
        (String::new(), "a file without a message"),
    ] {
        let error = announcement::read(message.as_bytes(), ZONE).expect_err(says);
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
}

#[test]
fn damage_anywhere_never_panics() {
    for source in [CODECO, COPARN, COPRAR] {
        for at in 0..source.len() {
            let mut bytes = source.to_vec();
            for byte in [0x00, 0x27, 0x2B, 0x3A, 0x3F, 0xFF] {
                bytes[at] = byte;
                let _ = codeco::read(&bytes, ZONE);
                let _ = announcement::read(&bytes, ZONE);
            }
            let _ = codeco::read(&source[..at], ZONE);
            let _ = announcement::read(&source[..at], ZONE);
        }
    }
}
