//! What a leg does with the packets that come.

use std::net::SocketAddr;

use super::Leg;
use crate::clock::{Micros, MILLISECOND};
use crate::codec::Codec;
use crate::comfort_noise::PAYLOAD_TYPE as COMFORT_NOISE;
use crate::events::Event;
use crate::latch::Verdict;
use crate::rtp::{self, Packet};
use crate::telephone_event::{key_of, TelephoneEvent, PAYLOAD_BYTES};

/// SIPp sends telephone-events with this payload type, whatever was agreed.
const STRAY_KEY_PAYLOAD_TYPE: u8 = 96;
/// Keys that were not agreed count this.
const STRAY_KEY_CLOCK_HZ: u32 = 8_000;

/// A packet that another leg may want.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub packet: Packet,
    pub content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Sound(Codec),
    /// Comfort noise (RFC 3389).
    Noise,
    Key {
        event: TelephoneEvent,
        clock_hz: u32,
        fresh: bool,
    },
    /// A packet that nobody else gets; it only keeps its place in the sequence.
    Nothing,
}

impl Leg {
    /// Reads one datagram from the RTP port. Returns what may be passed on to another leg.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Incoming> {
        let Some(packet) = rtp::parse(datagram) else {
            self.counters.dropped_malformed.add(1);
            return None;
        };
        if !self.admit(&packet, from, now, events) {
            self.counters.dropped_source.add(1);
            return None;
        }
        self.heard(now);
        self.counters.packets_received.add(1);
        self.counters.bytes_received.add(datagram.len() as u64);
        let payload = &datagram[packet.payload.clone()];
        let key = self.is_key(&packet);
        self.reception.receive(&packet, key, now);
        self.counters.packets_lost.set(self.reception.lost());
        self.counters.jitter_us.set(self.reception.jitter_us());
        if key {
            return self.receive_key(packet, payload, now, events);
        }
        let content = self.content_of(packet.payload_type, payload.is_empty());
        if let Content::Sound(codec) = content {
            if let Some(tap) = self.tap.as_ref().filter(|_| !self.is_confidential) {
                tap.take(&packet, codec, payload, now);
            }
            self.listen(codec, payload, now, events);
        }
        Some(Incoming { packet, content: self.shared(content) })
    }

    /// Reports a silence that has lasted long enough, once.
    pub fn check_timeout(&mut self, now: Micros, events: &mut Vec<Event>) {
        let silent = now.saturating_sub(self.heard_at);
        if self.timeout > 0 && !self.timed_out && silent >= self.timeout {
            self.timed_out = true;
            let silent_ms = silent / MILLISECOND;
            events.push(Event::RtpTimeout { leg: self.id, silent_ms });
        }
    }

    /// A packet came: the silence is over.
    pub(crate) fn heard(&mut self, now: Micros) {
        self.heard_at = now;
        self.timed_out = false;
    }

    fn admit(
        &mut self,
        packet: &Packet,
        from: SocketAddr,
        now: Micros,
        events: &mut Vec<Event>,
    ) -> bool {
        match self.latch.admit(from, packet.ssrc, packet.sequence, now) {
            Verdict::Accepted => true,
            Verdict::Refused => false,
            Verdict::Latched => {
                self.counters.set_source(Some(from));
                events.push(Event::Latched { leg: self.id, source: from });
                true
            }
        }
    }

    fn is_key(&self, packet: &Packet) -> bool {
        let Some(format) = self.format else {
            return false;
        };
        let payload_type = packet.payload_type;
        let stray = payload_type == STRAY_KEY_PAYLOAD_TYPE
            && payload_type != format.payload_type
            && packet.payload.len() == PAYLOAD_BYTES;
        format.key_payload_type == Some(payload_type) || stray
    }

    fn receive_key(
        &mut self,
        packet: Packet,
        payload: &[u8],
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Incoming> {
        let Some(event) = TelephoneEvent::parse(payload) else {
            self.counters.dropped_payload.add(1);
            return None;
        };
        let fresh = self.keys_heard.receive(event, packet.ssrc, packet.timestamp, now);
        let clock_hz = self.key_clock_hz(&packet);
        if fresh {
            let duration_ms = event.at_clock(clock_hz, 1_000);
            events.push(Event::Digit { leg: self.id, key: key_of(event.code), duration_ms });
        }
        let press = Some((packet.ssrc, packet.timestamp));
        if self.is_confidential {
            self.hidden_key = press;
        } else if self.hidden_key == press && !fresh {
            return Some(Incoming { packet, content: Content::Nothing });
        }
        let content = self.shared(Content::Key { event, clock_hz, fresh });
        Some(Incoming { packet, content })
    }

    /// What of it others may hear.
    fn shared(&self, content: Content) -> Content {
        if self.is_confidential {
            return Content::Nothing;
        }
        content
    }

    fn key_clock_hz(&self, packet: &Packet) -> u32 {
        let agreed = self.format.filter(|f| f.key_payload_type == Some(packet.payload_type));
        agreed.map_or(STRAY_KEY_CLOCK_HZ, |format| format.key_clock_hz)
    }

    /// Sound in the agreed codec, or in a static one: peers may send any codec that was offered.
    fn content_of(&self, payload_type: u8, is_empty: bool) -> Content {
        let agreed = self.format.filter(|format| format.payload_type == payload_type);
        let codec = agreed
            .map(|format| format.codec)
            .or_else(|| Codec::from_static_payload_type(payload_type));
        match codec {
            Some(codec) if self.receives && !is_empty => Content::Sound(codec),
            None if payload_type == COMFORT_NOISE && self.receives && !is_empty => Content::Noise,
            None if payload_type != COMFORT_NOISE => {
                self.counters.dropped_payload.add(1);
                Content::Nothing
            }
            _ => Content::Nothing,
        }
    }
}
