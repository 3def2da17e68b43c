//! Keys as tones in the sound itself (ITU-T Q.23, Q.24): hearing them, and making them.
//!
//! A key is two tones at once, one of four low and one of four high ones. Blocks of 12.75 ms are short enough that two
//! whole ones lie within any tone of 40 ms, and long enough to tell the eight frequencies apart. A block counts as a
//! key when nearly all its energy is in one low and one high tone of similar strength; a voice puts its energy
//! elsewhere too. Two such blocks in a row are a press if strength and phase go on from one to the other as those of
//! a machine's tone do and a voice's do not; two others are its end.

use crate::telephone_event::code_of;

const RATE_HZ: f64 = 8000.0;
const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

const BLOCK: usize = 102;
/// How long a key has been heard at least when it is told.
pub const SURE_AFTER_MS: u32 = 25;
/// Of a block's energy; 1.5 % beside its frequency the highest tone still shows three quarters of its own.
const LEAST_SHARE: f64 = 0.7;
/// The same, when it is known how far beside.
const LEAST_SHARE_OF_BOTH: f64 = 0.88;
/// Between the two tones, either way; Q.24 asks for 4 dB and 8 dB.
const MOST_TWIST: f64 = 8.0;
/// To the next of the same four.
const LEAST_LEAD: f64 = 6.0;
/// Q.24: 1.5 % must be taken, 3.5 % must not. Told by the phases of two blocks.
const MOST_DEVIATION: f64 = 0.02;
/// Of a tone's power, from one block to the next.
const MOST_CHANGE: f64 = 1.6;
/// Mean square of a sample: about -39 dB below full scale; what is fainter is an echo or noise.
const LEAST_POWER: f64 = 130_000.0;

/// -9 dB below full scale for the two together, as phones send.
const LEVEL: f64 = 5_800.0;

pub struct ToneDetector {
    /// Goertzel's last value for each of the eight, and the one before.
    last_values: [f32; 8],
    values_before: [f32; 8],
    coefficients: [f32; 8],
    energy: f32,
    counted: usize,
    last: Option<Block>,
    pressed: Option<char>,
}

impl Default for ToneDetector {
    fn default() -> Self {
        let coefficient = |hz: f64| (2.0 * (std::f64::consts::TAU * hz / RATE_HZ).cos()) as f32;
        let mut coefficients = [0.0; 8];
        for (to, hz) in coefficients.iter_mut().zip(LOW_HZ.into_iter().chain(HIGH_HZ)) {
            *to = coefficient(hz);
        }
        Self {
            last_values: [0.0; 8],
            values_before: [0.0; 8],
            coefficients,
            energy: 0.0,
            counted: 0,
            last: None,
            pressed: None,
        }
    }
}

impl ToneDetector {
    /// Listens to samples of 1/8000 s; tells each press once, when it is sure.
    pub fn hear(&mut self, samples: &[i16], mut told: impl FnMut(char)) {
        for sample in samples {
            let level = f32::from(*sample);
            self.energy += level * level;
            let mut values = [0.0; 8]; // eight at once: the compiler makes vectors of them
            for (at, value) in values.iter_mut().enumerate() {
                let behind = level - self.values_before[at];
                *value = self.coefficients[at] * self.last_values[at] + behind;
            }
            (self.values_before, self.last_values) = (self.last_values, values);
            self.counted += 1;
            if self.counted == BLOCK {
                if let Some(key) = self.finish_block() {
                    told(key);
                }
            }
        }
    }

    /// Whether the last whole block may be a key's.
    pub fn may_sound(&self) -> bool {
        self.last.is_some()
    }

    /// Whether a key was told and goes on.
    pub fn sounds(&self) -> bool {
        self.pressed.is_some()
    }

    fn finish_block(&mut self) -> Option<char> {
        let seen = self.block();
        (self.last_values, self.values_before) = ([0.0; 8], [0.0; 8]);
        (self.energy, self.counted) = (0.0, 0);
        let before = std::mem::replace(&mut self.last, seen);
        let steady = match (before, seen) {
            (None, None) => None,
            (Some(before), Some(seen)) if seen.goes_on_from(&before) => Some(seen.key),
            _ => return None, // one block alone says nothing
        };
        if self.pressed == steady {
            return None;
        }
        self.pressed = steady;
        steady
    }

    fn block(&self) -> Option<Block> {
        let energy = f64::from(self.energy);
        if energy < LEAST_POWER * BLOCK as f64 {
            return None;
        }
        let state =
            |at: usize| [f64::from(self.last_values[at]), f64::from(self.values_before[at])];
        let powers: [f64; 8] = std::array::from_fn(|at| {
            let [one, two] = state(at);
            one * one + two * two - f64::from(self.coefficients[at]) * one * two
        });
        let (low, low_power) = leader(&powers[..4])?;
        let (high, high_power) = leader(&powers[4..])?;
        let share = (low_power + high_power) * 2.0 / (energy * BLOCK as f64);
        let twist = (low_power / high_power).max(high_power / low_power);
        (share >= LEAST_SHARE && twist <= MOST_TWIST).then(|| Block {
            key: KEYS[low][high],
            energy,
            tones: [
                Found::new(state(low), LOW_HZ[low], low_power),
                Found::new(state(4 + high), HIGH_HZ[high], high_power),
            ],
        })
    }
}

