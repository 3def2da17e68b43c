//! Sounds, and the legs that play them.

use std::sync::Arc;

use super::{Control, Outcome, Problem};
use crate::events::LegId;
use crate::growing::{Growth, Refused};
use crate::mailbox::Command;
use crate::sounds::{Change, Playlist, Sound};

impl Control {
    pub fn load_sound(&mut self, sound: Sound) -> Outcome<u64> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        let id = self.next_id();
        self.sounds.insert(id, Arc::new(sound));
        Ok(id)
    }

    /// A sound that is played while it is made; it can be played from now on.
    pub fn begin_sound(&mut self, growth: Growth) -> Outcome<u64> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        let id = self.next_id();
        self.sounds.insert(id, growth.sound());
        self.growing.insert(id, growth);
        Ok(id)
    }

    pub fn extend_sound(&mut self, sound: u64, samples: &[u8]) -> Outcome<()> {
        let growth = self.growing.get_mut(&sound);
        growth.ok_or(Problem::Unknown("growing sound", sound))?.push(samples).map_err(|refused| {
            Problem::Value(match refused {
                Refused::HalfASample => "half a 16-bit sample at the end".into(),
                Refused::TooLong => "longer than half an hour".into(),
            })
        })
    }

    /// Harmless when it has ended.
    pub fn end_sound(&mut self, sound: u64) {
        if let Some(growth) = self.growing.remove(&sound) {
            growth.end();
        }
    }

    /// Legs that play it hear it to its end; a growing one ends here.
    pub fn unload_sound(&mut self, sound: u64) -> Outcome<()> {
        self.end_sound(sound);
        let known = self.sounds.remove(&sound);
        known.map(|_| ()).ok_or(Problem::Unknown("sound", sound))
    }

    pub fn play(
        &self,
        leg: LegId,
        sounds: &[u64],
        playback: u64,
        repeats: bool,
        offset_ms: u64,
    ) -> Outcome<()> {
        let sound = |id: &u64| self.sounds.get(id).cloned().ok_or(Problem::Unknown("sound", *id));
        let sounds = sounds.iter().map(sound).collect::<Outcome<Vec<_>>>()?;
        let playlist = Playlist::new(playback, sounds, repeats, offset_ms);
        self.post(leg, Command::Play(leg, Box::new(playlist)))
    }

    pub fn change_playback(&self, leg: LegId, playback: u64, change: Change) -> Outcome<()> {
        self.post(leg, Command::Change(leg, playback, change))
    }

    pub fn stop(&self, leg: LegId) -> Outcome<()> {
        self.post(leg, Command::Stop(leg))
    }

    pub fn press(&self, leg: LegId, code: u8, duration_ms: u32) -> Outcome<()> {
        self.post(leg, Command::Press { leg, code, duration_ms })
    }
}
