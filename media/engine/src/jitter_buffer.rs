//! From packets as they come to sound at a steady pace: order, delay, loss, and two clocks that differ.
//!
//! Each packet that arrives is early by some *slack*: how long its first sample still has to wait. The largest slack
//! of the last seconds is the delay that the fastest packets have, and how far the smallest is below it is the spread
//! of the network. The buffer keeps the largest slack near the spread plus 30 ms, within 40 to 120 ms, by leaving out
//! or repeating a pitch period now and then. A drift between the clocks moves the slack like anything else, so it
//! needs no estimate of its own.
//!
//! All counts are samples of 1/8000 s.

use std::collections::VecDeque;

use crate::clock::{Micros, MILLISECOND, SECOND};
use crate::codec::{Codec, Decoder};
use crate::concealment::{best_lag, blend, Concealment, LONGEST_PERIOD};
use crate::rtp::Packet;

/// 20 ms.
pub const FRAME: usize = 160;
pub type Frame = [i16; FRAME];

const MICROS_PER_SAMPLE: u64 = 125;
const LEAST_DELAY: i64 = 320;
const MOST_DELAY: i64 = 960;
/// Above the spread: one frame, because sound is taken a frame at a time, and 10 ms.
const MARGIN: i64 = 240;
/// So far the delay may be from where it should be.
const TOLERANCE: i64 = 80;
/// The slack is looked at over two of these.
const WINDOW: Micros = 2 * SECOND;
/// So that sound is never seen to hurry.
const BETWEEN_CORRECTIONS: Micros = 100 * MILLISECOND;
/// The two stretches of sound that a correction joins fade over 10 ms.
const JOINT: usize = 80;
/// A sender whose timestamps stood still or jumped: begin anew.
const LATEST: i64 = -4_000;
const EARLIEST: i64 = 8_000;
const MOST_LATE_IN_A_ROW: u32 = 5;
const MOST_WAITING: usize = 64;

struct Waiting {
    start: i64,
    codec: Codec,
    payload: Vec<u8>,
}

/// The largest and the smallest slack of some seconds.
#[derive(Clone, Copy)]
struct Slack {
    most: i64,
    least: i64,
}

const NO_SLACK: Slack = Slack { most: i64::MIN, least: i64::MAX };

impl Slack {
    fn include(&mut self, other: Self) {
        self.most = self.most.max(other.most);
        self.least = self.least.min(other.least);
    }

    fn shift(&mut self, by: i64) {
        if self.least <= self.most {
            self.most += by;
            self.least += by;
        }
    }
}

/// What happened to the sound so far, in samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    pub concealed: u64,
    pub left_out: u64,
    pub repeated: u64,
    /// Packets that came after their turn.
    pub late: u64,
}

pub struct JitterBuffer {
    decoder: Decoder,
    concealment: Concealment,
    /// By their start, which is the timestamp, unwrapped.
    waiting: VecDeque<Waiting>,
    /// Decoded; the first sample belongs to `position`.
    ready: Vec<i16>,
    ssrc: u32,
    last_timestamp: Option<(u32, i64)>,
    /// What the next frame begins with; `None` until sound has begun.
    position: Option<i64>,
    begin_at: Micros,
    pulled_at: Micros,
    recent: Slack,
    earlier: Slack,
    window_ends: Micros,
    corrected_at: Micros,
    late_in_a_row: u32,
    repairs: Repairs,
}

impl JitterBuffer {
    pub fn new() -> Self {
        Self {
            decoder: Decoder::new(Codec::Pcmu),
            concealment: Concealment::default(),
            waiting: VecDeque::new(),
            ready: Vec::with_capacity(4 * FRAME),
            ssrc: 0,
            last_timestamp: None,
            position: None,
            begin_at: 0,
            pulled_at: 0,
            recent: NO_SLACK,
            earlier: NO_SLACK,
            window_ends: 0,
            corrected_at: 0,
            late_in_a_row: 0,
            repairs: Repairs::default(),
        }
    }