/// A block that is a key, as far as one block can tell.
#[derive(Clone, Copy)]
struct Block {
    key: char,
    energy: f64,
    tones: [Found; 2],
}

/// One of its two tones.
#[derive(Clone, Copy)]
struct Found {
    hz: f64,
    power: f64,
    phase: f64,
}

impl Found {
    fn new([one, two]: [f64; 2], hz: f64, power: f64) -> Self {
        let angle = std::f64::consts::TAU * hz / RATE_HZ;
        let (real, imaginary) = (one - two * angle.cos(), two * angle.sin());
        Self { hz, power, phase: imaginary.atan2(real) }
    }

    /// How far the frequency is from the right one, by how the phase moved since the block before.
    fn off_hz(&self, before: &Self) -> f64 {
        let turn = std::f64::consts::TAU;
        let expected = turn * self.hz / RATE_HZ * BLOCK as f64;
        let off = (self.phase - before.phase - expected).rem_euclid(turn);
        off.min(turn - off) / turn * RATE_HZ / BLOCK as f64
    }
}

impl Block {
    /// The same two tones a block later, as strong as before, and nothing else beside them.
    fn goes_on_from(&self, before: &Self) -> bool {
        let mut shares = [0.0; 2];
        for (tone, earlier) in self.tones.iter().zip(&before.tones) {
            let off_hz = tone.off_hz(earlier);
            let change = (tone.power / earlier.power).max(earlier.power / tone.power);
            if off_hz > tone.hz * MOST_DEVIATION || change > MOST_CHANGE {
                return false;
            }
            // A tone shows less of itself the further it is off.
            let angle = std::f64::consts::PI * (off_hz * BLOCK as f64 / RATE_HZ).max(1e-9);
            let shown = (angle.sin() / angle).powi(2) * BLOCK as f64 / 2.0;
            shares[0] += tone.power / shown / self.energy;
            shares[1] += earlier.power / shown / before.energy;
        }
        self.key == before.key && shares.iter().all(|share| *share >= LEAST_SHARE_OF_BOTH)
    }
}

/// The strongest, if it is so by far.
fn leader(powers: &[f64]) -> Option<(usize, f64)> {
    let (index, power) =
        powers.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let others = powers.iter().enumerate().filter(|(at, _)| *at != index);
    let clear = others.into_iter().all(|(_, other)| other * LEAST_LEAD <= power);
    clear.then_some((index, power))
}

