//! Which packets a leg sends: another's, passed on, or its own.

use std::net::SocketAddr;
use std::ops::Range;

use super::{Content, Format, Incoming, Leg};
use crate::clock::Micros;
use crate::codec::transcode;
use crate::events::Event;
use crate::rtp::{self, Stamp, HEADER_BYTES};
use crate::sequencer::SAMPLES_PER_MS;
use crate::telephone_event::PAYLOAD_BYTES;

/// A packet ready to be sent: where it lies in the buffer, and where it goes.
pub type Outgoing = (Range<usize>, SocketAddr);

impl Leg {
    /// Turns another leg's packet, which lies at the start of `buffer`, into one of ours, in place.
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
        let packet = &incoming.packet;
        let unheard = match incoming.content {
            Content::Nothing => true,
            Content::Key { .. } => format.key_payload_type.is_none(),
            Content::Sound(_) => false,
        };
        if unheard {
            self.sequencer.omit(packet, now);
            return None;
        }
        let (payload_type, stamp) = match incoming.content {
            Content::Sound(codec) => {
                let stamp = self.sequencer.relay(packet, packet.payload.len() as u32, now)?;
                transcode(&mut buffer[packet.payload.clone()], codec, format.codec);
                (format.payload_type, stamp)
            }
            Content::Key { duration, fresh } => {
                let payload_type = format.key_payload_type?;
                let samples = u32::from(duration);
                (payload_type, self.sequencer.relay_key(packet, samples, fresh, now)?)
            }
            Content::Nothing => return None,
        };
        let whole = packet.payload.start - HEADER_BYTES..packet.payload.end;
        self.finish_packet(&mut buffer[whole.clone()], payload_type, stamp);
        Some((whole, to))
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
        let playlist = self.key_tones.as_mut().or(self.playlist.as_mut())?;
        let samples = format.packet_ms * SAMPLES_PER_MS;
        let end = HEADER_BYTES + samples as usize;
        playlist.fill(format.codec, &mut buffer[HEADER_BYTES..end]);
        self.key_tones.take_if(|tones| tones.is_over());
        self.finish_playlist(events);
        if !self.sends {
            return None; // a prompt goes on unheard, so that its story does
        }
        let stamp = self.sequencer.own(samples, now);
        self.finish_packet(&mut buffer[..end], format.payload_type, stamp);
        Some((0..end, to?))
    }

    fn tick_key(
        &mut self,
        format: Format,
        to: Option<SocketAddr>,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Outgoing> {
        let Some(payload_type) = format.key_payload_type.filter(|_| self.sends) else {
            self.keys.clear(); // nobody would understand them
            return None;
        };
        let (stamp, event) = self.keys.tick(&mut self.sequencer, now)?;
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
