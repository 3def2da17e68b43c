//! Sounds kept once, and playing them one after another without gaps.

use std::sync::{Arc, Mutex};

use crate::codec::Codec;
use crate::events::lock;
use crate::g711::{alaw_from_linear, ulaw_from_linear};
use crate::resampler::{doubled, halved, Resampler, AHEAD};
use crate::sequencer::SAMPLES_PER_MS;
use crate::volume::Volume;

/// A playlist that grows while it plays does not do so without end.
const MOST_APPENDED: usize = 64;

pub const NARROW_HZ: u32 = 8_000;

/// One sound, shared by all legs that play it; what their codecs need is made of it while they play.
pub struct Sound {
    /// At which codecs other than G.711 get it: 8000 or 16000 Hz.
    rate_hz: u32,
    /// At which it is kept, no higher than that.
    own_hz: u32,
    content: Content,
}

enum Content {
    Whole(Vec<i16>),
    /// It is still being spoken. Held for the length of a copy by who plays it and who adds to it.
    Growing(Mutex<Grown>),
}

struct Grown {
    samples: Vec<i16>,
    has_ended: bool,
}

impl Sound {
    /// From 16-bit little-endian mono samples of a rate, of which no more than another is kept. `None` when half a
    /// sample is left over.
    pub fn decode(samples: &[u8], rate_hz: u32, most_hz: u32) -> Option<Self> {
        Some(Self::kept(linear_of(samples)?, rate_hz, most_hz))
    }

    /// From samples at 8000 Hz.
    pub fn of(samples: Vec<i16>) -> Self {
        Self::kept(samples, NARROW_HZ, NARROW_HZ)
    }

    /// Nothing yet; what comes, at its own rate, is added while it plays.
    pub fn growing(own_hz: u32, rate_hz: u32) -> Self {
        let grown = Grown { samples: Vec::new(), has_ended: false };
        Self { rate_hz, own_hz, content: Content::Growing(Mutex::new(grown)) }
    }

    /// Adds to a growing sound; no other takes more.
    pub fn grow(&self, mut more: Vec<i16>) {
        if let Content::Growing(grown) = &self.content {
            lock(grown).samples.append(&mut more);
        }
    }

    /// Nothing will be added any more: it is over when all of it was played.
    pub fn end(&self) {
        if let Content::Growing(grown) = &self.content {
            lock(grown).has_ended = true;
        }
    }

    fn kept(samples: Vec<i16>, rate_hz: u32, most_hz: u32) -> Self {
        let own_hz = rate_hz.min(most_hz);
        let content = if own_hz == rate_hz {
            samples
        } else {
            Resampler::whole(&samples, rate_hz, own_hz).into_owned()
        };
        Self { rate_hz: most_hz, own_hz, content: Content::Whole(content) }
    }

    /// Looks at what there is, and whether it is all.
    fn look<T>(&self, look: impl FnOnce(&[i16], bool) -> T) -> T {
        match &self.content {
            Content::Whole(samples) => look(samples, true),
            Content::Growing(grown) => {
                let grown = lock(grown);
                look(&grown.samples, grown.has_ended)
            }
        }
    }

    /// Appends the part from `position` on, at most so many samples of 1/8000 s. Returns how many there were.
    fn copy_linear(&self, position: usize, count: usize, out: &mut Vec<i16>) -> usize {
        self.look(|samples, has_ended| {
            let is_doubled = self.rate_hz > self.own_hz;
            let ahead = if is_doubled { AHEAD } else { 0 };
            let end = self.known(samples.len(), has_ended, ahead).min(position + count);
            let (start, scale) = (position.min(end), self.scale());
            if is_doubled {
                doubled(samples, start..end, out);
            } else {
                let whole = out.len() + scale * (end - start);
                out.extend(&samples[scale * start..(scale * end).min(samples.len())]);
                out.resize(whole, 0);
            }
            end - start
        })
    }

    /// The same in a law of G.711, as many as fit.
    fn encode(&self, codec: Codec, position: usize, volume: Volume, out: &mut [u8]) -> usize {
        self.look(|samples, has_ended| {
            let is_halved = self.own_hz > NARROW_HZ;
            let ahead = if is_halved { 2 * AHEAD - 1 } else { 0 };
            let end = self.known(samples.len(), has_ended, ahead).min(position + out.len());
            let start = position.min(end);
            if is_halved {
                encode(codec, volume, &halved(samples, start..end), out);
            } else {
                encode(codec, volume, &samples[start..end], out);
            }
            end - start
        })
    }

    fn scale(&self) -> usize {
        (self.own_hz / NARROW_HZ) as usize
    }

    /// How much of so many samples can be played, in 1/8000 s, when so many later ones are looked at for it.
    fn known(&self, samples: usize, has_ended: bool, ahead: usize) -> usize {
        if has_ended {
            samples.div_ceil(self.scale())
        } else {
            samples.saturating_sub(ahead) / self.scale()
        }
    }

