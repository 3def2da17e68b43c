//! What is heard where sound is missing: the last pitch period again, fading out (in the manner of G.711 appendix I).

//!
//! All lengths are samples of 1/8000 s, times a `scale` of 1, 2 or 6 for sound at 8, 16 or 48 kHz.

use std::borrow::Cow;

/// 5 to 15 ms: the period of a voice between 67 and 200 Hz.
pub const SHORTEST_PERIOD: usize = 40;
pub const LONGEST_PERIOD: usize = 120;
/// How much of the past two periods are compared over.
const COMPARED: usize = 160;
const HISTORY: usize = COMPARED + LONGEST_PERIOD;
/// At full strength for 10 ms, gone after 60 ms.
const FADE_FROM: usize = 80;
const FADE_TO: usize = 480;
/// Over 4 ms the real sound takes over again.
const OVERLAP: usize = 32;

#[derive(Clone, Debug)]
pub struct Concealment {
    scale: usize,
    history: Vec<i16>,
    period: usize,
    missing: usize,
}

impl Concealment {
    pub fn new(scale: usize) -> Self {
        Self { scale, history: vec![0; scale * HISTORY], period: 0, missing: 0 }
    }

    /// Sound that arrived. After a gap its beginning is blended with what stood in for it.
    pub fn heard(&mut self, samples: &mut [i16]) {
        if self.missing > 0 {
            let count = (self.scale * OVERLAP).min(samples.len());
            let mut stand_in = vec![0; count];
            self.invent(&mut stand_in);
            for (at, (sample, other)) in samples.iter_mut().zip(stand_in).take(count).enumerate() {
                *sample = blend(other, *sample, at + 1, count + 1);
            }
            self.missing = 0;
        }
        self.remember(samples);
    }

    /// Fills a gap.
    pub fn conceal(&mut self, out: &mut [i16]) {
        if self.missing == 0 {
            self.period = period_of(&self.history, self.scale);
        }
        self.invent(out);
    }

    fn invent(&mut self, out: &mut [i16]) {
        let (fade_from, fade_to) = (self.scale * FADE_FROM, self.scale * FADE_TO);
        if self.missing >= fade_to {
            out.fill(0);
            return;
        }
        let last = self.history.len() - self.period;
        for sample in out {
            let at = last + self.missing % self.period;
            let strength = fade_to.saturating_sub(self.missing).min(fade_to - fade_from) as i64;
            *sample =
                (i64::from(self.history[at]) * strength / (fade_to - fade_from) as i64) as i16;
            self.missing += 1;
        }
    }

    fn remember(&mut self, samples: &[i16]) {
        let whole = self.history.len();
        let count = samples.len().min(whole);
        self.history.copy_within(count.., 0);
        self.history[whole - count..].copy_from_slice(&samples[samples.len() - count..]);
    }
}

/// `weight` of `whole` parts of `new`, the rest of `old`.
pub fn blend(old: i16, new: i16, weight: usize, whole: usize) -> i16 {
    let (weight, whole) = (weight as i32, whole as i32);
    ((i32::from(old) * (whole - weight) + i32::from(new) * weight) / whole) as i16
}

fn period_of(history: &[i16], scale: usize) -> usize {
    let history = narrow(history, scale);
    let recent = &history[LONGEST_PERIOD..];
    scale * best_lag(|lag| (recent, &history[LONGEST_PERIOD - lag..HISTORY - lag]))
}

/// The same sound at 8 kHz, good enough to find a period in.
pub fn narrow(sound: &[i16], scale: usize) -> Cow<'_, [i16]> {
    if scale == 1 {
        return Cow::Borrowed(sound);
    }
    let mean = |part: &[i16]| part.iter().map(|s| i32::from(*s)).sum::<i32>() / scale as i32;
    sound.chunks_exact(scale).map(|part| mean(part) as i16).collect()
}

/// The lag between 5 and 15 ms at which two stretches of sound are most alike; the longest in silence.
pub fn best_lag<'a>(stretches: impl Fn(usize) -> (&'a [i16], &'a [i16])) -> usize {
    let mut best = (0.0, LONGEST_PERIOD);
    for lag in SHORTEST_PERIOD..=LONGEST_PERIOD {
        let (a, b) = stretches(lag);
        let (mut product, mut energy) = (0i64, 1i64);
        for (a, b) in a.iter().zip(b) {
            product += i64::from(i32::from(*a) * i32::from(*b));
            energy += i64::from(i32::from(*b) * i32::from(*b));
        }
        let likeness = product as f64 / (energy as f64).sqrt();
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(period: f64, from: usize, count: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU / period;
        (from..from + count).map(|n| ((n as f64 * step).sin() * 10_000.0) as i16).collect()
    }

    #[test]
    fn a_voice_goes_on_in_its_pitch() {
        let mut concealment = Concealment::new(1);
        concealment.heard(&mut tone(80.0, 0, 400));
        let mut gap = [0; 80];
        concealment.conceal(&mut gap);
        for (ours, real) in gap.iter().zip(tone(80.0, 400, 80)) {
            assert!((i32::from(*ours) - i32::from(real)).abs() < 900, "{ours} for {real}");
        }
    }

    #[test]
    fn a_long_gap_fades_to_silence() {
        let mut concealment = Concealment::new(1);
        concealment.heard(&mut tone(60.0, 0, 400));
        let mut gap = [0; 640];
        concealment.conceal(&mut gap[..160]);
        concealment.conceal(&mut gap[160..]);
        let loudest = |part: &[i16]| part.iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest(&gap[..80]) > Some(9_000));
        assert!(loudest(&gap[240..320]) < Some(6_500));
        assert_eq!(loudest(&gap[480..]), Some(0));
    }

    #[test]
    fn the_way_back_has_no_jump() {
        let mut concealment = Concealment::new(1);
        concealment.heard(&mut tone(64.0, 0, 400));
        let mut gap = [0; 160];
        concealment.conceal(&mut gap);
        let mut next = tone(64.0, 560 + 32, 160); // half a period off
        concealment.heard(&mut next);
        let joined: Vec<i16> = gap.iter().chain(&next).copied().collect();
        let step = joined.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max();
        assert!(step < Some(2_500), "{step:?}");
    }

    #[test]
    fn nothing_heard_is_silence() {
        let mut gap = [1; 160];
        Concealment::new(1).conceal(&mut gap);
        assert_eq!(gap, [0; 160]);
    }
}
