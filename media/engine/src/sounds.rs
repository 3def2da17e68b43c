//! Sounds kept encoded, and playing them one after another without gaps.

use std::sync::Arc;

use crate::codec::Codec;
use crate::g711::{alaw_from_linear, ulaw_from_linear};
use crate::sequencer::SAMPLES_PER_MS;

/// A playlist that grows while it plays does not do so without end.
const MOST_APPENDED: usize = 64;

/// One sound in both laws; all legs that play it share it.
pub struct Sound {
    pcmu: Box<[u8]>,
    pcma: Box<[u8]>,
}

impl Sound {
    /// From 16-bit little-endian mono samples at 8000 Hz. `None` when half a sample is left over.
    pub fn encode(samples: &[u8]) -> Option<Self> {
        if samples.len() % 2 != 0 {
            return None;
        }
        let linear = samples.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        Some(Self::of(&linear.collect::<Vec<_>>()))
    }

    pub fn of(samples: &[i16]) -> Self {
        Self {
            pcmu: samples.iter().map(|sample| ulaw_from_linear(*sample)).collect(),
            pcma: samples.iter().map(|sample| alaw_from_linear(*sample)).collect(),
        }
    }

    fn encoded(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => &self.pcma,
        }
    }

    fn samples(&self) -> usize {
        self.pcmu.len()
    }
}

/// What one leg plays, and how far it is.
pub struct Playlist {
    pub id: u64,
    sounds: Vec<Arc<Sound>>,
    repeats: bool,
    index: usize,
    /// In samples, within the current sound.
    position: usize,
}

impl Playlist {
    pub fn new(id: u64, sounds: Vec<Arc<Sound>>, repeats: bool, offset_ms: u64) -> Self {
        let total: usize = sounds.iter().map(|sound| sound.samples()).sum();
        let offset = usize::try_from(offset_ms.saturating_mul(u64::from(SAMPLES_PER_MS)));
        let offset = offset.unwrap_or(usize::MAX);
        let offset = if repeats && total > 0 { offset % total } else { offset.min(total) };
        let repeats = repeats && total > 0; // a loop of nothing is over at once
        let mut playlist = Self { id, sounds, repeats, index: 0, position: 0 };
        playlist.skip(offset);
        playlist
    }

    /// One more at the end.
    pub fn append(&mut self, sound: Arc<Sound>) {
        if self.sounds.len() < MOST_APPENDED {
            self.sounds.push(sound);
        }
    }

    /// True when nothing is left to play.
    pub fn is_over(&self) -> bool {
        self.index >= self.sounds.len()
    }

    /// Writes the next samples; what is missing at the very end is silence.
    pub fn fill(&mut self, codec: Codec, out: &mut [u8]) {
        let mut written = 0;
        while written < out.len() && !self.is_over() {
            let rest = &self.sounds[self.index].encoded(codec)[self.position..];
            let count = rest.len().min(out.len() - written);
            out[written..written + count].copy_from_slice(&rest[..count]);
            written += count;
            self.skip(count);
        }
        out[written..].fill(codec.silence());
    }

    /// Moves on by as many samples, and past sounds that are over.
    fn skip(&mut self, samples: usize) {
        self.position += samples;
        while !self.is_over() && self.position >= self.sounds[self.index].samples() {
            self.position -= self.sounds[self.index].samples();
            self.index += 1;
            if self.is_over() && self.repeats {
                self.index = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(values: std::ops::Range<i16>) -> Arc<Sound> {
        let samples: Vec<u8> = values.flat_map(|n| (n * 100).to_le_bytes()).collect();
        Arc::new(Sound::encode(&samples).expect("whole samples"))
    }

    fn ulaw(values: impl IntoIterator<Item = i16>) -> Vec<u8> {
        values.into_iter().map(|n| ulaw_from_linear(n * 100)).collect()
    }

    #[test]
    fn sounds_follow_one_another_without_a_gap_and_end_in_silence() {
        let mut playlist = Playlist::new(1, vec![sound(0..5), sound(0..0), sound(5..8)], false, 0);
        let mut out = [0; 6];
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw(0..6));
        assert!(!playlist.is_over());
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), [ulaw(6..8), vec![0xFF; 4]].concat());
        assert!(playlist.is_over());
    }

    #[test]
    fn a_loop_wraps_inside_a_frame() {
        let mut playlist = Playlist::new(1, vec![sound(0..4), sound(4..7)], true, 0);
        let mut out = [0; 20];
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw((0..20).map(|n| n % 7)));
        assert!(!playlist.is_over());
    }

    #[test]
    fn each_listener_has_its_own_offset() {
        let music = vec![sound(0..20)];
        let mut out = [0; 4];
        Playlist::new(1, music.clone(), true, 1).fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw(8..12));
        Playlist::new(1, music.clone(), true, 5).fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw([0, 1, 2, 3]), "40 samples are two turns");
        assert!(Playlist::new(1, music.clone(), false, u64::MAX).is_over());
        assert!(!Playlist::new(1, music, true, u64::MAX).is_over());
    }

    #[test]
    fn nothing_to_play_is_over_at_once_even_in_a_loop() {
        assert!(Playlist::new(1, Vec::new(), true, 0).is_over());
        assert!(Playlist::new(1, vec![sound(0..0)], true, 40).is_over());
    }

    #[test]
    fn both_laws_are_kept() {
        let mut playlist = Playlist::new(1, vec![sound(1..2)], false, 0);
        let mut out = [0; 2];
        playlist.fill(Codec::Pcma, &mut out);
        assert_eq!(out, [alaw_from_linear(100), 0xD5]);
        assert!(Sound::encode(&[1, 2, 3]).is_none());
    }
}
