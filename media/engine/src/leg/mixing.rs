//! A leg whose sound is decoded: what it says goes into a mix, what it hears comes out of one.

use super::{Content, Incoming, Leg, Outgoing};
use crate::clock::Micros;
use crate::codec::Encoder;
use crate::jitter_buffer::{Frame, JitterBuffer, FRAME};
use crate::rtp::HEADER_BYTES;
use crate::sequencer::SAMPLES_PER_MS;

/// What a leg needs only while it is in a mix.
pub struct Mixing {
    buffer: JitterBuffer,
    encoder: Option<Encoder>,
    /// Mixed sound that does not make a whole packet yet.
    unsent: Vec<i16>,
    /// Something else was heard meanwhile.
    interrupted: bool,
}

impl Leg {
    pub fn join_mix(&mut self) {
        self.mixing = Some(Box::new(Mixing {
            buffer: JitterBuffer::new(),
            encoder: None,
            unsent: Vec::with_capacity(2 * FRAME),
            interrupted: true,
        }));
    }

    pub fn leave_mix(&mut self) {
        self.mixing = None;
        self.change_source();
    }

    /// Takes a packet of sound for the mix. False when it is none, or there is no mix.
    pub fn pick_up(&mut self, incoming: &Incoming, datagram: &[u8], now: Micros) -> bool {
        let (Some(mixing), Content::Sound(codec)) = (self.mixing.as_mut(), incoming.content) else {
            return false;
        };
        let packet = &incoming.packet;
        mixing.buffer.push(packet, codec, &datagram[packet.payload.clone()], now);
        true
    }

    /// The next 20 ms of what the peer says.
    pub fn say(&mut self, frame: &mut Frame, now: Micros) {
        if let Some(mixing) = self.mixing.as_mut() {
            let before = mixing.buffer.repairs().concealed;
            mixing.buffer.pull(frame, now);
            self.counters.concealed.add(mixing.buffer.repairs().concealed - before);
        }
    }

    /// Takes 20 ms for the peer to hear; `mixed_packet` makes packets of it.
    pub fn hear(&mut self, frame: &Frame) {
        let is_playing = self.is_playing();
        let Some(mixing) = self.mixing.as_mut() else {
            return;
        };
        if is_playing || !self.sends {
            mixing.unsent.clear();
            mixing.interrupted = true;
            return;
        }
        mixing.unsent.extend(frame);
    }

    /// The next packet of mixed sound, if there is enough for one; call until `None`.
    pub fn mixed_packet(&mut self, buffer: &mut [u8], now: Micros) -> Option<Outgoing> {
        let (format, to) = (self.format?, self.latch.destination());
        let mixing = self.mixing.as_mut()?;
        let samples = (format.packet_ms * SAMPLES_PER_MS) as usize;
        if mixing.unsent.len() < samples {
            return None;
        }
        let Some(to) = to else {
            mixing.unsent.clear(); // nobody to hear it yet, and later it would be old
            return None;
        };
        let encoder = mixing.encoder.take_if(|encoder| encoder.codec() == format.codec);
        let encoder = mixing.encoder.insert(encoder.unwrap_or(Encoder::new(format.codec)));
        let length = encoder.encode(&mixing.unsent[..samples], &mut buffer[HEADER_BYTES..]);
        mixing.unsent.drain(..samples);
        if std::mem::take(&mut mixing.interrupted) {
            self.sequencer.pause();
        }
        let stamp = self.sequencer.own(samples as u32, now);
        let end = HEADER_BYTES + length;
        self.finish_packet(&mut buffer[..end], format.payload_type, stamp);
        Some((0..end, to))
    }
}
