//! Sounds that are played while they are still made: what a speech engine says, piece by piece.

use std::sync::Arc;

use crate::resampler::Pieces;
use crate::sounds::{linear_of, Sound, NARROW_HZ};

/// Half an hour: a speaker that never ends is refused, not fed.
const MOST_SAMPLES: usize = 1800 * NARROW_HZ as usize;

#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    HalfASample,
    TooLong,
}

/// The one who adds to a sound; legs that play it only look.
pub struct Growth {
    sound: Arc<Sound>,
    to_kept: Pieces,
    /// Of those samples, in 1/8000 s.
    scale: usize,
    grown: usize,
}

impl Growth {
    /// Pieces come at one rate, of which no more than another is kept, both in Hz.
    pub fn new(rate_hz: u32, most_hz: u32) -> Self {
        let own_hz = rate_hz.min(most_hz);
        Self {
            sound: Arc::new(Sound::growing(own_hz, most_hz)),
            to_kept: Pieces::between(rate_hz, own_hz),
            scale: (own_hz / NARROW_HZ) as usize,
            grown: 0,
        }
    }

    pub fn sound(&self) -> Arc<Sound> {
        self.sound.clone()
    }

    /// Adds 16-bit little-endian mono samples.
    pub fn push(&mut self, samples: &[u8]) -> Result<(), Refused> {
        let samples = linear_of(samples).ok_or(Refused::HalfASample)?;
        if self.grown + samples.len() > MOST_SAMPLES {
            return Err(Refused::TooLong);
        }
        self.add(|pieces, out| pieces.push(&samples, out));
        Ok(())
    }

    /// It was spoken to its end, or will never be.
    pub fn end(mut self) {
        self.add(Pieces::finish);
        self.sound.end();
    }

    fn add(&mut self, pass: impl Fn(&mut Pieces, &mut Vec<i16>)) {
        let mut more = Vec::new();
        pass(&mut self.to_kept, &mut more);
        self.grown += more.len() / self.scale;
        self.sound.grow(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;
    use crate::g711::ulaw_from_linear;
    use crate::resampler::Resampler;
    use crate::sounds::Playlist;

    fn bytes(values: std::ops::Range<i16>) -> Vec<u8> {
        values.flat_map(|n| (n * 100).to_le_bytes()).collect()
    }

    fn ulaw(values: std::ops::Range<i16>) -> Vec<u8> {
        values.map(|n| ulaw_from_linear(n * 100)).collect()
    }

    #[test]
    fn what_comes_late_is_silence_that_is_counted() {
        let mut growth = Growth::new(8_000, 8_000);
        let after = Arc::new(Sound::of(vec![500; 2]));
        let mut playlist = Playlist::new(1, vec![growth.sound(), after], false, 0);
        let mut out = [0; 4];
        growth.push(&bytes(0..6)).expect("whole samples");
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!((out.to_vec(), playlist.take_starved()), (ulaw(0..4), 0));
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), [ulaw(4..6), vec![0xFF; 2]].concat());
        assert_eq!(playlist.take_starved(), 2);
        growth.push(&bytes(6..9)).expect("whole samples");
        growth.end();
        playlist.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), [ulaw(6..9), ulaw(5..6)].concat(), "nothing was skipped");
        playlist.fill(Codec::Pcmu, &mut out);
        assert!(playlist.is_over());
        assert_eq!(playlist.take_starved(), 0, "an end is not late");
    }

    #[test]
    fn it_is_over_when_the_end_is_told_after_all_was_played() {
        let mut growth = Growth::new(8_000, 8_000);
        growth.push(&bytes(0..4)).expect("whole samples");
        let mut playlist = Playlist::new(1, vec![growth.sound()], false, 0);
        playlist.fill(Codec::Pcmu, &mut [0; 4]);
        assert!(!playlist.is_over());
        growth.end();
        playlist.fill_linear(1, &mut Vec::new());
        assert!(playlist.is_over());
        assert_eq!(playlist.take_starved(), 0);
    }

    #[test]
    fn in_pieces_it_is_the_same_as_at_once() {
        let samples: Vec<u8> =
            (0..4_000i32).flat_map(|n| ((n * 37 % 9_000) as i16).to_le_bytes()).collect();
        for (rate_hz, kept_hz) in [(16_000, 16_000), (8_000, 16_000), (16_000, 8_000)] {
            let mut growth = Growth::new(rate_hz, kept_hz);
            let grown = growth.sound();
            samples.chunks(502).for_each(|piece| growth.push(piece).expect("whole samples"));
            growth.end();
            let whole = Arc::new(Sound::decode(&samples, rate_hz, kept_hz).expect("whole samples"));
            let played = [grown, whole].map(|sound| {
                let mut linear = Vec::new();
                let mut encoded = [0; 1_000];
                Playlist::new(1, vec![sound.clone()], false, 0).fill_linear(100, &mut linear);
                Playlist::new(1, vec![sound], false, 0).fill(Codec::Pcma, &mut encoded);
                (linear, encoded)
            });
            assert!(played[0] == played[1], "{rate_hz} kept at {kept_hz}");
        }
    }

    #[test]
    fn at_twice_its_rate_it_waits_for_what_its_last_samples_are_made_of() {
        let samples: Vec<i16> = (0..320i32).map(|n| (n * 37 % 9_000) as i16).collect();
        let mut growth = Growth::new(8_000, 16_000);
        let mut playlist = Playlist::new(1, vec![growth.sound()], false, 0);
        let mut heard = Vec::<i16>::new();
        for (piece, missing) in samples.chunks(160).zip([12, 0]) {
            let bytes: Vec<u8> = piece.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            growth.push(&bytes).expect("whole samples");
            let mut frame = Vec::new();
            playlist.fill_linear(20, &mut frame);
            assert_eq!(playlist.take_starved(), missing);
            heard.extend(&frame[..320 - 2 * missing as usize]);
        }
        assert!(heard == Resampler::whole(&samples, 8_000, 16_000)[..616]);
    }

    #[test]
    fn who_comes_later_hears_it_from_its_beginning_and_moves_within_what_there_is() {
        let mut growth = Growth::new(8_000, 8_000);
        growth.push(&bytes(0..16)).expect("whole samples");
        let mut out = [0; 4];
        Playlist::new(1, vec![growth.sound()], false, 0).fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw(0..4));
        let mut ahead = Playlist::new(2, vec![growth.sound()], false, 60_000);
        ahead.fill(Codec::Pcmu, &mut out);
        assert_eq!((out, ahead.is_over()), ([0xFF; 4], false));
        growth.push(&bytes(16..20)).expect("whole samples");
        ahead.fill(Codec::Pcmu, &mut out);
        assert_eq!(out.to_vec(), ulaw(16..20));
    }

    #[test]
    fn nothing_at_all_is_over_even_in_a_loop() {
        let growth = Growth::new(8_000, 8_000);
        let mut playlist = Playlist::new(1, vec![growth.sound()], true, 0);
        playlist.fill(Codec::Pcmu, &mut [0; 4]);
        assert!(!playlist.is_over());
        growth.end();
        playlist.fill(Codec::Pcmu, &mut [0; 4]);
        assert!(playlist.is_over());
    }

    #[test]
    fn half_a_sample_and_what_never_ends_are_refused() {
        let mut growth = Growth::new(8_000, 8_000);
        assert_eq!(growth.push(&[1]), Err(Refused::HalfASample));
        assert_eq!(growth.push(&vec![0; 2 * MOST_SAMPLES + 2]), Err(Refused::TooLong));
    }
}
