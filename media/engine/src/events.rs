//! What happens on the legs, on its way to Python: one bounded ring and one eventfd for all workers.
//!
//! Waking the event loop costs it some 40 µs, an event almost nothing. So a worker hands its events over together,
//! at most once per 5 ms, and at once only for what a caller would notice.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::event::{eventfd, EventfdFlags};

use crate::clock::{Micros, MILLISECOND};

pub type LegId = u64;

const MOST_WAITING: usize = 65_536;
const GATHER_FOR: Micros = 5 * MILLISECOND;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Digit {
        leg: LegId,
        key: char,
        duration_ms: u32,
    },
    /// A key that is to reach the peer by SIP.
    KeyToSend {
        leg: LegId,
        key: char,
        duration_ms: u32,
    },
    PlaybackFinished {
        leg: LegId,
        playback: u64,
    },
    RtpTimeout {
        leg: LegId,
        silent_ms: u64,
    },
    Latched {
        leg: LegId,
        source: SocketAddr,
    },
    RecordingFinished {
        recording: u64,
        duration_ms: u64,
    },
    /// So long nothing was heard in it; told once per silence.
    RecordingSilent {
        recording: u64,
        silent_ms: u64,
    },
    /// The disk is full, or gone. What was written before can be played.
    RecordingFailed {
        recording: u64,
        text: String,
    },
    /// A handshake has brought keys.
    Secured {
        leg: LegId,
        profile: &'static str,
    },
    /// There will be no keys: the leg stays silent.
    SecurityFailed {
        leg: LegId,
        text: String,
    },
    SpeechBegan {
        leg: LegId,
    },
    SpeechEnded {
        leg: LegId,
        spoke_ms: u32,
    },
    /// Who answered a call of ours, and what told it.
    AnsweredBy {
        leg: LegId,
        by: &'static str,
        told_by: &'static str,
    },
    /// A tone of one frequency, over by now.
    Beep {
        leg: LegId,
        hz: u32,
        lasted_ms: u32,
    },
    /// Our own fault: the leg is closed, the rest goes on.
    LegFailed {
        leg: LegId,
        text: String,
    },
}

impl Event {
    fn is_urgent(&self) -> bool {
        !matches!(self, Self::PlaybackFinished { .. } | Self::Latched { .. } | Self::Secured { .. })
    }
}

/// A mutex that a panicking thread held still guards whole values here: every change is one push or pop.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    signalled: bool,
    dropped: u64,
}

pub struct Ring {
    waiting: Mutex<Waiting>,
    ready: OwnedFd,
}

impl Ring {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            waiting: Mutex::default(),
            ready: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?,
        })
    }

    /// Readable while events wait.
    pub fn fd(&self) -> RawFd {
        self.ready.as_raw_fd()
    }

    fn hand_over(&self, events: &mut Vec<Event>) {
        let mut waiting = lock(&self.waiting);
        for event in events.drain(..) {
            if waiting.events.len() < MOST_WAITING {
                waiting.events.push_back(event);
            } else {
                waiting.dropped += 1;
            }
        }
        if !waiting.signalled {
            waiting.signalled = true;
            signal(&self.ready);
        }
    }

    pub fn drain(&self, at_most: usize) -> Vec<Event> {
        let mut waiting = lock(&self.waiting);
        let count = at_most.min(waiting.events.len());
        let events = waiting.events.drain(..count).collect();
        if waiting.events.is_empty() && waiting.signalled {
            waiting.signalled = false;
            clear(&self.ready);
        }
        events
    }

    /// Events that found the ring full.
    pub fn dropped(&self) -> u64 {
        lock(&self.waiting).dropped
    }
}

/// Makes an eventfd readable. It only fails when its counter is full, and then it is readable.
pub fn signal(fd: &OwnedFd) {
    let _ = rustix::io::write(fd, &1u64.to_ne_bytes());
}

/// Makes an eventfd unreadable. It only fails when it is so already.
pub fn clear(fd: &OwnedFd) {
    let _ = rustix::io::read(fd, &mut [0; 8]);
}

/// One worker's events, until they are handed over.
#[derive(Default)]
pub struct Outbox {
    pub events: Vec<Event>,
    handed_over_at: Micros,
}

impl Outbox {
    /// Hands over what is due. Returns when to come back, if events wait.
    pub fn flush(&mut self, ring: &Ring, now: Micros) -> Option<Micros> {
        if self.events.is_empty() {
            return None;
        }
        let due = self.handed_over_at + GATHER_FOR;
        if now < due && !self.events.iter().any(Event::is_urgent) {
            return Some(due);
        }
        self.handed_over_at = now;
        ring.hand_over(&mut self.events);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(playback: u64) -> Event {
        Event::PlaybackFinished { leg: 1, playback }
    }

    fn digit() -> Event {
        Event::Digit { leg: 1, key: '5', duration_ms: 20 }
    }

    fn is_readable(ring: &Ring) -> bool {
        let mut polled = [rustix::event::PollFd::new(&ring.ready, rustix::event::PollFlags::IN)];
        let no_time = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        rustix::event::poll(&mut polled, Some(&no_time)).expect("poll") == 1
    }

    #[test]
    fn plain_events_are_gathered_and_urgent_ones_take_them_along() {
        let (ring, mut outbox) = (Ring::new().expect("an eventfd"), Outbox::default());
        outbox.handed_over_at = 1_000;
        outbox.events.push(finished(1));
        assert_eq!(outbox.flush(&ring, 2_000), Some(6_000));
        assert!(!is_readable(&ring));
        outbox.events.push(digit());
        assert_eq!(outbox.flush(&ring, 2_100), None);
        assert!(is_readable(&ring));
        assert_eq!(ring.drain(10), [finished(1), digit()]);
        assert!(!is_readable(&ring));
        outbox.events.push(finished(2));
        assert_eq!(outbox.flush(&ring, 7_100), None, "5 ms are over");
    }

    #[test]
    fn a_part_drained_ring_stays_readable() {
        let (ring, mut outbox) = (Ring::new().expect("an eventfd"), Outbox::default());
        outbox.events.extend((0..3).map(finished));
        outbox.flush(&ring, GATHER_FOR);
        assert_eq!(ring.drain(2), [finished(0), finished(1)]);
        assert!(is_readable(&ring));
        assert_eq!(ring.drain(2), [finished(2)]);
        assert!(!is_readable(&ring));
    }

    #[test]
    fn a_full_ring_drops_and_counts() {
        let (ring, mut outbox) = (Ring::new().expect("an eventfd"), Outbox::default());
        outbox.events.extend((0..MOST_WAITING as u64 + 5).map(finished));
        outbox.flush(&ring, GATHER_FOR);
        assert_eq!(ring.dropped(), 5);
        assert_eq!(ring.drain(usize::MAX).len(), MOST_WAITING);
    }
}
