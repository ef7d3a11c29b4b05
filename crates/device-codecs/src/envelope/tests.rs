//! The examples of the documentation, and everything that must not get through.

use domain::reading::Observation;
use proptest::prelude::*;

use super::{Decoder, EnvelopeError, LINE_BYTES_MAX, decode_sidecar, encode};
use crate::rejects::RejectReason;

const DOCUMENTATION: &str = include_str!("../../../../docs/device-envelope.md");

/// Lines of the documentation's JSON blocks.
fn examples() -> Vec<&'static str> {
    DOCUMENTATION
        .lines()
        .filter(|line| line.starts_with("{\"type\""))
        .collect()
}

#[test]
fn every_example_of_the_documentation_is_read_and_written_back() {
    let mut kinds = Vec::new();
    for line in examples() {
        if line.contains("\"trigger\"") {
            continue;
        }
        let mut decoder = Decoder::new();
        let observations = decoder.feed(format!("{line}\r\n").as_bytes());
        assert_eq!(decoder.rejects().total(), 0, "{line}");
        for observation in &observations {
            let again = Decoder::new().feed(&encode(observation));
            assert_eq!(again, observations, "{line}");
            let kind = std::mem::discriminant(observation);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        assert_eq!(
            observations.is_empty(),
            line.contains("\"alive\""),
            "{line}"
        );
    }
    // Everything but weights and the gate's own position.
    assert_eq!(kinds.len(), 9);
}

#[test]
fn what_is_not_of_the_format_is_counted_by_reason() {
    let cases: [(&str, RejectReason); 7] = [
        ("no json", RejectReason::Framing),
        ("{\"type\":\"plate\"", RejectReason::Framing),
        ("{\"type\":\"unknown\"}", RejectReason::Unsupported),
        (
            "{\"type\":\"driver_card\",\"driver\":\"D1\",\"more\":1}",
            RejectReason::Unsupported,
        ),
        (
            "{\"type\":\"container\",\"number\":\"CSQU3054384\",\"confidence_permille\":900}",
            RejectReason::Range,
        ),
        (
            "{\"type\":\"plate\",\"plate\":\"粤B12345\",\"role\":\"tractor\",\"confidence_permille\":1001}",
            RejectReason::Range,
        ),
        (
            "{\"type\":\"radiation\",\"state\":\"green\",\"background_ratio_tenths\":1}",
            RejectReason::Unsupported,
        ),
    ];
    for (line, reason) in cases {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.feed(format!("{line}\n").as_bytes()), [], "{line}");
        assert_eq!(
            decoder.rejects().of(reason),
            1,
            "{line}: {:?}",
            decoder.rejects()
        );
    }
}

#[test]
fn an_endless_line_is_dropped_and_the_next_is_read() {
    let mut decoder = Decoder::new();
    for _ in 0..3 {
        decoder.feed(&vec![b'x'; LINE_BYTES_MAX]);
    }
    let observations = decoder.feed(b"\n{\"type\":\"driver_card\",\"driver\":\"D1\"}\n");
    assert_eq!(observations.len(), 1);
    assert!(decoder.rejects().total() >= 1);
}

#[test]
fn a_file_is_taken_whole_or_not_at_all() {
    let good = "{\"type\":\"driver_card\",\n \"driver\":\"D1\"}\n{\"type\":\"driver_card\",\"driver\":\"D2\"}";
    assert_eq!(decode_sidecar(good).map(|all| all.len()), Ok(2));
    let bad = format!("{good}\n{{\"type\":\"driver_card\",\"driver\":\"\"}}");
    assert!(matches!(
        decode_sidecar(&bad),
        Err(EnvelopeError::Field {
            number: 3,
            field: "driver",
            ..
        })
    ));
    assert!(matches!(
        decode_sidecar("{"),
        Err(EnvelopeError::Json { number: 1, .. })
    ));
    let many = "{\"type\":\"alive\"}".repeat(300);
    assert_eq!(decode_sidecar(&many), Err(EnvelopeError::TooMany));
    assert_eq!(decode_sidecar(""), Ok(Vec::<Observation>::new()));
}

proptest! {
    #[test]
    fn noise_never_panics(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..20)) {
        let mut decoder = Decoder::new();
        for chunk in chunks {
            decoder.feed(&chunk);
        }
    }

    #[test]
    fn a_cut_anywhere_changes_nothing(at in 1_usize..60) {
        let line = examples()[1];
        let bytes = format!("{line}\n");
        let (first, second) = bytes.as_bytes().split_at(at.min(bytes.len() - 1));
        let mut decoder = Decoder::new();
        let mut observations = decoder.feed(first);
        observations.extend(decoder.feed(second));
        prop_assert_eq!(observations, Decoder::new().feed(bytes.as_bytes()));
    }
}