    pub fn repairs(&self) -> Repairs {
        self.repairs
    }

    /// One packet of sound, at the moment when it came.
    pub fn push(&mut self, packet: &Packet, codec: Codec, payload: &[u8], now: Micros) {
        if packet.ssrc != self.ssrc {
            self.ssrc = packet.ssrc;
            self.restart();
        }
        let mut start = self.unwrap(packet.timestamp);
        if let Some(slack) = self.slack_of(start, now) {
            if !(LATEST..=EARLIEST).contains(&slack) || self.late_in_a_row >= MOST_LATE_IN_A_ROW {
                self.restart();
                start = self.unwrap(packet.timestamp);
            } else {
                self.note(slack, now);
            }
        }
        if self.position.is_none() && self.waiting.is_empty() {
            self.begin_at = now + LEAST_DELAY as u64 * MICROS_PER_SAMPLE;
        }
        let edge = self.position.map(|position| position + self.ready.len() as i64);
        if edge.is_some_and(|edge| start < edge) {
            self.repairs.late += 1;
            self.late_in_a_row += 1;
            return;
        }
        self.late_in_a_row = 0;
        self.insert(Waiting { start, codec, payload: payload.to_vec() });
    }

    /// The next 20 ms; silence before there is any sound.
    pub fn pull(&mut self, out: &mut Frame, now: Micros) {
        if self.position.is_none() && !self.begin(now) {
            self.concealment.conceal(out);
            return;
        }
        self.pulled_at = now;
        let correction = self.correction(now);
        if correction < 0 && self.leave_out(out, now) || correction > 0 && self.repeat(out, now) {
            return;
        }
        self.fill(FRAME);
        out.copy_from_slice(&self.ready[..FRAME]);
        self.consume(FRAME);
    }

    fn begin(&mut self, now: Micros) -> bool {
        let Some(first) = self.waiting.front().filter(|_| now >= self.begin_at) else {
            return false;
        };
        self.position = Some(first.start);
        self.corrected_at = now;
        self.window_ends = now + WINDOW;
        true
    }

    /// Forgets the stream's time, not its sound: what was heard last still covers the joint.
    fn restart(&mut self) {
        self.waiting.clear();
        self.ready.clear();
        self.last_timestamp = None;
        self.position = None;
        self.recent = NO_SLACK;
        self.earlier = NO_SLACK;
        self.late_in_a_row = 0;
    }

    fn unwrap(&mut self, timestamp: u32) -> i64 {
        let start = match self.last_timestamp {
            Some((last, start)) => start + i64::from(timestamp.wrapping_sub(last) as i32),
            None => i64::from(timestamp),
        };
        self.last_timestamp = Some((timestamp, start));
        start
    }

    fn slack_of(&self, start: i64, now: Micros) -> Option<i64> {
        let since = (now.saturating_sub(self.pulled_at) / MICROS_PER_SAMPLE) as i64;
        self.position.map(|position| start - (position - FRAME as i64 + since))
    }

    fn note(&mut self, slack: i64, now: Micros) {
        if now >= self.window_ends {
            self.window_ends = now + WINDOW;
            self.earlier = self.recent;
            self.recent = NO_SLACK;
        }
        self.recent.include(Slack { most: slack, least: slack });
    }

    /// Below zero when sound has to be left out, above when it has to be drawn out.
    fn correction(&mut self, now: Micros) -> i64 {
        let mut seen = self.recent;
        seen.include(self.earlier);
        if seen.least > seen.most || now < self.corrected_at + BETWEEN_CORRECTIONS {
            return 0;
        }
        let wanted = (seen.most - seen.least + MARGIN).clamp(LEAST_DELAY, MOST_DELAY);
        let missing = wanted - seen.most;
        if missing.abs() > TOLERANCE {
            missing
        } else {
            0
        }
    }

