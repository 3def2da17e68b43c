#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sentral_media_engine::fuzzing::rtcp(data));
