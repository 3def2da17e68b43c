//! The Python module `sentral_media_engine`; its types are in `sentral_media_engine.pyi`.

use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::Mutex;

use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::answering::Rules;
use crate::clock::{Micros, SECOND};
use crate::codec::Codec;
use crate::control::{address, ip_of, Control, Outcome, Problem};
use crate::counters::Counters;
use crate::events::{lock, LegId};
use crate::format::Format;
use crate::growing::Growth;
use crate::latch::{Policy, Remote};
use crate::leg::Wish;
use crate::mix::MixId;
use crate::opus::OpusOptions;
use crate::recorder::RecordingId;
use crate::recording::Side;
use crate::sealed::{Seal, KEY_BYTES};
use crate::sounds::{Change, Sound};
use crate::telephone_event::code_of;
use crate::volume::Volume;
use crate::wav::Shape;

mod events;
mod security;
mod snapshots;
mod totals;

use events::to_python;
use security::Agreed;
use snapshots::{read_snapshot, write_snapshot};
use totals::figures_of;

impl From<Problem> for PyErr {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Unknown(what, id) => PyKeyError::new_err(format!("no {what} {id}")),
            Problem::Value(text) => PyValueError::new_err(text),
            Problem::Closed => PyRuntimeError::new_err("the engine is closed"),
            Problem::System(error) => PyErr::from(error),
        }
    }
}

#[pyclass(frozen, get_all, module = "sentral_media_engine")]
struct LegStatistics {
    packets_sent: u64,
    packets_received: u64,
    bytes_sent: u64,
    bytes_received: u64,
    packets_lost: u64,
    jitter_s: f64,
    concealed_s: f64,
    starved_s: f64,
    dropped_source: u64,
    dropped_malformed: u64,
    dropped_payload: u64,
    dropped_insecure: u64,
    send_failed: u64,
    peer_lost: u64,
    peer_jitter_s: f64,
    round_trip_s: Option<f64>,
}

impl From<&Counters> for LegStatistics {
    fn from(counters: &Counters) -> Self {
        Self {
            packets_sent: counters.packets_sent.get(),
            packets_received: counters.packets_received.get(),
            bytes_sent: counters.bytes_sent.get(),
            bytes_received: counters.bytes_received.get(),
            packets_lost: counters.packets_lost.get(),
            jitter_s: counters.jitter_us.get() as f64 / 1e6,
            concealed_s: counters.concealed.get() as f64 / 8000.0,
            starved_s: counters.starved.get() as f64 / 8000.0,
            dropped_source: counters.dropped_source.get(),
            dropped_malformed: counters.dropped_malformed.get(),
            dropped_payload: counters.dropped_payload.get(),
            dropped_insecure: counters.dropped_insecure.get(),
            send_failed: counters.send_failed.get(),
            peer_lost: counters.peer_lost.get(),
            peer_jitter_s: counters.peer_jitter_us.get() as f64 / 1e6,
            round_trip_s: counters.round_trip_s(),
        }
    }
}

#[pymethods]
impl LegStatistics {
    fn __repr__(&self) -> String {
        format!(
            "LegStatistics(sent={}, received={}, lost={}, jitter_s={:.4})",
            self.packets_sent, self.packets_received, self.packets_lost, self.jitter_s
        )
    }
}

