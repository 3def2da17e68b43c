//! Payload types that a peer may use besides those that it is sent: in RTP either side numbers what it wants to hear
//! (RFC 3264 §5.1, §6.1), and many phones use their own numbers for what they send too.

use crate::codec::Codec;

/// Of one leg.
const MOST: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    Sound(Codec),
    /// Comfort noise (RFC 3389).
    Noise,
    /// A telephone-event whose durations count this.
    Key {
        clock_hz: u32,
    },
}

impl Carried {
    fn from_name(name: &str, clock_hz: u32) -> Option<Self> {
        match name {
            "TELEPHONE-EVENT" if clock_hz >= 1_000 => Some(Self::Key { clock_hz }),
            "CN" => Some(Self::Noise),
            _ => Codec::from_name(name).map(Self::Sound),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard(Vec<(u8, Carried)>);

impl Heard {
    /// Payload types with what each carries: its name in SDP in upper case, and its clock. Fails with what is wrong.
    pub fn new(types: &[(u8, String, u32)]) -> Result<Self, String> {
        if types.len() > MOST {
            return Err(format!("more than {MOST} payload types"));
        }
        let carried = |(number, name, clock_hz): &(u8, String, u32)| {
            let carried = Carried::from_name(name, *clock_hz).filter(|_| *number <= 127);
            let odd = || format!("no {name:?} of {clock_hz} Hz as payload type {number}");
            Ok((*number, carried.ok_or_else(odd)?))
        };
        types.iter().map(carried).collect::<Result<_, String>>().map(Self)
    }

    pub fn carried_by(&self, payload_type: u8) -> Option<Carried> {
        self.0.iter().find(|(number, _)| *number == payload_type).map(|(_, carried)| *carried)
    }
}
