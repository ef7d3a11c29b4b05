//! Goal: no bytes crash, hang or fool a decoder or the journal. Method: the bodies of the fuzz
//! targets, over their seeds and seeded mutations of them. `make fuzz` drives the same bodies for
//! longer, from the same seeds.

use std::path::Path;

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Mutations of each target in one run; `KAKOU_FUZZ_RUNS` sets another number for a longer one.
const RUNS: usize = 1_000;
/// Mutants grow no longer than this.
const BYTES_MAX: usize = 16 * 1024;

macro_rules! bodies {
    ($($name:ident, $folder:literal;)*) => {
        $(
            #[allow(unreachable_pub, reason = "the fuzz crate of that folder is a library")]
            #[path = $folder]
            mod $name;
        )*
    };
}

bodies! {
    device_codecs_bodies, "../../crates/device-codecs/fuzz/bodies.rs";
    gate_protocol_bodies, "../../crates/gate-protocol/fuzz/bodies.rs";
    ledger_bodies, "../../crates/ledger/fuzz/bodies.rs";
    standards_bodies, "../../crates/standards/fuzz/bodies.rs";
    store_bodies, "../../crates/store/fuzz/bodies.rs";
    wire_bodies, "../../crates/wire/fuzz/bodies.rs";
}

type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);

const CRATES: &[(&str, &[Target])] = &[
    ("device-codecs", device_codecs_bodies::TARGETS),
    ("gate-protocol", gate_protocol_bodies::TARGETS),
    ("ledger", ledger_bodies::TARGETS),
    ("standards", standards_bodies::TARGETS),
    ("store", store_bodies::TARGETS),
    ("wire", wire_bodies::TARGETS),
];

/// One to four changes of a seed, as a line, a disk or an attacker makes them.
fn mutate(seeds: &[Vec<u8>], draw: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seeds[draw.random_range(0..seeds.len())].clone();
    for _ in 0..draw.random_range(1..=4) {
        let at = draw.random_range(0..=bytes.len());
        let to = draw.random_range(at..=bytes.len().min(at + 24));
        match draw.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << draw.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = draw.random(),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..to)),
            4 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
            5 => {
                let mut noise = vec![0; draw.random_range(1..9)];
                draw.fill_bytes(&mut noise);
                bytes.splice(at..at, noise);
            }
            _ => {
                let other = &seeds[draw.random_range(0..seeds.len())];
                bytes.truncate(at);
                bytes.extend(&other[draw.random_range(0..=other.len())..]);
            }
        }
        bytes.truncate(BYTES_MAX);
    }
    bytes
}

#[test]
fn every_fuzz_target_stands_its_seeds_and_their_mutants() {
    let runs = std::env::var("KAKOU_FUZZ_RUNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(RUNS);
    for (of, targets) in CRATES {
        for (name, body, seeds) in *targets {
            let seeds = seeds();
            assert!(!seeds.is_empty(), "{of} {name} has no seeds");
            let taken = seeds.iter().filter(|seed| body(seed)).count();
            println!("{of} {name}: {taken} of {} seeds are taken", seeds.len());
            // Seeds that come no further than the first check would try nothing behind it.
            assert!(
                2 * taken >= seeds.len(),
                "{of} {name}: {taken} of {}",
                seeds.len()
            );
            let mut draw = ChaCha8Rng::seed_from_u64(11);
            let mutants = (0..runs).map(|_| mutate(&seeds, &mut draw));
            for bytes in mutants {
                let outcome = std::panic::catch_unwind(|| body(&bytes));
                assert!(outcome.is_ok(), "{of} {name}: {}", hex::encode(&bytes));
            }
        }
    }
}

/// The manifests name the same targets, so that none is left out on one side. With
/// `KAKOU_FUZZ_CORPUS` set, the seeds are written where the fuzzer looks for them.
#[test]
fn every_fuzz_target_has_its_manifest_entry_and_its_corpus() -> anyhow::Result<()> {
    for (of, targets) in CRATES {
        let folder = super::programs::root().join("crates").join(of).join("fuzz");
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
        let named: Vec<&str> = manifest
            .lines()
            .skip_while(|line| *line != "[[bin]]")
            .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
            .collect();
        let ours: Vec<&str> = targets.iter().map(|(name, ..)| *name).collect();
        assert_eq!(named, ours, "{of}");
        for (name, _, seeds) in *targets {
            let main = std::fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs")))?;
            assert!(main.contains(&format!("::{name}(bytes)")), "{of} {name}");
            if std::env::var_os("KAKOU_FUZZ_CORPUS").is_some() {
                write_seeds(&folder.join("corpus").join(name), &seeds())?;
            }
        }
    }
    Ok(())
}

fn write_seeds(corpus: &Path, seeds: &[Vec<u8>]) -> anyhow::Result<()> {
    std::fs::create_dir_all(corpus)?;
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(corpus.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}
