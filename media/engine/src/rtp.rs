//! RTP packets (RFC 3550 §5.1): reading what a peer sent, writing our header.

use std::ops::Range;

/// Length of a header without CSRC list and extension; all that we ever write.
pub const HEADER_BYTES: usize = 12;

/// No sound packet that we can negotiate is longer; what is longer is not RTP for us.
pub const LONGEST_DATAGRAM_BYTES: usize = 1500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Where the payload lies in the datagram, without padding; starts at 12 or later.
    pub payload: Range<usize>,
}

/// What the sequencer decides about one outgoing packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
}

/// `None` for anything that is not RTP version 2 with consistent lengths.
pub fn parse(datagram: &[u8]) -> Option<Packet> {
    if datagram.len() < HEADER_BYTES || datagram.len() > LONGEST_DATAGRAM_BYTES {
        return None;
    }
    let (flags, kind) = (datagram[0], datagram[1]);
    if flags >> 6 != 2 {
        return None;
    }
    let mut start = HEADER_BYTES + 4 * usize::from(flags & 0x0F);
    if flags & 0x10 != 0 {
        let words = datagram.get(start + 2..start + 4)?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    let mut end = datagram.len();
    if flags & 0x20 != 0 {
        let padding = usize::from(datagram[end - 1]);
        if padding == 0 {
            return None;
        }
        end = end.checked_sub(padding)?;
    }
    if start > end {
        return None;
    }
    Some(Packet {
        payload_type: kind & 0x7F,
        marker: kind & 0x80 != 0,
        sequence: u16::from_be_bytes([datagram[2], datagram[3]]),
        timestamp: word(datagram, 4),
        ssrc: word(datagram, 8),
        payload: start..end,
    })
}

/// True for a datagram whose second byte is an RTCP packet type (RFC 5761 §4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.len() >= 2 && datagram[0] >> 6 == 2 && (192..=223).contains(&datagram[1])
}

/// Big-endian 32-bit word at `at`; the caller has checked the length.
pub fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Writes a plain header into the first 12 bytes of `out`.
pub fn write_header(out: &mut [u8], payload_type: u8, ssrc: u32, stamp: Stamp) {
    out[0] = 0x80;
    out[1] = payload_type | if stamp.marker { 0x80 } else { 0 };
    out[2..4].copy_from_slice(&stamp.sequence.to_be_bytes());
    out[4..8].copy_from_slice(&stamp.timestamp.to_be_bytes());
    out[8..12].copy_from_slice(&ssrc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        let stamp = Stamp { sequence: 7, timestamp: 160, marker: true };
        write_header(&mut bytes, 8, 0xDEAD_BEEF, stamp);
        bytes.extend([1, 2, 3, 4]);
        bytes
    }

    #[test]
    fn what_we_write_we_read() {
        let expected = Packet {
            payload_type: 8,
            marker: true,
            sequence: 7,
            timestamp: 160,
            ssrc: 0xDEAD_BEEF,
            payload: 12..16,
        };
        assert_eq!(parse(&plain()), Some(expected));
    }

    #[test]
    fn contributors_extension_and_padding_are_left_out_of_the_payload() {
        let mut bytes = plain();
        bytes[0] |= 0x31; // one CSRC, an extension, padding
        let extension = [0, 0, 0, 9, 0xBE, 0xDE, 0, 1, 0, 0, 0, 0];
        bytes.splice(12..12, extension);
        bytes.extend([0, 2]);
        assert_eq!(parse(&bytes).expect("valid").payload, 24..28);
    }

    #[test]
    fn lengths_that_contradict_the_datagram_are_refused() {
        let mut padded = plain();
        padded[0] |= 0x20;
        padded[15] = 0;
        assert_eq!(parse(&padded), None, "padding of nothing");
        padded[15] = 200;
        assert_eq!(parse(&padded), None, "padding beyond the start");
        let mut extended = plain();
        extended[0] |= 0x10;
        extended[14] = 0xFF;
        assert_eq!(parse(&extended), None, "extension beyond the end");
        let mut many = plain();
        many[0] |= 0x0F;
        assert_eq!(parse(&many), None, "more contributors than bytes");
        assert_eq!(parse(&plain()[..11]), None, "too short");
        assert_eq!(parse(&[0x80; 1501]), None, "too long");
        assert_eq!(parse(&[0x40; 20]), None, "version 1");
    }

    #[test]
    fn no_datagram_of_any_bytes_breaks_the_parser() {
        let mut seed = 1u32;
        for length in 0..200 {
            for _ in 0..200 {
                let bytes: Vec<u8> = (0..length)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (seed >> 24) as u8
                    })
                    .collect();
                if let Some(packet) = parse(&bytes) {
                    assert!(packet.payload.start >= 12 && packet.payload.end <= bytes.len());
                }
            }
        }
    }

    #[test]
    fn rtcp_is_told_from_rtp_by_its_second_byte() {
        assert!(is_rtcp(&[0x80, 200]));
        assert!(!is_rtcp(&[0x80, 0x80])); // PCMU with marker
        assert!(!is_rtcp(&[0x80, 0xE5])); // 101 with marker
        assert!(!is_rtcp(&[0x80]));
    }
}
