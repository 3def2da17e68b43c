//! Sentral's media engine: RTP sockets, playout and relay on threads of its own, commanded from Python.

#![deny(unsafe_code)]
// Without the Python face (in `cargo test`) much of the engine has no caller.
#![cfg_attr(not(feature = "extension-module"), allow(dead_code))]

mod answering;
mod beep;
mod clock;
mod code_guard;
mod codec;
mod comfort_noise;
mod concealment;
mod control;
mod counters;
mod events;
mod format;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod g711;
mod g722;
mod growing;
mod heard;
mod jitter_buffer;
mod key_detector;
mod key_sender;
mod latch;
mod leg;
mod long_press;
mod mailbox;
mod mix;
mod mixing;
#[cfg(test)]
mod mutation_tests;
mod obey;
mod opus;
mod passed_keys;
mod phases;
mod ports;
#[cfg(feature = "extension-module")]
#[allow(unsafe_code)] // what PyO3's macros write
mod python;
mod recorder;
mod recording;
mod repacketizer;
mod reporter;
mod resampler;
mod rtcp;
mod rtp;
mod sealed;
mod seat;
mod secure;
mod sequencer;
mod silence;
mod silence_suppression;
mod snapshot;
mod sounds;
mod statistics;
mod telephone_event;
mod tone_keys;
mod totals;
mod transcoding;
mod voice;
mod volume;
mod wav;
mod worker;
