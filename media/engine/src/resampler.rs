//! Between 8, 16 and 48 kHz: a polyphase low-pass filter for a whole ratio up or down. No clock, no floats per sample.

use std::borrow::Cow;
use std::f64::consts::PI;
use std::ops::Range;
use std::sync::OnceLock;

/// Per phase and input sample when going up; so many times the ratio when going down.
const TAPS: usize = 24;
/// So many samples after it the last of what is made of a sample is made of, going up.
pub const AHEAD: usize = TAPS / 2;
/// Where it cuts, as a part of the lower rate: 3.6 of 8 kHz.
const CUTOFF: f64 = 0.455;
/// Of the Kaiser window: 60 dB down in the stop band.
const BETA: f64 = 5.65;
const UNIT_BITS: u32 = 14;

pub struct Resampler {
    is_up: bool,
    ratio: usize,
    /// When going up, one row per phase; when going down, one row.
    filter: &'static [i16],
    /// The last inputs that the filter still looks at, then the new ones.
    window: Vec<i16>,
}

impl Resampler {
    /// From one rate to another, both in Hz and one a multiple (2, 3 or 6) of the other; `None` for equal ones.
    pub fn between(from: u32, to: u32) -> Option<Self> {
        if from == to {
            return None;
        }
        let (is_up, ratio) = (to > from, (to.max(from) / to.min(from)) as usize);
        debug_assert_eq!(to.max(from) % to.min(from), 0, "{from} to {to}");
        let length = if is_up { TAPS } else { TAPS * ratio };
        let filter = filter_of(ratio, is_up);
        Some(Self { is_up, ratio, filter, window: vec![0; length - 1] })
    }

    /// A sound of which all is there: nothing is delayed by the filter, and nothing of its end is missing.
    pub fn whole(samples: &[i16], from: u32, to: u32) -> Cow<'_, [i16]> {
        if from == to {
            return Cow::Borrowed(samples);
        }
        let (mut pieces, mut out) = (Pieces::between(from, to), Vec::new());
        pieces.push(samples, &mut out);
        pieces.finish(&mut out);
        Cow::Owned(out)
    }

    /// Appends the sound at the other rate. Going down, what makes no whole sample waits for the next call.
    pub fn resample(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.window.extend(samples);
        let consumed = if self.is_up { self.upwards(out) } else { self.downwards(out) };
        self.window.drain(..consumed);
    }

    fn upwards(&self, out: &mut Vec<i16>) -> usize {
        let windows = self.window.windows(TAPS);
        let count = windows.len();
        for window in windows {
            out.extend(self.filter.chunks_exact(TAPS).map(|phase| weigh(window, phase)));
        }
        count
    }

    fn downwards(&self, out: &mut Vec<i16>) -> usize {
        let windows = self.window.windows(self.filter.len()).step_by(self.ratio);
        let count = windows.len() * self.ratio;
        out.extend(windows.map(|window| weigh(window, self.filter)));
        count
    }
}

/// A sound that comes piece by piece: together they are what `Resampler::whole` makes of it at once.
pub struct Pieces {
    resampler: Option<Resampler>,
    /// Of what comes out first so many samples are the filter's delay.
    late: usize,
    pushed: usize,
}

impl Pieces {
    /// Rates as for `Resampler::between`; equal ones change nothing.
    pub fn between(from: u32, to: u32) -> Self {
        let resampler = Resampler::between(from, to);
        let late = resampler
            .as_ref()
            .map_or(0, |resampler| AHEAD * if resampler.is_up { resampler.ratio } else { 1 });
        Self { resampler, late, pushed: 0 }
    }

    pub fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        let Some(resampler) = self.resampler.as_mut() else {
            out.extend(samples);
            return;
        };
        let first = out.len();
        resampler.resample(samples, out);
        let dropped = self.late.min(out.len() - first);
        out.drain(first..first + dropped);
        self.late -= dropped;
        self.pushed += samples.len();
    }

    /// What the filter still holds: the end.
    pub fn finish(&mut self, out: &mut Vec<i16>) {
        let Some(resampler) = self.resampler.as_ref() else {
            return;
        };
        let ratio = resampler.ratio;
        let ahead = if resampler.is_up {
            AHEAD
        } else {
            AHEAD * ratio + (ratio - self.pushed % ratio) % ratio
        };
        self.push(&vec![0; ahead], out);
    }
}

