//! How much louder or softer than it is a sound is played.

use crate::codec::Codec;
use crate::g711::{alaw_from_linear, ulaw_from_linear, LINEAR_OF_ALAW, LINEAR_OF_ULAW};

const ONE: i32 = 1 << 12;
const SOFTEST_DB: f64 = -60.0;
const LOUDEST_DB: f64 = 20.0;

/// A factor, 4096 for 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume(i32);

impl Default for Volume {
    fn default() -> Self {
        Self(ONE)
    }
}

impl Volume {
    /// Kept within -60 and 20 dB; what is no number changes nothing.
    pub fn of_db(decibels: f64) -> Self {
        if decibels.is_nan() {
            return Self::default();
        }
        let factor = 10f64.powf(decibels.clamp(SOFTEST_DB, LOUDEST_DB) / 20.0);
        Self((factor * f64::from(ONE)).round() as i32)
    }

    pub fn apply(self, samples: &mut [i16]) {
        if self != Self::default() {
            samples.iter_mut().for_each(|sample| *sample = self.of(*sample));
        }
    }

    /// To bytes of µ-law or A-law.
    pub fn apply_encoded(self, codec: Codec, bytes: &mut [u8]) {
        if self == Self::default() {
            return;
        }
        for byte in bytes {
            *byte = if codec == Codec::Pcma {
                alaw_from_linear(self.of(LINEAR_OF_ALAW[usize::from(*byte)]))
            } else {
                ulaw_from_linear(self.of(LINEAR_OF_ULAW[usize::from(*byte)]))
            };
        }
    }

    fn of(self, sample: i16) -> i16 {
        let scaled = i32::from(sample) * self.0 / ONE;
        scaled.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decibels_are_half_and_too_loud_is_as_loud_as_can_be() {
        let mut samples = [1_000, -1_000, 30_000];
        Volume::of_db(-6.02).apply(&mut samples);
        assert_eq!(samples, [500, -500, 15_000]);
        Volume::of_db(60.0).apply(&mut samples);
        assert_eq!(samples, [5_000, -5_000, 32_767]);
    }

    #[test]
    fn both_laws_get_softer() {
        for (codec, encode, decode) in [
            (Codec::Pcmu, ulaw_from_linear as fn(i16) -> u8, &LINEAR_OF_ULAW),
            (Codec::Pcma, alaw_from_linear as fn(i16) -> u8, &LINEAR_OF_ALAW),
        ] {
            let mut bytes = [encode(8_000), encode(-8_000), encode(0)];
            Volume::of_db(-20.0).apply_encoded(codec, &mut bytes);
            let heard = bytes.map(|byte| decode[usize::from(byte)]);
            assert!((760..=840).contains(&heard[0]), "{heard:?}");
            assert!((-840..=-760).contains(&heard[1]), "{heard:?}");
            assert!(heard[2].abs() <= 8);
        }
    }

    #[test]
    fn as_it_is_changes_no_bit() {
        let mut bytes: Vec<u8> = (0..=255).collect();
        Volume::of_db(0.0).apply_encoded(Codec::Pcmu, &mut bytes);
        Volume::of_db(f64::NAN).apply_encoded(Codec::Pcma, &mut bytes);
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
    }
}
