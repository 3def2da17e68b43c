//! What a leg with protection does with the datagrams of its sockets before anything else sees them.

use std::net::{SocketAddr, UdpSocket};

use super::dtls::{Keys, Progress};
use super::srtp::Resumption;
use super::{stun, Plan, Security};
use crate::clock::Micros;
use crate::events::Event;
use crate::rtp;
use crate::seat::Seat;

/// Which of a leg's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Socket {
    Rtp,
    Rtcp,
}

impl Seat {
    /// Takes what signalling agreed on about protection.
    pub fn agree(&mut self, plan: Plan, now: Micros, events: &mut Vec<Event>) {
        let is_plain =
            plan.ice.is_none() && !plan.rtcp_mux && matches!(plan.keying, super::Keying::Plain);
        if is_plain {
            self.security = None;
            self.leg.latch.withhold(false);
            self.leg.counters.set_keys(None);
            return;
        }
        self.security.get_or_insert_default().agree(plan, now);
        self.publish_keys();
        self.keep_secure(now, events);
    }

    /// Goes on with the keys of before a restart.
    pub fn restore_keys(&mut self, keys: Keys, resumption: Option<Resumption>) {
        self.security = Some(Box::new(Security::restored(keys, resumption)));
        self.publish_keys();
        if let Some(hint) = resumption {
            self.leg.counters.protected_ssrc.set(u64::from(hint.ssrc));
            self.leg.counters.protected_index.set(hint.index);
        }
    }

    /// Makes a datagram readable, in place. `None` when it was no sound and no report, or not the peer's.
    pub fn open(
        &mut self,
        datagram: &mut [u8],
        from: SocketAddr,
        socket: Socket,
        now: Micros,
        events: &mut Vec<Event>,
    ) -> Option<usize> {
        if self.security.is_none() {
            return Some(datagram.len());
        }
        match *datagram.first()? {
            0..=3 if stun::is_stun(datagram) => {
                self.answer_check(datagram, from, socket, now, events)
            }
            20..=63 if socket == Socket::Rtp => self.shake_hands(datagram, from, now, events),
            _ => return self.unprotect(datagram, from, now),
        }
        None
    }

    /// Repeats what a handshake lost, or begins it.
    pub fn keep_secure(&mut self, now: Micros, events: &mut Vec<Event>) {
        let Some(handshake) = self.security.as_mut().and_then(|all| all.handshake.as_mut()) else {
            return;
        };
        let Some(to) = self.leg.latch.path() else {
            return; // nobody has shown the way yet
        };
        let begins = handshake.is_active() && !handshake.begun;
        let progress = if begins { Some(handshake.begin(now)) } else { handshake.tick(now) };
        if let Some(progress) = progress {
            self.advance(progress, to, now, events);
        }
    }

    fn unprotect(&mut self, datagram: &mut [u8], from: SocketAddr, now: Micros) -> Option<usize> {
        let (counters, latch) = (&self.leg.counters, &self.leg.latch);
        let security = self.security.as_mut()?;
        if !security.protects() {
            return Some(datagram.len());
        }
        let is_rtcp = rtp::is_rtcp(datagram);
        let expected = if is_rtcp {
            latch.admits_rtcp(from)
        } else if datagram.len() < rtp::HEADER_BYTES {
            counters.dropped_malformed.add(1);
            return None;
        } else {
            let sequence = u16::from_be_bytes([datagram[2], datagram[3]]);
            latch.may_admit(from, rtp::word(datagram, 8), sequence, now)
        };
        if !expected {
            counters.dropped_source.add(1); // before it costs anything, or takes a true one's place
            return None;
        }
        let opened = match &mut security.srtp {
            None => None,
            Some(srtp) if is_rtcp => srtp.receiver.open_rtcp(datagram).ok(),
            Some(srtp) => srtp.open(datagram).ok().map(|(length, position)| {
                counters.protected_ssrc.set(u64::from(position.ssrc));
                counters.protected_index.set(position.index);
                length
            }),
        };
        if opened.is_none() {
            counters.dropped_insecure.add(1);
        }
        opened
    }

    fn answer_check(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        socket: Socket,
        now: Micros,
        events: &mut Vec<Event>,
    ) {
        let Some(security) = &self.security else {
            return;
        };
        let checked = security.check(datagram, from);
        let Some(answer) = checked.answer else {
            self.leg.counters.dropped_insecure.add(1);
            return;
        };
        let through = self.socket(socket);
        let _ = through.send_to(&answer, from); // a lost answer is asked for again
        if socket == Socket::Rtcp || !checked.valid {
            return;
        }
        self.leg.heard(now);
        if checked.nominates || self.leg.latch.source().is_none() {
            self.latch_to(from, now, events);
            self.keep_secure(now, events);
        }
    }

    fn shake_hands(
        &mut self,
        datagram: &[u8],
        from: SocketAddr,
        now: Micros,
        events: &mut Vec<Event>,
    ) {
        if !self.leg.latch.may_shake_hands(from) {
            self.leg.counters.dropped_source.add(1);
            return;
        }
        let Some(handshake) = self.security.as_mut().and_then(|all| all.handshake.as_mut()) else {
            self.leg.counters.dropped_insecure.add(1);
            return;
        };
        let progress = handshake.receive(datagram, now);
        self.advance(progress, from, now, events);
    }

    fn advance(
        &mut self,
        progress: Progress,
        to: SocketAddr,
        now: Micros,
        events: &mut Vec<Event>,
    ) {
        for packet in &progress.packets {
            let _ = self.sockets.rtp.send_to(packet, to); // what is lost is repeated
        }
        let Some(security) = self.security.as_mut() else {
            return;
        };
        if let Some(text) = progress.failed {
            security.handshake = None;
            events.push(Event::SecurityFailed { leg: self.leg.id, text });
        }
        if let Some(keys) = progress.keys {
            let profile = keys.send.profile.name();
            security.take_keys(keys);
            self.publish_keys();
            if self.leg.latch.source().is_none() {
                self.latch_to(to, now, events);
            }
            events.push(Event::Secured { leg: self.leg.id, profile });
        }
    }

    fn latch_to(&mut self, source: SocketAddr, now: Micros, events: &mut Vec<Event>) {
        if self.leg.latch.nominate(source, now) {
            self.leg.counters.set_source(Some(source));
            events.push(Event::Latched { leg: self.leg.id, source });
        }
    }

    /// What a restart needs, and whether anything may be sent.
    fn publish_keys(&mut self) {
        let security = self.security.as_ref();
        self.leg.counters.set_keys(security.and_then(|security| security.keys()).cloned());
        self.leg.latch.withhold(!security.is_none_or(|security| security.is_ready()));
    }

    fn socket(&self, socket: Socket) -> &UdpSocket {
        match socket {
            Socket::Rtp => &self.sockets.rtp,
            Socket::Rtcp => &self.sockets.rtcp,
        }
    }
}
