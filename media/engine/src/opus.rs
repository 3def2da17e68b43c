//! Opus (RFC 6716) as a leg uses it: one voice, packets of 10 to 60 ms, at 8, 16 or 48 kHz. The codec itself is libopus.

use opusic_c::{Application, Bitrate, Channels, Decoder, Encoder, InbandFec, SampleRate};

/// RFC 6716 §2: no packet holds more sound.
const LONGEST_PACKET_MS: usize = 120;
/// Of 0 to 10: beyond it speech hardly gets better, and dearer by half.
const COMPLEXITY: u8 = 5;
/// What a sender that protects against loss expects, in percent: redundancy is only sent when loss is expected.
const EXPECTED_LOSS: u8 = 10;
/// A packet of so few bytes says that nothing follows until there is sound again (RFC 7587 §3.1.3).
pub const SILENCE_BYTES: usize = 2;

/// What a peer asks for in its `fmtp` (RFC 7587 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusOptions {
    /// Redundancy from which a lost packet can be heard all the same.
    pub fec: bool,
    /// Nothing is sent in silence.
    pub dtx: bool,
    /// In bit/s; `None` leaves it to the codec.
    pub bitrate: Option<u32>,
    /// 8000, 16000 or 48000 Hz: the peer plays no more than that.
    pub rate_hz: u32,
}

impl Default for OpusOptions {
    fn default() -> Self {
        Self { fec: true, dtx: false, bitrate: None, rate_hz: 48_000 }
    }
}

fn sample_rate(rate_hz: u32) -> SampleRate {
    match rate_hz {
        8_000 => SampleRate::Hz8000,
        16_000 => SampleRate::Hz16000,
        _ => SampleRate::Hz48000,
    }
}

/// How much sound a packet holds, by its first bytes (RFC 6716 §3.1); 0 for one that holds none.
pub fn packet_us(payload: &[u8]) -> u32 {
    let Some(toc) = payload.first() else {
        return 0;
    };
    let frame_us = match toc >> 3 {
        silk @ 0..=11 => [10_000, 20_000, 40_000, 60_000][usize::from(silk & 3)],
        hybrid @ 12..=15 => [10_000, 20_000][usize::from(hybrid & 1)],
        celt => [2_500, 5_000, 10_000, 20_000][usize::from(celt & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => payload.get(1).map_or(0, |count| u32::from(count & 0x3F)),
    };
    frame_us * frames
}

pub struct OpusDecoder {
    decoder: Decoder,
    rate_hz: u32,
    scratch: Vec<u16>,
}

impl OpusDecoder {
    pub fn new(rate_hz: u32) -> Self {
        let decoder = Decoder::new(Channels::Mono, sample_rate(rate_hz));
        let decoder = decoder.expect("memory for an Opus decoder"); // ends one leg, as any panic in it
        Self { decoder, rate_hz, scratch: Vec::new() }
    }

    /// Appends a packet's sound; nothing when it is no Opus.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let most = self.rate_hz as usize / 1000 * LONGEST_PACKET_MS;
        if !payload.is_empty() {
            self.run(payload, most, false, out);
        }
    }

    /// Appends so many samples in place of lost ones: the last of them from the redundancy in `next`, if it has any.
    /// False when that cannot be done for this many (they are no multiple of 2.5 ms).
    pub fn conceal(&mut self, samples: usize, next: Option<&[u8]>, out: &mut Vec<i16>) -> bool {
        let step = self.rate_hz as usize / 400;
        if samples % step != 0 {
            return false;
        }
        let most = self.rate_hz as usize / 1000 * LONGEST_PACKET_MS;
        let length = |payload: &&[u8]| self.decoder.get_nb_samples(payload).unwrap_or(0);
        let repaired = next.as_ref().map_or(0, length).min(samples);
        let mut rest = samples - repaired;
        while rest > 0 {
            let part = rest.min(most);
            self.run(&[], part, false, out);
            rest -= part;
        }
        if let Some(next) = next.filter(|_| repaired > 0) {
            self.run(next, repaired, true, out);
        }
        true
    }

    fn run(&mut self, payload: &[u8], samples: usize, fec: bool, out: &mut Vec<i16>) {
        self.scratch.resize(samples, 0);
        let decoded = self.decoder.decode_to_slice(payload, &mut self.scratch, fec);
        let count = decoded.unwrap_or(0); // a packet that is no Opus is as good as lost
        out.extend(self.scratch[..count].iter().map(|sample| *sample as i16));
    }
}

pub struct OpusEncoder {
    encoder: Encoder,
    options: OpusOptions,
    scratch: Vec<u16>,
}

impl OpusEncoder {
    pub fn new(rate_hz: u32, options: OpusOptions) -> Self {
        let encoder = Encoder::new(Channels::Mono, sample_rate(rate_hz), Application::Voip);
        let mut encoder = encoder.expect("memory for an Opus encoder"); // ends one leg, as any panic in it
        let fec = if options.fec { InbandFec::Mode1 } else { InbandFec::Off };
        let bitrate = options.bitrate.map_or(Bitrate::Auto, Bitrate::Value);
        let _ = encoder.set_complexity(COMPLEXITY); // each refuses only what is out of its range
        let _ = encoder.set_inband_fec(fec);
        let _ = encoder.set_packet_loss(if options.fec { EXPECTED_LOSS } else { 0 });
        let _ = encoder.set_dtx(options.dtx);
        let _ = encoder.set_bitrate(bitrate);
        Self { encoder, options, scratch: Vec::new() }
    }

    /// One packet's sound of 10, 20, 40 or 60 ms. Returns its bytes, 0 when there is nothing to send.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        self.scratch.clear();
        self.scratch.extend(samples.iter().map(|sample| *sample as u16));
        let length = self.encoder.encode_to_slice(&self.scratch, out).unwrap_or(0);
        if self.options.dtx && length <= SILENCE_BYTES {
            return 0;
        }
        length
    }
}
