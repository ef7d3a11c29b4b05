//! Frames of real indicators and their manuals, noise, and every way to cut a stream.

use domain::mass::Mass;
use domain::reading::{WeighMode, WeighRange, WeightReading};
use proptest::prelude::*;
use serde_json::Value;

use super::number::{Decimal, Unit};
use super::{Decoder, Protocol, encode, guess, poll_request};
use crate::rejects::RejectReason;

const FRAMES: &str = include_str!("../../../tests/data/weighbridge/frames.json");

fn vectors() -> Vec<Value> {
    serde_json::from_str(FRAMES).expect("a list")
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn protocol_of(format: &str) -> Option<Protocol> {
    Some(match format {
        "cardinal-sb400" => Protocol::CardinalSb,
        "comma-st-gs" => Protocol::CommaStGs,
        "mt-sics" => Protocol::Sics,
        "plain-kg" => Protocol::PlainNumber,
        "ricelake-iq" => Protocol::RiceLakeIq,
        "sma" => Protocol::Sma,
        "systec-it" => Protocol::SystecIt,
        "toledo-continuous" => Protocol::ToledoContinuous { checksum: false },
        "yaohua-a12-wg" => Protocol::YaohuaA12,
        "yaohua-forward" => Protocol::YaohuaForward,
        "yaohua-reversed" => Protocol::YaohuaReversed,
        "yaohua-tf0" => Protocol::YaohuaTf0,
        _ => return None,
    })
}

/// Checks one reading against what the source says of the frame.
fn check(id: &str, expect: &Value, reading: &WeightReading) {
    let flag = |key: &str| expect.get(key).and_then(Value::as_bool);
    let range = match (
        flag("overload"),
        flag("underload"),
        flag("invalid"),
        text(expect, "status"),
    ) {
        (Some(true), ..) | (.., Some("overload")) => WeighRange::Over,
        (_, Some(true), ..) => WeighRange::Under,
        (_, _, Some(true), _) => WeighRange::Invalid,
        _ => WeighRange::Within,
    };
    assert_eq!(reading.range, range, "{id}");
    let shown = text(expect, "weight")
        .or(text(expect, "value"))
        .or(text(expect, "gross"));
    if let Some(shown) = shown {
        let unit = text(expect, "unit").unwrap_or("kg");
        let unit = if id.starts_with("sb400") { "lb" } else { unit };
        let value = Decimal::parse(shown.as_bytes())
            .and_then(|value| value.to_mass(Unit::parse(unit.as_bytes())?));
        assert_eq!(Ok(reading.value), value, "{id}");
    }
    let motion = flag("motion").or(flag("stable").map(|stable| !stable));
    if let Some(motion) = motion {
        assert_eq!(reading.motion, Some(motion), "{id}");
    }
    match text(expect, "mode") {
        Some("gross") => assert_eq!(reading.mode, WeighMode::Gross, "{id}"),
        Some("net") => assert_eq!(reading.mode, WeighMode::Net, "{id}"),
        Some(other) => unreachable!("mode {other}"),
        None => {}
    }
    if let Some(tare) = text(expect, "tare") {
        let kg: i64 = tare.parse().expect("whole kilograms");
        assert_eq!(reading.tare, Some(Mass::from_kg(kg)), "{id}");
    }
}

#[test]
fn every_frame_of_the_sources_reads_as_they_say() {
    let mut seen = 0;
    for vector in vectors() {
        let (id, format) = (
            text(&vector, "id").expect("id"),
            text(&vector, "format").expect("format"),
        );
        let mut bytes = hex::decode(text(&vector, "hex").expect("hex")).expect("hex");
        let expect = &vector["expect"];
        let Some(protocol) = protocol_of(format) else {
            // Requests of a host: the one that we send is among them.
            assert_eq!(format, "yaohua-poll-request", "{id}");
            if id == "xk3190-cmd-B" {
                assert_eq!(poll_request(Protocol::YaohuaPoll), Some(bytes));
            }
            seen += 1;
            continue;
        };
        // A line is read when it ends; one capture was quoted without its end.
        if id == "cas-ids701" {
            bytes.extend(b"\r\n");
        }
        let mut decoder = Decoder::new(protocol);
        let readings = decoder.feed(&bytes);
        let rejected: Vec<RejectReason> =
            decoder.rejects().iter().map(|(reason, _)| reason).collect();
        let status = text(expect, "status")
            .filter(|status| *status != "overload" && expect.get("gross").is_none());
        if let Some(values) = expect.get("values").and_then(Value::as_array) {
            assert_eq!(readings.len().min(2), values.len(), "{id}");
            for (value, reading) in values.iter().zip(&readings) {
                let kg = Decimal::parse(value.as_str().expect("text").as_bytes());
                let mass = kg.and_then(|kg| kg.to_mass(Unit::Kilogram));
                assert_eq!(Ok(reading.value), mass, "{id}");
            }
        } else if status.is_some() {
            assert_eq!(readings, [], "{id}");
            assert!(!rejected.is_empty(), "{id}");
        } else {
            assert_eq!(readings.len(), 1, "{id}: {rejected:?}");
            check(id, expect, &readings[0]);
        }
        seen += 1;
    }
    assert_eq!(seen, 41);
}

#[test]
fn a_cut_off_frame_is_counted_and_the_next_is_read() {
    let mut decoder = Decoder::new(Protocol::YaohuaTf0);
    let readings = decoder.feed(&hex::decode("022b30303030022b30303030363030314403").expect("hex"));
    assert_eq!(readings.len(), 1);
    assert_eq!(decoder.rejects().of(RejectReason::Length), 1);
}

#[test]
fn a_changed_bit_is_never_another_weight_where_a_checksum_guards() {
    let guarded = [
        Protocol::YaohuaTf0,
        Protocol::YaohuaPoll,
        Protocol::YaohuaA12,
        Protocol::ToledoContinuous { checksum: true },
    ];
    let weight = sample(39_700_000, WeighMode::Gross, false);
    for protocol in guarded {
        let good = encode(protocol, &weight);
        for i in 0..good.len() {
            for bit in 0..7 {
                let mut bytes = good.clone();
                bytes[i] ^= 1 << bit;
                let readings = Decoder::new(protocol).feed(&[bytes, b"\r\n".to_vec()].concat());
                for reading in readings {
                    assert_eq!(
                        reading.value, weight.value,
                        "{protocol:?} byte {i} bit {bit}"
                    );
                }
            }
        }
    }
}

fn sample(grams: i64, mode: WeighMode, motion: bool) -> WeightReading {
    WeightReading {
        value: Mass::from_grams(grams),
        mode,
        tare: None,
        motion: Some(motion),
        range: WeighRange::Within,
        raw: Vec::new(),
    }
}

fn protocol_waits(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::YaohuaReversed | Protocol::YaohuaForward)
}

