//! Keys that do not pass a bridge as they came: those that were held back, those that come right after them, those that
//! came by SIP, and all of them where the other side gets none as telephone-event.

use crate::events::LegId;
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

    /// A key that cannot pass itself, or must wait until those before it have been sent: it is pressed after them.
    pub(crate) fn is_pressed_instead(&mut self, place: usize, incoming: &Incoming) -> bool {
        let Content::Key { event, fresh: true, .. } = incoming.content else {
            return false;
        };
        let partner = self.partner_of(place).and_then(|other| self.seats[other].as_deref());
        if !partner.is_some_and(|partner| partner.leg.presses() || partner.leg.wants_presses()) {
            return false;
        }
        if let Some(seat) = self.seats[place].as_deref_mut() {
            seat.leg.hide_key(&incoming.packet);
        }
        self.press_towards_partner(place, event.code);
        true
    }

    /// A key of a peer's that came by SIP goes on as one that was heard from it.
    pub(crate) fn take_key(&mut self, leg: LegId, code: u8) {
        let Some(&place) = self.places.get(&leg) else {
            return;
        };
        let (now, partner) = (self.now(), self.partner_of(place));
        let partner = partner.and_then(|other| self.seats[other].as_deref());
        if !partner.is_some_and(|partner| partner.leg.presses() || partner.leg.hears_others()) {
            return;
        }
        if let Some(seat) = self.seats[place].as_deref_mut() {
            seat.leg.take_key(code, now);
        }
        self.pass_released(place);
    }

    fn press_towards_partner(&mut self, place: usize, code: u8) {
        let Some(other) = self.partner_of(place) else {
            return;
        };
        if let Some(listener) = self.seats[other].as_deref_mut() {
            listener.leg.press(code, LASTS_MS, &mut self.outbox.events);
        }
        self.reschedule(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Micros, MILLISECOND};
    use crate::codec::{Codec, Decoder};
    use crate::events::Event;
    use crate::format::Format;
    use crate::latch::{Policy, Remote};
    use crate::leg::Leg;
    use crate::mailbox::Command;
    use crate::rtp::{write_header, Stamp, HEADER_BYTES};
    use crate::telephone_event::{code_of, TelephoneEvent};
    use crate::tone_keys::ToneDetector;
    use crate::worker::tests::{seat, worker};

    const TURN: Micros = 20 * MILLISECOND;
    const PEER: &str = "127.0.0.1:9";

    /// The worker of a bridge: the first leg's peer sends telephone-events, the second one's knows none.
    fn bridged(codec: Codec) -> Worker {
        let (mut worker, mailbox, _) = worker();
        let formats = [
            (1, Format::plain(codec, 0, Some(101), 20)),
            (2, Format::plain(Codec::Pcmu, 0, None, 20)),
        ];
        for (leg, format) in formats {
            let mut seat = seat(leg);
            let address = PEER.parse().expect("an address");
            let policy = Policy::Strict;
            seat.leg.set_remote(Remote { address, rtcp_port: None, policy, signalling: None });
            mailbox.post(Command::Open(seat));
            mailbox.post(Command::SetFormat(leg, format));
        }
        mailbox.post(Command::Bridge(1, 2));
        assert!(worker.obey());
        worker
    }

    fn leg(worker: &mut Worker, leg: u64) -> &mut Leg {
        &mut worker.seat_of(leg).expect("seated").leg
    }

    /// The first peer presses keys, each with three packets of its end; returns how often one was pressed instead.
    fn press(worker: &mut Worker, keys: &str) -> usize {
        let (place, mut sequence, mut pressed) = (worker.places[&1], 0, 0);
        for (key, timestamp) in keys.chars().zip((1_000..).step_by(1_000)) {
            for (duration, end) in
                [(160, false), (320, false), (480, true), (480, true), (480, true)]
            {
                sequence += 1;
                let stamp = Stamp { sequence, timestamp, marker: false };
                let mut datagram = vec![0; HEADER_BYTES];
                write_header(&mut datagram, 101, 7, stamp);
                let code = code_of(key).expect("a key");
                datagram.extend(TelephoneEvent { code, end, duration }.to_bytes());
                let (from, now) = (PEER.parse().expect("an address"), u64::from(sequence) * TURN);
                let incoming = leg(worker, 1).receive(&datagram, from, now, &mut Vec::new());
                let incoming = incoming.expect("a packet");
                pressed += usize::from(worker.is_pressed_instead(place, &incoming));
                worker.pass_released(place);
            }
        }
        pressed
    }

    /// The keys that the second peer hears in what its leg sends on its own.
    fn heard(worker: &mut Worker) -> String {
        let (mut detector, mut decoder) =
            (ToneDetector::default(), Decoder::new(Codec::Pcmu, 8_000));
        let (mut keys, mut buffer, mut now) = (String::new(), [0; 2048], 0);
        while leg(worker, 2).is_playing() {
            now += TURN;
            let sent = leg(worker, 2).tick(&mut buffer, now, &mut Vec::new());
            let (range, _) = sent.expect("a packet");
            let mut samples = Vec::new();
            decoder.decode(&buffer[range][HEADER_BYTES..], &mut samples);
            detector.hear(&samples, |key| keys.push(key));
        }
        keys
    }

    #[test]
    fn a_press_is_one_tone_to_a_peer_without_telephone_event() {
        for codec in [Codec::Pcmu, Codec::Opus] {
            let mut worker = bridged(codec);
            assert_eq!(press(&mut worker, "5*5#"), 4, "{codec:?}");
            assert_eq!(heard(&mut worker), "5*5#", "{codec:?}");
        }
    }

    #[test]
    fn a_peer_with_telephone_event_gets_the_packets_themselves() {
        let mut worker = bridged(Codec::Pcmu);
        leg(&mut worker, 2).set_format(Format::plain(Codec::Pcmu, 0, Some(96), 20));
        assert_eq!(press(&mut worker, "12"), 0);
        assert!(!leg(&mut worker, 2).is_playing());
    }

    #[test]
    fn secret_keys_and_feature_codes_are_no_tones_either() {
        let mut worker = bridged(Codec::Pcmu);
        leg(&mut worker, 1).keep_confidential(true, 0);
        assert_eq!((press(&mut worker, "12"), heard(&mut worker)), (0, String::new()));
        let mut worker = bridged(Codec::Pcmu);
        leg(&mut worker, 1).guard_codes(vec![vec![10, 7]]); // *7
        press(&mut worker, "1*7*82");
        assert_eq!(heard(&mut worker), "1*82");
    }

    #[test]
    fn a_press_is_told_once_where_the_peer_takes_keys_by_sip() {
        for key_payload_type in [None, Some(101)] {
            let mut worker = bridged(Codec::Pcmu);
            leg(&mut worker, 2).set_format(Format::plain(Codec::Pcmu, 0, key_payload_type, 20));
            leg(&mut worker, 2).tell_keys(true);
            assert_eq!(press(&mut worker, "4#"), 2);
            let told: Vec<_> = worker.outbox.events.drain(..).collect();
            let to_send = |key| Event::KeyToSend { leg: 2, key, duration_ms: 160 };
            assert_eq!(told, [to_send('4'), to_send('#')]);
            assert!(!leg(&mut worker, 2).is_playing());
        }
    }

    #[test]
    fn a_key_by_sip_goes_the_way_of_one_that_was_heard() {
        let mut worker = bridged(Codec::Pcmu);
        leg(&mut worker, 1).guard_codes(vec![vec![10, 7]]);
        "1*7*8".chars().filter_map(code_of).for_each(|code| worker.take_key(1, code));
        assert_eq!(heard(&mut worker), "1*8");
        leg(&mut worker, 1).keep_confidential(true, 0);
        worker.take_key(1, 5);
        leg(&mut worker, 1).keep_confidential(false, 0);
        leg(&mut worker, 2).set_direction(false, true);
        worker.take_key(1, 6);
        worker.take_key(9, 6);
        assert!(!leg(&mut worker, 2).is_playing());
    }

    #[test]
    fn who_does_not_hear_the_other_side_hears_none_of_its_keys() {
        let mut worker = bridged(Codec::Pcmu);
        leg(&mut worker, 2).set_direction(false, true);
        assert_eq!(press(&mut worker, "1"), 0);
        assert!(!leg(&mut worker, 2).is_playing());
    }
}