    /// Leaves out one period. False when there is not enough sound to do it well.
    fn leave_out(&mut self, out: &mut Frame, now: Micros) -> bool {
        if !self.decode(FRAME + LONGEST_PERIOD) {
            return false;
        }
        let sound = &self.ready;
        let lag = best_lag(|lag| (&sound[..JOINT], &sound[lag..lag + JOINT]));
        for (at, sample) in out.iter_mut().enumerate() {
            let later = sound[at + lag];
            *sample = if at < JOINT { blend(sound[at], later, at + 1, JOINT + 1) } else { later };
        }
        self.consume(FRAME + lag);
        self.repairs.left_out += lag as u64;
        self.corrected(-(lag as i64), now);
        true
    }

    /// Says one period twice. False when there is not enough sound to do it well.
    fn repeat(&mut self, out: &mut Frame, now: Micros) -> bool {
        if !self.decode(LONGEST_PERIOD + JOINT) {
            return false;
        }
        let sound = &self.ready;
        let lag = best_lag(|lag| (&sound[..JOINT], &sound[lag..lag + JOINT]));
        for (at, sample) in out.iter_mut().enumerate() {
            *sample = match at.checked_sub(lag) {
                None => sound[at],
                Some(again) if again < JOINT => {
                    blend(sound[at], sound[again], again + 1, JOINT + 1)
                }
                Some(again) => sound[again],
            };
        }
        self.consume(FRAME - lag);
        self.repairs.repeated += lag as u64;
        self.corrected(lag as i64, now);
        true
    }

    fn corrected(&mut self, slack_grows_by: i64, now: Micros) {
        self.recent.shift(slack_grows_by);
        self.earlier.shift(slack_grows_by);
        self.corrected_at = now;
    }

    fn consume(&mut self, count: usize) {
        self.ready.drain(..count);
        if let Some(position) = &mut self.position {
            *position += count as i64;
        }
    }

    fn insert(&mut self, packet: Waiting) {
        let at = self.waiting.partition_point(|other| other.start < packet.start);
        if self.waiting.get(at).is_some_and(|other| other.start == packet.start) {
            return; // doubled on the way
        }
        self.waiting.insert(at, packet);
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
    }

    /// Decodes what follows without a gap. True when so many samples are ready.
    fn decode(&mut self, count: usize) -> bool {
        while self.ready.len() < count {
            let edge = self.edge();
            match self.waiting.pop_front() {
                Some(packet) if packet.start <= edge => self.append(&packet, edge),
                Some(packet) => {
                    self.waiting.push_front(packet);
                    return false;
                }
                None => return false,
            }
        }
        true
    }

    fn append(&mut self, packet: &Waiting, edge: i64) {
        if packet.codec != self.decoder.codec() {
            self.decoder = Decoder::new(packet.codec);
        }
        let before = self.ready.len();
        self.decoder.decode(&packet.payload, &mut self.ready);
        let heard_already = ((edge - packet.start) as usize).min(self.ready.len() - before);
        self.ready.drain(before..before + heard_already);
        self.concealment.heard(&mut self.ready[before..]);
    }

    /// Makes so many samples ready; gaps are concealed.
    fn fill(&mut self, count: usize) {
        while !self.decode(count) {
            let edge = self.edge();
            let gap = self.waiting.front().map_or(count as i64, |next| next.start - edge);
            let missing = (count - self.ready.len()).min(gap as usize);
            let from = self.ready.len();
            self.ready.resize(from + missing, 0);
            self.concealment.conceal(&mut self.ready[from..]);
            self.repairs.concealed += missing as u64;
        }
    }

    /// The timestamp after the last decoded sample.
    fn edge(&self) -> i64 {
        self.position.unwrap_or(0) + self.ready.len() as i64
    }
}

#[cfg(test)]
#[path = "jitter_buffer_tests.rs"]
mod tests;