#[test]
fn what_the_simulator_sends_is_read_as_it_was() {
    for protocol in Protocol::ALL {
        for (grams, motion) in [
            (0, false),
            (31_240_000, false),
            (31_240_000, true),
            (-20_000, false),
        ] {
            let weight = sample(grams, WeighMode::Gross, motion);
            let bytes = encode(protocol, &weight);
            let mut decoder = Decoder::new(protocol);
            // A frame without a checksum waits for the next.
            let third = if protocol_waits(protocol) {
                b"=".to_vec()
            } else {
                Vec::new()
            };
            let readings = decoder.feed(&[bytes.clone(), bytes, third].concat());
            assert_eq!(
                readings.len(),
                2,
                "{protocol:?} {grams} {:?}",
                decoder.rejects()
            );
            for reading in readings {
                assert_eq!(reading.value, weight.value, "{protocol:?}");
                assert_eq!(reading.motion.unwrap_or(motion), motion, "{protocol:?}");
            }
        }
    }
}

#[test]
fn the_right_format_is_guessed() {
    for protocol in Protocol::ALL {
        let frame = encode(protocol, &sample(18_440_000, WeighMode::Gross, false));
        let stream: Vec<u8> = std::iter::repeat_n(frame, 10).flatten().collect();
        let guesses = guess(&stream);
        let best = guesses.first().expect("something reads it");
        let ties = guesses.iter().filter(|g| (g.1, g.2) == (best.1, best.2));
        assert!(
            ties.clone().any(|g| g.0 == protocol),
            "{protocol:?}: {guesses:?}"
        );
    }
}

#[test]
fn names_read_back() {
    for protocol in Protocol::ALL {
        assert_eq!(Protocol::parse(protocol.name()), Some(protocol));
    }
    assert_eq!(Protocol::parse("unknown"), None);
}

fn protocols() -> impl Strategy<Value = Protocol> {
    proptest::sample::select(&Protocol::ALL[..])
}

proptest! {
    #[test]
    fn noise_never_panics_and_the_buffer_stays_small(
        protocol in protocols(),
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20),
    ) {
        let mut decoder = Decoder::new(protocol);
        for chunk in chunks {
            decoder.feed(&chunk);
            prop_assert!(decoder.buffered() <= 128);
        }
    }

    #[test]
    fn how_a_line_cuts_the_stream_changes_nothing(
        protocol in protocols(),
        grams in proptest::collection::vec(-99_000_i64..60_000_000, 1..6),
        noise in proptest::collection::vec(any::<u8>(), 0..30),
        cuts in proptest::collection::vec(1_usize..9, 1..200),
    ) {
        let mut stream = noise;
        for kg in grams {
            let kg = kg / 1_000;
            stream.extend(encode(protocol, &sample(kg * 1_000, WeighMode::Gross, false)));
        }
        let mut whole = Decoder::new(protocol);
        let expected = whole.feed(&stream);
        let mut cut = Decoder::new(protocol);
        let mut readings = Vec::new();
        let mut rest = stream.as_slice();
        for len in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*len).min(rest.len()));
            readings.extend(cut.feed(now));
            rest = later;
        }
        prop_assert_eq!(readings, expected);
        prop_assert_eq!(cut.rejects(), whole.rejects());
    }

    #[test]
    fn a_good_frame_after_noise_is_read(
        protocol in protocols(),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let frame = encode(protocol, &sample(18_440_000, WeighMode::Gross, false));
        let stream = [noise, frame.clone(), frame.clone(), frame].concat();
        let readings = Decoder::new(protocol).feed(&stream);
        let wanted = Mass::from_kg(18_440);
        prop_assert!(readings.iter().any(|reading| reading.value == wanted), "{readings:?}");
    }
}
