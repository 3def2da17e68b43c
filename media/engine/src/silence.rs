//! How long nothing has been said, told once it is long enough: the end of a message.

use crate::recording::frame_of;
use crate::wav::Shape;

/// Mean square of a frame (-42 dB of full scale): line noise is below, a low voice above.
const LOUD: u64 = 260 * 260;
const FRAME_MS: u64 = 20;

pub struct Silence {
    /// 0 tells nothing.
    told_at_ms: u64,
    frame: usize,
    silent_ms: u64,
}

impl Silence {
    /// `shape`: of what is heard; all channels have to be silent.
    pub fn new(told_at_ms: u64, shape: Shape) -> Self {
        let frame = frame_of(shape.rate_hz) * usize::from(shape.channels);
        Self { told_at_ms, frame, silent_ms: 0 }
    }

    /// Takes whole frames; how long it has been silent, when that is told.
    pub fn hear(&mut self, samples: &[i16]) -> Option<u64> {
        let mut told = None;
        for frame in samples.chunks_exact(self.frame) {
            let square = |sample: &i16| u64::from(sample.unsigned_abs()).pow(2);
            let energy: u64 = frame.iter().map(square).sum();
            if energy > LOUD * self.frame as u64 {
                self.silent_ms = 0;
                continue;
            }
            let before = self.silent_ms;
            self.silent_ms += FRAME_MS;
            if before < self.told_at_ms && self.silent_ms >= self.told_at_ms {
                told = Some(self.silent_ms);
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONO: Shape = Shape { channels: 1, rate_hz: 8_000 };
    const FRAME: usize = 160;

    fn frames(count: usize, level: i16) -> Vec<i16> {
        (0..count * FRAME).map(|index| if index % 2 == 0 { level } else { -level }).collect()
    }

    #[test]
    fn it_is_told_once_for_each_silence() {
        let mut silence = Silence::new(2_000, MONO);
        assert_eq!(silence.hear(&frames(99, 20)), None);
        assert_eq!(silence.hear(&frames(1, 20)), Some(2_000));
        assert_eq!(silence.hear(&frames(500, 20)), None);
        assert_eq!(silence.hear(&frames(1, 1_000)), None);
        assert_eq!(silence.hear(&frames(150, 0)), Some(2_000));
    }

    #[test]
    fn a_low_voice_is_no_silence_and_line_noise_is() {
        assert_eq!(Silence::new(100, MONO).hear(&frames(50, 300)), None);
        assert_eq!(Silence::new(100, MONO).hear(&frames(50, 200)), Some(100));
    }

    #[test]
    fn none_asked_for_none_told() {
        assert_eq!(Silence::new(0, MONO).hear(&frames(500, 0)), None);
    }
}
