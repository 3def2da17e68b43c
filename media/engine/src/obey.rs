//! How a worker performs its commands, in the order in which they were given.

use crate::events::LegId;
use crate::leg::Leg;
use crate::mailbox::Command;
use crate::secure::Plan;
use crate::worker::Worker;

impl Worker {
    /// Performs what is in the mailbox. False when the worker has to quit.
    pub(crate) fn obey(&mut self) -> bool {
        self.collect_commands();
        self.receive_expected();
        while self.expected.is_none() {
            let Some(command) = self.batch.pop_front() else {
                break;
            };
            if matches!(command, Command::Quit) {
                self.quit();
                return false;
            }
            self.perform(command);
            self.receive_expected();
        }
        true
    }

    /// A leg that is waited for overtakes the commands that wait for it.
    fn receive_expected(&mut self) {
        let Some(expected) = self.expected else {
            return;
        };
        let is_it =
            |command: &Command| matches!(command, Command::Adopt(leg, _) if *leg == expected);
        let arrived = self.batch.iter().position(is_it);
        if let Some(arrived) = arrived.and_then(|index| self.batch.remove(index)) {
            self.expected = None;
            self.perform(arrived);
        }
    }

    fn perform(&mut self, command: Command) {
        match command {
            Command::Open(seat) | Command::Adopt(_, Some(seat)) => self.seat(seat),
            Command::Close(leg) => self.close(leg),
            Command::Expect(leg) => self.expected = Some(leg),
            Command::Move(leg, to) => to.post(Command::Adopt(leg, self.unseat(leg))),
            Command::Bridge(a, b) => self.bridge(a, b),
            Command::Unbridge(leg) => {
                if let Some(place) = self.places.get(&leg) {
                    self.part(*place);
                }
            }
            Command::Echo(leg, on) => self.echo(leg, on),
            Command::Mix(id, rows) => self.mix(id, &rows),
            Command::TakeKey(leg, code) => self.take_key(leg, code),
            Command::Agree(leg, plan) => self.agree(leg, *plan),
            Command::Play(..) | Command::Change(..) | Command::Press { .. } => self.start(command),
            Command::Adopt(_, None) | Command::Quit => {}
            other => self.adjust(other),
        }
    }

    fn bridge(&mut self, a: LegId, b: LegId) {
        let (Some(&a), Some(&b)) = (self.places.get(&a), self.places.get(&b)) else {
            return;
        };
        self.part(a);
        self.part(b);
        for (place, other) in [(a, b), (b, a)] {
            if let Some(seat) = self.seats[place].as_mut() {
                seat.heard_by = Some(other);
                seat.leg.change_source();
            }
        }
        self.settle_bridge(a);
    }

    fn echo(&mut self, leg: LegId, on: bool) {
        let Some(&place) = self.places.get(&leg) else {
            return;
        };
        let echoes = self.seats[place].as_ref().is_some_and(|seat| seat.heard_by == Some(place));
        if on != echoes {
            self.part(place);
            if let Some(seat) = self.seats[place].as_mut() {
                seat.heard_by = on.then_some(place);
            }
        }
    }

    /// What puts a leg on the wheel.
    fn start(&mut self, command: Command) {
        let (Command::Play(leg, _) | Command::Change(leg, ..) | Command::Press { leg, .. }) =
            &command
        else {
            return;
        };
        let Some(&place) = self.places.get(leg) else {
            return;
        };
        let Some(seat) = self.seats[place].as_deref_mut() else {
            return;
        };
        match command {
            Command::Play(_, playlist) => seat.leg.play(*playlist, &mut self.outbox.events),
            Command::Change(_, playback, change) => {
                seat.leg.change_playback(playback, change, &mut self.outbox.events);
            }
            Command::Press { code, duration_ms, .. } => {
                seat.leg.press(code, duration_ms, &mut self.outbox.events);
            }
            _ => {}
        }
        self.reschedule(place);
    }

    /// What changes one leg and nothing else.
    fn adjust(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::SetRemote(leg, remote) => self.with(leg, |leg| leg.set_remote(remote)),
            Command::SetFormat(leg, format) => {
                self.with(leg, |leg| leg.set_format(format));
                if let Some(place) = self.places.get(&leg) {
                    self.settle_bridge(*place);
                }
            }
            Command::HearAlso(leg, heard) => self.with(leg, |leg| leg.hear_also(heard)),
            Command::SetDirection { leg, sends, receives } => {
                self.with(leg, |leg| leg.set_direction(sends, receives));
            }
            Command::SetTimeout(leg, timeout) => {
                self.with(leg, |leg| leg.set_timeout(timeout, now));
            }
            Command::Listen(leg, wish) => self.with(leg, |leg| leg.listen_for(wish, now)),
            Command::KeepConfidential(leg, on) => {
                self.with(leg, |leg| leg.keep_confidential(on, now));
            }
            Command::TellKeys(leg, on) => self.with(leg, |leg| leg.tell_keys(on)),
            Command::HideTones(leg, on) => self.with(leg, |leg| leg.hide_tones(on)),
            Command::GuardCodes(leg, codes) => self.with(leg, |leg| leg.guard_codes(codes)),
            Command::Tap(leg, tap) => self.with(leg, |leg| leg.tap = tap),
            Command::Stop(leg) => self.with(leg, Leg::stop),
            _ => {}
        }
    }

    fn agree(&mut self, leg: LegId, plan: Plan) {
        let (now, place) = (self.now(), self.places.get(&leg).copied());
        if let Some(seat) = place.and_then(|place| self.seats[place].as_deref_mut()) {
            seat.agree(plan, now, &mut self.outbox.events);
        }
    }

    fn with(&mut self, leg: LegId, change: impl FnOnce(&mut Leg)) {
        if let Some(seat) = self.seat_of(leg) {
            change(&mut seat.leg);
        }
    }

    fn quit(&mut self) {
        let legs: Vec<LegId> = self.places.keys().copied().collect();
        legs.into_iter().for_each(|leg| self.close(leg));
    }
}
