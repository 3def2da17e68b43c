//! How a worker runs its mixes: each has a phase of the wheel like a leg, and takes 20 ms a turn.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::clock::Micros;
use crate::events::{Event, LegId};
use crate::jitter_buffer::frame_of;
use crate::mix::{Mix, MixId};
use crate::phases::{tick_of, Phases, Tick};
use crate::transcoding::is_bridge;
use crate::worker::{text_of, Worker};

/// Tells a mix from a place on the wheel.
const ON_THE_WHEEL: usize = 1 << (usize::BITS - 1);
const TURN_MS: Tick = 20;
const NARROW_HZ: u32 = 8_000;

/// A mix in a worker.
pub struct Running {
    mix: Mix,
    /// At which it is mixed.
    rate_hz: u32,
    heard: Vec<i16>,
    phase: usize,
    scheduled: Tick,
}

#[cfg(test)]
impl Running {
    /// Samples in a turn.
    pub fn frame(&self) -> usize {
        frame_of(self.rate_hz)
    }
}

/// The mix whose turn it is; `None` for a leg.
pub fn mix_on_the_wheel(token: usize) -> Option<MixId> {
    (token & ON_THE_WHEEL != 0).then_some((token & !ON_THE_WHEEL) as MixId)
}

fn token_of(mix: MixId) -> usize {
    mix as usize | ON_THE_WHEEL
}

impl Worker {
    /// Makes a mix what this hear-matrix says; legs that are not in it any more hear nobody.
    pub(crate) fn mix(&mut self, id: MixId, rows: &[(LegId, Vec<LegId>)]) {
        let place_of = |leg: &LegId| self.places.get(leg).copied();
        let rows: Vec<(usize, Vec<usize>)> = rows
            .iter()
            .filter_map(|(leg, hears)| {
                Some((place_of(leg)?, hears.iter().filter_map(place_of).collect()))
            })
            .collect();
        for place in self.members_of(id) {
            if !rows.iter().any(|(kept, _)| *kept == place) {
                self.leave_mix(place);
            }
        }
        for (place, _) in &rows {
            if self.seats[*place].as_ref().is_some_and(|seat| seat.mix != Some(id)) {
                self.part(*place);
            }
        }
        self.arrange(id, &rows);
    }

    /// Puts these places into a mix, which is made if need be.
    pub(crate) fn arrange(&mut self, id: MixId, rows: &[(usize, Vec<usize>)]) {
        if rows.is_empty() {
            return;
        }
        for (place, _) in rows {
            if let Some(seat) = self.seats[*place].as_mut() {
                seat.mix = Some(id);
            }
        }
        if !self.mixes.contains_key(&id) {
            let (phase, now) = (self.phases.join(), tick_of(self.now()));
            let at = Phases::next_of(phase, now);
            let scheduled = self.phases.schedule(token_of(id), at, now);
            let (mix, heard) = (Mix::default(), Vec::new());
            self.mixes.insert(id, Running { mix, rate_hz: 0, heard, phase, scheduled });
        }
        if let Some(running) = self.mixes.get_mut(&id) {
            running.mix.set(rows);
        }
        self.tune_mix(id);
    }

    /// Mixes at the lowest rate that holds all that one member can say and another can hear.
    pub(crate) fn tune_mix(&mut self, id: MixId) {
        let places = self.members_of(id);
        let rate_of = |place: &usize| {
            let format = self.seats[*place].as_ref().and_then(|seat| seat.leg.format);
            format.map_or(NARROW_HZ, |format| format.rate_hz())
        };
        let mut rates: Vec<u32> = places.iter().map(rate_of).collect();
        rates.sort_unstable();
        let rate_hz = rates.iter().rev().nth(1).copied().unwrap_or(NARROW_HZ);
        for place in places {
            if let Some(seat) = self.seats[place].as_mut() {
                seat.leg.join_mix(rate_hz);
            }
        }
        if let Some(running) = self.mixes.get_mut(&id) {
            running.rate_hz = rate_hz;
            running.mix.tune(frame_of(rate_hz));
        }
    }

    fn members_of(&self, id: MixId) -> Vec<usize> {
        let members = self.mixes.get(&id).map_or(&[][..], |running| running.mix.members());
        members.iter().map(|member| member.place).collect()
    }

    /// Takes a leg out of its mix, if it is in one; the last one ends the mix.
    pub(crate) fn leave_mix(&mut self, place: usize) {
        let Some(seat) = self.seats[place].as_mut() else {
            return;
        };
        let Some(id) = seat.mix.take() else {
            return;
        };
        seat.leg.leave_mix();
        let Some(running) = self.mixes.get_mut(&id) else {
            return;
        };
        running.mix.remove(place);
        let left = running.mix.members().first().map(|member| member.place);
        match left {
            None => {
                self.phases.cancel(token_of(id), running.scheduled);
                self.phases.leave(running.phase);
                self.mixes.remove(&id);
            }
            Some(other) if is_bridge(id) => self.leave_mix(other),
            Some(_) => {}
        }
    }

    /// One turn of a mix. A panic in it is our own fault: its legs end, everybody else goes on.
    pub(crate) fn run_mix(&mut self, id: MixId, tick: Tick) {
        let Some(mut running) = self.mixes.remove(&id) else {
            return;
        };
        let now = self.now();
        let turn = AssertUnwindSafe(|| self.mix_frame(&mut running, now));
        if let Err(panic) = catch_unwind(turn) {
            self.end_mix(&running, text_of(&*panic));
            return;
        }
        running.scheduled = self.phases.schedule(token_of(id), tick + TURN_MS, tick_of(now));
        self.mixes.insert(id, running);
    }

    fn mix_frame(&mut self, running: &mut Running, now: Micros) {
        let (mix, heard) = (&mut running.mix, &mut running.heard);
        for index in 0..mix.members().len() {
            let place = mix.members()[index].place;
            let seat = self.seats[place].as_deref_mut();
            if let (Some(seat), Some(frame)) = (seat, mix.frame_of(index)) {
                seat.leg.say(frame, now);
            }
        }
        for index in 0..mix.members().len() {
            let Some(seat) = self.seats[mix.members()[index].place].as_deref_mut() else {
                continue;
            };
            mix.heard_by(index, heard);
            seat.leg.hear(heard, now);
            while let Some(outgoing) = seat.leg.mixed_packet(&mut self.buffer[..], now) {
                seat.send(&mut self.buffer[..], outgoing);
            }
        }
    }

    fn end_mix(&mut self, running: &Running, text: &str) {
        self.phases.leave(running.phase);
        for member in running.mix.members() {
            let leg = self.seats[member.place].as_ref().map(|seat| seat.leg.id);
            if let Some(leg) = leg {
                self.unseat(leg);
                self.outbox.events.push(Event::LegFailed { leg, text: text.to_owned() });
            }
        }
    }
}

#[cfg(test)]
#[path = "mixing_tests.rs"]
mod tests;
