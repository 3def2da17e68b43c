//! Commands on their way to a worker: a queue, and an eventfd that wakes the worker once per batch.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustix::event::{eventfd, EventfdFlags};

use crate::clock::Micros;
use crate::events::{clear, lock, signal, LegId};
use crate::format::Format;
use crate::heard::Heard;
use crate::latch::Remote;
use crate::leg::Wish;
use crate::mix::MixId;
use crate::recorder::Tap;
use crate::seat::Seat;
use crate::secure::Plan;
use crate::sounds::{Change, Playlist};

pub enum Command {
    Open(Box<Seat>),
    Close(LegId),
    SetRemote(LegId, Remote),
    SetFormat(LegId, Format),
    HearAlso(LegId, Heard),
    SetDirection {
        leg: LegId,
        sends: bool,
        receives: bool,
    },
    SetTimeout(LegId, Micros),
    Listen(LegId, Wish),
    KeepConfidential(LegId, bool),
    /// Feature codes as numbers of telephone-events; none ends it.
    GuardCodes(LegId, Vec<Vec<u8>>),
    /// Whether keys towards its peer are told instead of sent.
    TellKeys(LegId, bool),
    /// Whether the tones of its peer's keys are heard by nobody.
    HideTones(LegId, bool),
    /// A key of its peer's that came by another way than RTP.
    TakeKey(LegId, u8),
    Agree(LegId, Box<Plan>),
    Play(LegId, Box<Playlist>),
    /// To the playback of this number, if it still plays.
    Change(LegId, u64, Change),
    Stop(LegId),
    Bridge(LegId, LegId),
    Unbridge(LegId),
    Echo(LegId, bool),
    /// Each leg with those that it hears; none at all ends the mix.
    Mix(MixId, Vec<(LegId, Vec<LegId>)>),
    Press {
        leg: LegId,
        code: u8,
        duration_ms: u32,
    },
    Tap(LegId, Option<Tap>),
    /// Give the leg to another worker, which expects it.
    Move(LegId, Arc<Mailbox>),
    /// Run nothing more until this leg has arrived: what follows may be about it.
    Expect(LegId),
    /// The leg that is expected; `None` when it has failed on the way.
    Adopt(LegId, Option<Box<Seat>>),
    Quit,
}

pub struct Mailbox {
    commands: Mutex<VecDeque<Command>>,
    /// True from the first command of a batch until the worker comes for it.
    signalled: AtomicBool,
    ready: OwnedFd,
}

impl Mailbox {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            commands: Mutex::default(),
            signalled: AtomicBool::new(false),
            ready: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?,
        })
    }

    pub fn fd(&self) -> &OwnedFd {
        &self.ready
    }

    pub fn post(&self, command: Command) {
        lock(&self.commands).push_back(command);
        if !self.signalled.swap(true, Ordering::AcqRel) {
            signal(&self.ready);
        }
    }

    pub fn is_signalled(&self) -> bool {
        self.signalled.load(Ordering::Acquire)
    }

    /// Appends all commands to `batch`. The flag falls first, so that a later command signals again.
    pub fn collect(&self, batch: &mut VecDeque<Command>) {
        clear(&self.ready);
        self.signalled.store(false, Ordering::Release);
        batch.append(&mut lock(&self.commands));
    }
}
