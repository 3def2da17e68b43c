//! Two parties' packets as one stereo sound: the caller left, the agent right. No file, no clock.
//!
//! Each side goes through a jitter buffer of its own, in the packets' own time, so that order, losses and clocks that
//! differ are made good as they would be for an ear, and both sides stay together for hours.

use std::collections::VecDeque;

use crate::clock::{Micros, MILLISECOND};
use crate::codec::Codec;
pub use crate::jitter_buffer::frame_of;
use crate::jitter_buffer::JitterBuffer;
use crate::rtp::Packet;
use crate::wav::Shape;

const FRAME_TIME: Micros = 20 * MILLISECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    /// A guest whom both hear: beside each of them.
    Both,
    /// A guest whom the right side alone hears: beside that.
    BesideRight,
}

/// One packet of sound that a leg received.
pub struct Taken {
    pub side: Side,
    pub packet: Packet,
    pub codec: Codec,
    pub payload: Vec<u8>,
    pub at: Micros,
}

pub struct Recording {
    shape: Shape,
    sides: [JitterBuffer; 2],
    /// A third who speaks, as long as somebody does.
    guest: Option<Box<JitterBuffer>>,
    /// On which sides.
    guest_in: [bool; 2],
    waiting: VecDeque<Taken>,
    /// Up to when it is written.
    reached: Micros,
}

impl Recording {
    /// Of one channel the left side alone is in it.
    pub fn begin(now: Micros, shape: Shape) -> Self {
        Self {
            shape,
            sides: [JitterBuffer::new(shape.rate_hz), JitterBuffer::new(shape.rate_hz)],
            guest: None,
            guest_in: [false; 2],
            waiting: VecDeque::new(),
            reached: now,
        }
    }

    /// Packets in the order in which they came.
    pub fn take(&mut self, packets: impl IntoIterator<Item = Taken>) {
        self.waiting.extend(packets);
    }

    /// 20 ms of one side, in samples.
    fn frame(&self) -> usize {
        frame_of(self.shape.rate_hz)
    }

    fn buffer_of(&mut self, side: Side) -> &mut JitterBuffer {
        match side {
            Side::Left => &mut self.sides[0],
            Side::Right => &mut self.sides[1],
            Side::Both | Side::BesideRight => {
                self.guest_in = [side == Side::Both, true];
                let rate_hz = self.shape.rate_hz;
                self.guest.get_or_insert_with(|| Box::new(JitterBuffer::new(rate_hz)))
            }
        }
    }

    fn add_guest(&mut self, left: &mut [i16], right: &mut [i16]) {
        let Some(guest) = &mut self.guest else {
            return;
        };
        let mut said = vec![0; left.len()];
        guest.pull(&mut said, self.reached);
        for (side, _) in [left, right].into_iter().zip(self.guest_in).filter(|(_, is_in)| *is_in) {
            side.iter_mut()
                .zip(&said)
                .for_each(|(sample, more)| *sample = sample.saturating_add(*more));
        }
    }

