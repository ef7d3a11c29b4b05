//! `evidence_messages` of `bodies.rs` under the fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    wire_fuzz::evidence_messages(bytes);
});
