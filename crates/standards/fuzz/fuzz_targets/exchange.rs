//! `exchange` of `bodies.rs` under the fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    standards_fuzz::exchange(bytes);
});