    /// Appends all whole frames up to `until`, of stereo left and right in turn; where nothing was said, silence.
    pub fn advance(&mut self, until: Micros, out: &mut Vec<i16>) {
        let (mut left, mut right) = (vec![0; self.frame()], vec![0; self.frame()]);
        while self.reached + FRAME_TIME <= until {
            self.reached += FRAME_TIME;
            while self.waiting.front().is_some_and(|taken| taken.at <= self.reached) {
                if let Some(taken) = self.waiting.pop_front() {
                    let buffer = self.buffer_of(taken.side);
                    buffer.push(&taken.packet, taken.codec, &taken.payload, taken.at);
                }
            }
            self.sides[0].pull(&mut left, self.reached);
            self.sides[1].pull(&mut right, self.reached);
            self.add_guest(&mut left, &mut right);
            if self.shape.channels == 1 {
                out.extend(&left);
            } else {
                out.extend(left.iter().zip(&right).flat_map(|(left, right)| [*left, *right]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Encoder;
    use crate::g711::ulaw_from_linear;
    use crate::opus::OpusOptions;
    use crate::wav::tests::STEREO;

    const FRAME: usize = 160;

    fn taken(side: Side, index: u64, code: u8) -> Taken {
        let packet = Packet {
            payload_type: 0,
            marker: false,
            sequence: index as u16,
            timestamp: index as u32 * 160,
            ssrc: 1,
            payload: 12..172,
        };
        let (codec, payload) = (Codec::Pcmu, vec![code; 160]);
        Taken { side, packet, codec, payload, at: index * FRAME_TIME }
    }

    #[test]
    fn the_caller_is_left_and_the_agent_right_at_the_same_time() {
        let mut recording = Recording::begin(0, STEREO);
        for index in 0..50 {
            recording.take([taken(Side::Left, index, 0x80)]);
            if (20..30).contains(&index) {
                recording.take([taken(Side::Right, index, 0x00)]);
            }
        }
        let mut out = Vec::new();
        recording.advance(51 * FRAME_TIME, &mut out);
        assert_eq!(out.len(), 51 * 320);
        let left: Vec<i16> = out.iter().step_by(2).copied().collect();
        let right: Vec<i16> = out.iter().skip(1).step_by(2).copied().collect();
        let begins = |side: &[i16]| side.iter().position(|sample| sample.abs() > 30_000);
        assert!(begins(&left) <= Some(480));
        let offset = begins(&right).expect("is heard") - begins(&left).expect("is heard");
        assert!((3_200..=3_360).contains(&offset), "{offset} is 20 packets");
        assert!(left[480..7_900].iter().all(|sample| *sample == 32_124));
        assert!(right[6_400..].iter().all(|sample| *sample == 0), "silence after the last word");
    }

    #[test]
    fn a_guest_is_on_the_side_of_whoever_hears_them() {
        let mut recording = Recording::begin(0, STEREO);
        for index in 0..150 {
            recording.take([taken(Side::Left, index, 0x80)]); // 32 124
            let guest = if index < 75 { Side::BesideRight } else { Side::Both };
            recording.take([taken(guest, index, 0x10)]); // -15 996
        }
        let mut out = Vec::new();
        recording.advance(150 * FRAME_TIME, &mut out);
        let at = |frame: usize| [out[frame * 320], out[frame * 320 + 1]];
        assert_eq!(at(60), [32_124, -15_996], "the right side alone hears them");
        assert_eq!(at(140), [32_124 - 15_996, -15_996], "both do");
    }

    #[test]
    fn one_channel_is_the_left_side_alone() {
        let (mut recording, mut out) =
            (Recording::begin(0, Shape { channels: 1, ..STEREO }), Vec::new());
        for index in 0..50 {
            recording.take([taken(Side::Left, index, 0x80), taken(Side::Right, index, 0x00)]);
        }
        recording.advance(50 * FRAME_TIME, &mut out);
        assert_eq!(out.len(), 50 * FRAME);
        assert!(out[480..7_800].iter().all(|sample| *sample == 32_124));
    }

    #[test]
    fn an_hour_of_silence_is_an_hour_long() {
        let (mut recording, mut total, mut out) = (Recording::begin(7, STEREO), 0, Vec::new());
        for second in 1..=3_600 {
            recording.advance(7 + second * 1_000 * MILLISECOND, &mut out);
            assert!(out.iter().all(|sample| *sample == 0));
            total += out.len();
            out.clear();
        }
        assert_eq!(total, 3_600 * 8_000 * 2);
    }

    #[test]
    fn a_wide_file_holds_both_kinds_of_sound_at_its_own_rate() {
        let wide = Shape { channels: 2, rate_hz: 16_000 };
        let (mut recording, mut encoder) =
            (Recording::begin(0, wide), Encoder::new(Codec::G722, OpusOptions::default(), 16_000));
        for index in 0..100 {
            let sound: Vec<i16> =
                (0..320).map(|at| tone(index * 320 + at, 6_000.0, 16_000.0)).collect();
            let mut payload = vec![0; 160];
            assert_eq!(encoder.encode(&sound, &mut payload), 160);
            let mut wide = taken(Side::Left, index, 0);
            (wide.codec, wide.payload) = (Codec::G722, payload);
            let narrow =
                (0..160).map(|at| ulaw_from_linear(tone(index * 160 + at, 1_000.0, 8_000.0)));
            let mut plain = taken(Side::Right, index, 0);
            plain.payload = narrow.collect();
            recording.take([wide, plain]);
        }
        let mut out = Vec::new();
        recording.advance(101 * FRAME_TIME, &mut out);
        assert_eq!(out.len(), 101 * 640);
        let share = |side: usize, hz: f64| {
            let heard: Vec<f64> =
                out[8_000..56_000].iter().skip(side).step_by(2).map(|s| f64::from(*s)).collect();
            let angle = |at: usize| 2.0 * std::f64::consts::PI * hz * at as f64 / 16_000.0;
            let (re, im) = heard.iter().enumerate().fold((0.0, 0.0), |(re, im), (at, s)| {
                (re + s * angle(at).cos(), im + s * angle(at).sin())
            });
            let energy: f64 = heard.iter().map(|s| s * s).sum();
            2.0 * (re * re + im * im) / heard.len() as f64 / energy
        };
        assert!(share(0, 6_000.0) > 0.9, "what only a wide file can hold: {}", share(0, 6_000.0));
        assert!(share(1, 1_000.0) > 0.9, "a narrow side sounds as it did: {}", share(1, 1_000.0));
    }

    fn tone(at: u64, hz: f64, rate_hz: f64) -> i16 {
        ((2.0 * std::f64::consts::PI * hz * at as f64 / rate_hz).sin() * 8_000.0) as i16
    }
}
