//! SRTP and SRTCP (RFC 3711, RFC 7714): one direction of one leg under one master key. No sockets, no clock.

use std::ops::Range;

use super::keys::MasterKey;
use super::transform::{Position, Transform};
use crate::rtp::{self, HEADER_BYTES};

/// Sender's SSRC and everything before it stay readable, RFC 3711 §3.4.
const RTCP_CLEAR_BYTES: usize = 8;
const RTCP_INDEX_BYTES: usize = 4;
const ENCRYPTED: u32 = 1 << 31;
const LAST_RTCP_INDEX: u32 = ENCRYPTED - 1;
const LAST_INDEX: u64 = (1 << 48) - 1;
/// How far a packet may come late; two and a half seconds of the usual 20 ms.
const WINDOW: u64 = 128;
/// Streams of one peer under one key. Only a packet whose tag is right begins one.
const MOST_STREAMS: usize = 32;

/// Why a packet was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too short, or no RTP at all.
    Malformed,
    /// Seen before, or older than the window.
    Replayed,
    /// Not protected with this key.
    Forged,
}

/// What we send.
pub struct Sender {
    rtp: Transform,
    rtcp: Transform,
    /// SSRC and index of the last packet.
    last: Option<(u32, u64)>,
    next_rtcp: u32,
}

impl Sender {
    pub fn new(master: &MasterKey) -> Self {
        let (rtp, rtcp) = (Transform::rtp(master), Transform::rtcp(master));
        Self { rtp, rtcp, last: None, next_rtcp: 0 }
    }

    /// Encrypts the packet at `range` and appends its tag. `None` when there is no room, or the key is used up.
    ///
    /// A new SSRC starts with a roll-over counter of 0, at both ends.
    pub fn protect(&mut self, buffer: &mut [u8], range: Range<usize>) -> Option<Range<usize>> {
        let end = range.end + self.rtp.tag_bytes();
        if end > buffer.len() {
            return None;
        }
        let packet = &mut buffer[range.clone()];
        let clear = header_bytes(packet)?;
        let (ssrc, sequence) = (rtp::word(packet, 8), u16::from_be_bytes([packet[2], packet[3]]));
        let index = match self.last {
            Some((known, last)) if known == ssrc => nearest(last, sequence)?,
            _ => u64::from(sequence),
        };
        if index > LAST_INDEX {
            return None;
        }
        self.last = Some((ssrc, index));
        let tag = self.rtp.seal(packet, clear, roll_over(index), Position { ssrc, index });
        buffer[range.end..end].copy_from_slice(&tag[..end - range.end]);
        Some(range.start..end)
    }

    /// Protects a compound RTCP packet. False when the key is used up: then nothing may be sent.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> bool {
        if packet.len() < RTCP_CLEAR_BYTES || self.next_rtcp > LAST_RTCP_INDEX {
            return false;
        }
        let (ssrc, index) = (rtp::word(packet, 4), self.next_rtcp);
        self.next_rtcp += 1;
        let trailer = (index | ENCRYPTED).to_be_bytes();
        let at = Position { ssrc, index: u64::from(index) };
        let tag = self.rtcp.seal(packet, RTCP_CLEAR_BYTES, trailer, at);
        let tag = &tag[..self.rtcp.tag_bytes()];
        if self.rtcp.tag_comes_first() {
            packet.extend_from_slice(tag);
            packet.extend_from_slice(&trailer);
        } else {
            packet.extend_from_slice(&trailer);
            packet.extend_from_slice(tag);
        }
        true
    }
}

/// Where a stream of the peer's may go on, told from before a restart or a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumption {
    pub ssrc: u32,
    /// Index of the last packet that was let in.
    pub index: u64,
    /// How many times the sequence number may have rolled over since.
    pub roll_overs: u64,
    /// Whether the key is still the same, so that older packets would be replayed ones.
    pub same_key: bool,
}

/// What the peer sends.
pub struct Receiver {
    rtp: Transform,
    rtcp: Transform,
    streams: Vec<Stream>,
    rtcp_streams: Vec<Stream>,
    resumption: Option<Resumption>,
}

struct Stream {
    ssrc: u32,
    seen: Seen,
}

impl Receiver {
    pub fn new(master: &MasterKey, resumption: Option<Resumption>) -> Self {
        Self {
            rtp: Transform::rtp(master),
            rtcp: Transform::rtcp(master),
            streams: Vec::new(),
            rtcp_streams: Vec::new(),
            resumption,
        }
    }

