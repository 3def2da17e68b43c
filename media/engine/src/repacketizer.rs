//! Packets of one length out of packets of another, where a millisecond is a fixed number of bytes. No clock.

use crate::rtp::Packet;

/// Sound that nobody takes does not grow without end: more than the longest datagram brings.
const MOST_BYTES: usize = 4_096;

/// One stream on its way through. A timestamp counts bytes here: G.711 and G.722 both have 8 of each in a millisecond.
#[derive(Default)]
pub struct Repacketizer {
    ssrc: u32,
    pending: Vec<u8>,
    /// The timestamp of the first pending byte; `None` before the first packet.
    start: Option<u32>,
    sequence: u16,
    marker: bool,
}

impl Repacketizer {
    /// Takes a packet in the order in which it came; one that comes late is left out.
    pub fn push(&mut self, packet: &Packet, payload: &[u8], packet_bytes: usize) {
        let expected = self.start.map(|start| start.wrapping_add(self.pending.len() as u32));
        let ahead = expected.map(|expected| packet.timestamp.wrapping_sub(expected) as i32);
        match ahead.filter(|_| packet.ssrc == self.ssrc) {
            Some(0) => {}
            Some(late) if late < 0 && late > -8_000 => return,
            Some(lost) if lost > 0 => {
                self.pending.clear(); // half a packet cannot be sent, nor be made whole
                let packets = (lost as usize).div_ceil(packet_bytes.max(1));
                self.sequence = self.sequence.wrapping_add(packets.min(1_000) as u16);
            }
            _ => self.pending.clear(),
        }
        if self.pending.is_empty() {
            self.start = Some(packet.timestamp);
            self.marker = packet.marker;
        }
        self.ssrc = packet.ssrc;
        if self.pending.len() + payload.len() <= MOST_BYTES {
            self.pending.extend(payload);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// The next packet of that length, written to the start of `out`; call until `None`.
    pub fn take(&mut self, packet_bytes: usize, out: &mut [u8]) -> Option<Packet> {
        if packet_bytes == 0 || self.pending.len() < packet_bytes {
            return None;
        }
        let timestamp = self.start?;
        out[..packet_bytes].copy_from_slice(&self.pending[..packet_bytes]);
        self.pending.drain(..packet_bytes);
        self.start = Some(timestamp.wrapping_add(packet_bytes as u32));
        self.sequence = self.sequence.wrapping_add(1);
        let marker = std::mem::take(&mut self.marker);
        let (ssrc, sequence) = (self.ssrc, self.sequence);
        Some(Packet {
            payload_type: 0,
            marker,
            sequence,
            timestamp,
            ssrc,
            payload: 0..packet_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16, timestamp: u32) -> Packet {
        Packet { payload_type: 0, marker: false, sequence, timestamp, ssrc: 1, payload: 0..0 }
    }

    /// Packets of `from` bytes become packets of `to`; those of `lost` never come.
    fn through(from: usize, to: usize, lost: &[usize]) -> Vec<(u16, u32, Vec<u8>)> {
        let (mut repacketizer, mut taken) = (Repacketizer::default(), Vec::new());
        for index in (0..12).filter(|index| !lost.contains(index)) {
            let payload: Vec<u8> = (0..from).map(|at| ((index * from + at) / 80) as u8).collect();
            repacketizer.push(&packet(index as u16, (index * from) as u32), &payload, to);
            let mut out = [0; 480];
            while let Some(packet) = repacketizer.take(to, &mut out) {
                taken.push((packet.sequence, packet.timestamp, out[..to].to_vec()));
            }
        }
        taken
    }

    #[test]
    fn every_byte_comes_out_in_order_at_any_pair_of_packet_times() {
        for from in [80, 160, 240, 320, 480] {
            for to in [80, 160, 240, 320, 480] {
                let taken = through(from, to, &[]);
                assert_eq!(taken.len(), 12 * from / to, "{from} to {to}");
                for (index, (sequence, timestamp, payload)) in taken.iter().enumerate() {
                    assert_eq!(usize::from(*sequence), index + 1);
                    assert_eq!(*timestamp as usize, index * to);
                    let expected: Vec<u8> =
                        (0..to).map(|at| ((index * to + at) / 80) as u8).collect();
                    assert_eq!(*payload, expected);
                }
            }
        }
    }

    #[test]
    fn a_loss_stays_a_loss_and_what_follows_keeps_its_time() {
        let taken = through(160, 80, &[3]);
        let times: Vec<u32> = taken.iter().map(|(_, timestamp, _)| *timestamp).collect();
        assert!(!times.contains(&480) && !times.contains(&560) && times.contains(&640));
        let after = taken.iter().position(|(_, timestamp, _)| *timestamp == 640).expect("sound");
        assert_eq!(taken[after].0 - taken[after - 1].0, 3, "two packets are missed");
    }

    #[test]
    fn late_and_endless_packets_are_bounded() {
        let mut repacketizer = Repacketizer::default();
        repacketizer.push(&packet(1, 1_000), &[1; 160], 480);
        repacketizer.push(&packet(0, 840), &[2; 160], 480);
        assert_eq!(repacketizer.pending, [1; 160]);
        for index in 0..100u32 {
            repacketizer.push(&packet(2, 1_160 + index * 1_400), &[3; 1_400], 480);
        }
        assert!(repacketizer.pending.len() <= MOST_BYTES);
    }
}
