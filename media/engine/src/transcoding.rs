//! A bridge of two whose codecs differ by more than a table: their sound is decoded, and each hears the other out of a
//! mix of its own. Their keys still pass through.

use crate::mix::MixId;
use crate::worker::Worker;

/// Tells the mix of a bridge from a conference; its number is then that of one of its legs.
const BRIDGE: MixId = 1 << 62;

/// Whether a mix is nothing but a bridge that decodes: it ends when one side leaves.
pub fn is_bridge(mix: MixId) -> bool {
    mix & BRIDGE != 0
}

impl Worker {
    /// After a change of whom a leg hears or what was agreed: lets packets through, or decodes them.
    pub(crate) fn settle_bridge(&mut self, place: usize) {
        if let Some(mix) = self.seats[place].as_ref().and_then(|seat| seat.mix) {
            self.tune_mix(mix);
        }
        let Some(other) = self.partner_of(place) else {
            return;
        };
        let format = |place: usize| self.seats[place].as_ref().and_then(|seat| seat.leg.format);
        let passes = match (format(place), format(other)) {
            (Some(here), Some(there)) => here.codec.passes_to(there.codec),
            _ => true, // as long as one of them has no codec, nothing is heard anyway
        };
        if !passes {
            self.decode_bridge(place, other);
        } else if self.seats[place].as_ref().is_some_and(|seat| seat.mix.is_some()) {
            self.leave_mix(place);
            self.leave_mix(other);
        }
    }

    /// Two legs of a bridge hear each other out of a mix from now on.
    pub(crate) fn decode_bridge(&mut self, place: usize, other: usize) {
        let leg = self.seats[place.min(other)].as_ref().map(|seat| seat.leg.id);
        let mixed = self.seats[place].as_ref().is_some_and(|seat| seat.mix.is_some());
        if let (Some(leg), false) = (leg, mixed) {
            let rows = [(place, vec![other]), (other, vec![place])];
            self.arrange(BRIDGE | leg, &rows);
        }
    }

    /// The other leg of a bridge; `None` for an echo.
    pub(crate) fn partner_of(&self, place: usize) -> Option<usize> {
        let other = self.seats[place].as_ref()?.heard_by?;
        let back = self.seats[other].as_ref()?.heard_by?;
        (back == place && other != place).then_some(other)
    }
}

#[cfg(test)]
#[path = "transcoding_tests.rs"]
mod tests;
