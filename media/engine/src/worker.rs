//! A worker thread: one epoll over the sockets of its legs, its mailbox and the next deadline.
//!
//! A packet is relayed inline, as soon as its socket is readable; one `recvfrom` per readiness, because a socket
//! of 50 packets per second hardly ever holds two, and level-triggered epoll tells when it does.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use rustix::event::{epoll, Timespec};

use crate::clock::{Clock, Micros, MILLISECOND};
use crate::counters::Counter;
use crate::events::{Event, LegId, Outbox, Ring};
use crate::leg::Incoming;
use crate::mailbox::{Command, Mailbox};
use crate::mix::MixId;
use crate::mixing::{mix_on_the_wheel, Running};
use crate::phases::{tick_of, Phases};
use crate::seat::Seat;
use crate::secure::seat::Socket;

const MAILBOX: u64 = u64::MAX;
/// So few that playout is never late by more than their relaying takes.
const EVENTS_AT_ONCE: usize = 64;
/// A worker that cannot go on at all must not spin.
const MOST_FAULTS: usize = 100;
const NO_LEG: LegId = 0;
const BUFFER_BYTES: usize = 2048;
/// How often timeouts and reports are looked at.
const HOUSEKEEPING: Micros = 50 * MILLISECOND;

pub struct Worker {
    epoll: OwnedFd,
    mailbox: Arc<Mailbox>,
    ring: Arc<Ring>,
    clock: Clock,
    wakeups: Arc<Counter>,
    pub(crate) seats: Vec<Option<Box<Seat>>>,
    pub(crate) places: HashMap<LegId, usize>,
    pub(crate) vacant: Vec<usize>,
    pub(crate) mixes: HashMap<MixId, Running>,
    pub(crate) phases: Phases,
    pub(crate) outbox: Outbox,
    pub(crate) batch: VecDeque<Command>,
    pub(crate) expected: Option<LegId>,
    pub(crate) buffer: Box<[u8; BUFFER_BYTES]>,
    housekeeping_at: Micros,
}

