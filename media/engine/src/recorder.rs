//! Recordings on their way to files: a worker only copies payloads into memory, one thread writes.
//!
//! The writer comes round five times a second instead of being woken per packet, which would cost a worker more than
//! the relaying does. Nothing here ever waits for a disk but the writer itself.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::clock::{Clock, Micros, MILLISECOND};
use crate::codec::Codec;
use crate::events::{lock, Event, Outbox, Ring};
use crate::recording::{Recording, Side, Taken};
use crate::rtp::Packet;
use crate::sealed::Seal;
use crate::silence::Silence;
use crate::wav::{Shape, Wav};

pub type RecordingId = u64;

const ROUND: Duration = Duration::from_millis(200);
/// What a worker stamped before this is in memory by now.
const SETTLED_AFTER: Micros = 20 * MILLISECOND;
/// Some 30 s of two talkers: a disk that stalls longer costs sound, never memory.
const MOST_PACKETS: usize = 3_000;

/// What workers and the writer share of one recording.
pub struct Sink {
    pub id: RecordingId,
    taken: Mutex<Vec<Taken>>,
    is_paused: AtomicBool,
    is_suspended: AtomicBool,
    is_stopped: AtomicBool,
}

impl Sink {
    pub fn new(id: RecordingId) -> Self {
        Self {
            id,
            taken: Mutex::default(),
            is_paused: AtomicBool::new(false),
            is_suspended: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
        }
    }

    /// From now on nothing is kept; silence takes its place.
    pub fn pause(&self, on: bool) {
        self.is_paused.store(on, Ordering::Release);
    }

    /// From now on the file does not grow, as if no time passed.
    pub fn suspend(&self, on: bool) {
        self.is_suspended.store(on, Ordering::Release);
    }

    fn take(&self, taken: Taken) {
        if self.is_paused.load(Ordering::Acquire) {
            return;
        }
        let mut all = lock(&self.taken);
        if all.len() < MOST_PACKETS {
            all.push(taken);
        }
    }
}

/// What a leg that is recorded holds.
#[derive(Clone)]
pub struct Tap {
    pub sink: Arc<Sink>,
    pub side: Side,
}

impl Tap {
    pub fn take(&self, packet: &Packet, codec: Codec, payload: &[u8], at: Micros) {
        let (side, packet, payload) = (self.side, packet.clone(), payload.to_vec());
        self.sink.take(Taken { side, packet, codec, payload, at });
    }
}

struct Open {
    sink: Arc<Sink>,
    recording: Recording,
    wav: Wav,
    silence: Silence,
}

#[derive(Default)]
struct Desk {
    arrived: Vec<Open>,
    quits: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

/// The writer's owner.
pub struct Recorder {
    shared: Arc<Shared>,
    clock: Clock,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    pub fn start(clock: Clock, ring: Arc<Ring>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut writer = Writer { shared: Arc::clone(&shared), open: Vec::new(), clock, ring };
        let builder = std::thread::Builder::new().name("recorder".into());
        let thread = Some(builder.spawn(move || writer.run())?);
        Ok(Self { shared, clock, thread })
    }

    /// Makes the file and begins. The only step that its owner waits for is the file's creation.
    ///
    /// `silence_ms`: how much silence is told, 0 for none.
    pub fn open(
        &self,
        id: RecordingId,
        path: &Path,
        shape: Shape,
        silence_ms: u64,
        seal: Option<Seal>,
    ) -> std::io::Result<Arc<Sink>> {
        let wav = Wav::create(path, shape, seal)?;
        let sink = Arc::new(Sink::new(id));
        let recording = Recording::begin(self.clock.now(), shape);
        let silence = Silence::new(silence_ms, shape);
        let open = Open { sink: Arc::clone(&sink), recording, wav, silence };
        lock(&self.shared.desk).arrived.push(open);
        self.shared.changed.notify_one();
        Ok(sink)
    }

    /// The rest is written and the end told soon.
    pub fn stop(&self, sink: &Sink) {
        sink.is_stopped.store(true, Ordering::Release);
        self.shared.changed.notify_one();
    }
}

impl Drop for Recorder {
    /// Finishes every recording.
    fn drop(&mut self) {
        lock(&self.shared.desk).quits = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a writer that panicked is gone as well
        }
    }
}

struct Writer {
    shared: Arc<Shared>,
    open: Vec<Open>,
    clock: Clock,
    ring: Arc<Ring>,
}

impl Writer {
    fn run(&mut self) {
        loop {
            let quits = self.wait();
            let now = self.clock.now();
            let mut outbox = Outbox::default();
            let all = std::mem::take(&mut self.open);
            self.open = all
                .into_iter()
                .filter_map(|open| open.write(now, quits, &mut outbox.events))
                .collect();
            outbox.flush(&self.ring, now.max(SETTLED_AFTER));
            if quits {
                return;
            }
        }
    }

    /// Until the next round; without a recording, until there is one. True at the end.
    fn wait(&mut self) -> bool {
        let desk = lock(&self.shared.desk);
        let idle = |desk: &mut Desk| desk.arrived.is_empty() && !desk.quits;
        let mut desk = if self.open.is_empty() {
            self.shared.changed.wait_while(desk, idle).unwrap_or_else(|error| error.into_inner())
        } else {
            let waited = self.shared.changed.wait_timeout(desk, ROUND);
            waited.unwrap_or_else(|error| error.into_inner()).0
        };
        self.open.append(&mut desk.arrived);
        desk.quits
    }
}

impl Open {
    /// One round; gives itself back while it goes on.
    fn write(mut self, now: Micros, quits: bool, events: &mut Vec<Event>) -> Option<Self> {
        let ends = quits || self.sink.is_stopped.load(Ordering::Acquire);
        self.recording.take(std::mem::take(&mut *lock(&self.sink.taken)));
        let mut samples = Vec::new();
        let until = if ends { now } else { now.saturating_sub(SETTLED_AFTER) };
        self.recording.advance(until, &mut samples);
        let id = self.sink.id;
        if self.sink.is_suspended.load(Ordering::Acquire) {
            samples.clear(); // both sides stay in step all the same
        }
        if let Some(silent_ms) = self.silence.hear(&samples) {
            events.push(Event::RecordingSilent { recording: id, silent_ms });
        }
        if let Err(error) = self.wav.append(&samples) {
            self.sink.pause(true); // whoever still takes sound for it keeps none
            events.push(Event::RecordingFailed { recording: id, text: error.to_string() });
            return None;
        }
        if !ends {
            return Some(self);
        }
        let duration_ms = self.wav.duration_ms();
        events.push(match self.wav.finish() {
            Ok(()) => Event::RecordingFinished { recording: id, duration_ms },
            Err(error) => Event::RecordingFailed { recording: id, text: error.to_string() },
        });
        None
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
