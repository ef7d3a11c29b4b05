use domain::conveyance::{Conveyance, ImoNumber, Means, Registration};
use domain::directive::{Directive, Order, Subject};
use domain::gate_pass::{Corridor, Direction, GatePass, PassConsignment, PassContainer, Stage};
use domain::id::{DirectiveId, LaneId, ManifestId};
use domain::ledger_row::Row;
use domain::manifest::{Clearance, Consignment, Manifest};
use domain::mass::Mass;
use domain::position::GeoPoint;
use domain::recordation::{PremisesRecord, Standing, VehicleClass, VehicleRecord};
use domain::seal::SealNumber;
use domain::time::{Timestamp, Window};
use proptest::prelude::*;

use super::decode::fixed_point;
use super::words::{CLASS, CLEARANCE, DIRECTION, ORDER, STAGE, STANDING};
use super::*;
use crate::sample::{self, plate, tag};

/// The document that clerks are given.
const DOCUMENT: &str = include_str!("../../../../docs/ledger-import.md");

fn examples() -> Vec<&'static str> {
    let (_, rest) = DOCUMENT
        .split_once("```jsonl\n")
        .expect("the examples' block");
    let (block, _) = rest.split_once("```").expect("its end");
    block.lines().collect()
}

#[test]
fn every_example_of_the_document_is_a_row_and_every_kind_has_one() {
    let lines = examples();
    let rows = Importer::read(&lines).expect("the document's own examples");
    let mut kinds: Vec<_> = rows.iter().map(std::mem::discriminant).collect();
    kinds.dedup();
    assert_eq!(kinds.len(), 9, "each kind, vehicles twice in a row");
    let Row::Vehicle(tractor) = &rows[2] else {
        panic!("third line is a vehicle")
    };
    assert_eq!(tractor.plate, plate("粤B12345"));
    assert_eq!(tractor.tare, Mass::from_grams(8_800_500));
    let mut importer = Importer::new();
    assert!(lines.iter().all(|line| importer.line(line.as_bytes())));
    assert_eq!(importer.warnings(), []);
}

#[test]
fn what_is_wrong_is_said_with_line_member_and_way_out() {
    let vehicle = examples()[2];
    let pass = examples()[8];
    let of = |line: &str, from: &str, to: &str| {
        assert!(line.contains(from), "{from}");
        line.replacen(from, to, 1)
    };
    let cases = [
        (of(vehicle, "8800.5", "8800.0005"), "tare_kg", "8800.0005"),
        (of(vehicle, "8800.5", "-1"), "tare_kg", "-1"),
        (of(vehicle, "8800.5", "1e3"), "tare_kg", "1e3"),
        (of(vehicle, "8800.5", "null"), "tare_kg", "null"),
        (of(vehicle, "\"tractor\"", "\"tank\""), "class", "tank"),
        (of(vehicle, "粤B·12345", "_无_"), "plate", "_无_"),
        (of(vehicle, "ZF 023", "粤B12345"), "second_plate", "repeats"),
        (of(vehicle, "E28011", "XYZ"), "tag", "XYZ"),
        (of(vehicle, "\"axles\":3", "\"axles\":0"), "axles", "0"),
        (
            of(vehicle, "\"axles\":3", "\"axles\":\"3\""),
            "axles",
            "invalid type",
        ),
        (
            of(vehicle, "2026-01-01T00:00:00Z", "2026-01-01"),
            "valid.from",
            "2026-01-01",
        ),
        (
            of(vehicle, "2026-01-01T", "2027-01-01T"),
            "valid",
            "ends before",
        ),
        (
            of(pass, "CSQU3054383", "CSQU3054384"),
            "containers.number",
            "check digit",
        ),
        (of(pass, "22.5431,", "97.5,"), "corridor.line", "globe"),
        (of(pass, "\"scan\"]", "\"scam\"]"), "stages", "scam"),
        (
            of(vehicle, "\"axles\"", "\"axes\""),
            "axes",
            "unknown field",
        ),
        (
            of(vehicle, "\"vehicle\"", "\"vehicel\""),
            "vehicel",
            "unknown variant",
        ),
        ("{".to_owned(), "", "EOF"),
        ("[]".to_owned(), "", "expected"),
    ];
    for (line, field, what) in cases {
        let error = parse_line(&line, 7).expect_err(&line);
        assert_eq!((error.line, error.field.as_str()), (7, field), "{error}");
        assert!(error.what.contains(what), "{error}");
        assert!(!error.way_out.is_empty());
    }
}

#[test]
fn a_file_is_taken_whole_or_not_at_all() {
    let (company, driver) = (examples()[0], examples()[1]);
    let bom = format!("\u{feff}{company}\r\n");
    assert_eq!(
        Importer::read([bom.as_bytes(), b"\n", driver.as_bytes()]).map(|r| r.len()),
        Ok(2)
    );
    let errors = Importer::read([company, "", "x", driver, company]).expect_err("two errors");
    assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [3, 5]);
    assert!(
        errors[1]
            .to_string()
            .contains("company C-4403-001 stands on line 1 already")
    );
    let not_text = Importer::read([&b"{\"company\":\xff}"[..]]).expect_err("not UTF-8");
    assert!(not_text[0].way_out.contains("UTF-8"));
    let long = vec![b'x'; Importer::LINE_BYTES_MAX + 1];
    assert!(
        Importer::read([&long]).expect_err("too long")[0]
            .what
            .contains("longer")
    );
}