/// Appends what `Resampler::whole` makes of a part of a sound at twice its rate.
pub fn doubled(samples: &[i16], part: Range<usize>, out: &mut Vec<i16>) {
    let inputs = around(samples, part.start, part.len() + TAPS - 1, TAPS - 1 - AHEAD);
    let filter = filter_of(2, true);
    for window in inputs.windows(TAPS) {
        out.extend(filter.chunks_exact(TAPS).map(|phase| weigh(window, phase)));
    }
}

/// A part of what `Resampler::whole` makes of a sound at half its rate.
pub fn halved(samples: &[i16], part: Range<usize>) -> Vec<i16> {
    let filter = filter_of(2, false);
    let length = filter.len();
    let inputs =
        around(samples, 2 * part.start, 2 * part.len() + length - 2, length - 1 - 2 * AHEAD);
    inputs.windows(length).step_by(2).map(|window| weigh(window, filter)).collect()
}

/// So many samples from so many before a place on. Beyond a sound's ends is silence.
fn around(samples: &[i16], place: usize, count: usize, before: usize) -> Cow<'_, [i16]> {
    let within = place.checked_sub(before).and_then(|first| samples.get(first..first + count));
    let sample = |at: usize| at.checked_sub(before).and_then(|at| samples.get(at)).copied();
    within.map_or_else(
        || (place..place + count).map(|at| sample(at).unwrap_or(0)).collect(),
        Cow::Borrowed,
    )
}

fn weigh(samples: &[i16], filter: &[i16]) -> i16 {
    let sum: i32 = samples.iter().zip(filter).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
    let rounded = (sum + (1 << (UNIT_BITS - 1))) >> UNIT_BITS;
    rounded.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

fn filter_of(ratio: usize, is_up: bool) -> &'static [i16] {
    static UP: [OnceLock<Vec<i16>>; 3] = [const { OnceLock::new() }; 3];
    static DOWN: [OnceLock<Vec<i16>>; 3] = [const { OnceLock::new() }; 3];
    let place = match ratio {
        2 => 0,
        3 => 1,
        _ => 2,
    };
    if is_up {
        return UP[place].get_or_init(|| phases(&low_pass(ratio), ratio));
    }
    DOWN[place].get_or_init(|| low_pass(ratio).iter().map(|tap| quantised(*tap)).collect())
}

/// Turns one long filter into a short one per phase, each of unit gain and in the order of the inputs.
fn phases(filter: &[f64], ratio: usize) -> Vec<i16> {
    let phase = |first: usize| {
        let taps: Vec<f64> = filter.iter().skip(first).step_by(ratio).copied().rev().collect();
        let gain: f64 = taps.iter().sum();
        taps.into_iter().map(move |tap| quantised(tap / gain))
    };
    (0..ratio).flat_map(phase).collect()
}

fn quantised(tap: f64) -> i16 {
    (tap * f64::from(1 << UNIT_BITS)).round() as i16
}

/// A windowed sinc of unit gain at the higher rate.
fn low_pass(ratio: usize) -> Vec<f64> {
    let length = TAPS * ratio;
    let middle = (length - 1) as f64 / 2.0;
    let taps: Vec<f64> = (0..length)
        .map(|at| {
            let distance = at as f64 - middle;
            let x = 2.0 * PI * CUTOFF / ratio as f64 * distance;
            let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
            sinc * bessel(BETA * (1.0 - (distance / (middle + 0.5)).powi(2)).sqrt())
        })
        .collect();
    let gain: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / gain).collect()
}

