//! One leg: what it does with the packets that come and which packets it sends. No sockets, no clock.

use std::sync::Arc;

use crate::clock::{Micros, MILLISECOND};
use crate::code_guard::CodeGuard;
use crate::codec::{Decoder, Encoder};
use crate::counters::Counters;
use crate::events::{Event, LegId};
use crate::format::Format;
use crate::heard::Heard;
use crate::key_detector::KeyDetector;
use crate::key_sender::{clamp_duration, KeySender, UPDATE_MS};
use crate::latch::{Latch, Remote};
use crate::recorder::Tap;
use crate::repacketizer::Repacketizer;
use crate::sequencer::Sequencer;
use crate::silence_suppression::SilenceSuppression;
use crate::sounds::{Change, Playlist, Sound};
use crate::statistics::Reception;
use crate::telephone_event::key_of;
use crate::tone_keys::{tone_of, ToneDetector};

mod listening;
mod mixing;
mod receiving;
mod sending;

use listening::Ear;
pub use listening::Wish;
use mixing::Mixing;
pub use receiving::{Content, Incoming};
pub use sending::Outgoing;

/// After a packet of a key, or a block of its tone, that nobody may hear.
const KEY_LINGERS: Micros = 60 * MILLISECOND;
/// The same key by SIP and by RTP within this time is one press.
const SAME_PRESS: Micros = 200 * MILLISECOND;
/// As many as a phone may still repeat.
const HIDDEN_KEYS: usize = 4;

pub struct Leg {
    pub id: LegId,
    pub counters: Arc<Counters>,
    pub(crate) sequencer: Sequencer,
    pub(crate) latch: Latch,
    pub(crate) reception: Reception,
    pub(crate) payload_bytes_sent: u64,
    /// Where its sound is recorded.
    pub(crate) tap: Option<Tap>,
    pub(crate) mixing: Option<Box<Mixing>>,
    pub(crate) format: Option<Format>,
    /// What the peer may send in another way than it is sent.
    heard: Heard,
    pub(crate) sends: bool,
    /// Of what we say ourselves, where it is not a table.
    encoder: Option<Box<Encoder>>,
    /// Our own sound on its way into the encoder.
    linear: Vec<i16>,
    /// Of our own sound, for a peer that takes comfort noise.
    suppression: SilenceSuppression,
    /// Makes packets of our length out of another leg's.
    repacketizer: Option<Box<Repacketizer>>,
    keys_heard: KeyDetector,
    keys: KeySender,
    /// Our keys reach the peer by SIP: its owner is told them, and nothing is sent here.
    tells_keys: bool,
    /// Our keys as tones, for a peer that agreed to no telephone-event.
    key_tones: Option<Playlist>,
    /// Listens for the peer's keys in its sound, in the same case.
    tones_heard: Option<Box<ToneDetector>>,
    /// Listens for what its owner asked to be told.
    ear: Option<Box<Ear>>,
    /// For both of them.
    ear_decoder: Option<Box<Decoder>>,
    playlist: Option<Playlist>,
    receives: bool,
    /// What its peer says and presses is told to its owner, and heard by nobody.
    is_confidential: bool,
    /// Keys of it that may be a feature code, whose keys are heard by nobody either.
    codes: Option<Box<CodeGuard>>,
    /// SSRC and timestamp of keys that nobody heard, the newest first; nobody hears their late packets.
    hidden_keys: [Option<(u32, u32)>; HIDDEN_KEYS],
    /// The last key of the peer's that came by SIP, and when.
    taken: Option<(u8, Micros)>,
    /// The tones of its keys are an echo of what comes by SIP: nobody hears them.
    hides_tones: bool,
    /// Keys that were held back and are none of a code, for whoever hears this leg.
    released: Vec<u8>,
    /// Until then its sound is that of a key which nobody may hear.
    muted_until: Micros,
    timeout: Micros,
    heard_at: Micros,
    timed_out: bool,
}

impl Leg {
    pub fn new(id: LegId, sequencer: Sequencer, latch: Latch, now: Micros) -> Self {
        let counters = Arc::new(Counters::default());
        counters.ssrc.set(u64::from(sequencer.ssrc()));
        counters.set_source(latch.source());
        let leg = Self {
            id,
            counters,
            sequencer,
            latch,
            reception: Reception::default(),
            payload_bytes_sent: 0,
            tap: None,
            mixing: None,
            format: None,
            heard: Heard::default(),
            sends: true,
            encoder: None,
            linear: Vec::new(),
            suppression: SilenceSuppression::default(),
            repacketizer: None,
            keys_heard: KeyDetector::default(),
            keys: KeySender::default(),
            tells_keys: false,
            key_tones: None,
            tones_heard: None,
            ear: None,
            ear_decoder: None,
            playlist: None,
            receives: true,
            is_confidential: false,
            codes: None,
            hidden_keys: [None; HIDDEN_KEYS],
            taken: None,
            hides_tones: false,
            released: Vec::new(),
            muted_until: 0,
            timeout: 0,
            heard_at: now,
            timed_out: false,
        };
        leg.publish_position();
        leg
    }

    pub fn set_remote(&mut self, remote: Remote) {
        self.latch.set_remote(remote);
        self.counters.set_source(self.latch.source());
    }

