//! The engine as its owner sees it: legs, sounds, ports. Commands go to the workers and return at once.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::clock::{Clock, Micros};
use crate::counters::{Counter, Counters};
use crate::events::{LegId, Ring};
use crate::latch::{Latch, Remote};
use crate::leg::{Format, Leg};
use crate::mailbox::{Command, Mailbox};
use crate::mix::{MixId, MOST_MEMBERS};
use crate::ports::Ports;
use crate::recorder::{Recorder, RecordingId, Sink, Tap};
use crate::recording::Side;
use crate::reporter::Reporter;
use crate::seat::{Seat, Sockets};
use crate::sequencer::Sequencer;
use crate::snapshot::Snapshot;
use crate::sounds::{Playlist, Sound};
use crate::worker::Worker;

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

/// A recording and the legs on its two sides.
struct Running {
    sink: Arc<Sink>,
    legs: [Option<LegId>; 2],
}

struct OpenLeg {
    worker: usize,
    port: u16,
    counters: Arc<Counters>,
}

/// Sums over all legs, open and closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub legs: u64,
    pub ports_in_use: u64,
    pub ports_quarantined: u64,
    pub packets_in: u64,
    pub packets_out: u64,
    pub packets_lost: u64,
    pub dropped_source: u64,
    pub dropped_malformed: u64,
    pub dropped_payload: u64,
    pub send_failed: u64,
    pub events_dropped: u64,
    pub worker_wakeups: u64,
}

impl Totals {
    fn add(&mut self, leg: &Counters) {
        self.packets_in += leg.packets_received.get();
        self.packets_out += leg.packets_sent.get();
        self.packets_lost += leg.packets_lost.get();
        self.dropped_source += leg.dropped_source.get();
        self.dropped_malformed += leg.dropped_malformed.get();
        self.dropped_payload += leg.dropped_payload.get();
        self.send_failed += leg.send_failed.get();
    }
}

