use super::*;
use crate::rtp::Stamp;
use crate::secure::keys::{from_hex, to_hex, Profile};

/// Room behind a packet for the longest tag.
const APPENDED_BYTES: usize = 16;

fn master(profile: Profile) -> MasterKey {
    let bytes = vec![7; profile.key_bytes() + profile.salt_bytes()];
    MasterKey::new(profile, &bytes).expect("the right length")
}

fn packet(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES];
    rtp::write_header(&mut bytes, 0, ssrc, Stamp { sequence, timestamp: 160, marker: false });
    bytes.extend(payload);
    bytes
}

fn sealed(sender: &mut Sender, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + APPENDED_BYTES, 0);
    let range = sender.protect(&mut buffer, 0..plain.len()).expect("room");
    buffer[range].to_vec()
}

fn opened(receiver: &mut Receiver, wire: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut buffer = wire.to_vec();
    let (length, _) = receiver.open(&mut buffer)?;
    Ok(buffer[..length].to_vec())
}

/// The packet that libsrtp and others publish for the key of RFC 3711 appendix B.3.
#[test]
fn a_packet_is_what_other_implementations_make_of_it() {
    let key = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";
    let key = from_hex(key).expect("hex");
    let master = MasterKey::new(Profile::Aes128Sha1Long, &key).expect("30 bytes");
    let plain = from_hex("800f1234decafbadcafebabeabababababababababababababababab");
    let wire = sealed(&mut Sender::new(&master), &plain.expect("hex"));
    assert_eq!(
        to_hex(&wire),
        "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"
    );
}

#[test]
fn what_is_protected_is_read_again_and_nothing_of_it_is_readable_before() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) =
            (Sender::new(&master(profile)), Receiver::new(&master(profile), None));
        let plain = packet(9, 65_530, &[0x55; 160]);
        let wire = sealed(&mut sender, &plain);
        assert!(!wire.windows(4).any(|window| window == [0x55; 4]), "{profile:?}");
        assert_eq!(wire[..HEADER_BYTES], plain[..HEADER_BYTES]);
        assert_eq!(opened(&mut receiver, &wire), Ok(plain));
        assert_eq!(opened(&mut receiver, &wire), Err(Refusal::Replayed));
    }
}

#[test]
fn the_sequence_number_rolls_over_at_both_ends_through_loss_and_disorder() {
    let key = master(Profile::Aes128Sha1Long);
    let (mut sender, mut receiver) = (Sender::new(&key), Receiver::new(&key, None));
    let mut held_back = None;
    for count in 0..200_000u32 {
        let plain = packet(1, (60_000 + count) as u16, &count.to_be_bytes());
        let wire = sealed(&mut sender, &plain);
        match count % 10 {
            3 => held_back = Some((plain, wire)),
            7 => {}
            _ => assert_eq!(opened(&mut receiver, &wire), Ok(plain), "packet {count}"),
        }
        if count % 10 == 8 {
            let (plain, wire) = held_back.take().expect("held back before");
            assert_eq!(opened(&mut receiver, &wire), Ok(plain), "late packet {count}");
        }
    }
}

#[test]
fn any_bit_changed_on_the_way_is_noticed() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) =
            (Sender::new(&master(profile)), Receiver::new(&master(profile), None));
        let first = sealed(&mut sender, &packet(1, 1, &[1; 20]));
        assert!(opened(&mut receiver, &first).is_ok());
        let wire = sealed(&mut sender, &packet(1, 2, &[2; 20]));
        for bit in 0..wire.len() * 8 {
            let mut changed = wire.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&mut receiver, &changed).is_err(), "{profile:?}, bit {bit}");
        }
        assert!(opened(&mut receiver, &wire).is_ok(), "and none of that did harm");
    }
}

#[test]
fn packets_behind_the_window_are_refused() {
    let key = master(Profile::Aes128Gcm);
    let (mut sender, mut receiver) = (Sender::new(&key), Receiver::new(&key, None));
    let wires: Vec<_> =
        (0..200).map(|sequence| sealed(&mut sender, &packet(1, sequence, b"x"))).collect();
    assert!(opened(&mut receiver, &wires[199]).is_ok());
    assert!(opened(&mut receiver, &wires[72]).is_ok(), "127 behind");
    assert_eq!(opened(&mut receiver, &wires[71]), Err(Refusal::Replayed));
}

