//! One leg: what it does with the packets that come and which packets it sends. No sockets, no clock.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

use crate::clock::{Micros, MILLISECOND};
use crate::codec::{transcode, Codec, Decoder};
use crate::counters::Counters;
use crate::events::{Event, LegId};
use crate::key_detector::KeyDetector;
use crate::key_sender::{clamp_duration, KeySender, UPDATE_MS};
use crate::latch::{Latch, Remote, Verdict};
use crate::leg_mixing::Mixing;
use crate::recorder::Tap;
use crate::rtp::{self, Packet, Stamp, HEADER_BYTES};
use crate::sequencer::{Sequencer, SAMPLES_PER_MS};
use crate::sounds::{Playlist, Sound};
use crate::statistics::Reception;
use crate::telephone_event::{key_of, TelephoneEvent, PAYLOAD_BYTES};
use crate::tone_keys::{tone_of, ToneDetector, SURE_AFTER_MS};

/// SIPp sends telephone-events with this payload type, whatever was agreed.
const STRAY_KEY_PAYLOAD_TYPE: u8 = 96;
/// RFC 3389 comfort noise: a sign of life, but not yet a sound.
const COMFORT_NOISE: u8 = 13;

/// What was agreed about the sound and the keys of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub codec: Codec,
    pub payload_type: u8,
    pub key_payload_type: Option<u8>,
    pub packet_ms: u32,
}

/// A packet that another leg may want.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub packet: Packet,
    pub content: Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Sound(Codec),
    Key {
        duration: u16,
        fresh: bool,
    },
    /// A packet that nobody else gets; it only keeps its place in the sequence.
    Nothing,
}

