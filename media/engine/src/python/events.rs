//! Events as Python gets them.

use pyo3::prelude::*;

use crate::events::Event;

/// A tuple of a kind, the leg or recording that it is about, and two values of that kind.
pub fn to_python(py: Python<'_>, event: Event) -> PyResult<Bound<'_, PyAny>> {
    let none = py.None();
    let tuple = match event {
        Event::Digit { leg, key, duration_ms } => {
            ("digit", leg, key, duration_ms).into_pyobject(py)?
        }
        Event::KeyToSend { leg, key, duration_ms } => {
            ("key_to_send", leg, key, duration_ms).into_pyobject(py)?
        }
        Event::PlaybackFinished { leg, playback } => {
            ("playback_finished", leg, playback, none).into_pyobject(py)?
        }
        Event::RtpTimeout { leg, silent_ms } => {
            ("rtp_timeout", leg, silent_ms, none).into_pyobject(py)?
        }
        Event::Latched { leg, source } => {
            ("latched", leg, source.ip().to_string(), source.port()).into_pyobject(py)?
        }
        Event::RecordingFinished { recording, duration_ms } => {
            ("recording_finished", recording, duration_ms, none).into_pyobject(py)?
        }
        Event::RecordingSilent { recording, silent_ms } => {
            ("recording_silent", recording, silent_ms, none).into_pyobject(py)?
        }
        Event::RecordingFailed { recording, text } => {
            ("recording_failed", recording, text, none).into_pyobject(py)?
        }
        Event::Secured { leg, profile } => ("secured", leg, profile, none).into_pyobject(py)?,
        Event::SecurityFailed { leg, text } => {
            ("security_failed", leg, text, none).into_pyobject(py)?
        }
        Event::SpeechBegan { leg } => ("speech_began", leg, &none, &none).into_pyobject(py)?,
        Event::SpeechEnded { leg, spoke_ms } => {
            ("speech_ended", leg, spoke_ms, none).into_pyobject(py)?
        }
        Event::AnsweredBy { leg, by, told_by } => {
            ("answered_by", leg, by, told_by).into_pyobject(py)?
        }
        Event::Beep { leg, hz, lasted_ms } => ("beep", leg, hz, lasted_ms).into_pyobject(py)?,
        Event::LegFailed { leg, text } => ("leg_failed", leg, text, none).into_pyobject(py)?,
    };
    Ok(tuple.into_any())
}
