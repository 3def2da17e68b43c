//! From packets as they come to sound at a steady pace: order, delay, loss, and two clocks that differ.
//!
//! Each packet that arrives is early by some *slack*: how long its first sample still has to wait. The largest slack
//! of the last seconds is the delay that the fastest packets have, and how far the smallest is below it is the spread
//! of the network. The buffer keeps the largest slack near the spread plus 30 ms, within 40 to 120 ms, by leaving out
//! or repeating a pitch period now and then. A drift between the clocks moves the slack like anything else, so it
//! needs no estimate of its own.
//!
//! It speaks at one rate, whatever the codecs of the packets are. Counts are samples of that rate.

use std::collections::VecDeque;

use crate::clock::{Micros, MILLISECOND, SECOND};
use crate::codec::{Codec, Decoder};
use crate::comfort_noise::ComfortNoise;
use crate::concealment::{best_lag, blend, narrow, Concealment, LONGEST_PERIOD};
use crate::opus::SILENCE_BYTES;
use crate::rtp::Packet;

/// Sound is taken so much at a time.
pub const FRAME_MS: u32 = 20;
const NARROW_HZ: u32 = 8_000;

const LEAST_DELAY_MS: i64 = 40;
const MOST_DELAY_MS: i64 = 120;
/// Above the spread: one frame, because sound is taken a frame at a time, and 10 ms.
const MARGIN_MS: i64 = 30;
/// So far the delay may be from where it should be.
const TOLERANCE_MS: i64 = 10;
/// A gap of one packet is concealed in one piece.
const LONGEST_REPAIR_MS: i64 = 60;
/// The slack is looked at over two of these.
const WINDOW: Micros = 2 * SECOND;
/// So that sound is never seen to hurry.
const BETWEEN_CORRECTIONS: Micros = 100 * MILLISECOND;
/// The two stretches of sound that a correction joins fade over 10 ms; in samples of 1/8000 s.
const JOINT: usize = 80;
/// A sender whose timestamps stood still or jumped: begin anew.
const LATEST_MS: i64 = -500;
const EARLIEST_MS: i64 = 1_000;
const MOST_LATE_IN_A_ROW: u32 = 5;
const MOST_WAITING: usize = 64;

/// How many samples are 20 ms.
pub fn frame_of(rate_hz: u32) -> usize {
    (rate_hz / 1000 * FRAME_MS) as usize
}

enum Piece {
    Sound(Codec, Vec<u8>),
    /// From here on there is silence of a kind.
    Noise(ComfortNoise),
}

struct Waiting {
    start: i64,
    piece: Piece,
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
    rate_hz: u32,
    /// Of the timestamps in the current stream.
    clock_hz: u32,
    decoder: Option<Decoder>,
    /// The peer says that it is silent, and how that sounds.
    silence: Option<ComfortNoise>,
    /// The peer's codec has said that it sends nothing for now.
    is_quiet: bool,
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
    pub fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            clock_hz: 0,
            decoder: None,
            silence: None,
            is_quiet: false,
            concealment: Concealment::new((rate_hz / NARROW_HZ) as usize),
            waiting: VecDeque::new(),
            ready: Vec::with_capacity(4 * frame_of(rate_hz)),
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

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// One packet of sound, at the moment when it came.
    pub fn push(&mut self, packet: &Packet, codec: Codec, payload: &[u8], now: Micros) {
        self.place(packet, codec.clock_hz(), Piece::Sound(codec, payload.to_vec()), now);
    }

    /// One packet of comfort noise (RFC 3389): until the next sound, silence of that kind is no loss.
    pub fn push_noise(&mut self, packet: &Packet, payload: &[u8], now: Micros) {
        if let Some(noise) = ComfortNoise::parse(payload) {
            self.place(packet, NARROW_HZ, Piece::Noise(noise), now);
        }
    }

    fn place(&mut self, packet: &Packet, clock_hz: u32, piece: Piece, now: Micros) {
        if packet.ssrc != self.ssrc || clock_hz != self.clock_hz {
            (self.ssrc, self.clock_hz) = (packet.ssrc, clock_hz);
            self.restart();
        }
        let mut start = self.unwrap(packet.timestamp);
        if let Some(slack) = self.slack_of(start, now) {
            if !(self.samples(LATEST_MS)..=self.samples(EARLIEST_MS)).contains(&slack)
                || self.late_in_a_row >= MOST_LATE_IN_A_ROW
            {
                self.restart();
                start = self.unwrap(packet.timestamp);
            } else {
                self.note(slack, now);
            }
        }
        if self.position.is_none() && self.waiting.is_empty() {
            self.begin_at = now + LEAST_DELAY_MS as u64 * MILLISECOND;
        }
        let edge = self.position.map(|position| position + self.ready.len() as i64);
        if edge.is_some_and(|edge| start < edge) {
            self.repairs.late += 1;
            self.late_in_a_row += 1;
            return;
        }
        self.late_in_a_row = 0;
        self.insert(Waiting { start, piece });
    }

