//! One continuous outgoing RTP stream, whatever it is made of.
//!
//! A leg hears prompts, music, another leg and keys in turn. To its phone all of it is one source: the SSRC
//! never changes, the sequence number grows by one per packet, the timestamp counts the codec's clock (8000 or 48000 Hz)
//! without jumping back. A change of what is heard starts a new *run*; a run that starts late (more than a frame after
//! the last one ended) skips the silence between, to the nearest frame, and every run starts with the marker bit
//! (RFC 3551 §4.1).
//!
//! A relayed run keeps the gaps and the reordering of its source, so that the far end sees losses as losses.

use crate::clock::{Micros, MILLISECOND, SECOND};
use crate::long_press::{at_clock, offset_of, LongPress, Segment};
use crate::rtp::{Packet, Stamp};
use crate::telephone_event::TelephoneEvent;

/// Samples in one millisecond of telephone sound.
pub const SAMPLES_PER_MS: u32 = 8;
const FRAME_US: Micros = 20 * MILLISECOND;

/// RFC 3550 A.1: a larger step of the sequence number is a restart, not a loss.
const LARGEST_DROPOUT: i16 = 3000;
const LARGEST_MISORDER: i16 = -100;
/// A timestamp further than this from where the time since the last packet puts it is a restart.
const LARGEST_TIMESTAMP_ERROR: i64 = 2 * SECOND as i64;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Run {
    Nothing,
    Own,
    Relay(Relay),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Relay {
    ssrc: u32,
    sequence_shift: u16,
    timestamp_shift: u32,
    first_sequence: u16,
    last_sequence: u16,
    last_timestamp: u32,
    last_at: Micros,
}

impl Relay {
    fn step(&self, sequence: u16) -> i16 {
        sequence.wrapping_sub(self.last_sequence) as i16
    }

    fn continues(&self, packet: &Packet, clock_hz: u32, now: Micros) -> bool {
        let step = self.step(packet.sequence);
        let ticks = i64::from(packet.timestamp.wrapping_sub(self.last_timestamp) as i32);
        let told = ticks * SECOND as i64 / i64::from(clock_hz);
        let elapsed = now.saturating_sub(self.last_at) as i64;
        packet.ssrc == self.ssrc
            && (LARGEST_MISORDER..=LARGEST_DROPOUT).contains(&step)
            && (told - elapsed).abs() <= LARGEST_TIMESTAMP_ERROR
    }
}

/// The telephone-event that is being passed through.
#[derive(Clone, Copy, Debug)]
struct RelayedKey {
    ssrc: u32,
    timestamp: u32,
    our_timestamp: u32,
    press: LongPress,
}

#[derive(Clone, Debug)]
pub struct Sequencer {
    ssrc: u32,
    clock_hz: u32,
    next_sequence: u16,
    next_timestamp: u32,
    /// When the sound sent so far is over by its timestamps; `None` before the first packet.
    over_at: Option<Micros>,
    /// How far the timestamps of this run are ahead of real time, because it began before the last was over.
    lead: Micros,
    run: Run,
    /// Our own sound was silence that was not sent.
    was_silent: bool,
    key: Option<RelayedKey>,
}

impl Sequencer {
    pub fn new(ssrc: u32, first_sequence: u16, first_timestamp: u32) -> Self {
        Self {
            ssrc,
            clock_hz: 8_000,
            next_sequence: first_sequence,
            next_timestamp: first_timestamp,
            over_at: None,
            lead: 0,
            run: Run::Nothing,
            was_silent: false,
            key: None,
        }
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What timestamps count from now on: the clock of the codec that is sent.
    pub fn set_clock(&mut self, clock_hz: u32) {
        if clock_hz != self.clock_hz {
            self.clock_hz = clock_hz;
            self.run = Run::Nothing;
        }
    }

    pub fn clock_hz(&self) -> u32 {
        self.clock_hz
    }

    pub fn next_sequence(&self) -> u16 {
        self.next_sequence
    }

    pub fn next_timestamp(&self) -> u32 {
        self.next_timestamp
    }

    /// The timestamp that belongs to this instant (for sender reports, RFC 3550 §6.4.1).
    pub fn timestamp_at(&self, now: Micros) -> u32 {
        let Some(over_at) = self.over_at else {
            return self.next_timestamp;
        };
        let ahead = now as i64 - over_at as i64;
        let ticks = ahead * i64::from(self.clock_hz) / SECOND as i64;
        self.next_timestamp.wrapping_add(ticks as u32)
    }

    /// The next packet of our own sound: a prompt or music.
    pub fn own(&mut self, samples: u32, now: Micros) -> Stamp {
        let goes_on = self.go_on(now);
        let marker = !goes_on || std::mem::take(&mut self.was_silent);
        let stamp = self.take(self.next_timestamp, marker);
        self.reach(stamp.timestamp, samples, now + self.lead);
        stamp
    }

    /// A packet of comfort noise in place of our own sound: never a marker, as it begins no talk (RFC 3551 §4.1).
    pub fn own_noise(&mut self, samples: u32, now: Micros) -> Stamp {
        self.go_on(now);
        self.was_silent = true;
        let stamp = self.take(self.next_timestamp, false);
        self.reach(stamp.timestamp, samples, now + self.lead);
        stamp
    }

    /// Our own sound is silence that is not sent: only its time passes.
    pub fn own_silence(&mut self, samples: u32, now: Micros) {
        self.go_on(now);
        self.was_silent = true;
        self.reach(self.next_timestamp, samples, now + self.lead);
    }

    /// Where a key of our own begins; its packets all carry this timestamp (RFC 4733 §2.2.1).
    pub fn begin_key(&mut self, now: Micros) -> u32 {
        self.begin(now);
        self.run = Run::Nothing;
        self.next_timestamp
    }

    /// One packet of our own key that began at `began`: a segment of it, in ticks of the keys' clock. The first has the
    /// marker.
    pub fn own_key(
        &mut self,
        timestamp: u32,
        segment: Segment,
        key_clock_hz: u32,
        began: Micros,
        is_first: bool,
    ) -> Stamp {
        let ticks = |of: u32| at_clock(of, key_clock_hz, self.clock_hz);
        let (offset, lasts) = (ticks(segment.offset), ticks(u32::from(segment.duration)));
        let stamp = self.take(timestamp.wrapping_add(offset), is_first);
        let later = u64::from(segment.offset) * SECOND / u64::from(key_clock_hz.max(1));
        self.reach(stamp.timestamp, lasts, began + later + self.lead);
        stamp
    }

    /// A sound packet of another leg; `None` for one from before this run began.
    pub fn relay(&mut self, packet: &Packet, samples: u32, now: Micros) -> Option<Stamp> {
        match &self.run {
            Run::Relay(run) if run.continues(packet, self.clock_hz, now) => {
                self.relay_on(packet, samples, now)
            }
            _ => Some(self.relay_anew(packet, samples, now)),
        }
    }

    /// A telephone-event packet of another leg, from that side's clock to ours; `fresh` when it starts a key press.
    /// What is longer than an event in our clock can say goes on in segments.
    pub fn relay_key(
        &mut self,
        packet: &Packet,
        event: TelephoneEvent,
        (from_hz, to_hz): (u32, u32),
        fresh: bool,
        now: Micros,
    ) -> Option<(Stamp, TelephoneEvent)> {
        let known = self.key.filter(|key| {
            key.ssrc == packet.ssrc && offset_of(key.timestamp, packet.timestamp).is_some()
        });
        let repeats = known.is_some_and(|key| key.timestamp == packet.timestamp);
        if fresh && (repeats || self.would_step_back(packet)) {
            self.run = Run::Nothing; // a sender that repeats timestamps: its new press needs a new one
        }
        let mut stamp = self.relay(packet, 0, now)?;
        let mut key = known.filter(|_| !fresh).unwrap_or(RelayedKey {
            ssrc: packet.ssrc,
            timestamp: packet.timestamp,
            our_timestamp: stamp.timestamp,
            press: LongPress::default(),
        });
        let begins = offset_of(key.timestamp, packet.timestamp).unwrap_or(0);
        let total = begins.saturating_add(u32::from(event.duration));
        let segment = key.press.tell(at_clock(total, from_hz, to_hz), event.end);
        let offset = at_clock(segment.offset, to_hz, self.clock_hz);
        stamp.timestamp = key.our_timestamp.wrapping_add(offset);
        stamp.marker = fresh;
        self.key = Some(key);
        let lasts = at_clock(u32::from(segment.duration), to_hz, self.clock_hz);
        let end = stamp.timestamp.wrapping_add(lasts);
        if end.wrapping_sub(self.next_timestamp) as i32 > 0 {
            self.next_timestamp = end;
        }
        self.over_at = Some(now + self.lead);
        Some((stamp, TelephoneEvent { duration: segment.duration, ..event }))
    }

    /// A packet of another leg that is not passed on: leaves no gap in the sequence numbers.
    pub fn omit(&mut self, packet: &Packet, now: Micros) {
        let Run::Relay(run) = &mut self.run else {
            return;
        };
        if run.continues(packet, self.clock_hz, now) && run.step(packet.sequence) > 0 {
            run.sequence_shift = run.sequence_shift.wrapping_sub(1);
            run.first_sequence = packet.sequence;
            run.last_sequence = packet.sequence;
            run.last_timestamp = packet.timestamp;
            run.last_at = now;
        }
    }

    /// What comes next is a new run, even from the same source.
    pub fn pause(&mut self) {
        self.run = Run::Nothing;
    }

    /// Makes it a run of our own; true if it is one already.
    fn go_on(&mut self, now: Micros) -> bool {
        let goes_on = self.run == Run::Own;
        if !goes_on {
            self.begin(now);
            self.run = Run::Own;
            self.was_silent = false;
        }
        goes_on
    }

    fn would_step_back(&self, packet: &Packet) -> bool {
        matches!(&self.run, Run::Relay(run) if run.ssrc == packet.ssrc && run.step(packet.sequence) <= 0)
    }

    fn relay_on(&mut self, packet: &Packet, samples: u32, now: Micros) -> Option<Stamp> {
        let Run::Relay(run) = &mut self.run else {
            return None;
        };
        if (packet.sequence.wrapping_sub(run.first_sequence) as i16) < 0 {
            return None;
        }
        let stamp = Stamp {
            sequence: packet.sequence.wrapping_add(run.sequence_shift),
            timestamp: packet.timestamp.wrapping_add(run.timestamp_shift),
            marker: packet.marker,
        };
        if run.step(packet.sequence) > 0 {
            run.last_sequence = packet.sequence;
            run.last_timestamp = packet.timestamp;
            run.last_at = now;
            // A sender that wraps round within one run: keep "before the run" meaningful.
            if (packet.sequence.wrapping_sub(run.first_sequence) as i16) > 0x3FFF {
                run.first_sequence = packet.sequence.wrapping_sub(0x1FFF);
            }
            self.next_sequence = stamp.sequence.wrapping_add(1);
            self.reach(stamp.timestamp, samples, now + self.lead);
        }
        Some(stamp)
    }

    fn relay_anew(&mut self, packet: &Packet, samples: u32, now: Micros) -> Stamp {
        self.begin(now);
        let stamp = self.take(self.next_timestamp, true);
        self.run = Run::Relay(Relay {
            ssrc: packet.ssrc,
            sequence_shift: stamp.sequence.wrapping_sub(packet.sequence),
            timestamp_shift: stamp.timestamp.wrapping_sub(packet.timestamp),
            first_sequence: packet.sequence,
            last_sequence: packet.sequence,
            last_timestamp: packet.timestamp,
            last_at: now,
        });
        self.reach(stamp.timestamp, samples, now + self.lead);
        stamp
    }

    /// Puts `next_timestamp` where a run that begins now has to begin.
    fn begin(&mut self, now: Micros) {
        self.lead = 0;
        let Some(over_at) = self.over_at else {
            return;
        };
        if now > over_at + FRAME_US {
            let frames = (now - over_at + FRAME_US / 2) / FRAME_US;
            let skipped = (frames * u64::from(self.clock_hz / 50)) as u32;
            self.next_timestamp = self.next_timestamp.wrapping_add(skipped);
        } else {
            self.lead = over_at.saturating_sub(now);
        }
    }

    fn take(&mut self, timestamp: u32, marker: bool) -> Stamp {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        Stamp { sequence, timestamp, marker }
    }

    fn reach(&mut self, timestamp: u32, samples: u32, from: Micros) {
        self.next_timestamp = timestamp.wrapping_add(samples);
        self.over_at = Some(from + u64::from(samples) * SECOND / u64::from(self.clock_hz));
    }
}

#[cfg(test)]
#[path = "sequencer_tests.rs"]
mod tests;