/// A press as sound: the tones, and a pause of half their length but 50 ms at least.
pub fn tone_of(code: u8, duration_ms: u32) -> Vec<i16> {
    let of = |key: &char| code_of(*key) == Some(code);
    let row = KEYS.iter().position(|keys| keys.iter().any(of)).unwrap_or(3);
    let column = KEYS[row].iter().position(of).unwrap_or(1);
    let count = (duration_ms * 8) as usize;
    let pause = (count / 2).max(400);
    let step = |hz: f64, n: usize| (std::f64::consts::TAU * hz / RATE_HZ * n as f64).sin();
    let sounding =
        (0..count).map(|n| (LEVEL * (step(LOW_HZ[row], n) + step(HIGH_HZ[column], n))) as i16);
    sounding.chain(std::iter::repeat_n(0, pause)).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::codec::{Codec, Decoder, Encoder};

    pub struct Dice(pub u64);

    impl Dice {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) as f64 / (1u64 << 31) as f64
        }
    }

    fn heard(samples: &[i16]) -> String {
        let (mut detector, mut keys) = (ToneDetector::default(), String::new());
        samples.chunks(160).for_each(|frame| detector.hear(frame, |key| keys.push(key)));
        keys
    }

    fn through(codec: Codec, samples: &[i16]) -> Vec<i16> {
        let (mut payload, mut out) = (vec![0; samples.len()], Vec::new());
        Encoder::new(codec, crate::opus::OpusOptions::default(), 8_000)
            .encode(samples, &mut payload);
        Decoder::new(codec, 8_000).decode(&payload, &mut out);
        out
    }

    fn tones(low: f64, high: f64, low_level: f64, high_level: f64, count: usize) -> Vec<i16> {
        let step = |hz: f64, n: usize| (std::f64::consts::TAU * hz / RATE_HZ * n as f64).sin();
        (0..count).map(|n| (low_level * step(low, n) + high_level * step(high, n)) as i16).collect()
    }

    #[test]
    fn all_sixteen_at_40_ms_wherever_they_begin() {
        let all = "123A456B789C*0#D";
        for offset in 0..BLOCK {
            let mut sound = vec![0; offset];
            for key in all.chars() {
                sound.extend(&tone_of(code_of(key).expect("a key"), 40));
            }
            for codec in [Codec::Pcmu, Codec::Pcma] {
                assert_eq!(heard(&through(codec, &sound)), all, "{offset} samples on");
            }
        }
    }

    #[test]
    fn one_press_is_told_once_however_long_and_again_after_a_pause() {
        let mut sound = tone_of(5, 3_000);
        sound.extend(tone_of(5, 80));
        assert_eq!(heard(&sound), "55");
    }

    #[test]
    fn twist_and_frequencies_that_are_a_little_wrong_are_allowed() {
        for (low, high) in [(0.985, 0.985), (1.015, 1.015), (0.985, 1.015)] {
            let sound = tones(770.0 * low, 1477.0 * high, 4_000.0, 4_000.0, 400);
            assert_eq!(heard(&sound), "6", "{low} {high}");
        }
        assert_eq!(heard(&tones(770.0, 1477.0, 6_000.0, 3_000.0, 400)), "6");
        assert_eq!(heard(&tones(770.0, 1477.0, 3_000.0, 6_000.0, 400)), "6");
        assert_eq!(heard(&tones(770.0, 1477.0, 300.0, 300.0, 400)), "", "an echo");
        assert_eq!(heard(&tones(770.0 * 1.035, 1477.0, 4_000.0, 4_000.0, 800)), "", "3.5 % off");
        assert_eq!(heard(&tones(425.0, 1477.0, 4_000.0, 4_000.0, 800)), "");
        assert_eq!(heard(&tones(440.0, 480.0, 4_000.0, 4_000.0, 8_000)), "", "ringback");
    }

    #[test]
    fn noise_under_a_key_does_not_hide_it() {
        let mut dice = Dice(2);
        let sound: Vec<i16> =
            tone_of(9, 100).iter().map(|sample| sample + (dice.next() * 1_000.0) as i16).collect();
        assert_eq!(heard(&sound), "9");
    }

    /// A voice: harmonics of a pitch that glides, through two resonances that wander, with breath and pauses.
    pub fn voice(seconds: usize, dice: &mut Dice) -> Vec<i16> {
        let (mut phase, mut pitch, mut out) = (0.0f64, 120.0, Vec::new());
        for _ in 0..seconds * 10 {
            let (target, silent) = (80.0 + 220.0 * dice.next(), dice.next() < 0.15);
            let (first, second) = (250.0 + 700.0 * dice.next(), 800.0 + 1_800.0 * dice.next());
            let near = |hz: f64, centre: f64| 1.0 / (1.0 + ((hz - centre) / 120.0).powi(2));
            let weights: Vec<f64> = (1..=24)
                .map(|n| f64::from(n) * pitch)
                .map(|hz| near(hz, first) + 0.7 * near(hz, second) + 20.0 / hz)
                .collect();
            for _ in 0..800 {
                pitch += (target - pitch) / 400.0 + (dice.next() - 0.5) * 0.4; // nobody is a machine
                phase += std::f64::consts::TAU * pitch / RATE_HZ;
                let tone: f64 =
                    weights.iter().zip(1..).map(|(w, n)| w * (f64::from(n) * phase).sin()).sum();
                let breath = (dice.next() - 0.5) * 300.0;
                let level = if silent { breath } else { 5_000.0 * tone + breath };
                out.push(level.clamp(-32_000.0, 32_000.0) as i16);
            }
        }
        out
    }

    #[test]
    fn half_an_hour_of_voices_and_music_has_no_key_in_it() {
        let mut dice = Dice(7);
        for minute in 0..25 {
            assert_eq!(heard(&voice(60, &mut dice)), "", "minute {minute} of speech");
        }
        // Chords of two and three notes of a piano's middle, a new one five times a second.
        for minute in 0..5 {
            let mut sound = Vec::new();
            for _ in 0..300 {
                let notes: Vec<f64> = (0..3)
                    .map(|_| 220.0 * 2f64.powf((dice.next() * 36.0).floor() / 12.0))
                    .collect();
                let wave = |n: usize, hz: f64, part: f64| {
                    (std::f64::consts::TAU * hz * part * n as f64 / RATE_HZ).sin() / part
                };
                sound.extend((0..1_600).map(|n| {
                    let chord = notes.iter().map(|hz| wave(n, *hz, 1.0) + wave(n, *hz, 2.0));
                    (chord.sum::<f64>() * 4_000.0) as i16
                }));
            }
            assert_eq!(heard(&sound), "", "minute {minute} of music");
        }
    }
}
