//! From telephone-event packets (RFC 4733) to key presses: one report per press, at its first packet.
//!
//! A press is told from the repetitions of another by SSRC, timestamp and code. Reporting at the first packet
//! that is seen (start or, when those are lost, update or end) lets a caller cut a prompt short at once and
//! keeps keys typed ahead in order.
//!
//! Some senders (SIPp's captures among them) use the same timestamp for every press. A press that starts over
//! after its end and a pause is therefore a new one.

use crate::clock::{Micros, MILLISECOND};
use crate::long_press::LONGEST;
use crate::telephone_event::TelephoneEvent;

/// After an end packet: repetitions and reordering are over by then, and no finger is that fast.
const STARTS_OVER_AFTER: Micros = 100 * MILLISECOND;
/// The same when other keys came since: then the packet may also be one that took a much longer way.
const OLDER_STARTS_OVER_AFTER: Micros = 250 * MILLISECOND;
/// The same for a repeated end whose start was lost: only a long pause tells it from a late copy.
const ENDS_OVER_AFTER: Micros = 500 * MILLISECOND;
/// Older presses whose late packets must not count again.
const REMEMBERED: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    code: u8,
    duration: u16,
    ended: bool,
    heard_at: Micros,
}

#[derive(Clone, Debug, Default)]
pub struct KeyDetector {
    /// Newest first.
    presses: Vec<Press>,
}

impl KeyDetector {
    /// True when this packet starts a press that was not reported yet.
    pub fn receive(
        &mut self,
        event: TelephoneEvent,
        ssrc: u32,
        timestamp: u32,
        now: Micros,
    ) -> bool {
        let seen = Press {
            ssrc,
            timestamp,
            code: event.code,
            duration: event.duration,
            ended: event.end,
            heard_at: now,
        };
        let known = self.presses.iter().position(|press| {
            press.ssrc == ssrc && press.timestamp == timestamp && press.code == event.code
        });
        match known {
            Some(index) if self.presses[index].starts_over(&seen, index == 0) => {
                self.presses.remove(index);
                self.presses.insert(0, seen);
                true
            }
            Some(index) => {
                self.presses[index].update(&seen);
                false
            }
            None => {
                let goes_on = self.presses.first().is_some_and(|last| last.goes_on_as(&seen));
                self.presses.truncate(REMEMBERED - 1);
                self.presses.insert(0, seen);
                !goes_on
            }
        }
    }
}

impl Press {
    fn starts_over(&self, seen: &Self, is_newest: bool) -> bool {
        let pause = seen.heard_at.saturating_sub(self.heard_at);
        let enough = if is_newest { STARTS_OVER_AFTER } else { OLDER_STARTS_OVER_AFTER };
        if seen.ended {
            return self.ended && pause >= ENDS_OVER_AFTER;
        }
        self.ended && pause >= enough
    }

    fn update(&mut self, seen: &Self) {
        self.duration = self.duration.max(seen.duration);
        self.ended |= seen.ended;
        self.heard_at = seen.heard_at;
    }

    fn goes_on_as(&self, seen: &Self) -> bool {
        self.ssrc == seen.ssrc
            && self.code == seen.code
            && !self.ended
            && seen.timestamp.wrapping_sub(self.timestamp) == LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of one press as a phone sends them: updates every 20 ms, the end three times.
    fn press(
        code: u8,
        timestamp: u32,
        from_ms: u64,
        updates: u16,
    ) -> Vec<(u64, u32, TelephoneEvent)> {
        let mut packets = Vec::new();
        for index in 1..=updates + 3 {
            let end = index > updates;
            let duration = index.min(updates + 1) * 160;
            let at_ms = from_ms + u64::from(index) * 20;
            packets.push((at_ms, timestamp, TelephoneEvent { code, end, duration }));
        }
        packets
    }

    fn keys(packets: &[(u64, u32, TelephoneEvent)]) -> Vec<u8> {
        let mut detector = KeyDetector::default();
        packets
            .iter()
            .filter(|(at_ms, timestamp, event)| {
                detector.receive(*event, 7, *timestamp, at_ms * MILLISECOND)
            })
            .map(|(_, _, event)| event.code)
            .collect()
    }

    #[test]
    fn one_press_is_one_key_at_its_first_packet() {
        let packets = press(5, 1000, 0, 4);
        let mut detector = KeyDetector::default();
        let reports: Vec<bool> = packets
            .iter()
            .map(|(at, stamp, event)| detector.receive(*event, 7, *stamp, at * MILLISECOND))
            .collect();
        assert_eq!(reports, [true, false, false, false, false, false, false]);
    }

    #[test]
    fn any_packets_of_a_press_may_be_lost_but_one() {
        for kept in 0..7 {
            assert_eq!(keys(&press(5, 1000, 0, 4)[kept..=kept]), [5]);
        }
    }

    #[test]
    fn the_same_key_twice_is_two_presses_even_when_the_first_end_is_lost() {
        let mut packets = press(5, 1000, 0, 4);
        packets.truncate(3);
        packets.extend(press(5, 3000, 250, 4));
        assert_eq!(keys(&packets), [5, 5]);
    }

    #[test]
    fn doubled_and_late_packets_of_older_presses_do_not_count_again() {
        let mut packets = press(1, 1000, 0, 4);
        let late = packets[2];
        packets.extend(press(2, 3000, 200, 4));
        packets.push((380, late.1, late.2));
        packets.push((381, late.1, late.2));
        assert_eq!(keys(&packets), [1, 2]);
    }

    #[test]
    fn a_sender_that_repeats_its_timestamp_is_understood_by_the_pause() {
        let mut packets = press(1, 1000, 0, 4);
        packets.extend(press(1, 1000, 400, 4));
        packets.extend(press(2, 1000, 800, 4));
        packets.extend(press(1, 1000, 1200, 4));
        assert_eq!(keys(&packets), [1, 1, 2, 1]);
    }

    #[test]
    fn a_long_press_goes_on_in_segments_as_one_key() {
        let mut packets = Vec::new();
        for segment in 0..3u32 {
            for index in 1..=409u32 {
                let duration = (index * 160 + 95) as u16;
                let at_ms = u64::from(segment * 8192 + index * 20);
                let event = TelephoneEvent { code: 9, end: false, duration };
                packets.push((at_ms, 1000 + segment * 0xFFFF, event));
            }
        }
        assert_eq!(keys(&packets), [9]);
    }

    #[test]
    fn typing_fast_keeps_the_order() {
        let mut packets = Vec::new();
        for (index, code) in [4, 2, 4, 4, 11].into_iter().enumerate() {
            packets.extend(press(code, 1000 + index as u32 * 800, index as u64 * 100, 2));
        }
        assert_eq!(keys(&packets), [4, 2, 4, 4, 11]);
    }
}