#[pyclass(frozen, module = "sentral_media_engine")]
struct Engine {
    #[pyo3(get)]
    event_fd: RawFd,
    control: Mutex<Control>,
    /// At which sounds are kept.
    sound_rate_hz: u32,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (
        port_first, port_last, *, workers = 1, quarantine_s = 5.0, dscp = 0, sound_rate_hz = 8000
    ))]
    fn new(
        port_first: u16,
        port_last: u16,
        workers: usize,
        quarantine_s: f64,
        dscp: u8,
        sound_rate_hz: u32,
    ) -> PyResult<Self> {
        check_rate(sound_rate_hz)?;
        let quarantine = micros(quarantine_s, "quarantine_s")?;
        let mut control = Control::start(port_first, port_last, workers, quarantine)?;
        control.mark(dscp);
        Ok(Self { event_fd: control.ring().fd(), control: Mutex::new(control), sound_rate_hz })
    }

    #[pyo3(signature = (at_most = 4096))]
    fn drain<'py>(&self, py: Python<'py>, at_most: usize) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let events = lock(&self.control).ring().drain(at_most);
        events.into_iter().map(|event| to_python(py, event)).collect()
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| lock(&self.control).close());
    }

    #[pyo3(signature = (bind_ip, *, port = None, snapshot = None))]
    fn open_leg(
        &self,
        bind_ip: &str,
        port: Option<u16>,
        snapshot: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(LegId, u16)> {
        let snapshot = snapshot.map(read_snapshot).transpose()?;
        let opened = lock(&self.control).open(ip_of(bind_ip)?, port, snapshot.as_ref());
        Ok(opened?)
    }

    fn close_leg(&self, leg: LegId) -> PyResult<LegStatistics> {
        let counters = lock(&self.control).close_leg(leg)?;
        Ok(LegStatistics::from(&*counters))
    }

    #[pyo3(signature = (leg, ip, port, *, rtcp_port = None, latch = "nat", signalling_ip = None))]
    fn set_remote(
        &self,
        leg: LegId,
        ip: &str,
        port: u16,
        rtcp_port: Option<u16>,
        latch: &str,
        signalling_ip: Option<&str>,
    ) -> PyResult<()> {
        let policy = Policy::from_name(latch)
            .ok_or_else(|| PyValueError::new_err(format!("no latch policy {latch:?}")))?;
        let remote = Remote {
            address: address(ip, port)?,
            rtcp_port,
            policy,
            signalling: signalling_ip.map(ip_of).transpose()?,
        };
        self.command(|control| control.set_remote(leg, remote))
    }

    // The arguments are the agreed face of the module.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (
        leg, codec, payload_type, *, dtmf_payload_type, ptime_ms = 20, dtmf_clock_hz = 8000,
        noise_payload_type = None, maxptime_ms = 120, fec = true, dtx = false, bitrate = None,
        max_rate_hz = 48_000
    ))]
    fn set_codec(
        &self,
        leg: LegId,
        codec: &str,
        payload_type: u8,
        dtmf_payload_type: Option<u8>,
        ptime_ms: u32,
        dtmf_clock_hz: u32,
        noise_payload_type: Option<u8>,
        maxptime_ms: u32,
        fec: bool,
        dtx: bool,
        bitrate: Option<u32>,
        max_rate_hz: u32,
    ) -> PyResult<()> {
        let codec = Codec::from_name(codec)
            .ok_or_else(|| PyValueError::new_err(format!("no codec {codec:?}")))?;
        let format = Format {
            codec,
            payload_type,
            key_payload_type: dtmf_payload_type,
            key_clock_hz: dtmf_clock_hz,
            noise_payload_type,
            packet_ms: ptime_ms,
            most_ms: maxptime_ms,
            opus: OpusOptions { fec, dtx, bitrate, rate_hz: max_rate_hz },
        };
        self.command(|control| control.set_format(leg, format))
    }

    fn hear_also(&self, leg: LegId, types: Vec<(u8, String, u32)>) -> PyResult<()> {
        self.command(|control| control.hear_also(leg, &types))
    }

    #[pyo3(signature = (leg, *, send, receive))]
    fn set_direction(&self, leg: LegId, send: bool, receive: bool) -> PyResult<()> {
        self.command(|control| control.set_direction(leg, send, receive))
    }

    fn set_timeout(&self, leg: LegId, seconds: f64) -> PyResult<()> {
        let timeout = micros(seconds, "seconds")?;
        self.command(|control| control.set_timeout(leg, timeout))
    }

    fn hear_speech(&self, leg: LegId, end_ms: u32) -> PyResult<()> {
        self.command(|control| control.listen_for(leg, Wish::Speech(end_ms)))
    }

    fn keep_confidential(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.command(|control| control.keep_confidential(leg, on))
    }

    fn guard_codes(&self, leg: LegId, codes: Vec<String>) -> PyResult<()> {
        self.command(|control| control.guard_codes(leg, &codes))
    }

    fn hear_beep(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.command(|control| control.listen_for(leg, Wish::Beep(on)))
    }

    // The arguments are the agreed face of the module.
    #[allow(clippy::too_many_arguments)]
    #[pyo3(signature = (
        leg, *, initial_silence_ms, greeting_ms, after_greeting_ms, total_ms, word_ms, pause_ms,
        most_words
    ))]
    fn detect_answer(
        &self,
        leg: LegId,
        initial_silence_ms: u32,
        greeting_ms: u32,
        after_greeting_ms: u32,
        total_ms: u32,
        word_ms: u32,
        pause_ms: u32,
        most_words: u32,
    ) -> PyResult<()> {
        let rules = Rules {
            initial_silence_ms,
            greeting_ms,
            after_greeting_ms,
            total_ms,
            word_ms,
            pause_ms,
            most_words,
        };
        self.command(|control| control.listen_for(leg, Wish::Answer(rules)))
    }

    fn fingerprint(&self) -> PyResult<String> {
        self.command(|control| Ok(control.identity()?.fingerprint.to_string()))
    }

    #[pyo3(signature = (leg, *, sdes = None, dtls = None, ice = None, rtcp_mux = false))]
    fn secure(
        &self,
        leg: LegId,
        sdes: Option<(String, Vec<u8>, Vec<u8>)>,
        dtls: Option<(String, bool)>,
        ice: Option<(String, String, String)>,
        rtcp_mux: bool,
    ) -> PyResult<()> {
        let agreed = Agreed { sdes, dtls, ice, rtcp_mux };
        self.command(|control| {
            let plan = agreed.plan(control)?;
            control.agree(leg, plan)
        })
    }

    #[pyo3(signature = (samples, rate_hz = 8000))]
    fn load_sound(
        &self,
        py: Python<'_>,
        samples: &Bound<'_, PyBytes>,
        rate_hz: u32,
    ) -> PyResult<u64> {
        check_rate(rate_hz)?;
        let samples = samples.as_bytes();
        let sound = py
            .detach(|| Sound::decode(samples, rate_hz, self.sound_rate_hz))
            .ok_or_else(|| PyValueError::new_err("half a 16-bit sample at the end"))?;
        Ok(lock(&self.control).load_sound(sound)?)
    }

    #[pyo3(signature = (rate_hz = 8000))]
    fn begin_sound(&self, rate_hz: u32) -> PyResult<u64> {
        check_rate(rate_hz)?;
        let growth = Growth::new(rate_hz, self.sound_rate_hz);
        self.command(|control| control.begin_sound(growth))
    }

    fn extend_sound(&self, sound: u64, samples: &[u8]) -> PyResult<()> {
        self.command(|control| control.extend_sound(sound, samples))
    }

    fn end_sound(&self, sound: u64) {
        lock(&self.control).end_sound(sound);
    }

    fn unload_sound(&self, sound: u64) -> PyResult<()> {
        self.command(|control| control.unload_sound(sound))
    }

    // The arguments are the agreed face of the module.
    #[allow(clippy::needless_pass_by_value)]
    #[pyo3(signature = (leg, sounds, playback, *, r#loop = false, offset_ms = 0))]
    fn play(
        &self,
        leg: LegId,
        sounds: Vec<u64>,
        playback: u64,
        r#loop: bool,
        offset_ms: u64,
    ) -> PyResult<()> {
        self.command(|control| control.play(leg, &sounds, playback, r#loop, offset_ms))
    }

    fn pause_playback(&self, leg: LegId, playback: u64, on: bool) -> PyResult<()> {
        self.command(|control| control.change_playback(leg, playback, Change::Pause(on)))
    }

    fn seek_playback(&self, leg: LegId, playback: u64, offset_ms: u64) -> PyResult<()> {
        self.command(|control| control.change_playback(leg, playback, Change::Seek(offset_ms)))
    }

    fn set_volume(&self, leg: LegId, playback: u64, decibels: f64) -> PyResult<()> {
        let change = Change::Loudness(Volume::of_db(decibels));
        self.command(|control| control.change_playback(leg, playback, change))
    }

    fn stop(&self, leg: LegId) -> PyResult<()> {
        self.command(|control| control.stop(leg))
    }

    fn bridge(&self, a: LegId, b: LegId) -> PyResult<()> {
        self.command(|control| control.bridge(a, b))
    }

    fn unbridge(&self, leg: LegId) -> PyResult<()> {
        self.command(|control| control.unbridge(leg))
    }

    #[pyo3(signature = (hears, *, mix = None))]
    fn mix(&self, hears: &Bound<'_, PyDict>, mix: Option<MixId>) -> PyResult<MixId> {
        let row = |(leg, heard): (Bound<'_, PyAny>, Bound<'_, PyAny>)| -> PyResult<_> {
            Ok((leg.extract::<LegId>()?, heard.extract::<Vec<LegId>>()?))
        };
        let rows = hears.iter().map(row).collect::<PyResult<Vec<_>>>()?;
        self.command(|control| control.mix(mix, rows))
    }

    fn unmix(&self, mix: MixId) -> PyResult<()> {
        self.command(|control| control.unmix(mix))
    }

    #[pyo3(signature = (path, *, channels = 2, silence_ms = 0, rate_hz = 8_000, seal = None))]
    fn start_recording(
        &self,
        py: Python<'_>,
        path: PathBuf,
        channels: u16,
        silence_ms: u64,
        rate_hz: u32,
        seal: Option<(Vec<u8>, [u8; KEY_BYTES])>,
    ) -> PyResult<RecordingId> {
        let shape = Shape { channels, rate_hz };
        let seal = seal.map(|(head, key)| Seal { head, key });
        Ok(py.detach(|| lock(&self.control).start_recording(&path, shape, silence_ms, seal))?)
    }

    #[pyo3(signature = (recording, *, left, right, guest = None, guest_in_both = true))]
    fn assign_recording(
        &self,
        recording: RecordingId,
        left: Option<LegId>,
        right: Option<LegId>,
        guest: Option<LegId>,
        guest_in_both: bool,
    ) -> PyResult<()> {
        let side = if guest_in_both { Side::Both } else { Side::BesideRight };
        let guest = guest.map(|guest| (guest, side));
        self.command(|control| control.assign_recording(recording, [left, right], guest))
    }

    fn pause_recording(&self, recording: RecordingId, on: bool) -> PyResult<()> {
        self.command(|control| control.pause_recording(recording, on))
    }

    fn suspend_recording(&self, recording: RecordingId, on: bool) -> PyResult<()> {
        self.command(|control| control.suspend_recording(recording, on))
    }

    fn stop_recording(&self, recording: RecordingId) -> PyResult<()> {
        self.command(|control| control.stop_recording(recording))
    }

    fn echo(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.command(|control| control.echo(leg, on))
    }

    fn send_digit(&self, leg: LegId, key: &str, duration_ms: u32) -> PyResult<()> {
        let code = code_named(key)?;
        self.command(|control| control.press(leg, code, duration_ms))
    }

    fn tell_keys(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.command(|control| control.tell_keys(leg, on))
    }

    fn hide_tones(&self, leg: LegId, on: bool) -> PyResult<()> {
        self.command(|control| control.hide_tones(leg, on))
    }

    fn take_key(&self, leg: LegId, key: &str) -> PyResult<()> {
        let code = code_named(key)?;
        self.command(|control| control.take_key(leg, code))
    }

    fn statistics(&self, leg: LegId) -> PyResult<LegStatistics> {
        let control = lock(&self.control);
        Ok(LegStatistics::from(control.counters(leg)?))
    }

    fn snapshot<'py>(&self, py: Python<'py>, leg: LegId) -> PyResult<Bound<'py, PyDict>> {
        let snapshot = lock(&self.control).snapshot(leg)?;
        write_snapshot(py, &snapshot)
    }

    fn totals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let totals = lock(&self.control).totals();
        figures_of(py, &totals)
    }
}

impl Engine {
    fn command<T>(&self, run: impl FnOnce(&mut Control) -> Outcome<T>) -> PyResult<T> {
        Ok(run(&mut lock(&self.control))?)
    }
}

fn code_named(key: &str) -> PyResult<u8> {
    let mut chars = key.chars();
    let code = chars.next().filter(|_| chars.next().is_none()).and_then(code_of);
    code.ok_or_else(|| PyValueError::new_err(format!("no key {key:?}")))
}

fn check_rate(rate_hz: u32) -> PyResult<()> {
    if matches!(rate_hz, 8_000 | 16_000) {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("sounds are kept at 8000 or 16000 Hz, not at {rate_hz}")))
}

fn micros(seconds: f64, name: &str) -> PyResult<Micros> {
    if !(0.0..=1e9).contains(&seconds) {
        let text = format!("{name} is {seconds}, which is not within 0-1e9");
        return Err(PyValueError::new_err(text));
    }
    Ok((seconds * SECOND as f64) as Micros)
}

#[pymodule]
fn sentral_media_engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Engine>()?;
    module.add_class::<LegStatistics>()
}
