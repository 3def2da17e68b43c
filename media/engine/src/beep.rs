//! The beep after a machine's greeting: one pure tone that stays at its frequency and then ends.
//!
//! A pure tone follows `x[n-1] + x[n+1] = 2 cos(w) x[n]`: the cosine that fits a block best is its frequency, and what
//! does not fit is everything that is not this one tone. A voice and the two tones of a key leave much.

/// 20 ms at 8000 Hz.
const BLOCK: usize = 160;
const BLOCK_MS: u32 = 20;
const RATE_HZ: f32 = 8_000.0;
const FREQUENCIES_HZ: std::ops::RangeInclusive<f32> = 350.0..=2_200.0;
/// Mean square (-36 dB of full scale): nobody leaves a message after a fainter one.
const LEAST: f32 = 500.0 * 500.0;
/// Of what does not fit, to all; the coarse steps of G.711 are a hundredth of it.
const MOST_LEFT: f32 = 0.02;
const MOST_DRIFT: f32 = 0.02;
/// Shorter is part of a word; longer is a fax, or a line that rings.
const LENGTHS_MS: std::ops::RangeInclusive<u32> = 120..=2_000;

/// One that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub hz: u32,
    pub lasted_ms: u32,
}

#[derive(Default)]
pub struct Beep {
    block: Vec<i16>,
    hz: f32,
    lasts_ms: u32,
}

impl Beep {
    /// Listens to samples of 1/8000 s; tells a beep when it has ended.
    pub fn hear(&mut self, samples: &[i16]) -> Option<Heard> {
        let mut heard = None;
        for sample in samples {
            self.block.push(*sample);
            if self.block.len() == BLOCK {
                heard = self.finish_block().or(heard);
                self.block.clear();
            }
        }
        heard
    }

    fn finish_block(&mut self) -> Option<Heard> {
        let tone = frequency_of(&self.block);
        if let Some(hz) = tone.filter(|hz| (hz - self.hz).abs() <= self.hz * MOST_DRIFT) {
            self.lasts_ms = self.lasts_ms.saturating_add(BLOCK_MS);
            self.hz = hz;
            return None;
        }
        let over = Heard { hz: self.hz as u32, lasted_ms: self.lasts_ms };
        (self.hz, self.lasts_ms) = tone.map_or((0.0, 0), |hz| (hz, BLOCK_MS));
        LENGTHS_MS.contains(&over.lasted_ms).then_some(over)
    }
}

/// Of a block that is one pure tone.
fn frequency_of(block: &[i16]) -> Option<f32> {
    let (mut products, mut squares, mut sums) = (0.0f32, 0.0f32, 0.0f32);
    for three in block.windows(3) {
        let [before, at, after] = [three[0], three[1], three[2]].map(f32::from);
        let sum = before + after;
        products += sum * at;
        squares += at * at;
        sums += sum * sum;
    }
    if squares < LEAST * BLOCK as f32 {
        return None;
    }
    let twice_cosine = products / squares;
    let left = (sums - twice_cosine * products).max(0.0) / squares;
    if left > MOST_LEFT {
        return None;
    }
    let hz = (twice_cosine / 2.0).clamp(-1.0, 1.0).acos() / std::f32::consts::TAU * RATE_HZ;
    FREQUENCIES_HZ.contains(&hz).then_some(hz)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Codec, Decoder, Encoder};
    use crate::tone_keys::{tests::voice, tests::Dice, tone_of};
    use crate::voice::tests::words;

    fn tone(hz: f32, ms: u32, level: f32) -> Vec<i16> {
        let step = std::f32::consts::TAU * hz / RATE_HZ;
        (0..ms * 8).map(|n| (level * (step * n as f32).sin()) as i16).collect()
    }

    fn heard(samples: &[i16]) -> Vec<Heard> {
        let mut payload = vec![0; samples.len()];
        let mut decoded = Vec::new();
        Encoder::new(Codec::Pcmu, crate::opus::OpusOptions::default(), 8_000)
            .encode(samples, &mut payload);
        Decoder::new(Codec::Pcmu, 8_000).decode(&payload, &mut decoded);
        let mut beep = Beep::default();
        decoded.chunks(160).filter_map(|frame| beep.hear(frame)).collect()
    }

    #[test]
    fn the_beep_after_a_greeting_is_heard_at_its_end() {
        for hz in [400, 850, 1_000, 1_400, 2_000] {
            for lasts_ms in [200, 500, 1_500] {
                let mut sound = words(&[400, 100, 700, 300], 3_000.0, 60.0);
                sound.extend(tone(hz as f32, lasts_ms, 6_000.0));
                sound.extend(words(&[0, 200], 0.0, 60.0));
                let told = heard(&sound);
                let [one] = told[..] else { panic!("{hz} Hz, {lasts_ms} ms: {told:?}") };
                assert!(one.hz.abs_diff(hz) <= hz / 50, "{one:?} of {hz} Hz");
                assert!(one.lasted_ms.abs_diff(lasts_ms) <= 40, "{one:?} of {lasts_ms} ms");
            }
        }
    }

    #[test]
    fn nothing_else_is_a_beep() {
        let silence = || vec![0; 1_600];
        for other in [tone(1_000.0, 60, 6_000.0), tone(2_100.0, 3_300, 6_000.0), tone_of(5, 400)] {
            assert_eq!(heard(&[other, silence()].concat()), []);
        }
        assert_eq!(heard(&[tone(1_000.0, 500, 300.0), silence()].concat()), [], "faint");
        assert_eq!(heard(&voice(600, &mut Dice(3))), [], "ten minutes of a voice");
    }
}