impl Worker {
    pub fn new(
        mailbox: Arc<Mailbox>,
        ring: Arc<Ring>,
        clock: Clock,
        wakeups: Arc<Counter>,
    ) -> std::io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let token = epoll::EventData::new_u64(MAILBOX);
        epoll::add(&epoll, mailbox.fd(), token, epoll::EventFlags::IN)?;
        Ok(Self {
            epoll,
            mailbox,
            ring,
            clock,
            wakeups,
            seats: Vec::new(),
            places: HashMap::new(),
            vacant: Vec::new(),
            mixes: HashMap::new(),
            phases: Phases::new(tick_of(clock.now())),
            outbox: Outbox::default(),
            batch: VecDeque::new(),
            expected: None,
            buffer: Box::new([0; BUFFER_BYTES]),
            housekeeping_at: 0,
        })
    }

    /// Until `Quit` comes.
    pub fn run(&mut self) {
        let mut ready = [MaybeUninit::<epoll::Event>::uninit(); EVENTS_AT_ONCE];
        let mut due = Vec::new();
        let mut gather_until = None;
        loop {
            let timeout = self.timeout(gather_until);
            let events: &[epoll::Event] =
                match epoll::wait(&self.epoll, &mut ready[..], timeout.as_ref()) {
                    Ok((events, _)) => events,
                    Err(_) => &[], // interrupted by a signal
                };
            self.wakeups.add(1);
            // Commands come first: a packet sent after a bridge was made is heard through it. While a leg is on
            // its way here, packets wait in their sockets, and epoll reports them again.
            let signalled = events.iter().any(|event| event.data.u64() == MAILBOX);
            if (signalled || self.mailbox.is_signalled()) && !self.obey() {
                return;
            }
            if self.expected.is_none() {
                events.iter().for_each(|event| self.read(event.data.u64()));
            }
            let now = self.clock.now();
            self.play_out(now, &mut due);
            self.keep_house(now);
            gather_until = self.outbox.flush(&self.ring, now);
        }
    }

    /// `run`, started again after a panic outside of any leg's step: the command that caused it is lost.
    pub fn run_on(&mut self) {
        for _ in 0..MOST_FAULTS {
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run())) else {
                return;
            };
            let text = format!("a command failed: {}", text_of(&*panic));
            self.outbox.events.push(Event::LegFailed { leg: NO_LEG, text });
            self.outbox.flush(&self.ring, self.clock.now());
        }
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now()
    }

    /// Takes a leg in and listens to its sockets.
    pub(crate) fn seat(&mut self, mut seat: Box<Seat>) {
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        let sockets =
            [(&seat.sockets.rtp, rtp_token(place)), (&seat.sockets.rtcp, rtcp_token(place))];
        for (socket, token) in sockets {
            let data = epoll::EventData::new_u64(token);
            if let Err(error) = epoll::add(&self.epoll, socket, data, epoll::EventFlags::IN) {
                let text = format!("its socket cannot be watched: {error}");
                self.outbox.events.push(Event::LegFailed { leg: seat.leg.id, text });
            }
        }
        seat.phase = self.phases.join();
        seat.heard_by = None;
        seat.scheduled = None;
        self.places.insert(seat.leg.id, place);
        self.seats[place] = Some(seat);
        self.reschedule(place);
    }

    /// Lets a leg go, with its sockets still open.
    pub(crate) fn unseat(&mut self, leg: LegId) -> Option<Box<Seat>> {
        let place = self.places.remove(&leg)?;
        self.part(place);
        let seat = self.seats[place].take()?;
        if let Some(at) = seat.scheduled {
            self.phases.cancel(place, at);
        }
        self.phases.leave(seat.phase);
        for socket in [&seat.sockets.rtp, &seat.sockets.rtcp] {
            let _ = epoll::delete(&self.epoll, socket); // only fails for what was never added
        }
        self.vacant.push(place);
        Some(seat)
    }

    /// Ends what this place hears and who hears it.
    pub(crate) fn part(&mut self, place: usize) {
        let other = self.seats[place].as_mut().and_then(|seat| seat.heard_by.take());
        if let Some(other) = other.and_then(|other| self.seats[other].as_mut()) {
            other.heard_by = None;
        }
        self.leave_mix(place);
    }

    pub(crate) fn seat_of(&mut self, leg: LegId) -> Option<&mut Seat> {
        let place = *self.places.get(&leg)?;
        self.seats[place].as_deref_mut()
    }

    pub(crate) fn collect_commands(&mut self) {
        self.mailbox.collect(&mut self.batch);
    }

    /// Ends a leg properly: a last report with BYE.
    pub(crate) fn close(&mut self, leg: LegId) {
        let (now, clock) = (self.clock.now(), self.clock);
        if let Some(mut seat) = self.unseat(leg) {
            let report = seat.reporter.report(&mut seat.leg, true, &clock, now);
            seat.send_report(report);
        }
    }

    /// Puts a leg on the wheel when it has something to send, and keeps its rhythm.
    pub(crate) fn reschedule(&mut self, place: usize) {
        let now = tick_of(self.clock.now());
        let Some(seat) = self.seats[place].as_mut() else {
            return;
        };
        if seat.scheduled.is_some() || !seat.leg.is_playing() {
            return;
        }
        let at =
            if seat.next_tick > now { seat.next_tick } else { Phases::next_of(seat.phase, now) };
        seat.scheduled = Some(self.phases.schedule(place, at, now));
    }

    /// Runs one step of one leg. A panic in it is our own fault: that leg ends, everybody else goes on.
    fn guarded(&mut self, place: usize, step: impl FnOnce(&mut Self, usize)) {
        let outcome = catch_unwind(AssertUnwindSafe(|| step(self, place)));
        let Err(panic) = outcome else {
            return;
        };
        let text = text_of(&*panic).to_owned();
        let leg = self.seats.get(place).and_then(Option::as_ref).map(|seat| seat.leg.id);
        if let Some(leg) = leg {
            self.unseat(leg);
            self.outbox.events.push(Event::LegFailed { leg, text });
        }
    }

    fn timeout(&self, gather_until: Option<Micros>) -> Option<Timespec> {
        let playout = self.phases.next().map(|tick| tick * MILLISECOND);
        let house = (!self.places.is_empty()).then_some(self.housekeeping_at);
        let due = [playout, house, gather_until].into_iter().flatten().min()?;
        // Whole milliseconds, rounded up, are what every kernel's epoll understands.
        let wait_ms = due.saturating_sub(self.clock.now()).div_ceil(MILLISECOND);
        let tv_nsec = (wait_ms % 1000 * 1_000_000) as _;
        Some(Timespec { tv_sec: (wait_ms / 1000) as _, tv_nsec })
    }

    fn read(&mut self, token: u64) {
        if token == MAILBOX {
            return;
        }
        let place = (token >> 1) as usize;
        if token & 1 == 0 {
            self.guarded(place, Self::read_rtp);
        } else {
            self.guarded(place, Self::read_rtcp);
        }
    }

    fn read_rtp(&mut self, place: usize) {
        let Some(seat) = self.seats.get_mut(place).and_then(Option::as_deref_mut) else {
            return;
        };
        let Some((length, from)) = Seat::read(&seat.sockets.rtp, &mut self.buffer[..]) else {
            return;
        };
        let (now, events) = (self.clock.now(), &mut self.outbox.events);
        let length = seat.open(&mut self.buffer[..length], from, Socket::Rtp, now, events);
        let Some(length) = length else {
            return;
        };
        let datagram = &self.buffer[..length];
        if crate::rtp::is_rtcp(datagram) {
            seat.reporter.receive(&mut seat.leg, datagram, from, &self.clock, now);
            return;
        }
        let incoming = seat.leg.receive(datagram, from, now, &mut self.outbox.events);
        if let Some(incoming) = incoming {
            if !seat.leg.pick_up(&incoming, datagram, now)
                && !self.is_pressed_instead(place, &incoming)
            {
                self.pass_on(place, &incoming, now);
            }
        }
        self.pass_released(place);
    }

    /// Gives a packet, which lies in the buffer, to whoever hears this leg.
    fn pass_on(&mut self, place: usize, incoming: &Incoming, now: Micros) {
        let Some(other) = self.seats[place].as_ref().and_then(|seat| seat.heard_by) else {
            return;
        };
        let Some(listener) = self.seats[other].as_deref_mut() else {
            return;
        };
        if listener.leg.cannot_relay(incoming, &self.buffer[..]) && self.partner_of(place).is_some()
        {
            self.decode_bridge(place, other);
            if let Some(seat) = self.seats[place].as_deref_mut() {
                seat.leg.pick_up(incoming, &self.buffer[..], now);
            }
            return;
        }
        let Some(listener) = self.seats[other].as_deref_mut() else {
            return;
        };
        let mut outgoing = listener.leg.relay(incoming, &mut self.buffer[..], now);
        while let Some(packet) = outgoing {
            listener.send(&mut self.buffer[..], packet);
            outgoing = listener.leg.repacketised(&mut self.buffer[..], now);
        }
    }

    fn read_rtcp(&mut self, place: usize) {
        let Some(seat) = self.seats.get_mut(place).and_then(Option::as_deref_mut) else {
            return;
        };
        let Some((length, from)) = Seat::read(&seat.sockets.rtcp, &mut self.buffer[..]) else {
            return;
        };
        let (now, events) = (self.clock.now(), &mut self.outbox.events);
        let length = seat.open(&mut self.buffer[..length], from, Socket::Rtcp, now, events);
        let Some(length) = length else {
            return;
        };
        seat.reporter.receive(&mut seat.leg, &self.buffer[..length], from, &self.clock, now);
    }

    fn play_out(&mut self, now: Micros, due: &mut Vec<usize>) {
        while let Some(tick) = self.phases.serve(tick_of(now), due) {
            for place in due.drain(..) {
                if let Some(mix) = mix_on_the_wheel(place) {
                    self.run_mix(mix, tick);
                    continue;
                }
                if let Some(seat) = self.seats[place].as_deref_mut() {
                    seat.scheduled = None;
                    seat.next_tick = tick + u64::from(seat.leg.tick_ms());
                }
                self.guarded(place, Self::tick);
                self.reschedule(place);
            }
        }
    }

    fn tick(&mut self, place: usize) {
        let now = self.clock.now();
        let Some(seat) = self.seats[place].as_deref_mut() else {
            return;
        };
        if let Some(outgoing) = seat.leg.tick(&mut self.buffer[..], now, &mut self.outbox.events) {
            seat.send(&mut self.buffer[..], outgoing);
        }
    }

    fn keep_house(&mut self, now: Micros) {
        if now < self.housekeeping_at {
            return;
        }
        self.housekeeping_at = now + HOUSEKEEPING;
        for place in 0..self.seats.len() {
            self.guarded(place, |worker, place| {
                let Some(seat) = worker.seats[place].as_deref_mut() else {
                    return;
                };
                seat.leg.check_timeout(now, &mut worker.outbox.events);
                seat.leg.check_ear(now, &mut worker.outbox.events);
                seat.leg.check_codes(now);
                seat.keep_secure(now, &mut worker.outbox.events);
                let report = seat.reporter.tick(&mut seat.leg, &worker.clock, now);
                seat.send_report(report);
                worker.pass_released(place);
            });
        }
    }
}

pub(crate) fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text")
}

fn rtp_token(place: usize) -> u64 {
    (place as u64) << 1
}

fn rtcp_token(place: usize) -> u64 {
    rtp_token(place) | 1
}

#[cfg(test)]
#[path = "worker_tests.rs"]
pub(crate) mod tests;
