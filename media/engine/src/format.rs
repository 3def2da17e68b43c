//! What was agreed about the sound and the keys of a leg.

use crate::codec::{Codec, Encoder};
use crate::heard::Carried;
use crate::opus::{packet_us, OpusOptions};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub codec: Codec,
    pub payload_type: u8,
    pub key_payload_type: Option<u8>,
    /// What durations of keys count: 8000 or 48000 Hz.
    pub key_clock_hz: u32,
    /// Comfort noise (RFC 3389), if the peer takes it.
    pub noise_payload_type: Option<u8>,
    pub packet_ms: u32,
    /// The peer takes no packet with more sound in it (`maxptime`).
    pub most_ms: u32,
    pub opus: OpusOptions,
}

impl Format {
    /// Packets of a codec of 8000 Hz, with nothing special about them.
    #[cfg(any(test, fuzzing))]
    pub fn plain(
        codec: Codec,
        payload_type: u8,
        key_payload_type: Option<u8>,
        packet_ms: u32,
    ) -> Self {
        Self {
            codec,
            payload_type,
            key_payload_type,
            key_clock_hz: 8_000,
            noise_payload_type: None,
            packet_ms,
            most_ms: packet_ms.max(20),
            opus: OpusOptions::default(),
        }
    }

    /// The same with a packet time that the codec can be packed in: Opus knows 10, 20, 40 and 60 ms.
    pub fn packable(self) -> Self {
        let packet_ms = match (self.codec, self.packet_ms) {
            (Codec::Opus, 11..=39) => 20,
            (Codec::Opus, 41..=59) => 40,
            (_, packet_ms) => packet_ms,
        };
        Self { packet_ms, ..self }
    }

    /// What a packet of this number carries, if it is one of ours.
    pub fn carried_by(&self, payload_type: u8) -> Option<Carried> {
        let number = Some(payload_type);
        if self.key_payload_type == number {
            return Some(Carried::Key { clock_hz: self.key_clock_hz });
        }
        if self.payload_type == payload_type {
            return Some(Carried::Sound(self.codec));
        }
        (self.noise_payload_type == number).then_some(Carried::Noise)
    }

    /// The most that can be heard on this leg, in Hz.
    pub fn rate_hz(&self) -> u32 {
        match self.codec {
            Codec::Opus => self.opus.rate_hz,
            codec => codec.rate_hz(),
        }
    }

    /// How far a packet moves the timestamp.
    pub fn ticks(&self) -> u32 {
        self.packet_ms * (self.codec.clock_hz() / 1000)
    }

    /// Bytes of a whole packet, where that is a fixed number.
    pub fn packet_bytes(&self) -> Option<usize> {
        Some(self.codec.bytes_per_ms()? * self.packet_ms as usize)
    }

    /// Whether a packet of this codec holds more than the peer takes and cannot be cut as it is.
    pub fn is_too_long(&self, codec: Codec, payload: &[u8]) -> bool {
        codec == Codec::Opus && packet_us(payload) > 1_000 * self.most_ms
    }

    /// The encoder of a stream in this format for sound of a rate: the same as before while it suits.
    pub fn encoder<'a>(&self, kept: &'a mut Option<Box<Encoder>>, rate_hz: u32) -> &'a mut Encoder {
        let known = kept.take().filter(|encoder| encoder.suits(self.codec, self.opus));
        let anew = || Box::new(Encoder::new(self.codec, self.opus, rate_hz));
        let encoder = kept.insert(known.unwrap_or_else(anew));
        encoder.tune(rate_hz);
        encoder
    }
}
