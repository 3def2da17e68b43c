//! Which packets a leg sends: another's, passed on, or its own.

use std::net::SocketAddr;
use std::ops::Range;

use super::{Content, Incoming, Leg};
use crate::clock::Micros;
use crate::codec::{decode_table, transcode};
use crate::events::Event;
use crate::format::Format;
use crate::rtp::{self, Packet, Stamp, HEADER_BYTES};
use crate::silence_suppression::{Origin, Verdict};
use crate::telephone_event::PAYLOAD_BYTES;

/// 10 ms: what is shorter is no packet time, and passes as it is.
const SHORTEST_PACKET_BYTES: usize = 80;
/// Of what a table encodes.
const NARROW_HZ: u32 = 8_000;

/// A packet ready to be sent: where it lies in the buffer, and where it goes.
pub type Outgoing = (Range<usize>, SocketAddr);

impl Leg {
    /// Turns another leg's packet, which lies at the start of `buffer`, into one of ours, in place. When packets have
    /// another length here, `repacketised` may have more.
    pub fn relay(
        &mut self,
        incoming: &Incoming,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Outgoing> {
        let (format, to) = (self.format?, self.latch.destination()?);
        if !self.sends || self.is_playing() {
            return None;
        }
        if self.mixing.is_some() {
            return self.pass_key(incoming, buffer, now);
        }
        let packet = &incoming.packet;
        let (payload_type, stamp) = match incoming.content {
            Content::Sound(codec) if codec.passes_to(format.codec) => {
                if self.has_other_length(&format, packet) {
                    self.repacketise(&format, packet, &buffer[packet.payload.clone()]);
                    return self.repacketised(buffer, now);
                }
                let ticks = format
                    .codec
                    .bytes_per_ms()
                    .map_or(format.ticks(), |_| packet.payload.len() as u32);
                let stamp = self.sequencer.relay(packet, ticks, now)?;
                transcode(&mut buffer[packet.payload.clone()], codec, format.codec);
                (format.payload_type, stamp)
            }
            Content::Noise if format.noise_payload_type.is_some() => {
                (format.noise_payload_type?, self.sequencer.relay(packet, 0, now)?)
            }
            Content::Key { event, clock_hz, fresh } if format.key_payload_type.is_some() => {
                let clocks = (clock_hz, format.key_clock_hz);
                let (stamp, told) = self.sequencer.relay_key(packet, event, clocks, fresh, now)?;
                if told != event {
                    buffer[packet.payload.start..][..PAYLOAD_BYTES]
                        .copy_from_slice(&told.to_bytes());
                }
                (format.key_payload_type?, stamp)
            }
            Content::Sound(_) | Content::Noise | Content::Key { .. } | Content::Nothing => {
                self.sequencer.omit(packet, now);
                return None;
            }
        };
        let whole = packet.payload.start - HEADER_BYTES..packet.payload.end;
        self.finish_packet(&mut buffer[whole.clone()], payload_type, stamp);
        Some((whole, to))
    }

    /// A packet of sound that has to be decoded to be heard here.
    pub fn cannot_relay(&self, incoming: &Incoming, datagram: &[u8]) -> bool {
        let (Content::Sound(codec), Some(format)) = (incoming.content, &self.format) else {
            return false;
        };
        let payload = &datagram[incoming.packet.payload.clone()];
        !codec.passes_to(format.codec) || format.is_too_long(codec, payload)
    }

    /// The next packet of our own length out of what was relayed, if there is a whole one; call until `None`.
    pub fn repacketised(&mut self, buffer: &mut [u8], now: Micros) -> Option<Outgoing> {
        let repacketizer = self.repacketizer.as_mut()?;
        let (format, to) = (self.format?, self.latch.destination()?);
        let bytes = format.packet_bytes()?;
        let packet = repacketizer.take(bytes, &mut buffer[HEADER_BYTES..])?;
        let stamp = self.sequencer.relay(&packet, bytes as u32, now)?;
        let end = HEADER_BYTES + bytes;
        self.finish_packet(&mut buffer[..end], format.payload_type, stamp);
        Some((0..end, to))
    }

    /// Once packets have come in another length, all go the same way until nothing of them is left.
    fn has_other_length(&mut self, format: &Format, packet: &Packet) -> bool {
        let bytes = packet.payload.len();
        let is_other = |whole: usize| whole != bytes && bytes >= SHORTEST_PACKET_BYTES;
        if format.packet_bytes().is_some_and(is_other) {
            return true;
        }
        self.repacketizer.take_if(|repacketizer| repacketizer.is_empty());
        self.repacketizer.is_some()
    }

    fn repacketise(&mut self, format: &Format, packet: &Packet, payload: &[u8]) {
        let bytes = format.packet_bytes().unwrap_or(0);
        self.repacketizer.get_or_insert_default().push(packet, payload, bytes);
    }

    /// One tick of the wheel: the next packet of a key, a prompt or music, written to the start of `buffer`.
    pub fn tick(
        &mut self,
        buffer: &mut [u8],
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Outgoing> {
        let (format, to) = (self.format?, self.latch.destination());
        if self.sends && to.is_none() {
            return None; // it waits until there is somebody to hear it
        }
        if self.keys.is_busy() {
            return self.tick_key(format, to, buffer, now);
        }
        let (verdict, length) = self.next_sound(&format, &mut buffer[HEADER_BYTES..])?;
        self.key_tones.take_if(|tones| tones.is_over());
        self.finish_playlist(events);
        if !self.sends {
            return None; // a prompt goes on unheard, so that its story does
        }
        let packet = self.own_packet(&format, verdict, length, buffer, now)?;
        Some((packet, to?))
    }

    /// Makes a packet of a payload of our own; `None` for silence that is not sent, by comfort noise or by the codec.
    pub(super) fn own_packet(
        &mut self,
        format: &Format,
        verdict: Verdict,
        length: usize,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Range<usize>> {
        let ticks = format.ticks();
        let (payload_type, stamp, length) = match (verdict, format.noise_payload_type) {
            (Verdict::Noise(level), Some(payload_type)) => {
                buffer[HEADER_BYTES] = level;
                (payload_type, self.sequencer.own_noise(ticks, now), 1)
            }
            (Verdict::Sound, _) if length > 0 => {
                (format.payload_type, self.sequencer.own(ticks, now), length)
            }
            _ => {
                self.sequencer.own_silence(ticks, now);
                return None;
            }
        };
        let end = HEADER_BYTES + length;
        self.finish_packet(&mut buffer[..end], payload_type, stamp);
        Some(0..end)
    }

    /// What the next packet of what plays is, and the length of its payload; `None` when nothing plays.
    fn next_sound(&mut self, format: &Format, out: &mut [u8]) -> Option<(Verdict, usize)> {
        let playlist = self.key_tones.as_mut().or(self.playlist.as_mut())?;
        if format.codec.is_table() {
            let bytes = format.packet_bytes()?;
            playlist.fill(format.codec, &mut out[..bytes]);
            self.counters.starved.add(playlist.take_starved());
            if format.noise_payload_type.is_some() {
                self.linear.clear();
                decode_table(format.codec, &out[..bytes], &mut self.linear);
            }
            let judged = self.suppression.verdict(format, &self.linear, NARROW_HZ, Origin::Played);
            return Some((judged, bytes));
        }
        let rate_hz = playlist.fill_linear(format.packet_ms, &mut self.linear);
        self.counters.starved.add(playlist.take_starved());
        let verdict = self.suppression.verdict(format, &self.linear, rate_hz, Origin::Played);
        if verdict != Verdict::Sound {
            return Some((verdict, 0));
        }
        Some((verdict, format.encoder(&mut self.encoder, rate_hz).encode(&self.linear, out)))
    }

    fn tick_key(
        &mut self,
        format: Format,
        to: Option<SocketAddr>,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Outgoing> {
        self.suppression.interrupt();
        let Some(payload_type) = format.key_payload_type.filter(|_| self.sends) else {
            self.keys.clear(); // nobody would understand them
            return None;
        };
        let (stamp, event) = self.keys.tick(&mut self.sequencer, format.key_clock_hz, now)?;
        let end = HEADER_BYTES + PAYLOAD_BYTES;
        buffer[HEADER_BYTES..end].copy_from_slice(&event.to_bytes());
        self.finish_packet(&mut buffer[..end], payload_type, stamp);
        Some((0..end, to?))
    }

    pub(crate) fn finish_packet(&mut self, packet: &mut [u8], payload_type: u8, stamp: Stamp) {
        rtp::write_header(packet, payload_type, self.sequencer.ssrc(), stamp);
        self.counters.packets_sent.add(1);
        self.counters.bytes_sent.add(packet.len() as u64);
        self.payload_bytes_sent += (packet.len() - HEADER_BYTES) as u64;
        self.publish_position();
    }
}