#[test]
fn reading_stops_after_the_hundredth_error() {
    let mut importer = Importer::new();
    let taken = (0..1_000).take_while(|_| importer.line(b"x")).count();
    assert_eq!(taken, Importer::ERRORS_MAX - 1);
    assert_eq!(
        importer.finish().expect_err("nothing but errors").len(),
        Importer::ERRORS_MAX
    );
}

#[test]
fn rows_that_are_named_and_missing_are_warnings() {
    let mut importer = Importer::new();
    for line in [examples()[2], &examples()[2].replace("12345", "54321")] {
        assert!(importer.line(line.as_bytes()));
    }
    let texts: Vec<String> = importer
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        texts.contains(
            &"1: vehicle 粤B12345 names company C-4403-001, which is not here".to_owned()
        )
    );
    assert_eq!(
        texts
            .iter()
            .filter(|text| text.contains("names neither"))
            .count(),
        2
    );
    assert!(importer.finish().is_ok());
}

#[test]
fn decimals_are_read_digit_by_digit() {
    for (raw, expected) in [
        ("0", Some(0)),
        ("8800", Some(8_800_000)),
        ("0.001", Some(1)),
        ("-0.5", Some(-500)),
        ("999999999999.999", Some(999_999_999_999_999)),
        // The nearest binary fraction has three decimals; the text has not.
        ("12.3450000000000001", None),
        ("1.", None),
        (".5", None),
        ("1e3", None),
        ("--1", None),
        ("", None),
        ("1000000000000", None),
    ] {
        assert_eq!(fixed_point(raw, 3), expected, "{raw}");
    }
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_micros)
}

fn window() -> impl Strategy<Value = Window> {
    (time(), time()).prop_map(|(a, b)| Window {
        from: a.min(b),
        until: a.max(b),
    })
}

fn mass() -> impl Strategy<Value = Mass> {
    (0..=1_000_000_000_000_i64).prop_map(Mass::from_grams)
}

fn point() -> impl Strategy<Value = GeoPoint> {
    (
        -900_000_000..=900_000_000_i64,
        -1_800_000_000..=1_800_000_000_i64,
    )
        .prop_map(|(lat, lon)| GeoPoint::new(lat, lon).expect("on the globe"))
}

/// Text as a person may write it: quotes, backslashes, Chinese, no control characters.
fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(&['a', '"', '\\', '粤', ' ', ':', '{'][..]),
        0..20,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

fn any_vehicle() -> impl Strategy<Value = Row> {
    (
        prop::sample::select(&[VehicleClass::Tractor, VehicleClass::Trailer][..]),
        prop::sample::select(&[Standing::Active, Standing::Suspended, Standing::Revoked][..]),
        (window(), mass(), 1..=20_u8),
        prop::option::of("[0-9A-F]{1,24}"),
        any::<bool>(),
    )
        .prop_map(|(class, standing, (valid, tare, axles), raw, crosses)| {
            Row::Vehicle(VehicleRecord {
                tag: raw.map(|raw| tag(&raw)),
                second_plate: crosses.then(|| plate("ZF023")),
                tare,
                axles,
                standing,
                valid,
                ..sample::vehicle("粤B12345", class)
            })
        })
}

fn any_pass() -> impl Strategy<Value = Row> {
    (
        (window(), window(), time(), any::<bool>()),
        prop::collection::vec(point(), 2..5),
        prop::option::of((any::<u32>(), any::<u32>())),
        prop::collection::vec((mass(), any::<u32>()), 0..4),
        prop::collection::vec(any::<bool>(), 0..3),
    )
        .prop_map(
            |((window, journey, issued_at, flag), line, limits, shares, boxes)| {
                Row::Pass(GatePass {
                    direction: if flag {
                        Direction::Entry
                    } else {
                        Direction::Exit
                    },
                    lanes: vec![LaneId::parse("L1").expect("a lane id")],
                    window,
                    trailer: flag.then(|| plate("粤B777挂")),
                    driver: flag.then(sample::driver_id),
                    containers: boxes
                        .into_iter()
                        .map(|empty| PassContainer {
                            number: sample::container(sample::BOX),
                            empty,
                            seals: vec![SealNumber::parse("CN1").expect("a seal")],
                        })
                        .collect(),
                    consignments: shares
                        .into_iter()
                        .map(|(gross, packages)| PassConsignment {
                            id: sample::goods("B1"),
                            gross,
                            packages,
                        })
                        .collect(),
                    stages: vec![Stage::Entry, Stage::Weigh],
                    corridor: limits.map(|(half_width_m, stop_max_s)| Corridor {
                        line,
                        half_width_m,
                        window: journey,
                        stop_max_s,
                    }),
                    scan_required: flag,
                    issued_at,
                    ..sample::pass("H1", "粤B12345", 1)
                })
            },
        )
}

