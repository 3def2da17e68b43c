//! One steady clock for all threads; every pure part takes its readings as arguments.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since the engine was made.
pub type Micros = u64;

pub const MILLISECOND: Micros = 1_000;
pub const SECOND: Micros = 1_000_000;

/// From 1900, where NTP time begins, to 1970.
const NTP_TO_UNIX_S: u64 = 2_208_988_800;

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    unix_us_at_start: u64,
}

impl Clock {
    pub fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), unix_us_at_start: unix.as_micros() as u64 }
    }

    pub fn now(&self) -> Micros {
        self.started.elapsed().as_micros() as u64
    }

    /// Milliseconds since 1970 at steady time `now`.
    pub fn unix_ms(&self, now: Micros) -> u64 {
        (self.unix_us_at_start + now) / 1_000
    }

    /// 64-bit NTP time (RFC 3550 §4) at steady time `now`.
    pub fn ntp(&self, now: Micros) -> u64 {
        let unix_us = self.unix_us_at_start + now;
        let seconds = unix_us / SECOND + NTP_TO_UNIX_S;
        let fraction = ((unix_us % SECOND) << 32) / SECOND;
        (seconds << 32) | fraction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_time_counts_seconds_and_fractions_from_1900() {
        let clock = Clock { started: Instant::now(), unix_us_at_start: 0 };
        assert_eq!(clock.ntp(0) >> 32, NTP_TO_UNIX_S);
        assert_eq!(clock.ntp(1_500_000) - clock.ntp(0), (1 << 32) | (1 << 31));
        assert_eq!(clock.unix_ms(2_500), 2);
    }
}
