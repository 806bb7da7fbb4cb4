#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gateways::payments::fuzzing::payment(data));