fn any_goods() -> impl Strategy<Value = Row> {
    let clearance = prop::sample::select(
        &[
            Clearance::Cleared,
            Clearance::UnderAmendment,
            Clearance::NotCleared,
            Clearance::Refused,
        ][..],
    );
    (clearance, mass(), any::<u32>(), words(), time()).prop_map(
        |(clearance, gross, packages, goods, amended_at)| {
            Row::Consignment(Consignment {
                clearance,
                gross,
                packages,
                goods,
                amended_at,
                ..sample::consignment("B1", 1, 1)
            })
        },
    )
}

fn any_directive() -> impl Strategy<Value = Row> {
    let subject = prop::sample::select(vec![
        Subject::Vehicle(plate("粤B12345")),
        Subject::Container(sample::container(sample::BOX)),
        Subject::Pass(sample::number("H1")),
        Subject::Consignment(sample::goods("B1")),
        Subject::Company(sample::company_id()),
        Subject::Driver(sample::driver_id()),
    ]);
    let order = prop::sample::select(
        &[
            Order::DocumentCheck,
            Order::Inspect,
            Order::Detain,
            Order::ScanRequired,
            Order::Watch,
            Order::Lift,
        ][..],
    );
    (
        subject,
        order,
        window(),
        any::<bool>(),
        any::<bool>(),
        words(),
    )
        .prop_map(|(subject, order, window, withdrawn, silent, text)| {
            let id = DirectiveId::parse("X1").expect("an id");
            Row::Directive(Directive {
                id,
                subject,
                order,
                window,
                withdrawn,
                silent,
                text,
            })
        })
}

fn any_conveyance() -> impl Strategy<Value = Conveyance> {
    let registered = |raw| Registration::parse(raw).expect("a registration");
    let means = prop_oneof![
        Just(Means::Unstated),
        Just(Means::Ship(ImoNumber::parse("9074729").expect("checked"))),
        Just(Means::SmallVessel(registered("粤深圳 0123"))),
        Just(Means::Aircraft(registered("B-2447"))),
        Just(Means::Train(registered("X8015"))),
        Just(Means::Vehicle(sample::plate("粤B12345"))),
    ];
    let voyage = prop_oneof![Just(String::new()), words()];
    (means, words(), voyage).prop_map(|(means, name, voyage)| Conveyance {
        means,
        name,
        voyage,
    })
}

fn any_row() -> impl Strategy<Value = Row> {
    let filed = prop_oneof![
        Just(Row::Company(sample::company())),
        Just(Row::Driver(sample::driver())),
        Just(Row::Container(sample::box_record())),
        prop::option::of(point()).prop_map(|at| Row::Premises(PremisesRecord {
            at,
            ..sample::premises()
        })),
        (any_conveyance(), time()).prop_map(|(conveyance, amended_at)| Row::Manifest(Manifest {
            id: ManifestId::parse("M1").expect("an id"),
            conveyance,
            consignments: vec![sample::goods("B1")],
            amended_at,
        })),
    ];
    prop_oneof![
        filed,
        any_vehicle(),
        any_pass(),
        any_goods(),
        any_directive()
    ]
}

proptest! {
    #[test]
    fn a_row_that_is_written_reads_back_as_it_was(row in any_row()) {
        let line = encode_line(&row);
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(parse_line(&line, 1), Ok(row), "{}", line);
    }

    #[test]
    fn any_text_is_a_row_or_an_error(line in any::<String>()) {
        let _ = parse_line(&line, 1);
    }

    #[test]
    fn a_damaged_example_is_a_row_or_an_error(
        which in 0..10_usize,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut line = examples()[which].as_bytes().to_vec();
        let at = at.index(line.len());
        line[at] = byte;
        if cut {
            line.truncate(at);
        }
        let _ = Importer::read([line]);
    }
}

#[test]
fn every_word_has_one_value_and_every_value_a_word() {
    // `word` panics for a value that its table lacks; the matches make a new value a compile error.
    for (text, standing) in STANDING {
        let expected = match standing {
            Standing::Active => "active",
            Standing::Suspended => "suspended",
            Standing::Revoked => "revoked",
        };
        assert_eq!(*text, expected);
    }
    for (text, class) in CLASS {
        let expected = match class {
            VehicleClass::Tractor => "tractor",
            VehicleClass::Trailer => "trailer",
            VehicleClass::Truck => "truck",
            VehicleClass::Service => "service",
        };
        assert_eq!(*text, expected);
    }
    let sizes = [
        STANDING.len(),
        CLASS.len(),
        CLEARANCE.len(),
        DIRECTION.len(),
        STAGE.len(),
    ];
    assert_eq!((sizes, ORDER.len()), ([3, 4, 4, 2, 4], 6));
}
