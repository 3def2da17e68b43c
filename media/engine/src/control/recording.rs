//! Files, and the legs that are heard in them.

use std::path::Path;
use std::sync::Arc;

use super::{Control, Outcome, Problem};
use crate::events::LegId;
use crate::mailbox::Command;
use crate::recorder::{Recorder, RecordingId, Sink, Tap};
use crate::recording::Side;
use crate::sealed::Seal;
use crate::wav::Shape;

/// A recording and the legs that are heard in it.
pub(super) struct Running {
    sink: Arc<Sink>,
    legs: Vec<LegId>,
}

impl Control {
    /// Begins a file with silence; `assign_recording` says who is heard in it.
    ///
    /// Sealed as it is written, if there is something to seal it with. Two channels, or one for the left side alone, at 8000 or 16 000 Hz. `silence_ms`: how much silence is told, 0 for none.
    pub fn start_recording(
        &mut self,
        path: &Path,
        shape: Shape,
        silence_ms: u64,
        seal: Option<Seal>,
    ) -> Outcome<RecordingId> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        let Shape { channels, rate_hz } = shape;
        if !(1..=2).contains(&channels) || ![8_000, 16_000].contains(&rate_hz) {
            let what = format!("{channels} channels of {rate_hz} Hz; 1 or 2, of 8000 or 16000");
            return Err(Problem::Value(what));
        }
        if self.recorder.is_none() {
            self.recorder = Some(Recorder::start(self.clock, Arc::clone(&self.ring))?);
        }
        let id = self.next_id();
        if let Some(recorder) = &self.recorder {
            let sink = recorder.open(id, path, shape, silence_ms, seal)?;
            self.recordings.insert(id, Running { sink, legs: Vec::new() });
        }
        Ok(id)
    }

    /// From now on these legs are heard left and right, and a guest in addition. A leg that was in another recording
    /// leaves that.
    pub fn assign_recording(
        &mut self,
        recording: RecordingId,
        legs: [Option<LegId>; 2],
        guest: Option<(LegId, Side)>,
    ) -> Outcome<()> {
        let sides = legs.into_iter().zip([Side::Left, Side::Right]);
        let heard: Vec<(LegId, Side)> =
            sides.filter_map(|(leg, side)| Some((leg?, side))).chain(guest).collect();
        for (index, (leg, _)) in heard.iter().enumerate() {
            if heard[..index].iter().any(|(other, _)| other == leg) {
                return Err(Problem::Value("one leg cannot be on both sides".into()));
            }
            self.worker_of(*leg)?;
        }
        let unknown = Problem::Unknown("recording", recording);
        let running = self.recordings.get_mut(&recording).ok_or(unknown)?;
        let legs = heard.iter().map(|(leg, _)| *leg).collect();
        let before = std::mem::replace(&mut running.legs, legs);
        let sink = Arc::clone(&running.sink);
        for leg in before {
            let _ = self.post(leg, Command::Tap(leg, None)); // it may be closed by now
        }
        for (leg, side) in heard {
            let tap = Tap { sink: Arc::clone(&sink), side };
            self.post(leg, Command::Tap(leg, Some(tap)))?;
        }
        Ok(())
    }

    pub fn pause_recording(&self, recording: RecordingId, on: bool) -> Outcome<()> {
        let running = self.recordings.get(&recording);
        let running = running.ok_or(Problem::Unknown("recording", recording))?;
        running.sink.pause(on);
        Ok(())
    }

    pub fn suspend_recording(&self, recording: RecordingId, on: bool) -> Outcome<()> {
        let running = self.recordings.get(&recording);
        let running = running.ok_or(Problem::Unknown("recording", recording))?;
        running.sink.suspend(on);
        Ok(())
    }

    /// Its end is told when the file is whole.
    pub fn stop_recording(&mut self, recording: RecordingId) -> Outcome<()> {
        self.assign_recording(recording, [None; 2], None)?;
        if let (Some(running), Some(recorder)) =
            (self.recordings.remove(&recording), &self.recorder)
        {
            recorder.stop(&running.sink);
        }
        Ok(())
    }
}
