//! Bytes of a file that claims to be a picture.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vision_fuzz::picture(bytes));
