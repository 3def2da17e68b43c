//! The codecs of a leg: what is agreed, and turning payloads into 8000 Hz linear sound and back.

use crate::g711::{
    alaw_from_linear, ulaw_from_linear, ALAW_TO_ULAW, LINEAR_OF_ALAW, LINEAR_OF_ULAW, ULAW_TO_ALAW,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Pcmu,
    Pcma,
}

impl Codec {
    /// The name used in SDP (RFC 3551 §6).
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "PCMU" => Some(Self::Pcmu),
            "PCMA" => Some(Self::Pcma),
            _ => None,
        }
    }

    /// The static payload types of RFC 3551 table 4.
    pub fn from_static_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            _ => None,
        }
    }

    /// The code word of a zero sample.
    pub fn silence(self) -> u8 {
        match self {
            Self::Pcmu => 0xFF,
            Self::Pcma => 0xD5,
        }
    }
}

/// One stream's payloads as sound.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    codec: Codec,
}

impl Decoder {
    pub fn new(codec: Codec) -> Self {
        Self { codec }
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Appends the payload's samples.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let table = match self.codec {
            Codec::Pcmu => &LINEAR_OF_ULAW,
            Codec::Pcma => &LINEAR_OF_ALAW,
        };
        out.extend(payload.iter().map(|code| table[usize::from(*code)]));
    }
}

/// Sound as one stream's payloads.
#[derive(Clone, Copy, Debug)]
pub struct Encoder {
    codec: Codec,
}

impl Encoder {
    pub fn new(codec: Codec) -> Self {
        Self { codec }
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Writes the payload to the start of `out` and returns its length.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let law = match self.codec {
            Codec::Pcmu => ulaw_from_linear,
            Codec::Pcma => alaw_from_linear,
        };
        for (code, sample) in out.iter_mut().zip(samples) {
            *code = law(*sample);
        }
        samples.len()
    }
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
