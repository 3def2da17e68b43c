//! When our own sound gives way to comfort noise (RFC 3389): whoever agreed to that is sent a level in place of silence.
//!
//! Nothing here is done to packets that pass through. What we play has to be as good as silent; what was decoded or
//! mixed may also be the noise of a line, as long as it is faint and nobody speaks over it.

use crate::format::Format;
use crate::voice::Voice;

/// Between two words nothing changes; shorter silences are sent as they are.
const HANGOVER_MS: u32 = 200;
/// The level is told again at least so often: peers may take a longer silence for a lost connection.
const TOLD_EVERY_MS: u32 = 1_000;
/// And no more often than this, when it changes by as much as can be heard.
const CHANGED_AFTER_MS: u32 = 200;
const AUDIBLE_DB: u8 = 3;
/// In −dBov: fainter noise is told as this, so that silence never sounds like a lost connection.
const FAINTEST: u8 = 75;

/// Which sound it is, and so how loud a silence may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A prompt or music: only what is next to nothing (-60 dB of full scale), however soft its passages are.
    Played,
    /// Decoded or mixed: noise up to -40 dB of full scale.
    Heard,
}

impl Origin {
    /// Mean square above which it is no silence.
    fn loudest(self) -> f32 {
        match self {
            Self::Played => 33.0 * 33.0,
            Self::Heard => 328.0 * 328.0,
        }
    }
}

/// What to send in place of a packet of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Sound,
    /// Comfort noise of a level in −dBov.
    Noise(u8),
    /// The noise that was told last goes on.
    Nothing,
}

/// One outgoing stream.
#[derive(Default)]
pub struct SilenceSuppression {
    voice: Voice,
    quiet_ms: u32,
    /// Mean square of the silence so far, the last of it counting most.
    energy: f32,
    told: Option<(u8, u32)>,
}

impl SilenceSuppression {
    /// What to send of the sound of the next packet, at a rate: all of it to a peer that takes no comfort noise.
    pub fn verdict(
        &mut self,
        format: &Format,
        sound: &[i16],
        rate_hz: u32,
        origin: Origin,
    ) -> Verdict {
        match format.noise_payload_type {
            Some(_) => self.judge(sound, rate_hz, origin),
            None => Verdict::Sound,
        }
    }

    fn judge(&mut self, sound: &[i16], rate_hz: u32, origin: Origin) -> Verdict {
        let frame = (rate_hz / 100).max(1) as usize;
        let mut is_voice = false;
        for part in sound.chunks_exact(frame) {
            is_voice |= self.voice.hear(part);
        }
        let energy = mean_square(sound);
        if energy > origin.loudest() || is_voice {
            self.interrupt();
            return Verdict::Sound;
        }
        let weight = if self.quiet_ms == 0 { 1.0 } else { 0.2 };
        self.energy += (energy - self.energy) * weight;
        let lasts_ms = (sound.len() as u32 * 1_000).checked_div(rate_hz).unwrap_or(0);
        self.quiet_ms = self.quiet_ms.saturating_add(lasts_ms);
        if self.quiet_ms <= HANGOVER_MS {
            return Verdict::Sound;
        }
        self.tell(lasts_ms)
    }

    /// Something else is sent: the next silence begins anew.
    pub fn interrupt(&mut self) {
        (self.quiet_ms, self.told) = (0, None);
    }

    fn tell(&mut self, lasts_ms: u32) -> Verdict {
        let level = level_of(self.energy);
        if let Some((told, since_ms)) = self.told.as_mut() {
            *since_ms += lasts_ms;
            let changed = told.abs_diff(level) >= AUDIBLE_DB && *since_ms >= CHANGED_AFTER_MS;
            if !changed && *since_ms < TOLD_EVERY_MS {
                return Verdict::Nothing;
            }
        }
        self.told = Some((level, 0));
        Verdict::Noise(level)
    }
}

