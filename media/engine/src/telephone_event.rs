//! The payload of a telephone-event packet (RFC 4733 §2.3) and the sixteen keys.

/// RFC 4733 §3.2: event codes 0 to 15, in this order.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

pub const PAYLOAD_BYTES: usize = 4;
const END: u8 = 0x80;
/// -10 dBm0, what most phones say.
const VOLUME: u8 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Event code 0–15.
    pub code: u8,
    pub end: bool,
    /// In ticks of the payload type's clock since the event's timestamp.
    pub duration: u16,
}

impl TelephoneEvent {
    /// `None` for events that are not keys, and for payloads that are too short.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        if payload.len() < PAYLOAD_BYTES || usize::from(payload[0]) >= KEYS.len() {
            return None;
        }
        Some(Self {
            code: payload[0],
            end: payload[1] & END != 0,
            duration: u16::from_be_bytes([payload[2], payload[3]]),
        })
    }

    pub fn to_bytes(self) -> [u8; PAYLOAD_BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, VOLUME | if self.end { END } else { 0 }, high, low]
    }
}

pub fn key_of(code: u8) -> char {
    char::from(KEYS[usize::from(code & 0x0F)])
}

/// Lower case letters are taken too.
pub fn code_of(key: char) -> Option<u8> {
    let key = u8::try_from(key.to_ascii_uppercase()).ok()?;
    KEYS.iter().position(|known| *known == key).map(|at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_code() {
        for code in 0..16 {
            assert_eq!(code_of(key_of(code)), Some(code));
        }
        assert_eq!(code_of('d'), Some(15));
        assert_eq!(code_of('E'), None);
        assert_eq!(code_of('٣'), None);
    }

    #[test]
    fn a_payload_is_read_as_written() {
        let event = TelephoneEvent { code: 11, end: true, duration: 800 };
        assert_eq!(event.to_bytes(), [11, 0x8A, 3, 0x20]);
        assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Some(event));
        assert_eq!(TelephoneEvent::parse(&[16, 0, 0, 0]), None, "a hook flash is no key");
        assert_eq!(TelephoneEvent::parse(&[1, 0, 0]), None);
    }
}
