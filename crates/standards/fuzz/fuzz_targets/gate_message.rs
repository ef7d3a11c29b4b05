//! `gate_message` of `bodies.rs` under the fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    standards_fuzz::gate_message(bytes);
});
