//! The figures of a leg that other threads may read at any moment. Only the leg's own worker writes them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Mutex;

use crate::events::lock;
use crate::secure::dtls::Keys;

/// A number with one writer: reading and writing it costs no more than a plain number.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, count: u64) {
        self.0.store(self.0.load(Relaxed) + count, Relaxed);
    }

    pub fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Written for a round trip that is not known yet.
const UNKNOWN: u64 = u64::MAX;

#[derive(Debug)]
pub struct Counters {
    pub packets_sent: Counter,
    pub packets_received: Counter,
    /// Datagrams, RTP header included.
    pub bytes_sent: Counter,
    pub bytes_received: Counter,
    pub packets_lost: Counter,
    pub jitter_us: Counter,
    /// Samples of 1/8000 s that stood in for missing ones, where sound was decoded.
    pub concealed: Counter,
    /// The same, of silence because what plays was not spoken yet.
    pub starved: Counter,
    pub dropped_source: Counter,
    pub dropped_malformed: Counter,
    /// A payload type that was not agreed.
    pub dropped_payload: Counter,
    /// On a protected leg: forged, replayed, or not protected at all.
    pub dropped_insecure: Counter,
    /// The kernel did not take the packet.
    pub send_failed: Counter,
    /// What the peer's reports say about our stream.
    pub peer_lost: Counter,
    pub peer_jitter_us: Counter,
    round_trip: Counter,
    pub ssrc: Counter,
    pub sequence: Counter,
    pub timestamp: Counter,
    /// What `timestamp` counts; 0 before a codec was agreed.
    pub clock_hz: Counter,
    source: Mutex<Option<SocketAddr>>,
    /// The last protected packet that was let in: SSRC and 48-bit index.
    pub protected_ssrc: Counter,
    pub protected_index: Counter,
    keys: Mutex<Option<Keys>>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            packets_sent: Counter::default(),
            packets_received: Counter::default(),
            bytes_sent: Counter::default(),
            bytes_received: Counter::default(),
            packets_lost: Counter::default(),
            jitter_us: Counter::default(),
            concealed: Counter::default(),
            starved: Counter::default(),
            dropped_source: Counter::default(),
            dropped_malformed: Counter::default(),
            dropped_payload: Counter::default(),
            dropped_insecure: Counter::default(),
            send_failed: Counter::default(),
            peer_lost: Counter::default(),
            peer_jitter_us: Counter::default(),
            round_trip: Counter(AtomicU64::new(UNKNOWN)),
            ssrc: Counter::default(),
            sequence: Counter::default(),
            timestamp: Counter::default(),
            clock_hz: Counter::default(),
            source: Mutex::new(None),
            protected_ssrc: Counter::default(),
            protected_index: Counter::default(),
            keys: Mutex::new(None),
        }
    }
}

impl Counters {
    /// In 1/65536 s.
    pub fn set_round_trip(&self, trip: u32) {
        self.round_trip.set(u64::from(trip));
    }

    pub fn round_trip_s(&self) -> Option<f64> {
        let trip = self.round_trip.get();
        (trip != UNKNOWN).then(|| trip as f64 / 65_536.0)
    }

    pub fn set_source(&self, source: Option<SocketAddr>) {
        *lock(&self.source) = source;
    }

    pub fn set_keys(&self, keys: Option<Keys>) {
        *lock(&self.keys) = keys;
    }

    pub fn keys(&self) -> Option<Keys> {
        lock(&self.keys).clone()
    }

    pub fn source(&self) -> Option<SocketAddr> {
        *lock(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_is_unknown_until_measured() {
        let counters = Counters::default();
        assert_eq!(counters.round_trip_s(), None);
        counters.set_round_trip(0);
        assert_eq!(counters.round_trip_s(), Some(0.0));
        counters.set_round_trip(32_768);
        assert_eq!(counters.round_trip_s(), Some(0.5));
    }
}
