//! The engine as its owner sees it: legs, sounds, ports. Commands go to the workers and return at once.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::clock::{Clock, Micros};
use crate::counters::{Counter, Counters};
use crate::events::{LegId, Ring};
use crate::format::Format;
use crate::growing::Growth;
use crate::heard::Heard;
use crate::latch::{Latch, Remote};
use crate::leg::{Leg, Wish};
use crate::mailbox::{Command, Mailbox};
use crate::mix::MixId;
use crate::ports::Ports;
use crate::recorder::{Recorder, RecordingId};
use crate::reporter::Reporter;
use crate::seat::{Seat, Sockets};
use crate::secure::identity::Identity;
use crate::secure::Plan;
use crate::sequencer::Sequencer;
use crate::snapshot::Snapshot;
use crate::sounds::Sound;
use crate::telephone_event::code_of;
use crate::totals::Totals;
use crate::worker::Worker;

mod bridging;
mod playing;
mod recording;

use recording::Running;

const MOST_CODES: usize = 16;
const LONGEST_CODE: usize = 16;

#[derive(Debug)]
pub enum Problem {
    /// A leg or sound that does not exist (any more).
    Unknown(&'static str, u64),
    /// A value that no leg can have.
    Value(String),
    Closed,
    System(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::System(error)
    }
}

pub type Outcome<T> = Result<T, Problem>;

struct Thread {
    mailbox: Arc<Mailbox>,
    wakeups: Arc<Counter>,
    handle: Option<JoinHandle<()>>,
    legs: usize,
}

struct OpenLeg {
    worker: usize,
    port: u16,
    counters: Arc<Counters>,
}

pub struct Control {
    clock: Clock,
    ring: Arc<Ring>,
    threads: Vec<Thread>,
    ports: Ports,
    legs: HashMap<LegId, OpenLeg>,
    sounds: HashMap<u64, Arc<Sound>>,
    /// Those that are still spoken.
    growing: HashMap<u64, Growth>,
    /// Each with its worker.
    mixes: HashMap<MixId, usize>,
    recordings: HashMap<RecordingId, Running>,
    recorder: Option<Recorder>,
    closed_legs: Totals,
    next_id: u64,
    is_closed: bool,
    dscp: u8,
    identity: Option<Arc<Identity>>,
}

impl Control {
    /// Starts `workers` threads (at least one). Fails when the range holds no port pair or the system has no means.
    pub fn start(first: u16, last: u16, workers: usize, quarantine: Micros) -> Outcome<Self> {
        let ports = Ports::new(first, last, quarantine)
            .ok_or_else(|| Problem::Value(format!("no RTP port pair fits into {first}-{last}")))?;
        let clock = Clock::start();
        let ring = Arc::new(Ring::new()?);
        let mut control = Self {
            clock,
            ring,
            threads: Vec::new(),
            ports,
            legs: HashMap::new(),
            sounds: HashMap::new(),
            growing: HashMap::new(),
            mixes: HashMap::new(),
            recordings: HashMap::new(),
            recorder: None,
            closed_legs: Totals::default(),
            next_id: 1,
            is_closed: false,
            dscp: 0,
            identity: None,
        };
        for index in 0..workers.max(1) {
            let thread = control.start_thread(index)?;
            control.threads.push(thread);
        }
        Ok(control)
    }

    /// Marks what legs opened from now on send: six bits of RFC 2474.
    pub fn mark(&mut self, dscp: u8) {
        self.dscp = dscp & 0x3F;
    }

    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Closes every leg and waits for the threads, which come at once.
    pub fn close(&mut self) {
        self.is_closed = true;
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for leg in legs {
            self.forget(leg);
        }
        for thread in &self.threads {
            thread.mailbox.post(Command::Quit);
        }
        for thread in &mut self.threads {
            if let Some(handle) = thread.handle.take() {
                let _ = handle.join(); // a worker that panicked is gone as well
            }
        }
        self.sounds.clear();
        self.growing.clear();
        self.recordings.clear();
        self.recorder = None; // finishes the files
    }

