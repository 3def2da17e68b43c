//! Master keys of SRTP and what is derived from them: RFC 3711 §4.3, RFC 7714 §11.

use std::fmt;

use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256};

/// How packets are protected. The names are those of RFC 4568 §10.3.2 and RFC 7714 §14.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Aes128Sha1Long,
    /// As the other, but with 32 bits of authentication on RTP; RTCP keeps 80.
    Aes128Sha1Short,
    Aes128Gcm,
    Aes256Gcm,
}

impl Profile {
    pub const ALL: [Self; 4] =
        [Self::Aes128Sha1Long, Self::Aes128Sha1Short, Self::Aes128Gcm, Self::Aes256Gcm];

    pub fn name(self) -> &'static str {
        match self {
            Self::Aes128Sha1Long => "AES_CM_128_HMAC_SHA1_80",
            Self::Aes128Sha1Short => "AES_CM_128_HMAC_SHA1_32",
            Self::Aes128Gcm => "AEAD_AES_128_GCM",
            Self::Aes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    pub fn key_bytes(self) -> usize {
        if self == Self::Aes256Gcm {
            32
        } else {
            16
        }
    }

    pub fn salt_bytes(self) -> usize {
        match self {
            Self::Aes128Sha1Long | Self::Aes128Sha1Short => 14,
            Self::Aes128Gcm | Self::Aes256Gcm => 12,
        }
    }
}

/// A master key with its salt. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    pub profile: Profile,
    key: Vec<u8>,
    salt: [u8; 14],
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MasterKey({}, …)", self.profile.name())
    }
}

/// What a derived key is for: RFC 3711 §4.3.2.
#[derive(Clone, Copy)]
pub enum Label {
    RtpCipher = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpCipher = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

impl MasterKey {
    /// Key and salt one after the other, as SDES writes them; `None` when the length is wrong.
    pub fn new(profile: Profile, key_and_salt: &[u8]) -> Option<Self> {
        if key_and_salt.len() != profile.key_bytes() + profile.salt_bytes() {
            return None;
        }
        let (key, salt) = key_and_salt.split_at(profile.key_bytes());
        let mut padded = [0; 14]; // the 96 bits of GCM are padded on the right, RFC 7714 §11
        padded[..salt.len()].copy_from_slice(salt);
        Some(Self { profile, key: key.to_vec(), salt: padded })
    }

    pub fn key_and_salt(&self) -> Vec<u8> {
        [&self.key, &self.salt[..self.profile.salt_bytes()]].concat()
    }

    /// Fills `out` with the session key of this label; the key derivation rate is 0.
    pub fn derive(&self, label: Label, out: &mut [u8]) {
        let mut block = [0; 16];
        block[..14].copy_from_slice(&self.salt);
        block[7] ^= label as u8;
        if self.key.len() == 32 {
            fill(&Aes256::new(GenericArray::from_slice(&self.key)), block, out);
        } else {
            fill(&Aes128::new(GenericArray::from_slice(&self.key)), block, out);
        }
    }
}

/// The key stream of counter mode from this block on.
fn fill<C: BlockEncrypt>(cipher: &C, mut block: [u8; 16], out: &mut [u8]) {
    for (counter, chunk) in (0u16..).zip(out.chunks_mut(16)) {
        block[14..].copy_from_slice(&counter.to_be_bytes());
        let mut stream = GenericArray::clone_from_slice(&block);
        cipher.encrypt_block(&mut stream);
        chunk.copy_from_slice(&stream[..chunk.len()]);
    }
}

/// Bytes from hexadecimal digits; `None` for anything else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pair = |pair: &[u8]| -> Option<u8> {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(*pair.get(1)?).to_digit(16)?;
        Some((high * 16 + low) as u8)
    };
    digits.chunks(2).map(pair).collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(master: &MasterKey, label: Label, bytes: usize) -> String {
        let mut out = vec![0; bytes];
        master.derive(label, &mut out);
        to_hex(&out)
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_those_of_the_rfc() {
        let key = "E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6";
        let bytes = from_hex(key).expect("hex");
        let master = MasterKey::new(Profile::Aes128Sha1Long, &bytes).expect("30 bytes");
        assert_eq!(derived(&master, Label::RtpCipher, 16), "c61e7a93744f39ee10734afe3ff7a087");
        assert_eq!(derived(&master, Label::RtpSalt, 14), "30cbbc08863d8c85d49db34a9ae1");
        assert_eq!(
            derived(&master, Label::RtpAuthentication, 94),
            "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175\
             578ef72270986371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c\
             59bbfc2f34db60dbdfb2"
        );
    }

    #[test]
    fn a_key_of_the_wrong_length_is_none_and_no_key_is_ever_printed() {
        assert!(MasterKey::new(Profile::Aes128Gcm, &[0; 30]).is_none());
        let master = MasterKey::new(Profile::Aes128Gcm, &[0xAB; 28]).expect("28 bytes");
        assert_eq!(format!("{master:?}"), "MasterKey(AEAD_AES_128_GCM, …)");
        assert_eq!(master.key_and_salt(), [0xAB; 28]);
    }

    #[test]
    fn hexadecimal_is_read_and_nothing_else() {
        assert_eq!(from_hex("00fF"), Some(vec![0, 255]));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("zz"), None);
    }
}