    /// In 1/8000 s.
    fn samples(&self) -> usize {
        self.look(|samples, _| samples.len().div_ceil(self.scale()))
    }

    /// How long it was, once nothing is left of it from `position` on and nothing will come.
    fn over_at(&self, position: usize) -> Option<usize> {
        self.look(|samples, has_ended| {
            let length = samples.len().div_ceil(self.scale());
            Some(length).filter(|end| has_ended && position >= *end)
        })
    }
}

fn encode(codec: Codec, volume: Volume, samples: &[i16], out: &mut [u8]) {
    let pairs = out.iter_mut().zip(samples);
    if codec == Codec::Pcma {
        pairs.for_each(|(byte, sample)| *byte = alaw_from_linear(volume.of(*sample)));
    } else {
        pairs.for_each(|(byte, sample)| *byte = ulaw_from_linear(volume.of(*sample)));
    }
}

/// Samples out of little-endian bytes; `None` when half a sample is left over.
pub fn linear_of(bytes: &[u8]) -> Option<Vec<i16>> {
    let pairs = bytes.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// What may be changed while it plays.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Silence from here on, and no time passes for it.
    Pause(bool),
    /// Milliseconds from its beginning; of a loop, of all its rounds.
    Seek(u64),
    Loudness(Volume),
}

/// What one leg plays, and how far it is.
pub struct Playlist {
    pub id: u64,
    sounds: Vec<Arc<Sound>>,
    repeats: bool,
    index: usize,
    /// In samples of 1/8000 s, within the current sound.
    position: usize,
    is_paused: bool,
    volume: Volume,
    /// Samples of 1/8000 s that a growing sound was late with.
    starved: u64,
}

impl Playlist {
    pub fn new(id: u64, sounds: Vec<Arc<Sound>>, repeats: bool, offset_ms: u64) -> Self {
        let mut playlist = Self {
            id,
            sounds,
            repeats,
            index: 0,
            position: 0,
            is_paused: false,
            volume: Volume::default(),
            starved: 0,
        };
        playlist.seek(offset_ms);
        playlist
    }

    pub fn change(&mut self, change: Change) {
        match change {
            Change::Pause(on) => self.is_paused = on,
            Change::Seek(offset_ms) => self.seek(offset_ms),
            Change::Loudness(volume) => self.volume = volume,
        }
    }

    fn seek(&mut self, offset_ms: u64) {
        let total = self.samples();
        let offset = usize::try_from(offset_ms.saturating_mul(u64::from(SAMPLES_PER_MS)));
        let offset = offset.unwrap_or(usize::MAX);
        (self.index, self.position) = (0, 0);
        self.skip(if self.repeats && total > 0 { offset % total } else { offset.min(total) });
    }

    /// Of a growing sound what there is.
    fn samples(&self) -> usize {
        self.sounds.iter().map(|sound| sound.samples()).sum()
    }

