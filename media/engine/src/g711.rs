//! G.711 (ITU-T): µ-law and A-law, and the tables between them and 16-bit linear sound.

const ULAW_BIAS: i32 = 0x84;
const ULAW_CLIP: i32 = 32_635;

pub const fn ulaw_from_linear(sample: i16) -> u8 {
    let magnitude = (sample.unsigned_abs() / 4) as usize;
    let last = ULAW_OF_MAGNITUDE.len() - 1;
    let code = ULAW_OF_MAGNITUDE[if magnitude < last { magnitude } else { last }];
    code & if sample < 0 { 0x7F } else { 0xFF }
}

/// µ-law is of 14 bits: the code words of each fourth positive sample, three times as fast as reckoned anew.
static ULAW_OF_MAGNITUDE: [u8; 8_192] = {
    let mut table = [0; 8_192];
    let mut index = 0;
    while index < table.len() {
        table[index] = ulaw_of_positive(4 * index as i32);
        index += 1;
    }
    table
};

const fn ulaw_of_positive(sample: i32) -> u8 {
    let magnitude = ULAW_BIAS + if sample < ULAW_CLIP { sample } else { ULAW_CLIP };
    let segment = 24 - magnitude.leading_zeros() as i32; // the bias puts the top bit at 7..=14
    let step = (magnitude >> (segment + 3)) & 0x0F;
    !(((segment as u8) << 4) | step as u8)
}

pub const fn linear_from_ulaw(code: u8) -> i16 {
    let code = !code;
    let step = (((code & 0x0F) as i32) << 3) + ULAW_BIAS;
    let magnitude = (step << ((code & 0x70) >> 4)) - ULAW_BIAS;
    if code & 0x80 != 0 {
        -magnitude as i16
    } else {
        magnitude as i16
    }
}

/// Every second bit of a code word is sent inverted (G.711 table 1a, note 2).
const ALAW_EVEN_BITS: u8 = 0x55;

pub const fn alaw_from_linear(sample: i16) -> u8 {
    let magnitude = (if sample < 0 { !sample } else { sample }) as u32 >> 4;
    let code = if magnitude < 32 {
        magnitude // the two lowest segments share one step size
    } else {
        let shift = 27 - magnitude.leading_zeros();
        ((shift + 1) << 4) | ((magnitude >> shift) & 0x0F)
    };
    let sign: u8 = if sample < 0 { 0 } else { 0x80 };
    (code as u8 | sign) ^ ALAW_EVEN_BITS
}

pub const fn linear_from_alaw(code: u8) -> i16 {
    let code = code ^ ALAW_EVEN_BITS;
    let segment = (code & 0x70) >> 4;
    let step = ((code & 0x0F) as i32) << 4;
    let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    if code & 0x80 != 0 {
        magnitude as i16
    } else {
        -magnitude as i16
    }
}

const fn ulaw_to_alaw_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = alaw_from_linear(linear_from_ulaw(code as u8));
        code += 1;
    }
    table
}

const fn alaw_to_ulaw_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = ulaw_from_linear(linear_from_alaw(code as u8));
        code += 1;
    }
    table
}

const fn linear_table(is_ulaw: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let byte = code as u8;
        table[code] = if is_ulaw { linear_from_ulaw(byte) } else { linear_from_alaw(byte) };
        code += 1;
    }
    table
}

pub static LINEAR_OF_ULAW: [i16; 256] = linear_table(true);
pub static LINEAR_OF_ALAW: [i16; 256] = linear_table(false);
pub static ULAW_TO_ALAW: [u8; 256] = ulaw_to_alaw_table();
pub static ALAW_TO_ULAW: [u8; 256] = alaw_to_ulaw_table();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_both_laws() {
        assert_eq!(ulaw_from_linear(0), 0xFF);
        assert_eq!(ulaw_from_linear(-1), 0x7F);
        assert_eq!(ulaw_from_linear(i16::MAX), 0x80);
        assert_eq!(ulaw_from_linear(i16::MIN), 0x00);
        assert_eq!(linear_from_ulaw(0x80), 32_124);
        assert_eq!(linear_from_ulaw(0x00), -32_124);
        assert_eq!(alaw_from_linear(0), 0xD5);
        assert_eq!(alaw_from_linear(-1), 0x55);
        assert_eq!(alaw_from_linear(i16::MAX), 0xAA);
        assert_eq!(alaw_from_linear(i16::MIN), 0x2A);
        assert_eq!(linear_from_alaw(0xAA), 32_256);
        assert_eq!(linear_from_alaw(0x2A), -32_256);
    }

    #[test]
    fn the_table_knows_every_sample() {
        for sample in 0..=i16::MAX {
            let code = ulaw_of_positive(i32::from(sample));
            assert_eq!(ulaw_from_linear(sample), code);
            if sample > 0 {
                assert_eq!(ulaw_from_linear(-sample), code & 0x7F);
            }
        }
    }

    #[test]
    fn every_code_word_survives_decoding_and_encoding() {
        for code in 0..=255u8 {
            assert_eq!(alaw_from_linear(linear_from_alaw(code)), code);
            // µ-law has two zeros; the negative one comes back as the positive.
            let expected = if code == 0x7F { 0xFF } else { code };
            assert_eq!(ulaw_from_linear(linear_from_ulaw(code)), expected);
        }
    }

    #[test]
    fn the_error_is_at_most_half_a_step_and_never_changes_the_order() {
        let mut previous = (i16::MIN, i16::MIN);
        for sample in i16::MIN..=i16::MAX {
            let ulaw = linear_from_ulaw(ulaw_from_linear(sample));
            let alaw = linear_from_alaw(alaw_from_linear(sample));
            assert!(ulaw >= previous.0 && alaw >= previous.1, "monotonic at {sample}");
            let size = i32::from(sample).abs();
            if size < 32_000 {
                assert!((i32::from(ulaw) - i32::from(sample)).abs() <= size / 32 + 8);
                assert!((i32::from(alaw) - i32::from(sample)).abs() <= size / 32 + 8);
            }
            previous = (ulaw, alaw);
        }
    }
}
