//! What protects a leg: SRTP with keys from SDP or from DTLS, and the checks of ICE. All of it without sockets.
//!
//! A leg that neither protects nor checks has none of this and pays nothing for it.

pub mod dtls;
pub mod ice;
pub mod identity;
pub mod keys;
pub mod seat;
pub mod srtp;
pub mod stun;
mod transform;

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

use dtls::{Handshake, Keys};
use ice::Credentials;
use identity::{Fingerprint, Identity};
use srtp::{Receiver, Refusal, Resumption, Sender};
use transform::Position;

use crate::clock::Micros;

/// What signalling agreed on.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub keying: Keying,
    pub ice: Option<Credentials>,
    pub rtcp_mux: bool,
}

#[derive(Clone, Debug, Default)]
pub enum Keying {
    #[default]
    Plain,
    /// Keys that SDP carried, RFC 4568.
    Sdes(Keys),
    /// Keys that a handshake will bring. `active`: we begin it.
    Dtls { identity: Arc<Identity>, peer: Fingerprint, active: bool },
}

/// The protection of one leg.
#[derive(Default)]
pub struct Security {
    plan: Plan,
    srtp: Option<Srtp>,
    handshake: Option<Handshake>,
}

/// Keys in use.
struct Srtp {
    keys: Keys,
    sender: Sender,
    receiver: Receiver,
    /// Packets under the peer's last key may still be under way, until the first one under the new key.
    previous: Option<Receiver>,
    last: Option<Position>,
}

impl Srtp {
    fn new(keys: Keys, resumption: Option<Resumption>) -> Self {
        let (sender, receiver) =
            (Sender::new(&keys.send), Receiver::new(&keys.receive, resumption));
        Self { keys, sender, receiver, previous: None, last: None }
    }

    /// Takes new keys. A direction whose key is the same goes on: nothing may be sent twice under one key.
    fn change(&mut self, keys: Keys) {
        if keys.send != self.keys.send {
            self.sender = Sender::new(&keys.send);
        }
        if keys.receive != self.keys.receive {
            let resumption = self.last.map(|last| Resumption {
                ssrc: last.ssrc,
                index: last.index,
                roll_overs: 1,
                same_key: false,
            });
            let receiver = Receiver::new(&keys.receive, resumption);
            self.previous = Some(std::mem::replace(&mut self.receiver, receiver));
        }
        self.keys = keys;
    }

    fn open(&mut self, packet: &mut [u8]) -> Result<(usize, Position), Refusal> {
        let opened = match self.receiver.open(packet) {
            Err(Refusal::Forged) => match &mut self.previous {
                Some(previous) => previous.open(packet),
                None => Err(Refusal::Forged),
            },
            opened => {
                self.previous = None;
                opened
            }
        };
        if let Ok((_, position)) = opened {
            self.last = Some(position);
        }
        opened
    }
}

impl Security {
    /// Goes on with the keys of before a restart.
    pub fn restored(keys: Keys, resumption: Option<Resumption>) -> Self {
        Self { srtp: Some(Srtp::new(keys, resumption)), ..Self::default() }
    }

    pub fn rtcp_mux(&self) -> bool {
        self.plan.rtcp_mux
    }

    /// Whether sound may pass: it is not to be protected, or there are keys.
    pub fn is_ready(&self) -> bool {
        !self.protects() || self.srtp.is_some()
    }

    pub fn protects(&self) -> bool {
        self.srtp.is_some() || !matches!(self.plan.keying, Keying::Plain)
    }

    pub fn keys(&self) -> Option<&Keys> {
        self.srtp.as_ref().map(|srtp| &srtp.keys)
    }

    /// Takes what signalling says now. What it says again stays as it is: counters, keys, handshake.
    pub fn agree(&mut self, plan: Plan, now: Micros) {
        let was_restored = matches!(self.plan.keying, Keying::Plain) && self.srtp.is_some();
        match &plan.keying {
            Keying::Plain => (self.srtp, self.handshake) = (None, None),
            Keying::Sdes(keys) => {
                self.handshake = None;
                match &mut self.srtp {
                    Some(srtp) => srtp.change(keys.clone()),
                    None => self.srtp = Some(Srtp::new(keys.clone(), None)),
                }
            }
            Keying::Dtls { identity, peer, active } => {
                let same =
                    matches!(&self.plan.keying, Keying::Dtls { peer: known, .. } if known == peer);
                if !same {
                    let mut handshake = Handshake::new(identity, peer.clone(), *active, now);
                    if was_restored {
                        handshake.begun = true; // it was made before the restart; the peer may begin another
                    } else if matches!(self.plan.keying, Keying::Sdes(_)) {
                        self.srtp = None;
                    }
                    self.handshake = Some(handshake);
                }
            }
        }
        self.plan = plan;
    }

    fn take_keys(&mut self, keys: Keys) {
        match &mut self.srtp {
            Some(srtp) => srtp.change(keys),
            None => self.srtp = Some(Srtp::new(keys, None)),
        }
    }

    /// `None`: it must not be sent.
    pub fn protect(&mut self, buffer: &mut [u8], range: Range<usize>) -> Option<Range<usize>> {
        match &mut self.srtp {
            Some(srtp) => srtp.sender.protect(buffer, range),
            None => (!self.protects()).then_some(range),
        }
    }

    /// False: it must not be sent.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> bool {
        match &mut self.srtp {
            // Without rtcp-mux its port would need a handshake of its own, RFC 5764 §4.1.
            Some(_) if self.handshake.is_some() && !self.plan.rtcp_mux => false,
            Some(srtp) => srtp.sender.protect_rtcp(packet),
            None => !self.protects(),
        }
    }

    fn check(&self, datagram: &[u8], from: SocketAddr) -> ice::Checked {
        let ice = self.plan.ice.as_ref();
        ice.map(|ice| ice.check(datagram, from)).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod mutation_tests;
#[cfg(test)]
#[path = "secure/tests.rs"]
mod tests;
