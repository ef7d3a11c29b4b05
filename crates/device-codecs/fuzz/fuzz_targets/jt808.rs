//! `jt808` of `bodies.rs` under the fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    device_codecs_fuzz::jt808(bytes);
});
