use super::*;

/// Bytes of a linear congruential generator: every code word in every state.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// FNV-1a over little-endian samples.
fn hash(samples: &[i16]) -> u64 {
    let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// Two tones, one in each band, at 16 kHz.
fn tones() -> Vec<i16> {
    let tone = |n: usize, hz: f64| (n as f64 * std::f64::consts::TAU * hz / 16_000.0).sin();
    (0..16_000).map(|n| (8_000.0 * tone(n, 700.0) + 4_000.0 * tone(n, 5_200.0)) as i16).collect()
}

#[test]
fn every_code_word_decodes_to_the_bit_as_the_reference_says() {
    let mut out = Vec::new();
    G722Decoder::default().decode(&noise(16_000), &mut out);
    // What libavcodec's decoder makes of the same bytes.
    assert_eq!(hash(&out), 0x57DB_14AA_B0AA_B689);
}

#[test]
fn what_is_encoded_in_pieces_is_what_is_encoded_at_once() {
    let (sound, mut whole) = (tones(), vec![0; 8_000]);
    assert_eq!(G722Encoder::default().encode(&sound, &mut whole), 8_000);
    let (mut encoder, mut pieces) = (G722Encoder::default(), Vec::new());
    for part in sound.chunks(160) {
        let mut out = [0; 80];
        assert_eq!(encoder.encode(part, &mut out), 80);
        pieces.extend(out);
    }
    assert_eq!(pieces, whole);
}

#[test]
fn both_bands_come_through_with_their_level() {
    let (sound, mut bytes, mut heard) = (tones(), vec![0; 8_000], Vec::new());
    G722Encoder::default().encode(&sound, &mut bytes);
    G722Decoder::default().decode(&bytes, &mut heard);
    let delay = 22; // of the two filters
    let pairs = || sound[2_000..15_000].iter().zip(&heard[2_000 + delay..]);
    let noise: f64 = pairs().map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    let signal: f64 = pairs().map(|(a, _)| f64::from(*a).powi(2)).sum();
    let ratio_db = 10.0 * (signal / noise).log10();
    assert!(ratio_db > 20.0, "{ratio_db} dB");
}

#[test]
fn the_loudest_sound_saturates_and_silence_is_silent() {
    let loud: Vec<i16> =
        (0..3_200).map(|n| if n / 8 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    let (mut bytes, mut heard) = (vec![0; 1_600], Vec::new());
    G722Encoder::default().encode(&loud, &mut bytes);
    G722Decoder::default().decode(&bytes, &mut heard);
    assert!(heard[1_000..].iter().any(|sample| *sample > 25_000));
    let (mut bytes, mut heard) = (vec![0; 1_600], Vec::new());
    G722Encoder::default().encode(&[0; 3_200], &mut bytes);
    G722Decoder::default().decode(&bytes, &mut heard);
    assert!(heard.iter().all(|sample| sample.abs() < 4));
}

#[test]
#[ignore = "a measurement: cargo test --release what_g722_costs -- --ignored --nocapture"]
fn what_g722_costs() {
    let (sound, mut bytes, mut heard) = (tones(), vec![0; 8_000], Vec::new());
    let began = std::time::Instant::now();
    (0..50).for_each(|_| _ = G722Encoder::default().encode(&sound, &mut bytes));
    let encoded = began.elapsed();
    (0..50).for_each(|_| {
        heard.clear();
        G722Decoder::default().decode(&bytes, &mut heard);
    });
    let decoded = began.elapsed() - encoded;
    let per_packet = |time: std::time::Duration| time.as_secs_f64() * 1e6 / 2_500.0;
    println!("{:.1} µs to encode 20 ms, {:.1} to decode", per_packet(encoded), per_packet(decoded));
}