    pub fn set_format(&mut self, format: Format) {
        let format = format.packable();
        self.format = Some(format);
        self.repacketizer = None;
        self.suppression.interrupt();
        self.sequencer.set_clock(format.codec.clock_hz());
        self.reception.set_clock(format.codec.clock_hz());
        self.counters.clock_hz.set(u64::from(format.codec.clock_hz()));
        if format.key_payload_type.is_some() {
            self.tones_heard = None;
        } else if self.tones_heard.is_none() {
            self.tones_heard = Some(Box::default());
        }
    }

    /// In place of what was heard besides the format before.
    pub fn hear_also(&mut self, heard: Heard) {
        self.heard = heard;
    }

    pub fn set_direction(&mut self, sends: bool, receives: bool) {
        self.sends = sends;
        self.receives = receives;
        self.change_source();
    }

    /// The last key's tone may still sound at the end; nobody hears that either.
    pub fn keep_confidential(&mut self, on: bool, now: Micros) {
        if self.is_confidential && !on {
            self.muted_until = if self.tones_heard.is_some() { now + KEY_LINGERS } else { 0 };
        }
        self.is_confidential = on;
    }

    /// Whether its peer sends tones beside keys by SIP, which count.
    pub fn hide_tones(&mut self, on: bool) {
        self.hides_tones = on;
    }

    /// Feature codes that nobody is to hear from this leg; none of them ends it.
    pub fn guard_codes(&mut self, codes: Vec<Vec<u8>>) {
        let guard = || Box::new(CodeGuard::new(codes.clone()));
        self.codes = (!codes.is_empty()).then(guard);
    }

    /// A key that was held back and is to be heard after all; call until `None`.
    pub fn next_released(&mut self) -> Option<u8> {
        (!self.released.is_empty()).then(|| self.released.remove(0))
    }

    /// Counts silence from now on; 0 stops counting.
    pub fn set_timeout(&mut self, timeout: Micros, now: Micros) {
        self.timeout = timeout;
        self.heard(now);
    }

    pub fn play(&mut self, playlist: Playlist, events: &mut Vec<Event>) {
        if self.mixing.is_some() && self.playlist.is_none() {
            self.sequencer.pause();
        }
        self.suppression.interrupt();
        self.playlist = Some(playlist);
        self.finish_playlist(events);
    }

    /// Nothing happens to a playback that is over, or was replaced.
    pub fn change_playback(&mut self, playback: u64, change: Change, events: &mut Vec<Event>) {
        if let Some(playlist) = self.playlist.as_mut().filter(|playlist| playlist.id == playback) {
            playlist.change(change);
            self.finish_playlist(events);
        }
    }

    pub fn stop(&mut self) {
        self.playlist = None;
    }

    /// Lets keys that are pressed towards the peer be told to the leg's owner instead.
    pub fn tell_keys(&mut self, on: bool) {
        self.tells_keys = on;
    }

    /// Waits for keys pressed earlier. A peer that agreed to no telephone-event gets tones.
    pub fn press(&mut self, code: u8, duration_ms: u32, events: &mut Vec<Event>) {
        if self.tells_keys {
            let (key, duration_ms) = (key_of(code), clamp_duration(duration_ms));
            events.push(Event::KeyToSend { leg: self.id, key, duration_ms });
            return;
        }
        if !self.keys_are_tones() {
            self.keys.press(code, duration_ms);
            return;
        }
        let tone = Arc::new(Sound::of(tone_of(code, clamp_duration(duration_ms))));
        match &mut self.key_tones {
            Some(playlist) => playlist.append(tone),
            None => self.key_tones = Some(Playlist::new(0, vec![tone], false, 0)),
        }
    }

    fn keys_are_tones(&self) -> bool {
        self.format.is_some_and(|format| format.key_payload_type.is_none())
    }

    /// Whether its peer hears another leg now, and none of our own sound.
    pub fn hears_others(&self) -> bool {
        self.sends && !self.is_playing() && self.latch.destination().is_some()
    }

    /// Whether the keys of a leg that its peer hears must be pressed, as they cannot pass as they are.
    pub fn wants_presses(&self) -> bool {
        self.hears_others() && (self.tells_keys || self.keys_are_tones())
    }

    /// True while keys of ours are being sent.
    pub fn presses(&self) -> bool {
        self.keys.is_busy() || self.key_tones.is_some()
    }

    /// True while ticks of the wheel have something to send.
    pub fn is_playing(&self) -> bool {
        self.playlist.is_some() || self.presses()
    }

    /// How long until the tick after this one.
    pub fn tick_ms(&self) -> u32 {
        if self.keys.is_busy() {
            return UPDATE_MS;
        }
        self.format.map_or(UPDATE_MS, |format| format.packet_ms)
    }

    /// Who is heard changes: the next relayed packet begins a new run.
    pub fn change_source(&mut self) {
        self.repacketizer = None;
        self.suppression.interrupt();
        self.sequencer.pause();
    }

    fn finish_playlist(&mut self, events: &mut Vec<Event>) {
        if let Some(playlist) = self.playlist.take_if(|playlist| playlist.is_over()) {
            events.push(Event::PlaybackFinished { leg: self.id, playback: playlist.id });
        }
    }

    fn publish_position(&self) {
        let sequencer = &self.sequencer;
        self.counters.sequence.set(u64::from(sequencer.next_sequence()));
        self.counters.timestamp.set(u64::from(sequencer.next_timestamp()));
    }
}

#[cfg(test)]
#[path = "leg_tests.rs"]
mod tests;

#[cfg(test)]
mod code_tests;
