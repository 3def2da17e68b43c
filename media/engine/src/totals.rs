//! Sums over all legs of an engine.

use crate::counters::Counters;

/// Sums over all legs, open and closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub legs: u64,
    pub ports_in_use: u64,
    pub ports_quarantined: u64,
    pub packets_in: u64,
    pub packets_out: u64,
    pub packets_lost: u64,
    pub dropped_source: u64,
    pub dropped_malformed: u64,
    pub dropped_payload: u64,
    pub dropped_insecure: u64,
    pub send_failed: u64,
    /// In 1/8000 s.
    pub starved: u64,
    pub events_dropped: u64,
    pub worker_wakeups: u64,
}

impl Totals {
    pub fn add(&mut self, leg: &Counters) {
        self.packets_in += leg.packets_received.get();
        self.packets_out += leg.packets_sent.get();
        self.packets_lost += leg.packets_lost.get();
        self.dropped_source += leg.dropped_source.get();
        self.dropped_malformed += leg.dropped_malformed.get();
        self.dropped_payload += leg.dropped_payload.get();
        self.dropped_insecure += leg.dropped_insecure.get();
        self.send_failed += leg.send_failed.get();
        self.starved += leg.starved.get();
    }
}
