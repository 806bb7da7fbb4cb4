#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gateways::sms::fuzzing::sms_text(data));
