//! What of a leg outlives the process: its port, its outgoing stream, its source.

use std::net::SocketAddr;

use crate::clock::Micros;
use crate::counters::Counters;
use crate::latch::Latch;
use crate::secure::dtls::Keys;
use crate::secure::srtp::Resumption;
use crate::sequencer::Sequencer;

/// Packets may have been sent after the snapshot: at most one per 10 ms, and this many at the very moment.
const SHORTEST_PACKET_MS: u64 = 10;
const MARGIN_PACKETS: u64 = 100;
const MARGIN_MS: u64 = 2_000;
/// A larger step of the sequence number would look like a step back (RFC 3550 A.1).
const LARGEST_STEP: u64 = 0x7000;
/// Seven hours of the shortest packets; each costs one try.
const MOST_ROLL_OVERS: u64 = 40;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub port: u16,
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    pub clock_hz: u32,
    pub source: Option<SocketAddr>,
    pub taken_at_ms: u64,
    pub protection: Option<Protection>,
}

/// Keys in use, and the last protected packet that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    pub keys: Keys,
    pub ssrc: u32,
    pub index: u64,
}

impl Snapshot {
    pub fn take(port: u16, counters: &Counters, taken_at_ms: u64) -> Self {
        Self {
            port,
            ssrc: counters.ssrc.get() as u32,
            sequence: counters.sequence.get() as u16,
            timestamp: counters.timestamp.get() as u32,
            clock_hz: counters.clock_hz.get().max(8_000) as u32,
            source: counters.source(),
            taken_at_ms,
            protection: counters.keys().map(|keys| Protection {
                keys,
                ssrc: counters.protected_ssrc.get() as u32,
                index: counters.protected_index.get(),
            }),
        }
    }

    /// Where the peer's protected stream may be by now.
    pub fn resumption(&self, unix_ms: u64) -> Option<Resumption> {
        let protection = self.protection.as_ref()?;
        let elapsed_ms = unix_ms.saturating_sub(self.taken_at_ms);
        let roll_overs = 1 + elapsed_ms / (SHORTEST_PACKET_MS << 16);
        Some(Resumption {
            ssrc: protection.ssrc,
            index: protection.index,
            roll_overs: roll_overs.min(MOST_ROLL_OVERS),
            same_key: true,
        })
    }

    /// The stream goes on beyond anything that can have been sent since, so that no packet looks like an old one.
    pub fn resume(&self, unix_ms: u64, now: Micros) -> (Sequencer, Latch) {
        let elapsed_ms = unix_ms.saturating_sub(self.taken_at_ms);
        let packets = (elapsed_ms / SHORTEST_PACKET_MS + MARGIN_PACKETS).min(LARGEST_STEP);
        let ticks = (elapsed_ms + MARGIN_MS) * u64::from(self.clock_hz / 1000);
        let mut sequencer = Sequencer::new(
            self.ssrc,
            self.sequence.wrapping_add(packets as u16),
            self.timestamp.wrapping_add(ticks as u32),
        );
        sequencer.set_clock(self.clock_hz);
        let latch = self.source.map_or_else(Latch::default, |source| Latch::restored(source, now));
        (sequencer, latch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            port: 20_000,
            ssrc: 7,
            sequence: 65_500,
            timestamp: u32::MAX,
            clock_hz: 8_000,
            source: Some("192.0.2.1:4000".parse().expect("an address")),
            taken_at_ms: 10_000,
            protection: None,
        }
    }

    #[test]
    fn the_stream_goes_on_beyond_what_can_have_been_sent() {
        let (sequencer, latch) = snapshot().resume(12_000, 0);
        assert_eq!(sequencer.ssrc(), 7);
        assert_eq!(sequencer.next_sequence(), 65_500u16.wrapping_add(300));
        assert_eq!(sequencer.next_timestamp(), u32::MAX.wrapping_add(32_000));
        assert_eq!(latch.destination(), snapshot().source);
    }

    #[test]
    fn a_clock_set_back_or_a_long_absence_still_goes_forward() {
        let (back, _) = snapshot().resume(0, 0);
        assert_eq!(back.next_sequence(), 65_500u16.wrapping_add(100));
        let (late, _) = snapshot().resume(86_400_000, 0);
        assert_eq!(late.next_sequence(), 65_500u16.wrapping_add(0x7000));
    }
}
