#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signing::fuzzing::signature(data));
