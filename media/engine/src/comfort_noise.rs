//! Comfort noise (RFC 3389): what a silence sounds like. Only its level is used, not its colour.

/// The static payload type of RFC 3551 table 4, at 8000 Hz.
pub const PAYLOAD_TYPE: u8 = 13;

/// White noise of a level.
#[derive(Clone, Debug)]
pub struct ComfortNoise {
    /// Of a uniform distribution: √3 times the root mean square.
    peak: i32,
    state: u32,
}

impl ComfortNoise {
    /// From a payload, whose first byte is the level in −dBov (§3.1). `None` for an empty one.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let level = f64::from(payload.first()? & 0x7F);
        let peak = (3f64.sqrt() * 32_767.0 * 10f64.powf(-level / 20.0)).min(32_767.0);
        Some(Self { peak: peak as i32, state: 0x9E37_79B9 })
    }

    pub fn fill(&mut self, out: &mut [i16]) {
        for sample in out {
            self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let uniform = (self.state >> 16) as i32 - 32_768;
            *sample = (uniform * self.peak / 32_768) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_loud_as_the_payload_says() {
        for level in [20, 40, 60] {
            let mut sound = [0i16; 8_000];
            ComfortNoise::parse(&[level, 99]).expect("a level").fill(&mut sound);
            let power: f64 = sound.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 8_000.0;
            let dbov = 10.0 * (power / 32_767f64.powi(2)).log10();
            assert!((dbov + f64::from(level)).abs() < 0.5, "{dbov} for {level}");
        }
    }

    #[test]
    fn an_empty_payload_says_nothing_and_the_loudest_fits() {
        assert!(ComfortNoise::parse(&[]).is_none());
        let mut sound = [0i16; 100];
        ComfortNoise::parse(&[0x80]).expect("level 0").fill(&mut sound);
        assert!(sound.iter().any(|sample| sample.abs() > 20_000));
    }
}