    /// Decrypts an RTP packet in place. Returns its length without the tag, and where it was in its stream.
    pub fn open(&mut self, packet: &mut [u8]) -> Result<(usize, Position), Refusal> {
        let end = packet.len().checked_sub(self.rtp.tag_bytes()).ok_or(Refusal::Malformed)?;
        let clear = header_bytes(&packet[..end]).ok_or(Refusal::Malformed)?;
        let (ssrc, sequence) = (rtp::word(packet, 8), u16::from_be_bytes([packet[2], packet[3]]));
        let (body, tag) = packet.split_at_mut(end);
        let mut try_index =
            |index| self.rtp.open(body, clear, tag, roll_over(index), Position { ssrc, index });
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc) {
            let index = nearest(stream.seen.highest, sequence).ok_or(Refusal::Replayed)?;
            if !stream.seen.is_new(index) {
                return Err(Refusal::Replayed);
            }
            if !try_index(index) {
                return Err(Refusal::Forged);
            }
            stream.seen.insert(index);
            return Ok((end, Position { ssrc, index }));
        }
        let hint = self.resumption.filter(|hint| hint.ssrc == ssrc);
        let index = candidates(hint, sequence).find(|index| try_index(*index));
        let index = index.ok_or(Refusal::Forged)?;
        begin(&mut self.streams, ssrc, index);
        Ok((end, Position { ssrc, index }))
    }

    /// Decrypts a compound RTCP packet in place; returns its length without what was appended.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refusal> {
        let appended = self.rtcp.tag_bytes() + RTCP_INDEX_BYTES;
        let end = packet.len().checked_sub(appended).ok_or(Refusal::Malformed)?;
        if end < RTCP_CLEAR_BYTES {
            return Err(Refusal::Malformed);
        }
        let (body, appended) = packet.split_at_mut(end);
        let (trailer, tag) = if self.rtcp.tag_comes_first() {
            let (tag, trailer) = appended.split_at(self.rtcp.tag_bytes());
            (trailer, tag)
        } else {
            appended.split_at(RTCP_INDEX_BYTES)
        };
        let word = rtp::word(trailer, 0);
        if word & ENCRYPTED == 0 {
            return Err(Refusal::Forged); // nobody agreed to leave it readable
        }
        let (ssrc, index) = (rtp::word(body, 4), u64::from(word & !ENCRYPTED));
        let at = Position { ssrc, index };
        let stream = self.rtcp_streams.iter_mut().find(|stream| stream.ssrc == ssrc);
        if stream.as_ref().is_some_and(|stream| !stream.seen.is_new(index)) {
            return Err(Refusal::Replayed);
        }
        if !self.rtcp.open(body, RTCP_CLEAR_BYTES, tag, word.to_be_bytes(), at) {
            return Err(Refusal::Forged);
        }
        match stream {
            Some(stream) => stream.seen.insert(index),
            None => begin(&mut self.rtcp_streams, ssrc, index),
        }
        Ok(end)
    }
}

/// A peer that has had too many streams under one key loses the memory of its first.
fn begin(streams: &mut Vec<Stream>, ssrc: u32, index: u64) {
    if streams.len() == MOST_STREAMS {
        streams.remove(0);
    }
    streams.push(Stream { ssrc, seen: Seen { highest: index, bits: 1 } });
}

/// The replay window, RFC 3711 §3.3.2: bit n stands for the index n below the highest.
struct Seen {
    highest: u64,
    bits: u128,
}

impl Seen {
    fn is_new(&self, index: u64) -> bool {
        if index > self.highest {
            return true;
        }
        let behind = self.highest - index;
        behind < WINDOW && self.bits >> behind & 1 == 0
    }

    fn insert(&mut self, index: u64) {
        if index > self.highest {
            let ahead = index - self.highest;
            self.bits = if ahead < WINDOW { self.bits << ahead } else { 0 };
            self.highest = index;
        }
        self.bits |= 1 << (self.highest - index);
    }
}

/// The index with this sequence number that is nearest to the last one: RFC 3711 §3.3.1.
fn nearest(last: u64, sequence: u16) -> Option<u64> {
    let step = sequence.wrapping_sub(last as u16) as i16;
    last.checked_add_signed(i64::from(step))
}

/// Which indices the first packet of a stream may have. Without a hint its roll-over counter is 0.
fn candidates(hint: Option<Resumption>, sequence: u16) -> impl Iterator<Item = u64> {
    let (first, roll_overs, after) = match hint {
        Some(hint) => (hint.index >> 16, hint.roll_overs, hint.same_key.then_some(hint.index)),
        None => (0, 0, None),
    };
    let begun_anew = (first > 0).then_some(0); // many who change keys count from 0
    let counters = (first.saturating_sub(1)..=first + roll_overs).chain(begun_anew);
    let index = move |counter: u64| counter << 16 | u64::from(sequence);
    counters.map(index).filter(move |index| after.is_none_or(|after| *index > after))
}

fn roll_over(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// The header with contributors and extension, all of which stay readable.
fn header_bytes(packet: &[u8]) -> Option<usize> {
    if packet.len() < HEADER_BYTES || packet[0] >> 6 != 2 {
        return None;
    }
    let mut bytes = HEADER_BYTES + 4 * usize::from(packet[0] & 0x0F);
    if packet[0] & 0x10 != 0 {
        let words = packet.get(bytes + 2..bytes + 4)?;
        bytes += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    (bytes <= packet.len()).then_some(bytes)
}

#[cfg(test)]
#[path = "srtp_tests.rs"]
mod tests;