/// A packet ready to be sent: where it lies in the buffer, and where it goes.
pub type Outgoing = (Range<usize>, SocketAddr);

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
    pub(crate) sends: bool,
    keys_heard: KeyDetector,
    keys: KeySender,
    /// Our keys as tones, for a peer that agreed to no telephone-event.
    key_tones: Option<Playlist>,
    /// Listens for the peer's keys in its sound, in the same case.
    tones_heard: Option<Box<ToneDetector>>,
    playlist: Option<Playlist>,
    receives: bool,
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
            sends: true,
            keys_heard: KeyDetector::default(),
            keys: KeySender::default(),
            key_tones: None,
            tones_heard: None,
            playlist: None,
            receives: true,
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
        self.format = Some(format);
        if format.key_payload_type.is_some() {
            self.tones_heard = None;
        } else if self.tones_heard.is_none() {
            self.tones_heard = Some(Box::default());
        }
    }

    pub fn set_direction(&mut self, sends: bool, receives: bool) {
        self.sends = sends;
        self.receives = receives;
        self.sequencer.pause();
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
        self.playlist = Some(playlist);
        self.finish_playlist(events);
    }

    pub fn stop(&mut self) {
        self.playlist = None;
    }

    /// Waits for keys pressed earlier. A peer that agreed to no telephone-event gets tones.
    pub fn press(&mut self, code: u8, duration_ms: u32) {
        let in_band = self.format.is_some_and(|format| format.key_payload_type.is_none());
        if !in_band {
            self.keys.press(code, duration_ms);
            return;
        }
        let tone = Arc::new(Sound::of(&tone_of(code, clamp_duration(duration_ms))));
        match &mut self.key_tones {
            Some(playlist) => playlist.append(tone),
            None => self.key_tones = Some(Playlist::new(0, vec![tone], false, 0)),
        }
    }

    /// True while ticks of the wheel have something to send.
    pub fn is_playing(&self) -> bool {
        self.playlist.is_some() || self.key_tones.is_some() || self.keys.is_busy()
    }

    /// How long until the tick after this one.
    pub fn tick_ms(&self) -> u32 {
        if self.keys.is_busy() {
            return UPDATE_MS;
        }
        self.format.map_or(UPDATE_MS, |format| format.packet_ms)
    }

    /// Reads one datagram from the RTP port. Returns what may be passed on to another leg.
    pub fn receive(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Incoming> {
        let Some(packet) = rtp::parse(datagram) else {
            self.counters.dropped_malformed.add(1);
            return None;
        };
        if !self.admit(&packet, from, now, events) {
            self.counters.dropped_source.add(1);
            return None;
        }
        self.heard(now);
        self.counters.packets_received.add(1);
        self.counters.bytes_received.add(datagram.len() as u64);
        let payload = &datagram[packet.payload.clone()];
        let key = self.is_key(&packet);
        self.reception.receive(&packet, key, now);
        self.counters.packets_lost.set(self.reception.lost());
        self.counters.jitter.set(u64::from(self.reception.jitter()));
        if key {
            return self.receive_key(packet, payload, now, events);
        }
        let content = self.content_of(packet.payload_type, payload.is_empty());
        if let Content::Sound(codec) = content {
            if let Some(tap) = &self.tap {
                tap.take(&packet, codec, payload, now);
            }
            self.listen_for_tones(codec, payload, events);
        }
        Some(Incoming { packet, content })
    }

    /// Turns another leg's packet, which lies at the start of `buffer`, into one of ours, in place.
    pub fn relay(
        &mut self,
        incoming: &Incoming,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Outgoing> {
        let (format, to) = (self.format?, self.latch.destination()?);
        if !self.sends || self.is_playing() {
            return None;
        }
        let packet = &incoming.packet;
        let unheard = match incoming.content {
            Content::Nothing => true,
            Content::Key { .. } => format.key_payload_type.is_none(),
            Content::Sound(_) => false,
        };
        if unheard {
            self.sequencer.omit(packet, now);
            return None;
        }
        let (payload_type, stamp) = match incoming.content {
            Content::Sound(codec) => {
                let stamp = self.sequencer.relay(packet, packet.payload.len() as u32, now)?;
                transcode(&mut buffer[packet.payload.clone()], codec, format.codec);
                (format.payload_type, stamp)
            }
            Content::Key { duration, fresh } => {
                let payload_type = format.key_payload_type?;
                let samples = u32::from(duration);
                (payload_type, self.sequencer.relay_key(packet, samples, fresh, now)?)
            }
            Content::Nothing => return None,
        };
        let whole = packet.payload.start - HEADER_BYTES..packet.payload.end;
        self.finish_packet(&mut buffer[whole.clone()], payload_type, stamp);
        Some((whole, to))
    }

    /// One tick of the wheel: the next packet of a key, a prompt or music, written to the start of `buffer`.
    pub fn tick(
        &mut self,
        buffer: &mut [u8],
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Outgoing> {
        let (format, to) = (self.format?, self.latch.destination());
        if self.sends && to.is_none() {
            return None; // it waits until there is somebody to hear it
        }
        if self.keys.is_busy() {
            return self.tick_key(format, to, buffer, now);
        }
        let playlist = self.key_tones.as_mut().or(self.playlist.as_mut())?;
        let samples = format.packet_ms * SAMPLES_PER_MS;
        let end = HEADER_BYTES + samples as usize;
        playlist.fill(format.codec, &mut buffer[HEADER_BYTES..end]);
        self.key_tones.take_if(|tones| tones.is_over());
        self.finish_playlist(events);
        if !self.sends {
            return None; // a prompt goes on unheard, so that its story does
        }
        let stamp = self.sequencer.own(samples, now);
        self.finish_packet(&mut buffer[..end], format.payload_type, stamp);
        Some((0..end, to?))
    }

    /// Who is heard changes: the next relayed packet begins a new run.
    pub fn change_source(&mut self) {
        self.sequencer.pause();
    }

    /// Reports a silence that has lasted long enough, once.
    pub fn check_timeout(&mut self, now: Micros, events: &mut Vec<Event>) {
        let silent = now.saturating_sub(self.heard_at);
        if self.timeout > 0 && !self.timed_out && silent >= self.timeout {
            self.timed_out = true;
            let silent_ms = silent / MILLISECOND;
            events.push(Event::RtpTimeout { leg: self.id, silent_ms });
        }
    }

    /// A packet came: the silence is over.
    pub(crate) fn heard(&mut self, now: Micros) {
        self.heard_at = now;
        self.timed_out = false;
    }

    fn admit(
        &mut self,
        packet: &Packet,
        from: SocketAddr,
        now: Micros,
        events: &mut Vec<Event>,
    ) -> bool {
        match self.latch.admit(from, packet.ssrc, packet.sequence, now) {
            Verdict::Accepted => true,
            Verdict::Refused => false,
            Verdict::Latched => {
                self.counters.set_source(Some(from));
                events.push(Event::Latched { leg: self.id, source: from });
                true
            }
        }
    }

    fn is_key(&self, packet: &Packet) -> bool {
        let Some(format) = self.format else {
            return false;
        };
        let payload_type = packet.payload_type;
        let stray = payload_type == STRAY_KEY_PAYLOAD_TYPE
            && payload_type != format.payload_type
            && packet.payload.len() == PAYLOAD_BYTES;
        format.key_payload_type == Some(payload_type) || stray
    }

    fn receive_key(
        &mut self,
        packet: Packet,
        payload: &[u8],
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<Incoming> {
        let Some(event) = TelephoneEvent::parse(payload) else {
            self.counters.dropped_payload.add(1);
            return None;
        };
        let fresh = self.keys_heard.receive(event, packet.ssrc, packet.timestamp, now);
        if fresh {
            let duration_ms = u32::from(event.duration) / SAMPLES_PER_MS;
            events.push(Event::Digit { leg: self.id, key: key_of(event.code), duration_ms });
        }
        let content = Content::Key { duration: event.duration, fresh };
        Some(Incoming { packet, content })
    }

    /// Sound in the agreed codec, or in a static one: peers may send any codec that was offered.
    fn content_of(&self, payload_type: u8, is_empty: bool) -> Content {
        let agreed = self.format.filter(|format| format.payload_type == payload_type);
        let codec = agreed
            .map(|format| format.codec)
            .or_else(|| Codec::from_static_payload_type(payload_type));
        match codec {
            Some(codec) if self.receives && !is_empty => Content::Sound(codec),
            None if payload_type != COMFORT_NOISE => {
                self.counters.dropped_payload.add(1);
                Content::Nothing
            }
            _ => Content::Nothing,
        }
    }

    fn listen_for_tones(&mut self, codec: Codec, payload: &[u8], events: &mut Vec<Event>) {
        let Some(detector) = &mut self.tones_heard else {
            return;
        };
        let (leg, mut samples) = (self.id, Vec::with_capacity(payload.len()));
        Decoder::new(codec).decode(payload, &mut samples);
        detector.hear(&samples, |key| {
            events.push(Event::Digit { leg, key, duration_ms: SURE_AFTER_MS });
        });
    }

    fn tick_key(
        &mut self,
        format: Format,
        to: Option<SocketAddr>,
        buffer: &mut [u8],
        now: Micros,
    ) -> Option<Outgoing> {
        let Some(payload_type) = format.key_payload_type.filter(|_| self.sends) else {
            self.keys.clear(); // nobody would understand them
            return None;
        };
        let (stamp, event) = self.keys.tick(&mut self.sequencer, now)?;
        let end = HEADER_BYTES + PAYLOAD_BYTES;
        buffer[HEADER_BYTES..end].copy_from_slice(&event.to_bytes());
        self.finish_packet(&mut buffer[..end], payload_type, stamp);
        Some((0..end, to?))
    }

    fn finish_playlist(&mut self, events: &mut Vec<Event>) {
        if let Some(playlist) = self.playlist.take_if(|playlist| playlist.is_over()) {
            events.push(Event::PlaybackFinished { leg: self.id, playback: playlist.id });
        }
    }

    pub(crate) fn finish_packet(&mut self, packet: &mut [u8], payload_type: u8, stamp: Stamp) {
        rtp::write_header(packet, payload_type, self.sequencer.ssrc(), stamp);
        self.counters.packets_sent.add(1);
        self.counters.bytes_sent.add(packet.len() as u64);
        self.payload_bytes_sent += (packet.len() - HEADER_BYTES) as u64;
        self.publish_position();
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
