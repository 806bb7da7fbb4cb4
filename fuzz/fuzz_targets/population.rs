#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gateways::population::fuzzing::population(data));
