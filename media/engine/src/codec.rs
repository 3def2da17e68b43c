//! The codecs of a leg: what is agreed, and turning payloads into linear sound and back.

use crate::g711::{
    alaw_from_linear, ulaw_from_linear, ALAW_TO_ULAW, LINEAR_OF_ALAW, LINEAR_OF_ULAW, ULAW_TO_ALAW,
};
use crate::g722::{G722Decoder, G722Encoder};
use crate::opus::{OpusDecoder, OpusEncoder, OpusOptions};
use crate::resampler::Resampler;

/// Sound in which Opus is encoded unless there is more in it: all of a voice.
const VOICE_HZ: u32 = 16_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Pcmu,
    Pcma,
    G722,
    Opus,
}

impl Codec {
    /// The name used in SDP (RFC 3551 §6, RFC 7587 §6.1).
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "PCMU" => Some(Self::Pcmu),
            "PCMA" => Some(Self::Pcma),
            "G722" => Some(Self::G722),
            "OPUS" => Some(Self::Opus),
            _ => None,
        }
    }

    /// G.711 by its static payload types (RFC 3551 table 4): some peers send the other law than was agreed.
    pub fn from_static_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            _ => None,
        }
    }

    /// What its RTP timestamps count. G.722's is not its sampling rate (RFC 3551 §4.5.2).
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// The most that can be heard in it.
    pub fn rate_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => 8_000,
            Self::G722 => 16_000,
            Self::Opus => 48_000,
        }
    }

    /// `None` where packets of one length in time have many lengths in bytes.
    pub fn bytes_per_ms(self) -> Option<usize> {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => Some(8),
            Self::Opus => None,
        }
    }

    /// The two laws of G.711, one byte per sample, are turned into each other by table.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Pcmu | Self::Pcma)
    }

    /// Whether a payload can be passed on as it is, or byte by byte.
    pub fn passes_to(self, other: Self) -> bool {
        self == other || self.is_table() && other.is_table()
    }
}

enum Decoding {
    Table(&'static [i16; 256]),
    G722(Box<G722Decoder>),
    Opus(OpusDecoder),
}

/// One stream's payloads as sound at the rate that is asked for.
pub struct Decoder {
    codec: Codec,
    decoding: Decoding,
    resampler: Option<Resampler>,
    /// At the codec's own rate.
    native: Vec<i16>,
}

impl Decoder {
    pub fn new(codec: Codec, rate_hz: u32) -> Self {
        let decoding = match codec {
            Codec::Pcmu => Decoding::Table(&LINEAR_OF_ULAW),
            Codec::Pcma => Decoding::Table(&LINEAR_OF_ALAW),
            Codec::G722 => Decoding::G722(Box::default()),
            Codec::Opus => Decoding::Opus(OpusDecoder::new(rate_hz)), // it speaks every rate
        };
        let native_hz = if codec == Codec::Opus { rate_hz } else { codec.rate_hz() };
        let resampler = Resampler::between(native_hz, rate_hz);
        Self { codec, decoding, resampler, native: Vec::new() }
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the payload's samples.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let Some(resampler) = &mut self.resampler else {
            self.decoding.decode(payload, out);
            return;
        };
        self.native.clear();
        self.decoding.decode(payload, &mut self.native);
        resampler.resample(&self.native, out);
    }

    /// Appends so many samples in place of lost ones by the codec's own means; false when it has none.
    pub fn conceal(&mut self, samples: usize, next: Option<&[u8]>, out: &mut Vec<i16>) -> bool {
        match &mut self.decoding {
            Decoding::Opus(decoder) => decoder.conceal(samples, next, out),
            Decoding::Table(_) | Decoding::G722(_) => false,
        }
    }
}

impl Decoding {
    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        match self {
            Self::Table(table) => {
                out.extend(payload.iter().map(|code| table[usize::from(*code)]));
            }
            Self::G722(decoder) => decoder.decode(payload, out),
            Self::Opus(decoder) => decoder.decode(payload, out),
        }
    }
}

enum Encoding {
    Table(fn(i16) -> u8),
    G722(Box<G722Encoder>),
    Opus { encoder: OpusEncoder, rate_hz: u32, options: OpusOptions },
}