pub struct Control {
    clock: Clock,
    ring: Arc<Ring>,
    threads: Vec<Thread>,
    ports: Ports,
    legs: HashMap<LegId, OpenLeg>,
    sounds: HashMap<u64, Arc<Sound>>,
    /// Each with its worker.
    mixes: HashMap<MixId, usize>,
    recordings: HashMap<RecordingId, Running>,
    recorder: Option<Recorder>,
    closed_legs: Totals,
    next_id: u64,
    is_closed: bool,
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
            mixes: HashMap::new(),
            recordings: HashMap::new(),
            recorder: None,
            closed_legs: Totals::default(),
            next_id: 1,
            is_closed: false,
        };
        for index in 0..workers.max(1) {
            let thread = control.start_thread(index)?;
            control.threads.push(thread);
        }
        Ok(control)
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
        let (port, sockets) = match named {
            Some(port) => (port, self.ports.allot_named(port, |port| Sockets::bind(ip, port))?),
            None => self.ports.allot(now, random()?, |port| Sockets::bind(ip, port))?,
        };
        let (sequencer, latch) = match snapshot {
            Some(snapshot) => snapshot.resume(self.clock.unix_ms(now), now),
            None => (fresh_sequencer()?, Latch::default()),
        };
        let id = self.next_id();
        let leg = Leg::new(id, sequencer, latch, now);
        let worker = self.least_busy();
        let entry = OpenLeg { worker, port, counters: Arc::clone(&leg.counters) };
        let seat = Seat::new(leg, sockets, Reporter::new(random()?, now));
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
        let types = [Some(format.payload_type), format.key_payload_type];
        if let Some(odd) = types.into_iter().flatten().find(|payload_type| *payload_type > 127) {
            return Err(Problem::Value(format!("payload type {odd} is not within 0-127")));
        }
        self.post(leg, Command::SetFormat(leg, format))
    }

    pub fn set_direction(&self, leg: LegId, sends: bool, receives: bool) -> Outcome<()> {
        self.post(leg, Command::SetDirection { leg, sends, receives })
    }

    pub fn set_timeout(&self, leg: LegId, timeout: Micros) -> Outcome<()> {
        self.post(leg, Command::SetTimeout(leg, timeout))
    }

    pub fn load_sound(&mut self, sound: Sound) -> Outcome<u64> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        let id = self.next_id();
        self.sounds.insert(id, Arc::new(sound));
        Ok(id)
    }

    /// Legs that play it hear it to its end.
    pub fn unload_sound(&mut self, sound: u64) -> Outcome<()> {
        let known = self.sounds.remove(&sound);
        known.map(|_| ()).ok_or(Problem::Unknown("sound", sound))
    }

    pub fn play(
        &self,
        leg: LegId,
        sounds: &[u64],
        playback: u64,
        repeats: bool,
        offset_ms: u64,
    ) -> Outcome<()> {
        let sound = |id: &u64| self.sounds.get(id).cloned().ok_or(Problem::Unknown("sound", *id));
        let sounds = sounds.iter().map(sound).collect::<Outcome<Vec<_>>>()?;
        let playlist = Playlist::new(playback, sounds, repeats, offset_ms);
        self.post(leg, Command::Play(leg, Box::new(playlist)))
    }

    pub fn stop(&self, leg: LegId) -> Outcome<()> {
        self.post(leg, Command::Stop(leg))
    }

    /// Brings both legs to one worker and lets them hear each other.
    pub fn bridge(&mut self, a: LegId, b: LegId) -> Outcome<()> {
        if a == b {
            return Err(Problem::Value(format!("leg {a} cannot be bridged with itself")));
        }
        let home = self.worker_of(a)?;
        self.bring(b, home)?;
        self.threads[home].mailbox.post(Command::Bridge(a, b));
        Ok(())
    }

    /// Makes a mix (or changes one) in which each leg hears those listed for it, on one worker.
    pub fn mix(&mut self, mix: Option<MixId>, rows: Vec<(LegId, Vec<LegId>)>) -> Outcome<MixId> {
        let known = |leg: &LegId| rows.iter().any(|(other, _)| other == leg);
        if rows.len() > MOST_MEMBERS {
            let text = format!("{} legs in one mix, more than {MOST_MEMBERS}", rows.len());
            return Err(Problem::Value(text));
        }
        for (leg, hears) in &rows {
            self.worker_of(*leg)?;
            if let Some(stranger) = hears.iter().find(|other| *other == leg || !known(other)) {
                let text = format!("leg {leg} cannot hear leg {stranger} in this mix");
                return Err(Problem::Value(text));
            }
        }
        let home = match (mix, rows.first()) {
            (Some(mix), _) => *self.mixes.get(&mix).ok_or(Problem::Unknown("mix", mix))?,
            (None, Some((leg, _))) => self.worker_of(*leg)?,
            (None, None) => return Err(Problem::Value("a mix of nobody".into())),
        };
        for (leg, _) in &rows {
            self.bring(*leg, home)?;
        }
        let mix = mix.unwrap_or_else(|| self.next_id());
        self.mixes.insert(mix, home);
        self.threads[home].mailbox.post(Command::Mix(mix, rows));
        Ok(mix)
    }

    /// Ends a mix; its legs hear nobody.
    pub fn unmix(&mut self, mix: MixId) -> Outcome<()> {
        let home = self.mixes.remove(&mix).ok_or(Problem::Unknown("mix", mix))?;
        self.threads[home].mailbox.post(Command::Mix(mix, Vec::new()));
        Ok(())
    }

    pub fn unbridge(&self, leg: LegId) -> Outcome<()> {
        self.post(leg, Command::Unbridge(leg))
    }

    /// Begins a file with silence; `assign_recording` says who is heard in it.
    pub fn start_recording(&mut self, path: &Path) -> Outcome<RecordingId> {
        if self.is_closed {
            return Err(Problem::Closed);
        }
        if self.recorder.is_none() {
            self.recorder = Some(Recorder::start(self.clock, Arc::clone(&self.ring))?);
        }
        let id = self.next_id();
        if let Some(recorder) = &self.recorder {
            let sink = recorder.open(id, path)?;
            self.recordings.insert(id, Running { sink, legs: [None; 2] });
        }
        Ok(id)
    }

    /// From now on these legs are heard left and right. A leg that was in another recording leaves that.
    pub fn assign_recording(
        &mut self,
        recording: RecordingId,
        legs: [Option<LegId>; 2],
    ) -> Outcome<()> {
        if legs[0].is_some() && legs[0] == legs[1] {
            return Err(Problem::Value("one leg cannot be on both sides".into()));
        }
        for leg in legs.into_iter().flatten() {
            self.worker_of(leg)?;
        }
        let unknown = Problem::Unknown("recording", recording);
        let running = self.recordings.get_mut(&recording).ok_or(unknown)?;
        let before = std::mem::replace(&mut running.legs, legs);
        let sink = Arc::clone(&running.sink);
        for leg in before.into_iter().flatten() {
            let _ = self.post(leg, Command::Tap(leg, None)); // it may be closed by now
        }
        for (leg, side) in legs.into_iter().zip([Side::Left, Side::Right]) {
            if let Some(leg) = leg {
                let tap = Tap { sink: Arc::clone(&sink), side };
                self.post(leg, Command::Tap(leg, Some(tap)))?;
            }
        }
        Ok(())
    }

    pub fn pause_recording(&self, recording: RecordingId, on: bool) -> Outcome<()> {
        let running = self.recordings.get(&recording);
        let running = running.ok_or(Problem::Unknown("recording", recording))?;
        running.sink.pause(on);
        Ok(())
    }

    /// Its end is told when the file is whole.
    pub fn stop_recording(&mut self, recording: RecordingId) -> Outcome<()> {
        self.assign_recording(recording, [None; 2])?;
        if let (Some(running), Some(recorder)) =
            (self.recordings.remove(&recording), &self.recorder)
        {
            recorder.stop(&running.sink);
        }
        Ok(())
    }

    pub fn echo(&self, leg: LegId, on: bool) -> Outcome<()> {
        self.post(leg, Command::Echo(leg, on))
    }

    pub fn press(&self, leg: LegId, code: u8, duration_ms: u32) -> Outcome<()> {
        self.post(leg, Command::Press { leg, code, duration_ms })
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
        let handle = std::thread::Builder::new().name(name).spawn(move || worker.run_on())?;
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

    /// Moves a leg to a worker.
    fn bring(&mut self, leg: LegId, home: usize) -> Outcome<()> {
        let away = self.worker_of(leg)?;
        if home == away {
            return Ok(());
        }
        // In this order for every move, so that workers never wait for each other in a circle.
        let mailbox = &self.threads[home].mailbox;
        mailbox.post(Command::Expect(leg));
        self.threads[away].mailbox.post(Command::Move(leg, Arc::clone(mailbox)));
        self.threads[away].legs -= 1;
        self.threads[home].legs += 1;
        if let Some(open) = self.legs.get_mut(&leg) {
            open.worker = home;
        }
        Ok(())
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
    Ok(Sequencer::new(ssrc as u32, start as u16, (start >> 32) as u32))
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
