//! Sounds, and the legs that play them.

use std::sync::Arc;

use super::{Control, Outcome, Problem};
use crate::events::LegId;
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

    /// Legs that play it hear it to its end.
    pub fn unload_sound(&mut self, sound: u64) -> Outcome<()> {
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
