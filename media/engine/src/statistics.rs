//! What RFC 3550 says to count about a received stream: loss (A.3) and interarrival jitter (A.8).

use crate::clock::{Micros, SECOND};
use crate::rtp::Packet;

const LARGEST_DROPOUT: u16 = 3000;
const LARGEST_MISORDER: u16 = 100;

/// The stream of one SSRC since it began or last jumped.
#[derive(Clone, Debug)]
struct Stream {
    ssrc: u32,
    base: u32,
    highest: u32,
    received: u64,
    transit: Option<i64>,
}

/// The figures of a report block (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub ssrc: u32,
    pub fraction_lost: u8,
    pub lost: u32,
    pub highest: u32,
    pub jitter: u32,
}

#[derive(Clone, Debug)]
pub struct Reception {
    clock_hz: u32,
    stream: Option<Stream>,
    lost_before: u64,
    /// Sixteenths of a sample, the scale of A.8.
    jitter_16: u64,
    expected_at_report: u64,
    received_at_report: u64,
}

impl Default for Reception {
    fn default() -> Self {
        Self {
            clock_hz: 8_000,
            stream: None,
            lost_before: 0,
            jitter_16: 0,
            expected_at_report: 0,
            received_at_report: 0,
        }
    }
}

impl Reception {
    /// What the timestamps count from now on; another clock's jitter says nothing any more.
    pub fn set_clock(&mut self, clock_hz: u32) {
        if clock_hz == self.clock_hz {
            return;
        }
        self.clock_hz = clock_hz;
        self.jitter_16 = 0;
        if let Some(stream) = &mut self.stream {
            stream.transit = None;
        }
    }

    /// Counts one packet. Events (RFC 4733) repeat a timestamp, so they say nothing about jitter.
    pub fn receive(&mut self, packet: &Packet, is_event: bool, now: Micros) {
        let continues = self.stream.as_mut().is_some_and(|stream| stream.advance(packet));
        if !continues {
            self.lost_before = self.lost();
            self.expected_at_report = 0;
            self.received_at_report = 0;
            self.stream = Some(Stream::begin(packet));
        }
        if !is_event {
            self.measure_jitter(packet.timestamp, now);
        }
    }

    /// Packets expected and not received; late and doubled ones can make up for others, never go below zero.
    pub fn lost(&self) -> u64 {
        self.lost_before + self.stream.as_ref().map_or(0, Stream::lost)
    }

    /// In microseconds.
    pub fn jitter_us(&self) -> u64 {
        self.jitter_16 * SECOND / (16 * u64::from(self.clock_hz))
    }

    /// In ticks of the clock.
    pub fn jitter(&self) -> u32 {
        (self.jitter_16 >> 4) as u32
    }

    /// The block for the next report; the fraction counts from the block before.
    pub fn block(&mut self) -> Option<Block> {
        let jitter = self.jitter();
        let stream = self.stream.as_ref()?;
        let expected = stream.expected() - self.expected_at_report.min(stream.expected());
        let received = stream.received - self.received_at_report.min(stream.received);
        let lost = expected.saturating_sub(received);
        self.expected_at_report = stream.expected();
        self.received_at_report = stream.received;
        Some(Block {
            ssrc: stream.ssrc,
            fraction_lost: (lost * 256).checked_div(expected).unwrap_or(0).min(255) as u8,
            lost: stream.lost().min(0x007F_FFFF) as u32,
            highest: stream.highest,
            jitter,
        })
    }

    fn measure_jitter(&mut self, timestamp: u32, now: Micros) {
        let clock_hz = self.clock_hz;
        let Some(stream) = self.stream.as_mut() else {
            return;
        };
        let arrival = (now * u64::from(self.clock_hz) / SECOND) as i64;
        let transit = arrival - i64::from(timestamp);
        if let Some(before) = stream.transit.replace(transit) {
            // A wrapped timestamp, a talkspurt after silence or a restart is no jitter.
            let difference = (transit - before).unsigned_abs();
            if difference < u64::from(clock_hz) {
                self.jitter_16 = self.jitter_16 + difference - ((self.jitter_16 + 8) >> 4);
            }
        }
    }
}

