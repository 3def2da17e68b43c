//! What any datagram may do to ICE and to SRTP: nothing. What is changed on the way is never believed.

use super::keys::{MasterKey, Profile};
use super::srtp::{Receiver, Sender};
use super::stun::{self, tests, Answer};
use crate::mutation_tests::{mutate, Dice};
use crate::rtp::{self, Stamp, HEADER_BYTES};

const ROUNDS: u64 = 20_000;
/// Tags so long that no change is ever right by chance.
const PROFILES: [Profile; 2] = [Profile::Aes128Sha1Long, Profile::Aes128Gcm];
const LONGEST_TAG_BYTES: usize = 16;

#[test]
fn no_changed_check_is_believed() {
    throw_checks(13, ROUNDS);
}

#[test]
fn no_changed_packet_is_let_in() {
    throw_protected(14, ROUNDS);
}

pub(crate) fn throw_checks(seed: u64, count: u64) {
    let mut dice = Dice(seed);
    let valid = tests::check("us:them", "secret", &[tests::NOMINATION, tests::CONTROLLED]);
    for _ in 0..count {
        let mut datagram = valid.clone();
        mutate(&mut datagram, &mut dice);
        let Some(request) = stun::parse(&datagram) else {
            assert!(datagram != valid, "a check as it was made is read");
            continue;
        };
        assert_eq!(request.is_by(b"secret"), datagram == valid);
        let written = stun::answer(&request, Answer::RoleConflict, b"secret");
        assert!(stun::is_stun(&written));
    }
}

pub(crate) fn throw_protected(seed: u64, count: u64) {
    let mut dice = Dice(seed);
    for profile in PROFILES {
        let bytes = vec![7; profile.key_bytes() + profile.salt_bytes()];
        let master = MasterKey::new(profile, &bytes).expect("the right length");
        let (mut sender, mut receiver) = (Sender::new(&master), Receiver::new(&master, None));
        for index in 0..count / 2 {
            let valid = sealed(&mut sender, index as u16, dice.below(200));
            let mut datagram = valid.clone();
            mutate(&mut datagram, &mut dice);
            let is_changed = datagram != valid;
            let let_in = receiver.open(&mut datagram).is_ok();
            assert_eq!(let_in, !is_changed, "{profile:?}, packet {index}");

            let mut valid = vec![0x80, 200, 0, 1, 0, 0, 0, 7];
            valid.resize(8 + dice.below(60), index as u8);
            assert!(sender.protect_rtcp(&mut valid));
            let mut datagram = valid.clone();
            mutate(&mut datagram, &mut dice);
            let is_changed = datagram != valid;
            let let_in = receiver.open_rtcp(&mut datagram).is_ok();
            assert_eq!(let_in, !is_changed, "{profile:?}, report {index}");
        }
    }
}

fn sealed(sender: &mut Sender, sequence: u16, length: usize) -> Vec<u8> {
    let plain = HEADER_BYTES + length;
    let mut buffer = vec![0x55; plain + LONGEST_TAG_BYTES];
    rtp::write_header(&mut buffer, 0, 7, Stamp { sequence, timestamp: 0, marker: false });
    let range = sender.protect(&mut buffer, 0..plain).expect("room");
    buffer.truncate(range.end);
    buffer
}