    /// Samples of 1/8000 s that were silence since the last time, because a growing sound was late with them.
    pub fn take_starved(&mut self) -> u64 {
        std::mem::take(&mut self.starved)
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

    /// Of the sound that comes next, in Hz.
    pub fn rate_hz(&self) -> u32 {
        self.sounds.get(self.index).map_or(NARROW_HZ, |sound| sound.rate_hz)
    }

    /// Writes the next bytes of µ-law or A-law; what is missing is silence.
    pub fn fill(&mut self, codec: Codec, out: &mut [u8]) {
        let mut written = 0;
        self.skip(0);
        while written < out.len() && !self.is_over() && !self.is_paused {
            let sound = &self.sounds[self.index];
            let rest = &mut out[written..];
            let count = sound.encode(codec, self.position, self.volume, rest);
            if count == 0 {
                self.starved += (out.len() - written) as u64;
                break;
            }
            written += count;
            self.skip(count);
        }
        out[written..].fill(if codec == Codec::Pcma { 0xD5 } else { 0xFF });
    }

    /// Writes the next milliseconds at the rate of the sound that comes next, which is returned. All sounds of an
    /// engine have one rate.
    pub fn fill_linear(&mut self, milliseconds: u32, out: &mut Vec<i16>) -> u32 {
        self.skip(0);
        let rate_hz = self.rate_hz();
        let mut missing = (milliseconds * SAMPLES_PER_MS) as usize;
        out.clear();
        while missing > 0 && !self.is_over() && !self.is_paused && self.rate_hz() == rate_hz {
            let count = self.sounds[self.index].copy_linear(self.position, missing, out);
            if count == 0 {
                self.starved += missing as u64;
                break;
            }
            missing -= count;
            self.skip(count);
        }
        self.volume.apply(out);
        out.resize((milliseconds * rate_hz / 1000) as usize, 0);
        rate_hz
    }

    /// Moves on by as many samples, and past sounds that are over. A loop of nothing is over, too.
    fn skip(&mut self, samples: usize) {
        self.position += samples;
        while let Some(length) =
            self.sounds.get(self.index).and_then(|it| it.over_at(self.position))
        {
            self.position -= length;
            self.index += 1;
            if self.is_over() && self.repeats && self.samples() > 0 {
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
        Arc::new(Sound::decode(&samples, 8_000, 8_000).expect("whole samples"))
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
    fn a_paused_playlist_is_silent_and_goes_on_where_it_was() {
        let mut playlist = Playlist::new(1, vec![sound(0..9)], false, 0);
        let mut out = [0; 4];
        playlist.fill(Codec::Pcmu, &mut out);
        playlist.change(Change::Pause(true));
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out, [0xFF; 4]);
        let mut linear = Vec::new();
        playlist.fill_linear(1, &mut linear);
        assert!(linear.iter().all(|sample| *sample == 0));
        playlist.change(Change::Pause(false));
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw(4..8));
    }

    #[test]
    fn a_playlist_moves_forwards_back_and_past_its_end() {
        let mut playlist = Playlist::new(1, vec![sound(0..8), sound(8..16)], false, 0);
        let mut out = [0; 4];
        for (offset_ms, first) in [(1, 8), (0, 0)] {
            playlist.change(Change::Seek(offset_ms));
            playlist.fill(Codec::Pcmu, &mut out);
            assert_eq!(out.to_vec(), ulaw(first..first + 4));
        }
        playlist.change(Change::Seek(2));
        assert!(playlist.is_over());
    }

    #[test]
    fn a_softer_playlist_is_softer_for_every_codec() {
        let mut playlist = Playlist::new(1, vec![sound(10..200)], false, 0);
        playlist.change(Change::Loudness(Volume::of_db(-20.0)));
        let (mut out, mut linear) = ([0; 8], Vec::new());
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out[0], ulaw_from_linear(100), "of 1000");
        playlist.fill_linear(1, &mut linear);
        assert_eq!(linear[0], 180, "of 1800");
    }

    #[test]
    fn nothing_to_play_is_over_at_once_even_in_a_loop() {
        assert!(Playlist::new(1, Vec::new(), true, 0).is_over());
        assert!(Playlist::new(1, vec![sound(0..0)], true, 40).is_over());
    }

    #[test]
    fn it_plays_in_both_laws() {
        let mut playlist = Playlist::new(1, vec![sound(1..2)], false, 0);
        let mut out = [0; 2];
        playlist.fill(Codec::Pcma, &mut out);
        assert_eq!(out, [alaw_from_linear(100), 0xD5]);
        assert!(Sound::decode(&[1, 2, 3], 8_000, 8_000).is_none());
    }

    #[test]
    fn at_twice_the_rate_a_sound_is_the_same_however_it_is_cut() {
        let samples: Vec<i16> = (0..2_000i32).map(|n| (n * 37 % 9_000) as i16).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let sound = Arc::new(Sound::decode(&bytes, 8_000, 16_000).expect("whole samples"));
        let mut playlist = Playlist::new(1, vec![sound], false, 0);
        let (mut played, mut piece) = (Vec::new(), Vec::new());
        for milliseconds in [1, 20, 60, 30, 20, 119] {
            assert_eq!(playlist.fill_linear(milliseconds, &mut piece), 16_000);
            played.append(&mut piece);
        }
        assert!(played == *Resampler::whole(&samples, 8_000, 16_000));
        assert!(playlist.is_over());
    }

    #[test]
    fn at_half_the_rate_a_sound_is_the_same_however_it_is_cut() {
        let samples: Vec<i16> = (0..2_001i32).map(|n| (n * 37 % 9_000) as i16).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let sound = Arc::new(Sound::decode(&bytes, 16_000, 16_000).expect("whole samples"));
        let narrow = Resampler::whole(&samples, 16_000, 8_000);
        assert_eq!(narrow.len(), 1_001);
        let mut playlist = Playlist::new(1, vec![sound], false, 0);
        let mut played = Vec::new();
        for size in [1, 160, 480, 7, 160, 193] {
            let mut piece = vec![0; size];
            playlist.fill(Codec::Pcmu, &mut piece);
            played.append(&mut piece);
        }
        let expected: Vec<u8> = narrow.iter().map(|sample| ulaw_from_linear(*sample)).collect();
        assert!(played == expected);
        assert!(playlist.is_over());
    }

    #[test]
    fn what_came_wide_is_heard_wide_and_narrow() {
        let wide: Vec<i16> = (0..320).map(|n| if n % 2 == 0 { 8_000 } else { -8_000 }).collect();
        let bytes: Vec<u8> = wide.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let sound = Arc::new(Sound::decode(&bytes, 16_000, 16_000).expect("whole samples"));
        let (mut linear, mut out) = (Vec::new(), [0; 160]);
        Playlist::new(1, vec![sound.clone()], false, 0).fill_linear(20, &mut linear);
        assert_eq!(linear, wide);
        Playlist::new(1, vec![sound], false, 0).fill(Codec::Pcmu, &mut out);
        assert_eq!(out[40..120], ulaw(vec![0; 80]), "8 kHz is above what G.711 can hold");
    }
}
