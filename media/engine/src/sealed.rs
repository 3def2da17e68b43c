//! A recording that is encrypted while it is written: AES-256-GCM in chunks, each whole on the disk at once.
//!
//! After a head that its reader knows, chunks follow: the length of the rest as 32 bits (little-endian), the text, and
//! a tag of 16 bytes. A chunk's nonce is its number; the head goes into every tag. The first chunk is the header of a
//! WAV file without its sizes, the others are samples. A killed process leaves a file that opens up to its last chunk.

use std::io::{Error, ErrorKind, Result, Write};

use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::{AeadInPlace, Aes256Gcm, KeyInit};

pub const KEY_BYTES: usize = 32;
const LENGTH_BYTES: usize = 4;

/// With what a file is sealed: its first bytes, and a key that no other file has.
pub struct Seal {
    pub head: Vec<u8>,
    pub key: [u8; KEY_BYTES],
}

pub struct Sealer {
    head: Vec<u8>,
    cipher: Box<Aes256Gcm>,
    chunks: u64,
}

impl Sealer {
    pub fn begin(seal: Seal, store: &mut dyn Write) -> Result<Self> {
        store.write_all(&seal.head)?;
        let cipher = Box::new(Aes256Gcm::new(GenericArray::from_slice(&seal.key)));
        Ok(Self { head: seal.head, cipher, chunks: 0 })
    }

    /// Writes one more chunk.
    pub fn write(&mut self, text: &[u8], store: &mut dyn Write) -> Result<()> {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.chunks.to_be_bytes());
        let mut chunk = vec![0; LENGTH_BYTES];
        chunk.extend(text);
        let tag = self
            .cipher
            .encrypt_in_place_detached(
                GenericArray::from_slice(&nonce),
                &self.head,
                &mut chunk[LENGTH_BYTES..],
            )
            .map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
        chunk.extend(tag);
        let length = u32::try_from(chunk.len() - LENGTH_BYTES)
            .map_err(|_| Error::from(ErrorKind::FileTooLarge))?;
        chunk[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
        self.chunks += 1;
        store.write_all(&chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader with the key finds: whole chunks up to the first that is none.
    fn opened(file: &[u8], head: &[u8], key: [u8; KEY_BYTES]) -> Vec<Vec<u8>> {
        let cipher = Aes256Gcm::new(GenericArray::from_slice(&key));
        let (mut rest, mut chunks) = (file.strip_prefix(head).expect("the head"), Vec::new());
        while let Some((length, after)) = rest.split_first_chunk::<LENGTH_BYTES>() {
            let Some((chunk, after)) = after.split_at_checked(u32::from_le_bytes(*length) as usize)
            else {
                break;
            };
            let mut nonce = [0; 12];
            nonce[4..].copy_from_slice(&(chunks.len() as u64).to_be_bytes());
            let (mut text, tag) = (chunk[..chunk.len() - 16].to_vec(), &chunk[chunk.len() - 16..]);
            let (nonce, tag) = (GenericArray::from_slice(&nonce), GenericArray::from_slice(tag));
            if cipher.decrypt_in_place_detached(nonce, head, &mut text, tag).is_err() {
                break;
            }
            chunks.push(text);
            rest = after;
        }
        chunks
    }

    #[test]
    fn what_is_cut_off_opens_up_to_its_last_whole_chunk() {
        let (head, key) = (b"HEAD".to_vec(), [7; KEY_BYTES]);
        let mut file = Vec::new();
        let mut sealer =
            Sealer::begin(Seal { head: head.clone(), key }, &mut file).expect("memory");
        for text in [b"first".as_slice(), b"second", b"third"] {
            sealer.write(text, &mut file).expect("memory");
        }
        let all: Vec<Vec<u8>> = ["first", "second", "third"].map(|text| text.into()).to_vec();
        assert_eq!(opened(&file, &head, key), all);
        for cut in 1..20 {
            assert_eq!(opened(&file[..file.len() - cut], &head, key), all[..2], "{cut} bytes off");
        }
        assert!(opened(&file, &head, [8; KEY_BYTES]).is_empty(), "another key");
        assert!(!file.windows(5).any(|window| window == b"first"));
        file[30] ^= 1;
        assert!(opened(&file, &head, key).len() < 3, "changed");
    }
}
