//! G.722 (ITU-T) at 64 kbit/s: two bands of ADPCM behind a quadrature mirror filter; 16000 Hz linear sound.
//!
//! One byte is two samples: the lower band's six bits and the upper band's two. Names in capitals are the blocks of
//! the Recommendation's clause 6; arithmetic is its 16-bit saturating arithmetic, so that decoders agree to the bit.

const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
    1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
const QM2: [i32; 4] = [-7408, -1616, 7408, 1616];
const QM4: [i32; 16] = [
    0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584,
    1200, 0,
];
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232,
    -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
    -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280,
    11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776,
    2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
/// How the scale of a band moves, by the four (or two) upper bits of a code word.
const LOWER_SCALE: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
const UPPER_SCALE: [i32; 4] = [798, -214, 798, -214];
/// 2048 · 2^(n/32).
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
    2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// The upper band's decision level.
const UPPER_DECISION: i32 = 564;

fn saturate(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// One band's adaptive quantiser and predictor, the same on both ends of a line.
#[derive(Clone, Debug)]
struct Band {
    /// Predicted signal, and its part by the zeros.
    s: i32,
    sz: i32,
    /// Reconstructed and partially reconstructed signal, newest first.
    r: [i32; 2],
    p: [i32; 2],
    /// Poles' and zeros' coefficients.
    a: [i32; 2],
    b: [i32; 6],
    /// Quantised differences, newest first.
    d: [i32; 6],
    /// The scale, as a logarithm and as it is.
    nb: i32,
    det: i32,
}

impl Band {
    fn new(det: i32) -> Self {
        Self { s: 0, sz: 0, r: [0; 2], p: [0; 2], a: [0; 2], b: [0; 6], d: [0; 6], nb: 0, det }
    }

    /// LOGSC and SCALE: `most` is the largest logarithm, `shift` where its powers of two begin.
    fn rescale(&mut self, step: i32, most: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + step).clamp(0, most);
        let mantissa = ILB[((self.nb >> 6) & 31) as usize];
        let down = shift - (self.nb >> 11);
        self.det = if down < 0 { mantissa << -down } else { mantissa >> down } << 2;
    }

    /// Learns from the quantised difference and predicts the next sample.
    fn adapt(&mut self, d: i32) {
        let r = saturate(self.s + d);
        let p = saturate(self.sz + d);
        let (a1, a2) = self.poles(p);
        self.adapt_zeros(d);
        self.a = [a1, a2];
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        self.predict();
    }

    /// UPPOL2 and UPPOL1.
    fn poles(&self, p: i32) -> (i32, i32) {
        let alike = |other: i32| (p < 0) == (other < 0);
        let quarter = saturate(self.a[0] << 2);
        let towards = if alike(self.p[0]) { -quarter } else { quarter }.min(32_767);
        let second = if alike(self.p[1]) { 128 } else { -128 };
        let a2 = (second + (towards >> 7) + ((self.a[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let first = if alike(self.p[0]) { 192 } else { -192 };
        let most = saturate(15_360 - a2);
        let a1 = saturate(first + ((self.a[0] * 32_640) >> 15)).clamp(-most, most);
        (a1, a2)
    }

    /// UPZERO and DELAYA.
    fn adapt_zeros(&mut self, d: i32) {
        let step = if d == 0 { 0 } else { 128 };
        for (b, before) in self.b.iter_mut().zip(self.d) {
            let towards = if (d < 0) == (before < 0) { step } else { -step };
            *b = saturate(towards + ((*b * 32_640) >> 15));
        }
        self.d.copy_within(..5, 1);
        self.d[0] = d;
    }

    /// FILTEP, FILTEZ and PREDIC.
    fn predict(&mut self) {
        let doubled = |value: i32| saturate(value + value);
        let poles = |at: usize| (self.a[at] * doubled(self.r[at])) >> 15;
        let sp = saturate(poles(0) + poles(1));
        let zeros = self.b.iter().zip(self.d).map(|(b, d)| (b * doubled(d)) >> 15);
        self.sz = saturate(zeros.sum());
        self.s = saturate(sp + self.sz);
    }
}

/// Both bands and the filter's memory.
#[derive(Clone, Debug)]
struct Halves {
    lower: Band,
    upper: Band,
    x: [i32; 24],
}

impl Default for Halves {
    fn default() -> Self {
        Self { lower: Band::new(32), upper: Band::new(8), x: [0; 24] }
    }
}

impl Halves {
    /// What both ends learn from the lower band's code word.
    fn adapt_lower(&mut self, code: u8) {
        let index = usize::from(code >> 2);
        let d = (self.lower.det * QM4[index]) >> 15;
        self.lower.rescale(LOWER_SCALE[index], 18_432, 8);
        self.lower.adapt(d);
    }

    /// The upper band's quantised difference.
    fn adapt_upper(&mut self, code: u8) -> i32 {
        let index = usize::from(code);
        let d = (self.upper.det * QM2[index]) >> 15;
        self.upper.rescale(UPPER_SCALE[index], 22_528, 10);
        self.upper.adapt(d);
        d
    }

    /// The mirror filter's two halves over the last 24 values.
    fn filter(&mut self, next: [i32; 2]) -> (i32, i32) {
        self.x.copy_within(2.., 0);
        self.x[22..].copy_from_slice(&next);
        let (mut even, mut odd) = (0, 0);
        for (at, pair) in self.x.chunks_exact(2).enumerate() {
            even += pair[0] * QMF[at];
            odd += pair[1] * QMF[11 - at];
        }
        (even, odd)
    }
}

#[derive(Clone, Debug, Default)]
pub struct G722Decoder(Halves);

impl G722Decoder {
    /// Appends two samples per byte.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        out.reserve(2 * payload.len());
        for byte in payload {
            let (lower_code, upper_code) = (byte & 0x3F, byte >> 6);
            let halves = &mut self.0;
            let fine = (halves.lower.det * QM6[usize::from(lower_code)]) >> 15;
            let lower = (halves.lower.s + fine).clamp(-16_384, 16_383);
            halves.adapt_lower(lower_code);
            let predicted = halves.upper.s;
            let upper = (predicted + halves.adapt_upper(upper_code)).clamp(-16_384, 16_383);
            let (even, odd) = halves.filter([lower + upper, lower - upper]);
            out.extend([odd, even].map(|sum| saturate(sum >> 11) as i16));
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct G722Encoder(Halves);

impl G722Encoder {
    /// Writes one byte per two samples; a sample left over is not sent.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        let pairs = samples.chunks_exact(2);
        let count = pairs.len().min(out.len());
        for (byte, pair) in out.iter_mut().zip(pairs) {
            *byte = self.encode_pair([i32::from(pair[0]), i32::from(pair[1])]);
        }
        count
    }

    fn encode_pair(&mut self, pair: [i32; 2]) -> u8 {
        let (even, odd) = self.0.filter(pair);
        let lower = quantise_lower(saturate(((odd + even) >> 14) - self.0.lower.s), &self.0.lower);
        let upper = quantise_upper(saturate(((odd - even) >> 14) - self.0.upper.s), &self.0.upper);
        self.0.adapt_lower(lower);
        self.0.adapt_upper(upper);
        (upper << 6) | lower
    }
}

fn magnitude(difference: i32) -> i32 {
    if difference < 0 {
        !difference
    } else {
        difference
    }
}

/// QUANTL: 60 levels, of which the smallest two negative ones lie apart (table 7 of the Recommendation).
fn quantise_lower(difference: i32, band: &Band) -> u8 {
    let size = magnitude(difference);
    let above = |level: &i32| size < (level * band.det) >> 12;
    let level = Q6[1..].iter().position(above).map_or(30, |at| at + 1) as u8;
    match (difference < 0, level) {
        (false, level) => 62 - level,
        (true, 1 | 2) => 64 - level,
        (true, level) => 34 - level,
    }
}

/// QUANTH.
fn quantise_upper(difference: i32, band: &Band) -> u8 {
    let large = magnitude(difference) >= (UPPER_DECISION * band.det) >> 12;
    match (difference < 0, large) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

#[cfg(test)]
#[path = "g722_tests.rs"]
mod tests;
