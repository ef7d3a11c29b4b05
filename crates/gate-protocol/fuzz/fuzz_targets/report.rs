//! `report` of `bodies.rs` under the fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    gate_protocol_fuzz::report(bytes);
});
