//! A WAV file that is whole after every flush: 16-bit mono or stereo, its sizes kept up to date in the
//! header; or the same sealed, which says its size by its length.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::sealed::{Seal, Sealer};

const HEADER_BYTES: u32 = 44;
const SAMPLE_BYTES: u16 = 2;
/// What callers say is nobody else's business.
const OWNER_ONLY: u32 = 0o600;
/// The sizes are 32 bits wide: 37 hours.
const MOST_BYTES: u32 = u32::MAX - HEADER_BYTES;

/// What is in a file: one channel or two, and how many samples of each a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub channels: u16,
    pub rate_hz: u32,
}

/// Where the bytes go; a file, but in tests also a disk that is full.
pub trait Store: Write + Seek + Send {
    /// Waits until the bytes are on the disk.
    fn settle(&mut self) -> Result<()>;
}

impl Store for File {
    fn settle(&mut self) -> Result<()> {
        self.sync_data()
    }
}

pub struct Wav {
    store: Box<dyn Store>,
    shape: Shape,
    data_bytes: u32,
    sealer: Option<Sealer>,
}

impl Wav {
    /// Never writes over a file that exists.
    pub fn create(path: &Path, shape: Shape, seal: Option<Seal>) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
        Self::begin(Box::new(file), shape, seal)
    }

    pub fn begin(mut store: Box<dyn Store>, shape: Shape, seal: Option<Seal>) -> Result<Self> {
        let mut sealer = seal.map(|seal| Sealer::begin(seal, &mut store)).transpose()?;
        match &mut sealer {
            Some(sealer) => sealer.write(&header(0, shape), &mut store)?,
            None => store.write_all(&header(0, shape))?,
        }
        Ok(Self { store, shape, data_bytes: 0, sealer })
    }

    /// Appends samples, of stereo left and right in turn. After an error the file is as it was after the last success.
    pub fn append(&mut self, samples: &[i16]) -> Result<()> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let grown = u32::try_from(bytes.len()).ok().and_then(|n| self.data_bytes.checked_add(n));
        let grown = grown.filter(|total| *total <= MOST_BYTES);
        let grown = grown.ok_or_else(|| Error::from(ErrorKind::FileTooLarge))?;
        match &mut self.sealer {
            Some(_) if bytes.is_empty() => {}
            Some(sealer) => sealer.write(&bytes, &mut self.store)?,
            None => {
                self.store.write_all(&bytes)?;
                self.store.seek(SeekFrom::Start(0))?;
                self.store.write_all(&header(grown, self.shape))?;
                self.store.seek(SeekFrom::End(0))?;
            }
        }
        self.data_bytes = grown;
        Ok(())
    }

    pub fn finish(mut self) -> Result<()> {
        self.store.settle()
    }

    pub fn duration_ms(&self) -> u64 {
        let frame = u64::from(self.shape.channels * SAMPLE_BYTES);
        u64::from(self.data_bytes) / frame * 1000 / u64::from(self.shape.rate_hz)
    }
}

fn header(data_bytes: u32, Shape { channels, rate_hz }: Shape) -> [u8; HEADER_BYTES as usize] {
    let frame_bytes = channels * SAMPLE_BYTES;
    let mut header = [0; HEADER_BYTES as usize];
    let fields: [(usize, &[u8]); 13] = [
        (0, b"RIFF"),
        (4, &(data_bytes + HEADER_BYTES - 8).to_le_bytes()),
        (8, b"WAVE"),
        (12, b"fmt "),
        (16, &16u32.to_le_bytes()),
        (20, &1u16.to_le_bytes()), // linear
        (22, &channels.to_le_bytes()),
        (24, &rate_hz.to_le_bytes()),
        (28, &(rate_hz * u32::from(frame_bytes)).to_le_bytes()),
        (32, &frame_bytes.to_le_bytes()),
        (34, &(SAMPLE_BYTES * 8).to_le_bytes()),
        (36, b"data"),
        (40, &data_bytes.to_le_bytes()),
    ];
    for (at, bytes) in fields {
        header[at..at + bytes.len()].copy_from_slice(bytes);
    }
    header
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::io::Cursor;
    use std::sync::{Arc, Mutex};

    pub const STEREO: Shape = Shape { channels: 2, rate_hz: 8_000 };

    /// A disk with so much room; what was written can be read from outside.
    #[derive(Clone)]
    pub struct Disk {
        pub bytes: Arc<Mutex<Cursor<Vec<u8>>>>,
        pub room: u64,
    }

    impl Disk {
        pub fn new(room: u64) -> Self {
            Self { bytes: Arc::default(), room }
        }

        pub fn content(&self) -> Vec<u8> {
            self.bytes.lock().expect("no panic").get_ref().clone()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            let mut cursor = self.bytes.lock().expect("no panic");
            let room = self.room.saturating_sub(cursor.position()).min(bytes.len() as u64) as usize;
            if room == 0 {
                return Err(Error::from(ErrorKind::StorageFull));
            }
            cursor.write(&bytes[..room])
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> Result<u64> {
            self.bytes.lock().expect("no panic").seek(to)
        }
    }

    impl Store for Disk {
        fn settle(&mut self) -> Result<()> {
            Ok(())
        }
    }

    /// What the header says is there.
    pub fn samples_of(file: &[u8]) -> Vec<i16> {
        let size = u32::from_le_bytes(file[40..44].try_into().expect("four bytes")) as usize;
        let riff = u32::from_le_bytes(file[4..8].try_into().expect("four bytes")) as usize;
        assert_eq!((&file[..4], riff), (&b"RIFF"[..], size + 36));
        let data = file[44..44 + size].chunks_exact(2);
        data.map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn the_file_is_whole_after_every_append() {
        let disk = Disk::new(u64::MAX);
        let mut wav = Wav::begin(Box::new(disk.clone()), STEREO, None).expect("room");
        assert_eq!(samples_of(&disk.content()), [0i16; 0]);
        for count in 1..=3usize {
            wav.append(&[5; 160]).expect("room");
            assert_eq!(samples_of(&disk.content()), vec![5; count * 160]);
        }
        assert_eq!(wav.duration_ms(), 30);
        assert_eq!(disk.content()[24..28], 8_000u32.to_le_bytes());
        wav.finish().expect("settled");
    }

    #[test]
    fn a_full_disk_leaves_what_fitted() {
        let disk = Disk::new(44 + 400);
        let mut wav = Wav::begin(Box::new(disk.clone()), STEREO, None).expect("room");
        wav.append(&[5; 160]).expect("room");
        let full = wav.append(&[6; 160]).expect_err("no room");
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        assert_eq!(samples_of(&disk.content()), [5; 160]);
        assert!(Wav::begin(Box::new(Disk::new(10)), STEREO, None).is_err());
    }
}
