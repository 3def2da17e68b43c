//! A leg whose sound is decoded: what it says goes into a mix, what it hears comes out of one.

use super::{Content, Incoming, Leg, Outgoing};
use crate::clock::{Micros, MILLISECOND};
use crate::jitter_buffer::{frame_of, JitterBuffer};
use crate::long_press::{at_clock, offset_of, LongPress};
use crate::rtp::HEADER_BYTES;
use crate::silence_suppression::{Origin, Verdict};
use crate::telephone_event::{TelephoneEvent, PAYLOAD_BYTES};

/// After a packet of a key so long nothing else is sent: its end comes three times.
const KEY_HOLDS: Micros = 60 * MILLISECOND;

/// What a leg needs only while it is in a mix.
pub struct Mixing {
    buffer: JitterBuffer,
    /// Mixed sound that does not make a whole packet yet.
    unsent: Vec<i16>,
    /// Something else was heard meanwhile.
    interrupted: bool,
    key: Option<PassedKey>,
}

/// The other side's telephone-event, passed on between packets of mixed sound.
struct PassedKey {
    ssrc: u32,
    timestamp: u32,
    our_timestamp: u32,
    press: LongPress,
    began: Micros,
    until: Micros,
}

impl Leg {
    /// Begins to take part in a mix at a rate; a change of the rate begins anew.
    pub fn join_mix(&mut self, rate_hz: u32) {
        if self.mixing.as_ref().is_some_and(|mixing| mixing.buffer.rate_hz() == rate_hz) {
            return;
        }
        self.mixing = Some(Box::new(Mixing {
            buffer: JitterBuffer::new(rate_hz),
            unsent: Vec::with_capacity(2 * frame_of(rate_hz)),
            interrupted: true,
            key: None,
        }));
    }

    pub fn leave_mix(&mut self) {
        self.mixing = None;
        self.change_source();
    }

    /// Takes a packet of sound or silence for the mix. False when it is neither, or there is no mix.
    pub fn pick_up(&mut self, incoming: &Incoming, datagram: &[u8], now: Micros) -> bool {
        let Some(mixing) = self.mixing.as_mut() else {
            return false;
        };
        let packet = &incoming.packet;
        let payload = &datagram[packet.payload.clone()];
        match incoming.content {
            Content::Sound(codec) => mixing.buffer.push(packet, codec, payload, now),
            Content::Noise => mixing.buffer.push_noise(packet, payload, now),
            Content::Key { .. } | Content::Nothing => return false,
        }
        true
    }

    /// The next 20 ms of what the peer says.
    pub fn say(&mut self, frame: &mut [i16], now: Micros) {
        if let Some(mixing) = self.mixing.as_mut() {
            let before = mixing.buffer.repairs().concealed;
            mixing.buffer.pull(frame, now);
            let concealed = mixing.buffer.repairs().concealed - before;
            self.counters.concealed.add(concealed * 8_000 / u64::from(mixing.buffer.rate_hz()));
        }
    }

    /// Takes 20 ms for the peer to hear; `mixed_packet` makes packets of it.
    pub fn hear(&mut self, frame: &[i16], now: Micros) {
        let is_playing = self.is_playing();
        let Some(mixing) = self.mixing.as_mut() else {
            return;
        };
        let is_key = mixing.key.as_ref().is_some_and(|key| now < key.until);
        if is_playing || is_key || !self.sends {
            mixing.unsent.clear();
            mixing.interrupted = true;
            return;
        }
        mixing.unsent.extend(frame);
    }

    /// The next packet of mixed sound, if there is enough for one; call until `None`.
    pub fn mixed_packet(&mut self, buffer: &mut [u8], now: Micros) -> Option<Outgoing> {
        let (format, to) = (self.format?, self.latch.destination());
        loop {
            let mixing = self.mixing.as_mut()?;
            let rate_hz = mixing.buffer.rate_hz();
            let samples = (format.packet_ms * rate_hz / 1000) as usize;
            let Some(to) = to else {
                mixing.unsent.clear(); // nobody to hear it yet, and later it would be old
                return None;
            };
            if mixing.unsent.len() < samples {
                return None;
            }
            if std::mem::take(&mut mixing.interrupted) {
                self.sequencer.pause();
                self.suppression.interrupt();
            }
            let sound = &mixing.unsent[..samples];
            let verdict = self.suppression.verdict(&format, sound, rate_hz, Origin::Heard);
            let mut length = 0;
            if verdict == Verdict::Sound {
                let encoder = format.encoder(&mut self.encoder, rate_hz);
                length = encoder.encode(sound, &mut buffer[HEADER_BYTES..]);
            }
            mixing.unsent.drain(..samples);
            if let Some(packet) = self.own_packet(&format, verdict, length, buffer, now) {
                return Some((packet, to));
            }
        }
    }

    /// Passes a telephone-event of the other side on in a stream of mixed sound.
    pub fn pass_key(
        &mut self,
        incoming: &Incoming,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Outgoing> {
        let Content::Key { event, clock_hz, fresh } = incoming.content else {
            return None;
        };
        let (format, to) = (self.format?, self.latch.destination()?);
        let payload_type = format.key_payload_type?;
        if !self.sends || self.is_playing() {
            return None;
        }
        let (ssrc, timestamp) = (incoming.packet.ssrc, incoming.packet.timestamp);
        let mixing = self.mixing.as_mut()?;
        let known = mixing.key.take();
        let goes_on = |key: &PassedKey| {
            !fresh && key.ssrc == ssrc && offset_of(key.timestamp, timestamp).is_some()
        };
        let (is_first, mut key) = match known.filter(goes_on) {
            Some(key) => (false, key),
            None => {
                let our_timestamp = self.sequencer.begin_key(now);
                let press = LongPress::default();
                (true, PassedKey { ssrc, timestamp, our_timestamp, press, began: now, until: now })
            }
        };
        key.until = now + KEY_HOLDS;
        let begins = offset_of(key.timestamp, timestamp).unwrap_or(0);
        let total = at_clock(begins + u32::from(event.duration), clock_hz, format.key_clock_hz);
        let segment = key.press.tell(total, event.end);
        let (at, clock_hz, began) = (key.our_timestamp, format.key_clock_hz, key.began);
        let stamp = self.sequencer.own_key(at, segment, clock_hz, began, is_first);
        mixing.key = Some(key);
        mixing.interrupted = true;
        let event = TelephoneEvent { duration: segment.duration, ..event };
        let end = HEADER_BYTES + PAYLOAD_BYTES;
        buffer[HEADER_BYTES..end].copy_from_slice(&event.to_bytes());
        self.finish_packet(&mut buffer[..end], payload_type, stamp);
        Some((0..end, to))
    }
}
