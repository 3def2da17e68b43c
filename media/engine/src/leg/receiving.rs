//! What a leg does with the packets that come.

use std::net::SocketAddr;

use super::{Leg, KEY_LINGERS, SAME_PRESS};
use crate::clock::{Micros, MILLISECOND};
use crate::codec::Codec;
use crate::comfort_noise::PAYLOAD_TYPE as COMFORT_NOISE;
use crate::events::Event;
use crate::heard::Carried;
use crate::latch::Verdict;
use crate::long_press::{at_clock, offset_of};
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
        let carried = self.carried_by(&packet);
        let key_clock_hz = match carried {
            Some(Carried::Key { clock_hz }) => Some(clock_hz),
            _ => None,
        };
        self.reception.receive(&packet, key_clock_hz.is_some(), now);
        self.counters.packets_lost.set(self.reception.lost());
        self.counters.jitter_us.set(self.reception.jitter_us());
        if let Some(clock_hz) = key_clock_hz {
            return self.receive_key(packet, payload, clock_hz, now, events);
        }
        let content = self.content_of(carried, payload.is_empty());
        if let Content::Sound(codec) = content {
            self.listen(codec, payload, now, events);
            let is_hidden = self.is_hidden(now);
            if let Some(tap) = self.tap.as_ref().filter(|_| !is_hidden) {
                tap.take(&packet, codec, payload, now);
            }
        }
        let content = if self.is_hidden(now) { Content::Nothing } else { content };
        Some(Incoming { packet, content })
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

    /// What the peer sends under our own number, else under its own one, else what everybody means by that number.
    fn carried_by(&self, packet: &Packet) -> Option<Carried> {
        let payload_type = packet.payload_type;
        self.heard
            .carried_by(payload_type)
            .or_else(|| self.format.as_ref().and_then(|format| format.carried_by(payload_type)))
            .or_else(|| self.usually_carried_by(packet))
    }

    /// G.711 and comfort noise need no agreement: peers may send any codec that was offered.
    fn usually_carried_by(&self, packet: &Packet) -> Option<Carried> {
        match packet.payload_type {
            COMFORT_NOISE => Some(Carried::Noise),
            STRAY_KEY_PAYLOAD_TYPE
                if self.format.is_some() && packet.payload.len() == PAYLOAD_BYTES =>
            {
                Some(Carried::Key { clock_hz: STRAY_KEY_CLOCK_HZ })
            }
            payload_type => Codec::from_static_payload_type(payload_type).map(Carried::Sound),
        }
    }

    fn receive_key(
        &mut self,
        packet: Packet,
        payload: &[u8],
        clock_hz: u32,
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Incoming> {
        let Some(event) = TelephoneEvent::parse(payload) else {
            self.counters.dropped_payload.add(1);
            return None;
        };
        let fresh = self.keys_heard.receive(event, packet.ssrc, packet.timestamp, now);
        if fresh {
            let duration_ms = at_clock(u32::from(event.duration), clock_hz, 1_000);
            events.push(Event::Digit { leg: self.id, key: key_of(event.code), duration_ms });
        }
        let press = press_of(&packet);
        if fresh {
            self.hidden_keys.iter_mut().for_each(|hidden| {
                hidden.take_if(|hidden| Some(*hidden) == press);
            });
        }
        let is_echo = fresh && self.just_taken(now) == Some(event.code);
        let hides = self.is_confidential || (fresh && !is_echo && self.holds_back(event.code, now));
        if is_echo {
            self.taken = None; // what comes next is another press
        }
        if hides || is_echo {
            self.hide_key(&packet);
        }
        let content = if self.hides_press(&packet) {
            self.muted_until = now + KEY_LINGERS; // a phone may send its tone beside the event
            Content::Nothing
        } else {
            Content::Key { event, clock_hz, fresh }
        };
        Some(Incoming { packet, content })
    }

    /// Lets nobody hear the rest of a press.
    pub fn hide_key(&mut self, packet: &Packet) {
        let press = press_of(packet);
        if !self.hidden_keys.contains(&press) {
            self.hidden_keys.rotate_right(1);
            self.hidden_keys[0] = press;
        }
    }

    /// Whether a key may be a feature code's, or comes after one that was held back: then it does not pass as it is.
    pub(super) fn holds_back(&mut self, code: u8, now: Micros) -> bool {
        let Some(guard) = self.codes.as_mut() else {
            return false;
        };
        let before = self.released.len();
        guard.press(code, now, &mut self.released);
        let passes = self.released[before..] == [code];
        if passes {
            self.released.truncate(before);
        }
        !passes
    }

    /// A key of the peer's whose way was another than RTP: it passes unless it is secret or may be a feature code's.
    pub fn take_key(&mut self, code: u8, now: Micros) {
        self.taken = Some((code, now));
        self.pass_key_on(code, now);
    }

    /// The key whose echo in the RTP may still come.
    pub(super) fn just_taken(&self, now: Micros) -> Option<u8> {
        let (code, at) = self.taken?;
        (now.saturating_sub(at) < SAME_PRESS).then_some(code)
    }

    pub(super) fn pass_key_on(&mut self, code: u8, now: Micros) {
        if !self.is_confidential && !self.holds_back(code, now) {
            self.released.push(code);
        }
    }

    /// Gives up waiting for the rest of a feature code.
    pub fn check_codes(&mut self, now: Micros) {
        if let Some(guard) = self.codes.as_mut() {
            guard.check(now, &mut self.released);
        }
    }

    /// Whether a packet is of a hidden press, or of a later segment of one.
    fn hides_press(&self, packet: &Packet) -> bool {
        self.hidden_keys.iter().flatten().any(|(ssrc, timestamp)| {
            *ssrc == packet.ssrc && offset_of(*timestamp, packet.timestamp).is_some()
        })
    }

    /// Whether nobody may hear what the peer says now.
    fn is_hidden(&self, now: Micros) -> bool {
        self.is_confidential || now < self.muted_until
    }

    fn content_of(&self, carried: Option<Carried>, is_empty: bool) -> Content {
        match carried {
            Some(Carried::Sound(codec)) if self.receives && !is_empty => Content::Sound(codec),
            Some(Carried::Noise) if self.receives && !is_empty => Content::Noise,
            Some(_) => Content::Nothing,
            None => {
                self.counters.dropped_payload.add(1);
                Content::Nothing
            }
        }
    }
}

/// What all packets of one press have in common.
fn press_of(packet: &Packet) -> Option<(u32, u32)> {
    Some((packet.ssrc, packet.timestamp))
}
