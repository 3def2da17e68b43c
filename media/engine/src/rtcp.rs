//! RTCP (RFC 3550 §6): sender and receiver reports, with the CNAME and BYE that go with them.

use crate::clock::{Micros, SECOND};
use crate::rtp::word;
use crate::statistics::Block;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const BLOCK_BYTES: usize = 24;
const CNAME: u8 = 1;

/// What a report says about our own stream, and when the peer sent its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The middle 32 bits of the NTP time of a sender report.
    pub sender_time: Option<u32>,
    pub about_us: Option<AboutUs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboutUs {
    pub lost: u32,
    pub jitter: u32,
    /// LSR and DLSR: our last report as the peer saw it, and how long ago, in 1/65536 s.
    pub last_report: u32,
    pub since_last_report: u32,
}

impl AboutUs {
    /// RFC 3550 §6.4.1, in 1/65536 s; `None` before the peer has heard a report of ours.
    pub fn round_trip(&self, ntp_now: u64) -> Option<u32> {
        if self.last_report == 0 {
            return None;
        }
        let now = (ntp_now >> 16) as u32;
        let trip = now.wrapping_sub(self.last_report).wrapping_sub(self.since_last_report);
        // A clock that is a little off gives a small negative trip: that is none.
        ((trip as i32) >= 0).then_some(trip)
    }
}

/// Reads a compound packet; `None` when its lengths or versions are wrong.
pub fn parse(datagram: &[u8], our_ssrc: u32) -> Option<Report> {
    let mut report = Report::default();
    let mut rest = datagram;
    if rest.is_empty() || rest.len() > crate::rtp::LONGEST_DATAGRAM_BYTES {
        return None;
    }
    while !rest.is_empty() {
        if rest.len() < 4 || rest[0] >> 6 != 2 {
            return None;
        }
        let length = 4 + 4 * usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let (packet, after) = rest.split_at_checked(length)?;
        read_packet(packet, our_ssrc, &mut report)?;
        rest = after;
    }
    Some(report)
}

fn read_packet(packet: &[u8], our_ssrc: u32, report: &mut Report) -> Option<()> {
    let first_block = match packet[1] {
        SENDER_REPORT => 28,
        RECEIVER_REPORT => 8,
        _ => return Some(()),
    };
    let blocks = usize::from(packet[0] & 0x1F);
    if packet.len() < first_block + blocks * BLOCK_BYTES {
        return None;
    }
    if packet[1] == SENDER_REPORT {
        report.sender_time = Some((word(packet, 8) << 16) | (word(packet, 12) >> 16));
    }
    for block in packet[first_block..].chunks_exact(BLOCK_BYTES).take(blocks) {
        if word(block, 0) == our_ssrc {
            report.about_us = Some(AboutUs {
                lost: word(block, 4) & 0x00FF_FFFF,
                jitter: word(block, 12),
                last_report: word(block, 16),
                since_last_report: word(block, 20),
            });
        }
    }
    Some(())
}

/// Our own stream, for a sender report.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub ntp: u64,
    pub timestamp: u32,
    pub packets: u32,
    /// Payload only (RFC 3550 §6.4.1).
    pub bytes: u32,
}

/// What we know of the peer's stream. `last_report` and `since` are LSR and DLSR.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    pub block: Block,
    pub last_report: u32,
    pub since_last_report: u32,
}

/// A compound packet: a sender report when we sent, else a receiver report; then CNAME; then BYE at the end.
pub fn build(ssrc: u32, sent: Option<Sent>, heard: Option<Heard>, bye: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    let kind = if sent.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    let words = 1 + if sent.is_some() { 5 } else { 0 } + if heard.is_some() { 6 } else { 0 };
    head(&mut out, u8::from(heard.is_some()), kind, words);
    push(&mut out, ssrc);
    if let Some(sent) = sent {
        out.extend(sent.ntp.to_be_bytes());
        push(&mut out, sent.timestamp);
        push(&mut out, sent.packets);
        push(&mut out, sent.bytes);
    }
    if let Some(heard) = heard {
        push(&mut out, heard.block.ssrc);
        push(&mut out, (u32::from(heard.block.fraction_lost) << 24) | heard.block.lost);
        push(&mut out, heard.block.highest);
        push(&mut out, heard.block.jitter);
        push(&mut out, heard.last_report);
        push(&mut out, heard.since_last_report);
    }
    describe(&mut out, ssrc);
    if bye {
        head(&mut out, 1, BYE, 1);
        push(&mut out, ssrc);
    }
    out
}