impl Stream {
    fn begin(packet: &Packet) -> Self {
        let first = u32::from(packet.sequence);
        Self { ssrc: packet.ssrc, base: first, highest: first, received: 1, transit: None }
    }

    /// False when the packet belongs to another stream, or this one has jumped.
    fn advance(&mut self, packet: &Packet) -> bool {
        if packet.ssrc != self.ssrc {
            return false;
        }
        let ahead = packet.sequence.wrapping_sub(self.highest as u16);
        if ahead < LARGEST_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(ahead));
        } else if ahead.wrapping_neg() > LARGEST_MISORDER {
            return false;
        }
        self.received += 1;
        true
    }

    fn expected(&self) -> u64 {
        u64::from(self.highest.wrapping_sub(self.base)) + 1
    }

    fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Packet {
        Packet { payload_type: 0, marker: false, sequence, timestamp, ssrc, payload: 12..172 }
    }

    fn hear(reception: &mut Reception, index: u32) {
        let at = u64::from(index) * 20 * MILLISECOND;
        let packet = packet(1, 65_000u16.wrapping_add(index as u16), index * 160);
        reception.receive(&packet, false, at);
    }

    #[test]
    fn loss_counts_across_the_wrap_of_the_sequence_number() {
        let mut reception = Reception::default();
        for index in (0..2000).filter(|index| index % 10 != 5) {
            hear(&mut reception, index);
        }
        assert_eq!(reception.lost(), 200);
        let block = reception.block().expect("a stream");
        assert_eq!((block.lost, block.fraction_lost), (200, 25));
        assert_eq!(block.highest, 65_000 + 1999);
    }

    #[test]
    fn the_fraction_counts_from_the_last_report() {
        let mut reception = Reception::default();
        (0..100).for_each(|index| hear(&mut reception, index));
        assert_eq!(reception.block().expect("a stream").fraction_lost, 0);
        (150..200).for_each(|index| hear(&mut reception, index));
        assert_eq!(reception.block().expect("a stream").fraction_lost, 128);
        assert_eq!(reception.block().expect("a stream").fraction_lost, 0, "nothing since");
    }

    #[test]
    fn doubled_and_late_packets_never_make_the_loss_negative() {
        let mut reception = Reception::default();
        for index in [0, 1, 1, 1, 3, 2, 2] {
            hear(&mut reception, index);
        }
        assert_eq!(reception.lost(), 0);
    }

    #[test]
    fn a_new_source_or_a_jump_keeps_what_was_lost_before() {
        let mut reception = Reception::default();
        reception.receive(&packet(1, 10, 0), false, 0);
        reception.receive(&packet(1, 13, 480), false, 60_000);
        assert_eq!(reception.lost(), 2);
        reception.receive(&packet(1, 30_000, 640), false, 80_000);
        assert_eq!(reception.lost(), 2);
        reception.receive(&packet(2, 5, 0), false, 100_000);
        reception.receive(&packet(2, 7, 320), false, 140_000);
        assert_eq!(reception.lost(), 3);
    }

    #[test]
    fn jitter_converges_on_the_mean_difference_of_transit_times() {
        let mut reception = Reception::default();
        for index in 0..2000u32 {
            let late = if index % 2 == 0 { 0 } else { 5 * MILLISECOND };
            let at = u64::from(index) * 20 * MILLISECOND + late;
            reception.receive(&packet(1, index as u16, index * 160), false, at);
        }
        assert!((38..=41).contains(&reception.jitter()), "{}", reception.jitter());
    }

    #[test]
    fn events_and_pauses_do_not_count_as_jitter() {
        let mut reception = Reception::default();
        for index in 0..50u32 {
            let at = u64::from(index) * 20 * MILLISECOND;
            reception.receive(&packet(1, index as u16, 160), true, at);
        }
        reception.receive(&packet(1, 50, 50 * 160), false, SECOND_AFTER);
        reception.receive(&packet(1, 51, 60 * 8000), false, SECOND_AFTER + 20 * MILLISECOND);
        assert_eq!(reception.jitter(), 0);
    }

    const SECOND_AFTER: Micros = 1_000_000;
}