    /// Binds a pair of ports (a named one, or any) and opens a leg on it.
    pub fn open(
        &mut self,
        ip: IpAddr,
        port: Option<u16>,
        snapshot: Option<&Snapshot>,
    ) -> Outcome<(LegId, u16)> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        let now = self.clock.now();
        let named = port.or(snapshot.map(|snapshot| snapshot.port));
        let bind = |port| Sockets::bind(ip, port, self.dscp);
        let (port, sockets) = match named {
            Some(port) => (port, self.ports.allot_named(port, bind)?),
            None => self.ports.allot(now, random()?, bind)?,
        };
        let (mut sequencer, latch) = match snapshot {
            Some(snapshot) => snapshot.resume(self.clock.unix_ms(now), now),
            None => (fresh_sequencer()?, Latch::default()),
        };
        let protection = snapshot.and_then(|snapshot| snapshot.protection.as_ref());
        if protection.is_some() {
            sequencer = fresh_sequencer()?; // no position may be used twice under one key
        }
        let id = self.next_id();
        let leg = Leg::new(id, sequencer, latch, now);
        let worker = self.least_busy();
        let entry = OpenLeg { worker, port, counters: Arc::clone(&leg.counters) };
        let mut seat = Seat::new(leg, sockets, Reporter::new(random()?, now));
        if let (Some(snapshot), Some(protection)) = (snapshot, protection) {
            let resumption = snapshot.resumption(self.clock.unix_ms(now));
            seat.restore_keys(protection.keys.clone(), resumption);
        }
        self.legs.insert(id, entry);
        self.threads[worker].legs += 1;
        self.threads[worker].mailbox.post(Command::Open(Box::new(seat)));
        Ok((id, port))
    }

    /// Frees the ports and returns the leg's figures; they stay readable and get their last touch in microseconds.
    pub fn close_leg(&mut self, leg: LegId) -> Outcome<Arc<Counters>> {
        let mailbox = self.mailbox_of(leg)?;
        mailbox.post(Command::Close(leg));
        self.forget(leg).ok_or(Problem::Unknown("leg", leg))
    }

    pub fn counters(&self, leg: LegId) -> Outcome<&Counters> {
        self.legs.get(&leg).map(|open| &*open.counters).ok_or(Problem::Unknown("leg", leg))
    }

    pub fn snapshot(&self, leg: LegId) -> Outcome<Snapshot> {
        let open = self.legs.get(&leg).ok_or(Problem::Unknown("leg", leg))?;
        let taken_at_ms = self.clock.unix_ms(self.clock.now());
        Ok(Snapshot::take(open.port, &open.counters, taken_at_ms))
    }

    pub fn set_remote(&self, leg: LegId, remote: Remote) -> Outcome<()> {
        self.post(leg, Command::SetRemote(leg, remote))
    }

    /// Packet times of 10 to 60 ms.
    pub fn set_format(&self, leg: LegId, format: Format) -> Outcome<()> {
        if !(10..=60).contains(&format.packet_ms) {
            let text = format!("a packet time of {} ms is not within 10-60", format.packet_ms);
            return Err(Problem::Value(text));
        }
        if ![8_000, 16_000, 48_000].contains(&format.opus.rate_hz) {
            return Err(Problem::Value(format!("Opus at {} Hz", format.opus.rate_hz)));
        }
        if format.key_clock_hz < 1_000 {
            return Err(Problem::Value(format!("keys at {} Hz", format.key_clock_hz)));
        }
        let types = [Some(format.payload_type), format.key_payload_type, format.noise_payload_type];
        if let Some(odd) = types.into_iter().flatten().find(|payload_type| *payload_type > 127) {
            return Err(Problem::Value(format!("payload type {odd} is not within 0-127")));
        }
        self.post(leg, Command::SetFormat(leg, format))
    }

    /// What the peer may send under other numbers than it is sent, in place of what was said before.
    pub fn hear_also(&self, leg: LegId, types: &[(u8, String, u32)]) -> Outcome<()> {
        let heard = Heard::new(types).map_err(Problem::Value)?;
        self.post(leg, Command::HearAlso(leg, heard))
    }

    pub fn set_direction(&self, leg: LegId, sends: bool, receives: bool) -> Outcome<()> {
        self.post(leg, Command::SetDirection { leg, sends, receives })
    }

    /// Who we are in DTLS; made when it is first asked for.
    pub fn identity(&mut self) -> Outcome<Arc<Identity>> {
        if self.identity.is_none() {
            let made = Identity::generate().map_err(|text| Problem::System(Error::other(text)))?;
            self.identity = Some(Arc::new(made));
        }
        let unmade = || Problem::Value("no identity".into());
        self.identity.clone().ok_or_else(unmade)
    }

    pub fn agree(&self, leg: LegId, plan: Plan) -> Outcome<()> {
        self.post(leg, Command::Agree(leg, Box::new(plan)))
    }

    pub fn set_timeout(&self, leg: LegId, timeout: Micros) -> Outcome<()> {
        self.post(leg, Command::SetTimeout(leg, timeout))
    }

    /// Tells what is heard in the peer's sound from now on.
    pub fn listen_for(&self, leg: LegId, wish: Wish) -> Outcome<()> {
        self.post(leg, Command::Listen(leg, wish))
    }

    /// Whether what the peer says and presses is heard by nobody else.
    pub fn keep_confidential(&self, leg: LegId, on: bool) -> Outcome<()> {
        self.post(leg, Command::KeepConfidential(leg, on))
    }