/// Sound as one stream's payloads.
pub struct Encoder {
    codec: Codec,
    encoding: Encoding,
    rate_hz: u32,
    resampler: Option<Resampler>,
    native: Vec<i16>,
}

impl Encoder {
    /// For sound of a rate; `options` are Opus's.
    pub fn new(codec: Codec, options: OpusOptions, rate_hz: u32) -> Self {
        let encoding = match codec {
            Codec::Pcmu => Encoding::Table(ulaw_from_linear),
            Codec::Pcma => Encoding::Table(alaw_from_linear),
            Codec::G722 => Encoding::G722(Box::default()),
            Codec::Opus => {
                let encoder_hz = options.rate_hz.min(rate_hz.max(VOICE_HZ));
                let encoder = OpusEncoder::new(encoder_hz, options);
                Encoding::Opus { encoder, rate_hz: encoder_hz, options }
            }
        };
        let mut encoder = Self { codec, encoding, rate_hz: 0, resampler: None, native: Vec::new() };
        encoder.tune(rate_hz);
        encoder
    }

    /// Whether it can go on for this stream, perhaps after being tuned.
    pub fn suits(&self, codec: Codec, options: OpusOptions) -> bool {
        let same = match &self.encoding {
            Encoding::Opus { options: mine, .. } => *mine == options,
            Encoding::Table(_) | Encoding::G722(_) => true,
        };
        self.codec == codec && same
    }

    /// What follows is sound of this rate. The stream goes on, except that Opus begins anew for the full 48 kHz.
    pub fn tune(&mut self, rate_hz: u32) {
        if rate_hz == self.rate_hz {
            return;
        }
        if let Encoding::Opus { rate_hz: own, options, .. } = &self.encoding {
            if rate_hz > *own && *own < options.rate_hz {
                *self = Self::new(self.codec, *options, rate_hz);
                return;
            }
        }
        let native_hz = match &self.encoding {
            Encoding::Opus { rate_hz, .. } => *rate_hz,
            Encoding::Table(_) | Encoding::G722(_) => self.codec.rate_hz(),
        };
        self.rate_hz = rate_hz;
        self.resampler = Resampler::between(rate_hz, native_hz);
    }

    /// Writes the payload to the start of `out` and returns its length; 0 when there is nothing to send.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let Some(resampler) = &mut self.resampler else {
            return self.encoding.encode(samples, out);
        };
        self.native.clear();
        resampler.resample(samples, &mut self.native);
        self.encoding.encode(&self.native, out)
    }
}

impl Encoding {
    fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        match self {
            Self::Table(law) => {
                for (code, sample) in out.iter_mut().zip(samples) {
                    *code = law(*sample);
                }
                samples.len().min(out.len())
            }
            Self::G722(encoder) => encoder.encode(samples, out),
            Self::Opus { encoder, .. } => encoder.encode(samples, out),
        }
    }
}

/// Appends the samples of a payload of G.711.
pub fn decode_table(codec: Codec, payload: &[u8], out: &mut Vec<i16>) {
    let table = if codec == Codec::Pcma { &LINEAR_OF_ALAW } else { &LINEAR_OF_ULAW };
    out.extend(payload.iter().map(|code| table[usize::from(*code)]));
}

/// Rewrites a payload in place; the same codec on both sides leaves it alone.
pub fn transcode(payload: &mut [u8], from: Codec, to: Codec) {
    let table = match (from, to) {
        (Codec::Pcmu, Codec::Pcma) => &ULAW_TO_ALAW,
        (Codec::Pcma, Codec::Pcmu) => &ALAW_TO_ULAW,
        _ => return,
    };
    for byte in payload {
        *byte = table[usize::from(*byte)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcoding_follows_the_tables_and_leaves_one_codec_alone() {
        let mut payload = [0xFF, 0x80, 0x00];
        transcode(&mut payload, Codec::Pcmu, Codec::Pcmu);
        assert_eq!(payload, [0xFF, 0x80, 0x00]);
        transcode(&mut payload, Codec::Pcmu, Codec::Pcma);
        assert_eq!(payload, [0xD5, 0xAA, 0x2A]);
        transcode(&mut payload, Codec::Pcma, Codec::Pcmu);
        assert_eq!(payload, [0xFE, 0x80, 0x00]); // A-law has no zero: its +8 is µ-law's first step
    }
}