fn mean_square(sound: &[i16]) -> f32 {
    let square = |sample: &i16| f32::from(*sample) * f32::from(*sample);
    sound.iter().map(square).sum::<f32>() / sound.len().max(1) as f32
}

/// RFC 3389 §3.1: decibels below the loudest that can be said.
fn level_of(energy: f32) -> u8 {
    let below = -10.0 * (energy.max(1e-3) / (32_767.0 * 32_767.0)).log10();
    below.round().clamp(0.0, f32::from(FAINTEST)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comfort_noise::ComfortNoise;
    use crate::voice::tests::words;
    use Verdict::{Noise, Nothing, Sound};

    fn verdicts(sound: &[i16], origin: Origin) -> Vec<Verdict> {
        let mut suppression = SilenceSuppression::default();
        sound.chunks_exact(160).map(|part| suppression.judge(part, 8_000, origin)).collect()
    }

    fn noise(level: u8, seconds: usize) -> Vec<i16> {
        let mut sound = vec![0; seconds * 8_000];
        ComfortNoise::parse(&[level]).expect("a level").fill(&mut sound);
        sound
    }

    #[test]
    fn a_silence_becomes_noise_after_200_ms_and_is_told_every_second() {
        for origin in [Origin::Played, Origin::Heard] {
            let told = verdicts(&[0; 8_000 * 3], origin);
            assert_eq!(told[..10], [Sound; 10]);
            let levels: Vec<usize> = (0..told.len()).filter(|at| told[*at] == Noise(75)).collect();
            assert_eq!(levels, [10, 60, 110]);
            assert_eq!(told.iter().filter(|one| **one == Nothing).count(), 137);
        }
    }

    #[test]
    fn the_noise_of_a_line_is_told_by_its_level_unless_it_is_played() {
        for level in [50u8, 55, 65] {
            let told = verdicts(&noise(level, 4), Origin::Heard);
            let levels: Vec<u8> = told
                .iter()
                .filter_map(|one| if let Noise(l) = one { Some(*l) } else { None })
                .collect();
            assert!(!levels.is_empty(), "{level}");
            assert!(levels.iter().all(|told| told.abs_diff(level) <= 1), "{level}: {levels:?}");
        }
        assert!(verdicts(&noise(55, 4), Origin::Played).iter().all(|one| *one == Sound));
    }

    #[test]
    fn a_voice_its_short_pauses_and_whatever_is_loud_are_sent_as_they_are() {
        let voice = words(&[400, 150, 300, 180, 500], 3_000.0, 10.0);
        assert!(verdicts(&voice, Origin::Heard).iter().all(|one| *one == Sound));
        let steady: Vec<i16> =
            (0..48_000).map(|n| if n / 8 % 2 == 0 { 600 } else { -600 }).collect();
        assert!(verdicts(&steady, Origin::Heard).iter().all(|one| *one == Sound), "a tone");
    }

    #[test]
    fn a_word_in_noise_is_sent_from_its_first_packet_on() {
        let sound = words(&[0, 3_000, 400, 1_000], 2_000.0, 60.0);
        let told = verdicts(&sound, Origin::Heard);
        assert!(told[100..150].iter().all(|one| *one != Sound));
        assert!(told[150..170].iter().all(|one| *one == Sound), "{:?}", &told[145..175]);
        assert!(told[190..].iter().all(|one| *one != Sound));
    }

    #[test]
    fn a_level_that_changes_is_told_at_once_but_not_more_often_than_can_be_heard() {
        let sound = [noise(65, 2), noise(50, 2)].concat();
        let told = verdicts(&sound, Origin::Heard);
        let after = &told[100..150];
        let levels = after.iter().filter(|one| matches!(one, Noise(_))).count();
        assert!((2..=5).contains(&levels), "{after:?}");
        assert!(after[..12].iter().any(|one| matches!(one, Noise(_))), "{after:?}");
    }
}
