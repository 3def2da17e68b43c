//! Whether somebody speaks: each 10 ms of sound is voice or not, measured against the noise of the line.
//!
//! The noise is the least that was heard within two seconds: nobody speaks for so long without a gap between two
//! words, and noise that stays is voice to nobody after that time.

/// Of 10 ms at 8000 Hz.
pub const FRAME: usize = 80;
pub const FRAME_MS: u32 = 10;

/// Mean square of a frame (-46 dB of full scale): what is fainter is no voice, however quiet the line.
const LEAST: f32 = 160.0 * 160.0;
/// Of voice to noise: 7 dB.
const ABOVE_NOISE: f32 = 5.0;
const SPANS: usize = 8;
const FRAMES_IN_SPAN: u32 = 25;

pub struct Voice {
    smoothed: f32,
    /// The least of each quarter of a second, newest last written; 0 until there is one.
    least: [f32; SPANS],
    span: usize,
    least_now: f32,
    frames: u32,
}

impl Default for Voice {
    fn default() -> Self {
        Self { smoothed: 0.0, least: [0.0; SPANS], span: 0, least_now: f32::MAX, frames: 0 }
    }
}

impl Voice {
    /// Takes one frame of 10 ms, at any rate. True when it is voice.
    pub fn hear(&mut self, frame: &[i16]) -> bool {
        let square = |sample: &i16| f32::from(*sample) * f32::from(*sample);
        let energy = frame.iter().map(square).sum::<f32>() / frame.len().max(1) as f32;
        self.smoothed += (energy - self.smoothed) * 0.3;
        let noise = self.least.iter().copied().fold(f32::MAX, f32::min);
        self.remember();
        energy > LEAST.max(noise * ABOVE_NOISE)
    }

    fn remember(&mut self) {
        self.least_now = self.least_now.min(self.smoothed);
        self.frames += 1;
        if self.frames == FRAMES_IN_SPAN {
            self.least[self.span] = self.least_now;
            self.span = (self.span + 1) % SPANS;
            (self.least_now, self.frames) = (f32::MAX, 0);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Began,
    /// After so much speech, its short pauses counted, the silence that ended it not.
    Ended {
        spoke_ms: u32,
    },
}

/// Speech has begun after so much voice; a click is shorter.
const SURE_AFTER: u32 = 8;

/// Frames of voice put together to what somebody says at a time.
pub struct Speech {
    end_ms: u32,
    speaks: bool,
    /// While silent: how much voice there was of late, in frames.
    voiced: u32,
    spoke_ms: u32,
    silent_ms: u32,
}

impl Speech {
    /// `end_ms`: how long a silence ends what is said.
    pub fn new(end_ms: u32) -> Self {
        Self { end_ms, speaks: false, voiced: 0, spoke_ms: 0, silent_ms: 0 }
    }

    pub fn hear(&mut self, is_voice: bool) -> Option<Turn> {
        if !self.speaks {
            self.voiced = if is_voice { self.voiced + 1 } else { self.voiced.saturating_sub(1) };
            if self.voiced < SURE_AFTER {
                return None;
            }
            (self.speaks, self.silent_ms) = (true, 0);
            self.spoke_ms = SURE_AFTER * FRAME_MS;
            return Some(Turn::Began);
        }
        self.spoke_ms = self.spoke_ms.saturating_add(FRAME_MS);
        self.silent_ms = if is_voice { 0 } else { self.silent_ms + FRAME_MS };
        if self.silent_ms < self.end_ms {
            return None;
        }
        (self.speaks, self.voiced) = (false, 0);
        Some(Turn::Ended { spoke_ms: self.spoke_ms.saturating_sub(self.silent_ms) })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Words as bursts of a buzzing voice: lengths in ms, voice and silence in turn, at a level over noise.
    pub fn words(lengths_ms: &[u32], level: f32, noise: f32) -> Vec<i16> {
        let (mut samples, mut seed) = (Vec::new(), 5u32);
        for (index, length) in lengths_ms.iter().enumerate() {
            for n in 0..length * 8 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let hiss = ((seed >> 16) as f32 / 32_768.0 - 1.0) * noise * 1.7;
                let glide = 130.0 + 30.0 * (n as f32 / 900.0).sin();
                let phase = std::f32::consts::TAU * glide * n as f32 / 8_000.0;
                let buzz: f32 = (1..8).map(|part| (phase * part as f32).sin()).sum();
                let voice = if index % 2 == 0 { buzz * level * 0.53 } else { 0.0 };
                samples.push((voice + hiss) as i16);
            }
        }
        samples
    }

    fn turns(samples: &[i16], end_ms: u32) -> Vec<(u32, Turn)> {
        let (mut voice, mut speech, mut told) = (Voice::default(), Speech::new(end_ms), Vec::new());
        for (frame, at_ms) in samples.chunks_exact(FRAME).zip((10..).step_by(10)) {
            told.extend(speech.hear(voice.hear(frame)).map(|turn| (at_ms, turn)));
        }
        told
    }

    #[test]
    fn speech_begins_and_ends_whatever_its_level_and_the_noise_of_the_line() {
        for (level, noise) in [(3_000.0, 0.0), (500.0, 20.0), (2_000.0, 300.0)] {
            let sound = words(&[0, 3_000, 700, 300, 900, 2_000], level, noise);
            let told = turns(&sound, 800);
            let [.., (began, Turn::Began), (ended, Turn::Ended { spoke_ms })] = told[..] else {
                panic!("{level} over {noise}: {told:?}");
            };
            assert!((3_060..=3_140).contains(&began), "{level} over {noise}: {told:?}");
            assert!((5_680..=5_740).contains(&ended), "{level} over {noise}: {told:?}");
            assert!((1_840..=1_940).contains(&spoke_ms), "{level} over {noise}: {told:?}");
            let in_noise_alone = told.len() - 2;
            assert!(in_noise_alone == 0 || noise > 160.0, "{level} over {noise}: {told:?}");
        }
    }

    #[test]
    fn a_pause_shorter_than_asked_for_ends_nothing() {
        let sound = words(&[400, 500, 400, 500, 400, 700], 3_000.0, 20.0);
        assert_eq!(turns(&sound, 600).len(), 2);
        assert_eq!(turns(&sound, 400).len(), 6);
    }

    #[test]
    fn clicks_and_a_line_that_hums_are_no_speech() {
        assert_eq!(turns(&words(&[40, 400, 40, 400, 40, 400], 3_000.0, 0.0), 300), []);
        let hum = turns(&words(&[10_000], 0.0, 400.0), 500);
        assert!(hum.len() == 2 && hum[1].0 < 3_000, "for two seconds at most: {hum:?}");
    }
}
