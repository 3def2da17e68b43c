//! Keys that do not pass a bridge as they came: those that were held back, and those that come right after them.

use crate::leg::{Content, Incoming};
use crate::worker::Worker;

/// How long such a key sounds: of the last one nobody knows yet how long it will be.
const LASTS_MS: u32 = 160;

impl Worker {
    /// Presses keys that were held back, and are no feature code's, towards whoever hears this leg.
    pub(crate) fn pass_released(&mut self, place: usize) {
        while let Some(code) = self.seats[place].as_mut().and_then(|seat| seat.leg.next_released())
        {
            self.press_towards_partner(place, code);
        }
    }

    /// A key that must wait until those before it have been sent: it is pressed after them, and does not pass itself.
    pub(crate) fn waits_its_turn(&mut self, place: usize, incoming: &Incoming) -> bool {
        let Content::Key { event, fresh: true, .. } = incoming.content else {
            return false;
        };
        let partner = self.partner_of(place).and_then(|other| self.seats[other].as_deref());
        if !partner.is_some_and(|partner| partner.leg.presses()) {
            return false;
        }
        if let Some(seat) = self.seats[place].as_deref_mut() {
            seat.leg.hide_key(&incoming.packet);
        }
        self.press_towards_partner(place, event.code);
        true
    }

    fn press_towards_partner(&mut self, place: usize, code: u8) {
        let Some(other) = self.partner_of(place) else {
            return;
        };
        if let Some(listener) = self.seats[other].as_deref_mut() {
            listener.leg.press(code, LASTS_MS);
        }
        self.reschedule(other);
    }
}
