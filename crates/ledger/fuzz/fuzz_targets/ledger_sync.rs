//! `ledger_sync` of `bodies.rs` under the fuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    ledger_fuzz::ledger_sync(bytes);
});
