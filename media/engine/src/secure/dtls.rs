//! One DTLS-SRTP handshake (RFC 5763, RFC 5764) at our end. No sockets; the time is an argument.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dimpl::{Config, Dtls, KeyingMaterial, Output, SrtpProfile};

use super::identity::{Fingerprint, Identity};
use super::keys::{MasterKey, Profile};
use crate::clock::Micros;

const BUFFER_BYTES: usize = 2048;

/// The keys of both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub send: MasterKey,
    pub receive: MasterKey,
}

/// What one step of the handshake came to.
#[derive(Debug, Default)]
pub struct Progress {
    pub packets: Vec<Vec<u8>>,
    pub keys: Option<Keys>,
    /// Why there will be no keys; the handshake is of no more use.
    pub failed: Option<String>,
}

pub struct Handshake {
    dtls: Dtls,
    expected: Fingerprint,
    active: bool,
    pub begun: bool,
    vouched: bool,
    keys: Option<Keys>,
    /// The library counts in the system's steady time.
    origin: (Instant, Micros),
    wake_at: Option<Instant>,
}

impl Handshake {
    /// `active`: we send the first message, once `begin` says so (RFC 4145).
    pub fn new(identity: &Identity, expected: Fingerprint, active: bool, now: Micros) -> Self {
        let started = Instant::now();
        let certificate = identity.certificate.clone();
        let mut dtls = Dtls::new_auto(Arc::new(Config::default()), certificate, started);
        dtls.set_active(active);
        Self {
            dtls,
            expected,
            active,
            begun: false,
            vouched: false,
            keys: None,
            origin: (started, now),
            wake_at: None,
        }
    }

    pub fn is_active(&self) -> bool {
        self.active
    }

    pub fn begin(&mut self, now: Micros) -> Progress {
        self.begun = true;
        let outcome = self.dtls.handle_timeout(self.instant(now));
        self.drain(outcome)
    }

    pub fn receive(&mut self, datagram: &[u8], now: Micros) -> Progress {
        self.begun = true;
        let now = self.instant(now);
        let outcome =
            self.dtls.handle_timeout(now).and_then(|()| self.dtls.handle_packet(datagram));
        self.drain(outcome)
    }

    /// Repeats what was lost; `None` when nothing is due.
    pub fn tick(&mut self, now: Micros) -> Option<Progress> {
        let now = self.instant(now);
        if !self.begun || self.wake_at.is_none_or(|at| now < at) {
            return None;
        }
        let outcome = self.dtls.handle_timeout(now);
        Some(self.drain(outcome))
    }

    fn instant(&self, now: Micros) -> Instant {
        let (started, at) = self.origin;
        started + Duration::from_micros(now.saturating_sub(at))
    }

    fn drain(&mut self, outcome: Result<(), dimpl::Error>) -> Progress {
        let mut progress = Progress::default();
        if let Err(error) = outcome {
            progress.failed = Some(error.to_string());
            return progress;
        }
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => progress.packets.push(packet.to_vec()),
                Output::BufferTooSmall { needed } => buffer.resize(needed, 0),
                Output::Timeout(at) => {
                    self.wake_at = Some(at);
                    break;
                }
                Output::PeerCert(certificate) => {
                    self.vouched = self.expected.is_of(certificate);
                    if !self.vouched {
                        progress.failed = Some("the certificate is not the one announced".into());
                        return progress;
                    }
                }
                Output::KeyingMaterial(material, profile) => {
                    self.keys = keys_of(&material, profile, self.active);
                }
                _ => {} // application data means nothing here, and the end is told by SIP
            }
        }
        if self.vouched {
            progress.keys = self.keys.take();
        }
        progress
    }
}