/// The modified Bessel function of the first kind and order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..30 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32, seconds: f64) -> Vec<i16> {
        let step = 2.0 * PI * hz / f64::from(rate);
        let count = (seconds * f64::from(rate)) as usize;
        (0..count).map(|n| (10_000.0 * (n as f64 * step).sin()) as i16).collect()
    }

    fn level_db(sound: &[i16]) -> f64 {
        let steady = &sound[sound.len() / 4..sound.len() * 3 / 4];
        let power: f64 = steady.iter().map(|s| f64::from(*s).powi(2)).sum();
        10.0 * (power / steady.len() as f64).max(1e-9).log10()
    }

    fn through(sound: &[i16], from: u32, to: u32) -> Vec<i16> {
        let mut out = Vec::new();
        let mut resampler = Resampler::between(from, to).expect("two rates");
        sound.chunks(160).for_each(|chunk| resampler.resample(chunk, &mut out));
        out
    }

    #[test]
    fn speech_keeps_its_level_and_length_between_all_rates() {
        for (from, to) in [(8, 16), (16, 8), (8, 48), (48, 8), (16, 48), (48, 16)] {
            for hz in [100.0, 1000.0, 3000.0] {
                let sound = tone(hz, from * 1000, 1.0);
                let out = through(&sound, from * 1000, to * 1000);
                assert_eq!(out.len(), to as usize * 1000);
                let change = level_db(&out) - level_db(&sound);
                assert!(change.abs() < 0.2, "{from} to {to} kHz at {hz} Hz: {change} dB");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_does_not_come_back_as_something_else() {
        for (from, hz) in
            [(16_000, 5_000.0), (16_000, 7_000.0), (48_000, 5_000.0), (48_000, 20_000.0)]
        {
            let sound = tone(hz, from, 1.0);
            let alias = level_db(&through(&sound, from, 8_000)) - level_db(&sound);
            assert!(alias < -55.0, "{hz} Hz at {from}: {alias} dB");
        }
    }

    #[test]
    fn going_up_adds_no_mirror_image() {
        let up = through(&tone(2_000.0, 8_000, 1.0), 8_000, 16_000);
        // The image of 2 kHz lies at 6 kHz: what a high-pass by differences of neighbours would find.
        let twice = through(&up, 16_000, 8_000);
        assert!((level_db(&twice) - level_db(&up)).abs() < 0.1, "all of it is below 4 kHz");
    }

    #[test]
    fn the_loudest_sound_is_clipped_not_wrapped() {
        let square: Vec<i16> =
            (0..8_000).map(|n| if n / 10 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let up = through(&square, 8_000, 48_000);
        let signs = up.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
        assert!((790..=815).contains(&signs), "{signs} changes of sign for 800");
    }

    #[test]
    fn a_whole_sound_keeps_its_place_and_its_end() {
        for (from, to) in [(8_000, 16_000), (16_000, 8_000)] {
            let there = Resampler::whole(&tone(700.0, from, 0.1), from, to).into_owned();
            assert_eq!(there.len(), to as usize / 10);
            let expected = tone(700.0, to, 0.1);
            let middle = 100..there.len() - 100;
            let far =
                there[middle.clone()].iter().zip(&expected[middle]).map(|(a, b)| a.abs_diff(*b));
            assert!(far.max() < Some(3_000), "half a sample at the most"); // 700 Hz moves so far in it
        }
        assert_eq!(Resampler::whole(&[1; 7], 16_000, 8_000).len(), 4);
    }

    #[test]
    fn odd_pieces_make_the_same_sound_as_one() {
        let sound = tone(440.0, 48_000, 0.1);
        let mut whole = Vec::new();
        Resampler::between(48_000, 8_000).expect("two rates").resample(&sound, &mut whole);
        let (mut pieces, mut resampler) =
            (Vec::new(), Resampler::between(48_000, 8_000).expect("two rates"));
        sound.chunks(7).for_each(|chunk| resampler.resample(chunk, &mut pieces));
        assert_eq!(pieces, whole);
    }

    #[test]
    fn pieces_are_together_what_the_whole_is() {
        let sound = tone(700.0, 16_000, 0.2);
        for (from, to) in [(16_000, 8_000), (8_000, 16_000), (48_000, 8_000), (8_000, 8_000)] {
            for size in [1, 7, 160, 1_001] {
                let (mut pieces, mut out) = (Pieces::between(from, to), Vec::new());
                sound.chunks(size).for_each(|piece| pieces.push(piece, &mut out));
                pieces.finish(&mut out);
                assert!(out == *Resampler::whole(&sound, from, to), "{from} to {to} by {size}");
            }
        }
    }
}