    /// Feature codes of which whoever is bridged with this leg hears nothing; none ends it.
    pub fn guard_codes(&self, leg: LegId, codes: &[String]) -> Outcome<()> {
        if codes.len() > MOST_CODES || codes.iter().any(|code| code.len() > LONGEST_CODE) {
            return Err(Problem::Value("too many codes, or one that is too long".into()));
        }
        let unknown = |code: &str| Problem::Value(format!("{code:?} has no keys, or others"));
        let keys_of = |code: &String| {
            let keys: Option<Vec<u8>> = code.chars().map(code_of).collect();
            keys.filter(|keys| !keys.is_empty()).ok_or_else(|| unknown(code))
        };
        let codes = codes.iter().map(keys_of).collect::<Outcome<Vec<_>>>()?;
        self.post(leg, Command::GuardCodes(leg, codes))
    }

    /// Whether keys that are pressed towards its peer are told instead of sent.
    pub fn tell_keys(&self, leg: LegId, on: bool) -> Outcome<()> {
        self.post(leg, Command::TellKeys(leg, on))
    }

    /// Whether the tones of its peer's keys are an echo of what comes by SIP.
    pub fn hide_tones(&self, leg: LegId, on: bool) -> Outcome<()> {
        self.post(leg, Command::HideTones(leg, on))
    }

    /// A key of its peer's that came by another way than RTP: passed on as one that was heard.
    pub fn take_key(&self, leg: LegId, code: u8) -> Outcome<()> {
        self.post(leg, Command::TakeKey(leg, code))
    }

    pub fn totals(&mut self) -> Totals {
        let mut totals = self.closed_legs;
        self.legs.values().for_each(|open| totals.add(&open.counters));
        totals.legs = self.legs.len() as u64;
        totals.ports_in_use = self.ports.in_use() as u64;
        totals.ports_quarantined = self.ports.quarantined(self.clock.now()) as u64;
        totals.events_dropped = self.ring.dropped();
        totals.worker_wakeups = self.threads.iter().map(|thread| thread.wakeups.get()).sum();
        totals
    }

    fn start_thread(&self, index: usize) -> Outcome<Thread> {
        let mailbox = Arc::new(Mailbox::new()?);
        let wakeups = Arc::new(Counter::default());
        let ring = Arc::clone(&self.ring);
        let mut worker = Worker::new(Arc::clone(&mailbox), ring, self.clock, Arc::clone(&wakeups))?;
        let name = format!("rtp-{index}");
        let (runs, running) = std::sync::mpsc::channel();
        let work = move || {
            let _ = runs.send(()); // whoever waited is gone only when the process ends
            worker.run_on();
        };
        let handle = std::thread::Builder::new().name(name).spawn(work)?;
        let _ = running.recv(); // it has its name now, by which it is pinned and given a priority
        Ok(Thread { mailbox, wakeups, handle: Some(handle), legs: 0 })
    }

    fn least_busy(&self) -> usize {
        let workers = 0..self.threads.len();
        workers.min_by_key(|worker| self.threads[*worker].legs).unwrap_or(0)
    }

    fn worker_of(&self, leg: LegId) -> Outcome<usize> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        let open = self.legs.get(&leg).ok_or(Problem::Unknown("leg", leg))?;
        Ok(open.worker)
    }

    fn mailbox_of(&self, leg: LegId) -> Outcome<&Mailbox> {
        Ok(&self.threads[self.worker_of(leg)?].mailbox)
    }

    fn post(&self, leg: LegId, command: Command) -> Outcome<()> {
        self.mailbox_of(leg)?.post(command);
        Ok(())
    }

    fn forget(&mut self, leg: LegId) -> Option<Arc<Counters>> {
        let open = self.legs.remove(&leg)?;
        self.ports.release(open.port, self.clock.now());
        self.threads[open.worker].legs -= 1;
        self.closed_legs.add(&open.counters);
        Some(open.counters)
    }

    fn next_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.close();
    }
}

/// RFC 3550 §5.1: SSRC, first sequence number and first timestamp are random.
fn fresh_sequencer() -> Outcome<Sequencer> {
    let (ssrc, start) = (random()?, random()?);
    let sequence = start as u16 & 0x7FFF; // far from rolling over: RFC 3711 appendix A
    Ok(Sequencer::new(ssrc as u32, sequence, (start >> 32) as u32))
}

fn random() -> Outcome<u64> {
    let mut bytes = [0; 8];
    let count = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .map_err(Error::from)?;
    if count < bytes.len() {
        return Err(Error::from(ErrorKind::UnexpectedEof).into());
    }
    Ok(u64::from_ne_bytes(bytes))
}

/// For signatures: an address as Python gives it.
pub fn address(ip: &str, port: u16) -> Outcome<SocketAddr> {
    Ok(SocketAddr::new(ip_of(ip)?, port))
}

pub fn ip_of(text: &str) -> Outcome<IpAddr> {
    text.parse().map_err(|_| Problem::Value(format!("{text:?} is not an IP address")))
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
