//! Encryption and authentication of one packet under session keys. No state beyond the keys.

use aes::cipher::generic_array::GenericArray;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipher};
use aes::Aes128;
use aes_gcm::{AeadInPlace, Aes128Gcm, Aes256Gcm};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::keys::{Label, MasterKey, Profile};

/// What GCM appends, and the longest that anything does.
pub const LONGEST_TAG_BYTES: usize = 16;
const LONG_TAG_BYTES: usize = 10;
const SHORT_TAG_BYTES: usize = 4;

/// A tag; only as many bytes as `tag_bytes` says are sent.
pub type Tag = [u8; LONGEST_TAG_BYTES];

/// Which of the packets of a stream this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub ssrc: u32,
    /// RTP: the roll-over counter and the sequence number, 48 bits. RTCP: 31 bits.
    pub index: u64,
}

/// The session keys for RTP or for RTCP.
pub struct Transform {
    cipher: Cipher,
    salt: [u8; 14],
    is_rtcp: bool,
}

enum Cipher {
    Counter { aes: Box<Aes128>, mac: Box<Hmac<Sha1>>, tag_bytes: usize },
    Gcm128(Box<Aes128Gcm>),
    Gcm256(Box<Aes256Gcm>),
}

impl Transform {
    pub fn rtp(master: &MasterKey) -> Self {
        let labels = [Label::RtpCipher, Label::RtpAuthentication, Label::RtpSalt];
        let short = master.profile == Profile::Aes128Sha1Short;
        Self::new(master, labels, if short { SHORT_TAG_BYTES } else { LONG_TAG_BYTES }, false)
    }

    pub fn rtcp(master: &MasterKey) -> Self {
        let labels = [Label::RtcpCipher, Label::RtcpAuthentication, Label::RtcpSalt];
        Self::new(master, labels, LONG_TAG_BYTES, true)
    }

    fn new(master: &MasterKey, labels: [Label; 3], tag_bytes: usize, is_rtcp: bool) -> Self {
        let (mut key, mut mac, mut salt) = ([0; 32], [0; 20], [0; 14]);
        let key = &mut key[..master.profile.key_bytes()];
        master.derive(labels[0], key);
        master.derive(labels[1], &mut mac);
        master.derive(labels[2], &mut salt[..master.profile.salt_bytes()]);
        let key = &*key;
        let cipher = match master.profile {
            Profile::Aes128Sha1Long | Profile::Aes128Sha1Short => {
                let mac = <Hmac<Sha1> as Mac>::new_from_slice(&mac);
                let mac = Box::new(mac.expect("HMAC takes a key of any length"));
                let aes = Box::new(Aes128::new(GenericArray::from_slice(key)));
                Cipher::Counter { aes, mac, tag_bytes }
            }
            Profile::Aes128Gcm => {
                Cipher::Gcm128(Box::new(Aes128Gcm::new(GenericArray::from_slice(key))))
            }
            Profile::Aes256Gcm => {
                Cipher::Gcm256(Box::new(Aes256Gcm::new(GenericArray::from_slice(key))))
            }
        };
        Self { cipher, salt, is_rtcp }
    }

    /// How much longer a protected packet is, without the index of RTCP.
    pub fn tag_bytes(&self) -> usize {
        match self.cipher {
            Cipher::Counter { tag_bytes, .. } => tag_bytes,
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => LONGEST_TAG_BYTES,
        }
    }

    /// Whether the tag stands before RTCP's index (RFC 7714 §9.2) rather than after it (RFC 3711 §3.4).
    pub fn tag_comes_first(&self) -> bool {
        !matches!(self.cipher, Cipher::Counter { .. })
    }

    /// Encrypts `packet[clear..]` in place. `trailer` is authenticated too: RTP's roll-over counter, RTCP's index word.
    pub fn seal(&self, packet: &mut [u8], clear: usize, trailer: [u8; 4], at: Position) -> Tag {
        let mut tag = [0; LONGEST_TAG_BYTES];
        if let Cipher::Counter { aes, mac, tag_bytes } = &self.cipher {
            self.apply(aes, at, &mut packet[clear..]);
            tag[..*tag_bytes].copy_from_slice(&digest(mac, packet, trailer)[..*tag_bytes]);
            return tag;
        }
        let nonce = self.nonce(at);
        let (head, body) = packet.split_at_mut(clear);
        let head = self.associated(head, trailer);
        let nonce = GenericArray::from_slice(&nonce);
        let sealed = match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.encrypt_in_place_detached(nonce, &head, body),
            Cipher::Gcm256(gcm) => gcm.encrypt_in_place_detached(nonce, &head, body),
            Cipher::Counter { .. } => unreachable!("handled above"),
        };
        tag.copy_from_slice(&sealed.expect("a packet is far shorter than what GCM can take"));
        tag
    }

    /// Decrypts `packet[clear..]` in place if its tag is right; else nothing is changed.
    pub fn open(
        &self,
        packet: &mut [u8],
        clear: usize,
        tag: &[u8],
        trailer: [u8; 4],
        at: Position,
    ) -> bool {
        if let Cipher::Counter { aes, mac, tag_bytes } = &self.cipher {
            if !is_same(&digest(mac, packet, trailer)[..*tag_bytes], tag) {
                return false;
            }
            self.apply(aes, at, &mut packet[clear..]);
            return true;
        }
        let nonce = self.nonce(at);
        let (head, body) = packet.split_at_mut(clear);
        let head = self.associated(head, trailer);
        let (nonce, tag) = (GenericArray::from_slice(&nonce), GenericArray::from_slice(tag));
        match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.decrypt_in_place_detached(nonce, &head, body, tag).is_ok(),
            Cipher::Gcm256(gcm) => gcm.decrypt_in_place_detached(nonce, &head, body, tag).is_ok(),
            Cipher::Counter { .. } => unreachable!("handled above"),
        }
    }

    /// Counter mode: RFC 3711 §4.1.1.
    fn apply(&self, aes: &Aes128, at: Position, body: &mut [u8]) {
        let mut block = [0; 16];
        block[..14].copy_from_slice(&self.salt);
        mix(&mut block[4..8], &at.ssrc.to_be_bytes());
        mix(&mut block[8..14], &at.index.to_be_bytes()[2..]);
        let core = ctr::CtrCore::inner_iv_init(aes.clone(), GenericArray::from_slice(&block));
        ctr::Ctr128BE::<Aes128>::from_core(core).apply_keystream(body);
    }

    /// RFC 7714 §8.1 and §9.1, which differ only in what the last six bytes mean.
    fn nonce(&self, at: Position) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&self.salt[..12]);
        mix(&mut nonce[2..6], &at.ssrc.to_be_bytes());
        mix(&mut nonce[6..12], &at.index.to_be_bytes()[2..]);
        nonce
    }

    fn associated(&self, head: &[u8], trailer: [u8; 4]) -> Vec<u8> {
        let mut data = head.to_vec();
        if self.is_rtcp {
            data.extend(trailer);
        }
        data
    }
}

fn digest(mac: &Hmac<Sha1>, packet: &[u8], trailer: [u8; 4]) -> [u8; 20] {
    let mut mac = mac.clone();
    mac.update(packet);
    mac.update(&trailer);
    mac.finalize().into_bytes().into()
}

fn mix(into: &mut [u8], other: &[u8]) {
    into.iter_mut().zip(other).for_each(|(into, other)| *into ^= other);
}

/// Takes the same time wherever the first difference is.
pub fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
