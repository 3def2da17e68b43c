//! When each leg's next packet of our own is due: a wheel of 1 ms slots.
//!
//! Legs are spread over twenty phases, so that thousands of listeners never make one burst. A leg keeps its phase
//! for life; what starts to play within a packet time of what ended goes on in the same rhythm.

use crate::clock::{Micros, MILLISECOND};

/// One millisecond of steady time, counted from the clock's start.
pub type Tick = u64;

pub const PHASES: usize = 20;
/// Twice the longest packet time, 60 ms, so that a late turn of the wheel does not matter.
const SLOTS: usize = 128;
/// After a longer stall (a suspended machine) packets are not caught up.
const LONGEST_CATCH_UP: Tick = 200;

pub fn tick_of(now: Micros) -> Tick {
    now / MILLISECOND
}

pub struct Phases {
    slots: [Vec<usize>; SLOTS],
    legs: [usize; PHASES],
    scheduled: usize,
    /// The last tick that was served.
    served: Tick,
}

impl Phases {
    pub fn new(now: Tick) -> Self {
        Self {
            slots: std::array::from_fn(|_| Vec::new()),
            legs: [0; PHASES],
            scheduled: 0,
            served: now,
        }
    }

    /// The phase with the fewest legs.
    pub fn join(&mut self) -> usize {
        let phase = (0..PHASES).min_by_key(|phase| self.legs[*phase]).unwrap_or(0);
        self.legs[phase] += 1;
        phase
    }

    pub fn leave(&mut self, phase: usize) {
        self.legs[phase] -= 1;
    }

    /// The first tick of a phase after `now`.
    pub fn next_of(phase: usize, now: Tick) -> Tick {
        let period = PHASES as Tick;
        now + 1 + (phase as Tick + period - (now + 1) % period) % period
    }

    /// Puts a leg into the slot of `at`, at most 127 ticks ahead; what is past becomes the next tick.
    pub fn schedule(&mut self, leg: usize, at: Tick, now: Tick) -> Tick {
        if self.scheduled == 0 {
            self.served = self.served.max(now); // nothing was waiting, so nothing is missed
        }
        let at = at.clamp(self.served + 1, self.served + SLOTS as Tick - 1);
        self.slots[slot(at)].push(leg);
        self.scheduled += 1;
        at
    }

    pub fn cancel(&mut self, leg: usize, at: Tick) {
        let waiting = &mut self.slots[slot(at)];
        if let Some(index) = waiting.iter().position(|other| *other == leg) {
            waiting.swap_remove(index);
            self.scheduled -= 1;
        }
    }

    /// The next tick that has work, up to `now`, and its legs in `due`; call until `None`.
    pub fn serve(&mut self, now: Tick, due: &mut Vec<usize>) -> Option<Tick> {
        due.clear();
        if self.scheduled == 0 {
            self.served = self.served.max(now);
            return None;
        }
        if now > self.served + LONGEST_CATCH_UP {
            // Keep every leg in its slot: move on by whole turns of the wheel.
            let turns = (now - self.served - 1) / SLOTS as Tick;
            self.served += turns * SLOTS as Tick;
        }
        while self.served < now {
            self.served += 1;
            let waiting = &mut self.slots[slot(self.served)];
            if !waiting.is_empty() {
                due.append(waiting);
                self.scheduled -= due.len();
                return Some(self.served);
            }
        }
        None
    }

    /// The next tick that has work.
    pub fn next(&self) -> Option<Tick> {
        if self.scheduled == 0 {
            return None;
        }
        let ahead = 1..SLOTS as Tick + 1;
        ahead.map(|step| self.served + step).find(|tick| !self.slots[slot(*tick)].is_empty())
    }
}

fn slot(tick: Tick) -> usize {
    (tick % SLOTS as Tick) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_spread_evenly_over_the_phases() {
        let mut phases = Phases::new(0);
        for _ in 0..5000 {
            phases.join();
        }
        assert_eq!(phases.legs, [250; PHASES]);
        phases.leave(7);
        assert_eq!(phases.join(), 7);
    }

    #[test]
    fn the_next_tick_of_a_phase_is_within_one_period() {
        for now in 0..100 {
            for phase in 0..PHASES {
                let next = Phases::next_of(phase, now);
                assert!(next > now && next <= now + 20);
                assert_eq!(next % 20, phase as Tick);
            }
        }
    }

    #[test]
    fn an_hour_of_playout_serves_every_leg_in_its_rhythm() {
        let mut phases = Phases::new(0);
        let packet_ms = [20, 10, 30, 60];
        for (leg, period) in packet_ms.iter().enumerate() {
            phases.schedule(leg, *period, 0);
        }
        let (mut counts, mut due) = ([0u64; 4], Vec::new());
        let mut now = 0;
        while now < 3_600_000 {
            now = phases.next().expect("always work");
            while let Some(tick) = phases.serve(now, &mut due) {
                for leg in due.drain(..) {
                    assert_eq!(tick % packet_ms[leg], 0);
                    counts[leg] += 1;
                    phases.schedule(leg, tick + packet_ms[leg], tick);
                }
            }
        }
        assert_eq!(counts, [180_000, 360_000, 120_000, 60_000]);
    }

    #[test]
    fn a_late_wake_up_serves_every_tick_that_was_missed() {
        let mut phases = Phases::new(0);
        phases.schedule(1, 20, 0);
        let (mut ticks, mut due) = (Vec::new(), Vec::new());
        while let Some(tick) = phases.serve(70, &mut due) {
            ticks.push(tick);
            phases.schedule(1, tick + 20, tick);
        }
        assert_eq!(ticks, [20, 40, 60]);
        assert_eq!(phases.next(), Some(80));
    }

    #[test]
    fn a_long_stall_is_not_caught_up() {
        let mut phases = Phases::new(0);
        phases.schedule(1, 20, 0);
        let (mut count, mut due) = (0, Vec::new());
        while let Some(tick) = phases.serve(100_000, &mut due) {
            count += 1;
            phases.schedule(1, tick + 20, tick);
        }
        assert!((1..=7).contains(&count), "{count}");
        assert!(phases.next().expect("goes on") > 100_000);
    }

    #[test]
    fn a_cancelled_leg_is_not_served() {
        let mut phases = Phases::new(0);
        let at = phases.schedule(1, 5, 0);
        phases.schedule(2, 5, 0);
        phases.cancel(1, at);
        let mut due = Vec::new();
        assert_eq!(phases.serve(5, &mut due), Some(5));
        assert_eq!(due, [2]);
        assert_eq!(phases.next(), None);
    }
}