#[test]
fn rtcp_is_protected_and_counted_on_its_own() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) =
            (Sender::new(&master(profile)), Receiver::new(&master(profile), None));
        let plain = [0x80, 201, 0, 1, 0, 0, 0, 8, 1, 2, 3, 4];
        for _ in 0..3 {
            let mut wire = plain.to_vec();
            assert!(sender.protect_rtcp(&mut wire));
            let mut copy = wire.clone();
            let length = receiver.open_rtcp(&mut wire).expect("right");
            assert_eq!(wire[..length], plain, "{profile:?}");
            assert_eq!(receiver.open_rtcp(&mut copy.clone()), Err(Refusal::Replayed));
            copy[9] ^= 1;
            assert_eq!(receiver.open_rtcp(&mut copy), Err(Refusal::Replayed));
        }
        let mut wire = plain.to_vec();
        sender.protect_rtcp(&mut wire);
        for bit in 0..wire.len() * 8 {
            let mut changed = wire.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(receiver.open_rtcp(&mut changed).is_err(), "{profile:?}, bit {bit}");
        }
    }
}

/// A peer that is three roll-overs into its stream is understood again after our restart.
#[test]
fn a_receiver_resumes_a_stream_by_what_it_knew_of_it() {
    let key = master(Profile::Aes128Sha1Long);
    let mut sender = Sender::new(&key);
    let at = |count: u32| packet(1, count as u16, &[3; 20]);
    let old = sealed(&mut sender, &at(30_000));
    for count in (30_000..200_000).step_by(20_000) {
        sealed(&mut sender, &at(count));
    }
    let now = sealed(&mut sender, &at(200_001));
    let hint = Resumption { ssrc: 1, index: 30_000, roll_overs: 4, same_key: true };
    assert_eq!(opened(&mut Receiver::new(&key, None), &now), Err(Refusal::Forged));
    let mut receiver = Receiver::new(&key, Some(hint));
    assert!(opened(&mut receiver, &old).is_err(), "heard before the restart");
    assert!(opened(&mut receiver, &now).is_ok());
    assert!(opened(&mut receiver, &old).is_err());
}

/// RFC 3711 keeps the roll-over counter when the key changes; many implementations begin anew.
#[test]
fn after_a_new_key_the_counter_may_go_on_or_start_again() {
    let (old, new) = (master(Profile::Aes128Gcm), master(Profile::Aes128Sha1Long));
    let hint = Resumption { ssrc: 1, index: 70_000, roll_overs: 1, same_key: false };
    let mut keeps = Sender::new(&old);
    for sequence in [60_000, 60_001 + 5_000, 4_464] {
        sealed(&mut keeps, &packet(1, sequence, b"old"));
    }
    let mut keeping = Sender::new(&new);
    keeping.last = keeps.last;
    for mut sender in [keeping, Sender::new(&new)] {
        let wire = sealed(&mut sender, &packet(1, 4_465, b"new"));
        assert!(opened(&mut Receiver::new(&new, Some(hint)), &wire).is_ok());
    }
}

#[test]
fn forged_streams_leave_no_trace_and_true_ones_are_bounded() {
    let key = master(Profile::Aes128Gcm);
    let mut receiver = Receiver::new(&key, None);
    for ssrc in 0..1_000 {
        assert!(opened(&mut receiver, &packet(ssrc, 1, &[0; 40])).is_err());
    }
    assert!(receiver.streams.is_empty());
    for ssrc in 0..100 {
        let wire = sealed(&mut Sender::new(&key), &packet(ssrc, 1, b"true"));
        assert!(opened(&mut receiver, &wire).is_ok());
    }
    assert_eq!(receiver.streams.len(), MOST_STREAMS);
}

#[test]
fn no_bytes_whatever_break_the_receiver() {
    for profile in Profile::ALL {
        let mut receiver = Receiver::new(&master(profile), None);
        let mut seed = 1u32;
        for length in 0..80 {
            for _ in 0..50 {
                let mut bytes: Vec<u8> = (0..length)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (seed >> 24) as u8
                    })
                    .collect();
                if let Some(first) = bytes.first_mut() {
                    *first = 0x80 | *first & 0x3F;
                }
                assert!(receiver.open(&mut bytes.clone()).is_err());
                assert!(receiver.open_rtcp(&mut bytes).is_err());
            }
        }
    }
}
