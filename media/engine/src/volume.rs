//! How much louder or softer than it is a sound is played.

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
        samples.iter_mut().for_each(|sample| *sample = self.of(*sample));
    }

    pub fn of(self, sample: i16) -> i16 {
        if self == Self::default() {
            return sample;
        }
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
    fn as_it_is_changes_no_bit() {
        let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        for same in [Volume::of_db(0.0), Volume::of_db(f64::NAN)] {
            assert!(all.iter().all(|sample| same.of(*sample) == *sample));
        }
    }
}