    /// The next 20 ms, which is the length of `out`; silence before there is any sound.
    pub fn pull(&mut self, out: &mut [i16], now: Micros) {
        if self.position.is_none() && !self.begin(now) {
            self.concealment.conceal(out);
            return;
        }
        self.pulled_at = now;
        let correction = self.correction(now);
        if correction < 0 && self.leave_out(out, now) || correction > 0 && self.repeat(out, now) {
            return;
        }
        let frame = out.len();
        self.fill(frame);
        out.copy_from_slice(&self.ready[..frame]);
        self.consume(frame);
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

    fn samples(&self, milliseconds: i64) -> i64 {
        milliseconds * i64::from(self.rate_hz) / 1000
    }

    fn scale(&self) -> usize {
        (self.rate_hz / NARROW_HZ) as usize
    }

    /// Where a packet's sound begins. Timestamps are unwrapped as they are, so that no rounding adds up.
    fn unwrap(&mut self, timestamp: u32) -> i64 {
        let ticks = match self.last_timestamp {
            Some((last, ticks)) => ticks + i64::from(timestamp.wrapping_sub(last) as i32),
            None => i64::from(timestamp),
        };
        self.last_timestamp = Some((timestamp, ticks));
        ticks * i64::from(self.rate_hz) / i64::from(self.clock_hz)
    }

    fn slack_of(&self, start: i64, now: Micros) -> Option<i64> {
        let elapsed = now.saturating_sub(self.pulled_at);
        let since = (elapsed * u64::from(self.rate_hz) / SECOND) as i64;
        let frame = self.samples(i64::from(FRAME_MS));
        self.position.map(|position| start - (position - frame + since))
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
        let wanted = seen.most - seen.least + self.samples(MARGIN_MS);
        let wanted = wanted.clamp(self.samples(LEAST_DELAY_MS), self.samples(MOST_DELAY_MS));
        let missing = wanted - seen.most;
        if missing.abs() > self.samples(TOLERANCE_MS) {
            missing
        } else {
            0
        }
    }

    /// Leaves out one period. False when there is not enough sound to do it well.
    fn leave_out(&mut self, out: &mut [i16], now: Micros) -> bool {
        let joint = self.scale() * JOINT;
        if !self.decode(out.len() + self.scale() * LONGEST_PERIOD) {
            return false;
        }
        let lag = self.period();
        let sound = &self.ready;
        for (at, sample) in out.iter_mut().enumerate() {
            let later = sound[at + lag];
            *sample = if at < joint { blend(sound[at], later, at + 1, joint + 1) } else { later };
        }
        self.consume(out.len() + lag);
        self.repairs.left_out += lag as u64;
        self.corrected(-(lag as i64), now);
        true
    }

    /// Says one period twice. False when there is not enough sound to do it well.
    fn repeat(&mut self, out: &mut [i16], now: Micros) -> bool {
        let joint = self.scale() * JOINT;
        if !self.decode(self.scale() * (LONGEST_PERIOD + JOINT)) {
            return false;
        }
        let lag = self.period();
        let sound = &self.ready;
        for (at, sample) in out.iter_mut().enumerate() {
            *sample = match at.checked_sub(lag) {
                None => sound[at],
                Some(again) if again < joint => {
                    blend(sound[at], sound[again], again + 1, joint + 1)
                }
                Some(again) => sound[again],
            };
        }
        self.consume(out.len() - lag);
        self.repairs.repeated += lag as u64;
        self.corrected(lag as i64, now);
        true
    }

    /// Of the sound that comes next.
    fn period(&self) -> usize {
        let scale = self.scale();
        let sound = narrow(&self.ready[..scale * (LONGEST_PERIOD + JOINT)], scale);
        scale * best_lag(|lag| (&sound[..JOINT], &sound[lag..lag + JOINT]))
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
        let (codec, payload) = match &packet.piece {
            Piece::Sound(codec, payload) => (*codec, payload),
            Piece::Noise(noise) => {
                self.silence = Some(noise.clone());
                return;
            }
        };
        self.silence = None;
        self.is_quiet = codec == Codec::Opus && payload.len() <= SILENCE_BYTES;
        let decoder = self.decoder.take_if(|decoder| decoder.codec() == codec);
        let decoder =
            self.decoder.insert(decoder.unwrap_or_else(|| Decoder::new(codec, self.rate_hz)));
        let before = self.ready.len();
        decoder.decode(payload, &mut self.ready);
        let heard_already = ((edge - packet.start) as usize).min(self.ready.len() - before);
        self.ready.drain(before..before + heard_already);
        self.concealment.heard(&mut self.ready[before..]);
    }

    /// Makes so many samples ready; gaps are concealed.
    fn fill(&mut self, count: usize) {
        while !self.decode(count) {
            let edge = self.edge();
            let gap = self.waiting.front().map_or(count as i64, |next| next.start - edge);
            let mut missing = (count - self.ready.len()).min(gap as usize);
            if gap <= self.samples(LONGEST_REPAIR_MS) && !self.waiting.is_empty() {
                missing = gap as usize; // whole, so that the next packet's redundancy fits
            }
            if let Some(noise) = &mut self.silence {
                let from = self.ready.len();
                self.ready.resize(from + missing, 0);
                noise.fill(&mut self.ready[from..]);
                continue;
            }
            self.conceal(missing, missing as i64 == gap);
            if !self.is_quiet {
                self.repairs.concealed += missing as u64;
            }
        }
    }

    /// By the codec's own means if it has some, else by repeating what was heard.
    fn conceal(&mut self, missing: usize, next_follows: bool) {
        let next = self.waiting.front().filter(|_| next_follows).map(|next| &next.piece);
        let codec = self.decoder.as_ref().map(Decoder::codec);
        let next = match next {
            Some(Piece::Sound(its, payload)) if Some(*its) == codec => Some(&payload[..]),
            _ => None,
        };
        let from = self.ready.len();
        let decoder = self.decoder.as_mut();
        if decoder.is_some_and(|decoder| decoder.conceal(missing, next, &mut self.ready)) {
            self.concealment.heard(&mut self.ready[from..]);
        }
        let done = self.ready.len() - from;
        self.ready.resize(from + missing, 0);
        if done < missing {
            self.concealment.conceal(&mut self.ready[from + done..]);
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