/// RFC 5764 §4.2: client's key, server's key, client's salt, server's salt.
fn keys_of(material: &KeyingMaterial, profile: SrtpProfile, active: bool) -> Option<Keys> {
    let profile = match profile {
        SrtpProfile::AES128_CM_SHA1_80 => Profile::Aes128Sha1Long,
        SrtpProfile::AEAD_AES_128_GCM => Profile::Aes128Gcm,
        SrtpProfile::AEAD_AES_256_GCM => Profile::Aes256Gcm,
        _ => return None,
    };
    let (key, salt) = (profile.key_bytes(), profile.salt_bytes());
    let side = |side: usize| {
        let salts = 2 * key;
        let key = material.get(side * key..(side + 1) * key)?;
        let salt = material.get(salts + side * salt..salts + (side + 1) * salt)?;
        MasterKey::new(profile, &[key, salt].concat())
    };
    let (client, server) = (side(0)?, side(1)?);
    let (send, receive) = if active { (client, server) } else { (server, client) };
    Some(Keys { send, receive })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};

    /// Two ends and what is under way between them.
    struct Pair {
        ends: [Handshake; 2],
        keys: [Option<Keys>; 2],
        failed: [Option<String>; 2],
        under_way: Vec<(usize, Vec<u8>)>,
    }

    impl Pair {
        fn new(announced: Option<Fingerprint>) -> Self {
            let ids = [0, 1].map(|_| Identity::generate().expect("randomness"));
            let of_passive = announced.unwrap_or_else(|| ids[1].fingerprint.clone());
            let active = Handshake::new(&ids[0], of_passive, true, 0);
            let passive = Handshake::new(&ids[1], ids[0].fingerprint.clone(), false, 0);
            let mut pair = Self {
                ends: [active, passive],
                keys: [None, None],
                failed: [None, None],
                under_way: Vec::new(),
            };
            let begun = pair.ends[0].begin(0);
            pair.take(0, begun);
            pair
        }

        fn take(&mut self, end: usize, progress: Progress) {
            self.under_way.extend(progress.packets.into_iter().map(|packet| (1 - end, packet)));
            self.keys[end] = progress.keys.or(self.keys[end].take());
            self.failed[end] = progress.failed.or(self.failed[end].take());
        }

        /// Runs until both have keys or failed, losing every `lose`-th packet.
        fn run(&mut self, lose: usize) {
            let mut count = 0;
            for step in 0..2_000 {
                let now = step * 50 * MILLISECOND;
                for (end, packet) in std::mem::take(&mut self.under_way) {
                    count += 1;
                    if lose == 0 || count % lose != 0 {
                        let progress = self.ends[end].receive(&packet, now);
                        self.take(end, progress);
                    }
                }
                for end in [0, 1] {
                    if let Some(progress) = self.ends[end].tick(now) {
                        self.take(end, progress);
                    }
                }
                let is_over = |end: usize| self.keys[end].is_some() || self.failed[end].is_some();
                if is_over(0) && is_over(1) || now > 60 * SECOND {
                    return;
                }
            }
        }
    }

    #[test]
    fn both_ends_come_to_the_same_keys_though_packets_are_lost() {
        for lose in [0, 4] {
            let mut pair = Pair::new(None);
            pair.run(lose);
            let [Some(active), Some(passive)] = &pair.keys else {
                panic!("no keys when every {lose}th packet is lost: {:?}", pair.failed);
            };
            assert!(active.send == passive.receive && active.receive == passive.send);
            assert!(active.send != active.receive);
        }
    }

    #[test]
    fn a_certificate_that_was_not_announced_gives_no_keys() {
        let stranger = Identity::generate().expect("randomness").fingerprint;
        let mut pair = Pair::new(Some(stranger));
        pair.run(0);
        assert_eq!(pair.keys[0], None);
        assert!(pair.failed[0].as_deref().is_some_and(|text| text.contains("announced")));
    }

    #[test]
    fn no_bytes_whatever_break_the_handshake() {
        let mut template = Pair::new(None);
        let (_, hello) = template.under_way.remove(0);
        let mut seed = 1u32;
        for round in 0..300 {
            let id = Identity::generate().expect("randomness");
            let mut end = Handshake::new(&id, id.fingerprint.clone(), round % 2 == 0, 0);
            for step in 0..20 {
                let mut bytes = hello.clone();
                for _ in 0..step {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let at = (seed >> 8) as usize % bytes.len();
                    bytes[at] = (seed >> 24) as u8;
                }
                bytes.truncate(1 + seed as usize % bytes.len());
                let progress = end.receive(&bytes, step * SECOND);
                assert!(progress.keys.is_none());
                if progress.failed.is_some() {
                    break;
                }
            }
        }
    }
}