/// RFC 7022 §4.2: a short-term random name says nothing about the host.
fn describe(out: &mut Vec<u8>, ssrc: u32) {
    let name = format!("{:016x}", u64::from(ssrc).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let item = 2 + name.len();
    let padded = (item + 1).next_multiple_of(4); // at least one zero ends the list
    head(out, 1, SOURCE_DESCRIPTION, 1 + padded / 4);
    push(out, ssrc);
    out.extend([CNAME, name.len() as u8]);
    out.extend(name.as_bytes());
    out.resize(out.len() + padded - item, 0);
}

fn head(out: &mut Vec<u8>, count: u8, kind: u8, words: usize) {
    out.extend([0x80 | count, kind]);
    out.extend((words as u16).to_be_bytes());
}

fn push(out: &mut Vec<u8>, word: u32) {
    out.extend(word.to_be_bytes());
}

/// When the next report is due: every five seconds on average, spread by half (RFC 3550 §6.2, A.7).
pub fn next_report(now: Micros, random: u64) -> Micros {
    now + 5 * SECOND / 2 + random % (5 * SECOND)
}

/// Elapsed time in the 1/65536 s of DLSR.
pub fn to_dlsr(elapsed: Micros) -> u32 {
    ((elapsed << 16) / SECOND) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Block = Block { ssrc: 9, fraction_lost: 3, lost: 77, highest: 70_000, jitter: 12 };

    fn heard(last_report: u32, since_last_report: u32) -> Option<Heard> {
        Some(Heard { block: BLOCK, last_report, since_last_report })
    }

    #[test]
    fn what_we_report_the_other_side_reads() {
        let sent = Sent { ntp: 0x1111_2222_3333_4444, timestamp: 5, packets: 6, bytes: 7 };
        let packet = build(1, Some(sent), heard(100, 200), true);
        assert_eq!(packet.len() % 4, 0);
        let report = parse(&packet, 9).expect("valid");
        assert_eq!(report.sender_time, Some(0x2222_3333));
        let about = AboutUs { lost: 77, jitter: 12, last_report: 100, since_last_report: 200 };
        assert_eq!(report.about_us, Some(about));
        assert_eq!(parse(&packet, 10).expect("valid").about_us, None, "another stream");
    }

    #[test]
    fn a_leg_that_sent_nothing_reports_as_receiver() {
        let packet = build(1, None, heard(0, 0), false);
        assert_eq!(packet[1], RECEIVER_REPORT);
        let about = parse(&packet, 9).expect("valid").about_us.expect("a block");
        assert_eq!(about.round_trip(0), None);
    }

    #[test]
    fn the_round_trip_is_what_neither_side_held() {
        let second = 1u64 << 32;
        let about = AboutUs {
            lost: 0,
            jitter: 0,
            last_report: ((10 * second) >> 16) as u32,
            since_last_report: 65_536 * 2,
        };
        assert_eq!(about.round_trip(12 * second + second / 8), Some(8192));
        assert_eq!(about.round_trip(12 * second - second / 8), None);
    }

    #[test]
    fn broken_packets_are_refused_and_unknown_ones_skipped() {
        assert_eq!(parse(&[], 1), None);
        assert_eq!(parse(&[0x80, 200, 0], 1), None);
        assert_eq!(parse(&[0x80, 200, 0, 1, 0, 0, 0, 0], 1), None, "a short sender report");
        assert_eq!(parse(&[0x81, 201, 0, 1, 0, 0, 0, 0], 1), None, "a block is missing");
        assert_eq!(parse(&[0x80, 201, 0, 9, 0, 0, 0, 0], 1), None, "longer than the datagram");
        assert_eq!(parse(&[0x80, 207, 0, 0], 1), Some(Report::default()));
    }

    #[test]
    fn no_bytes_break_the_parser() {
        let mut seed = 7u32;
        for length in 0..160 {
            for _ in 0..200 {
                let bytes: Vec<u8> = (0..length)
                    .map(|at| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        let random = (seed >> 24) as u8;
                        match at % 4 {
                            0 => 0x80 | (random & 3),
                            1 => 200 + (random & 3),
                            2 => 0,
                            _ => random & 15,
                        }
                    })
                    .collect();
                parse(&bytes, 1);
            }
        }
    }

    #[test]
    fn reports_come_every_five_seconds_on_average() {
        assert_eq!(next_report(0, 0), 2_500_000);
        assert_eq!(next_report(0, 4_999_999), 7_499_999);
        assert_eq!(to_dlsr(SECOND / 2), 32_768);
    }
}
