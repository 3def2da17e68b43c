use super::*;
use crate::clock::{Clock, MILLISECOND};
use crate::events::Event;
use crate::latch::{Policy, Remote};
use crate::rtp::{self, Stamp, HEADER_BYTES};
use crate::seat::Seat;
use crate::secure::keys::{MasterKey, Profile};
use crate::secure::seat::Socket;
use crate::worker;

const PEER: &str = "127.0.0.1:9";
const STRANGER: &str = "127.0.0.2:9";

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn keys(send: u8, receive: u8) -> Keys {
    let key = |byte| MasterKey::new(Profile::Aes128Sha1Long, &[byte; 30]).expect("30 bytes");
    Keys { send: key(send), receive: key(receive) }
}

fn seat(policy: Policy) -> Box<Seat> {
    let mut seat = worker::tests::seat(1);
    let address = at(PEER);
    seat.leg.set_remote(Remote { address, rtcp_port: None, policy, signalling: None });
    seat
}

fn sdes(send: u8, receive: u8) -> Plan {
    Plan { keying: Keying::Sdes(keys(send, receive)), ..Plan::default() }
}

fn packet(sender: &mut Sender, ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut buffer = vec![5; HEADER_BYTES + 160 + 16];
    rtp::write_header(&mut buffer, 0, ssrc, Stamp { sequence, timestamp: 0, marker: false });
    let range = sender.protect(&mut buffer, 0..HEADER_BYTES + 160).expect("room");
    buffer.truncate(range.end);
    buffer
}

/// Gives the seat one datagram as its worker would. True when the leg took it.
fn hear(seat: &mut Seat, datagram: &[u8], from: &str) -> bool {
    let (mut buffer, mut events) = (datagram.to_vec(), Vec::new());
    let length = seat.open(&mut buffer, at(from), Socket::Rtp, 0, &mut events);
    length.is_some_and(|length| {
        seat.leg.receive(&buffer[..length], at(from), 0, &mut events).is_some()
    })
}

#[test]
fn a_protected_leg_takes_nothing_that_is_not_protected_and_from_its_source() {
    for policy in [Policy::Strict, Policy::Nat, Policy::Learn] {
        let mut seat = seat(policy);
        seat.agree(sdes(1, 2), 0, &mut Vec::new());
        let mut peer = Sender::new(&keys(1, 2).receive);
        assert!(hear(&mut seat, &packet(&mut peer, 1, 10), PEER));
        let plain = {
            let mut bytes = vec![5; 172];
            let stamp = Stamp { sequence: 11, timestamp: 0, marker: false };
            rtp::write_header(&mut bytes, 0, 1, stamp);
            bytes
        };
        assert!(!hear(&mut seat, &plain, PEER), "not protected");
        let next = packet(&mut peer, 1, 11);
        assert!(!hear(&mut seat, &next, STRANGER), "a copy that came first, from elsewhere");
        assert!(hear(&mut seat, &next, PEER), "and the true one all the same");
        assert!(!hear(&mut seat, &next, PEER), "replayed");
        let forged = packet(&mut Sender::new(&keys(1, 3).receive), 1, 12);
        assert!(!hear(&mut seat, &forged, PEER), "another key");
        assert_eq!(seat.leg.counters.packets_received.get(), 2);
        assert_eq!(seat.leg.counters.dropped_insecure.get(), 3);
        assert_eq!(seat.leg.counters.dropped_source.get(), 1);
        assert_eq!(seat.leg.latch.source(), Some(at(PEER)));
    }
}

/// Injection as it is done in the field: right SSRC, next sequence numbers, thousands of packets from all over.
#[test]
fn a_flood_of_guesses_neither_gets_in_nor_keeps_the_true_stream_out() {
    let mut seat = seat(Policy::Nat);
    seat.agree(sdes(1, 2), 0, &mut Vec::new());
    let (mut peer, mut liar) = (Sender::new(&keys(1, 2).receive), Sender::new(&keys(1, 9).receive));
    for round in 0..300u16 {
        for port in 1..=20u16 {
            let from = format!("127.0.0.{}:{}", 1 + port % 3, 1000 + port);
            assert!(!hear(&mut seat, &packet(&mut liar, 1, round * 20 + port), &from));
            assert!(!hear(&mut seat, &packet(&mut liar, 1, round * 20 + port), PEER));
        }
        assert!(hear(&mut seat, &packet(&mut peer, 1, round), PEER), "round {round}");
    }
    assert_eq!(seat.leg.counters.packets_received.get(), 300);
}

#[test]
fn keys_that_are_said_again_change_nothing_and_new_ones_are_taken_over_softly() {
    let mut seat = seat(Policy::Nat);
    seat.agree(sdes(1, 2), 0, &mut Vec::new());
    let (mut old, mut new) = (Sender::new(&keys(1, 2).receive), Sender::new(&keys(1, 3).receive));
    let first = packet(&mut old, 1, 1);
    assert!(hear(&mut seat, &first, PEER));
    seat.agree(sdes(1, 2), 0, &mut Vec::new());
    assert!(!hear(&mut seat, &first, PEER), "still known as replayed");
    seat.agree(sdes(1, 3), 0, &mut Vec::new());
    assert!(hear(&mut seat, &packet(&mut old, 1, 2), PEER), "was under way");
    assert!(hear(&mut seat, &packet(&mut new, 1, 3), PEER));
    assert!(!hear(&mut seat, &packet(&mut old, 1, 4), PEER), "the old key is over");
}

#[test]
fn our_stream_goes_on_when_only_the_peer_s_key_changes() {
    let mut security = Security::default();
    let mut peer = Receiver::new(&keys(1, 2).send, None);
    let mut say = |security: &mut Security, sequence| {
        let mut buffer = vec![0; 200];
        rtp::write_header(&mut buffer, 0, 7, Stamp { sequence, timestamp: 0, marker: false });
        let range = security.protect(&mut buffer, 0..20).expect("keys");
        peer.open(&mut buffer[range]).map(|(_, position)| position.index)
    };
    security.agree(sdes(1, 2), 0);
    assert_eq!(say(&mut security, 65_535), Ok(65_535));
    security.agree(sdes(1, 3), 0);
    assert_eq!(say(&mut security, 0), Ok(65_536), "the roll-over counter is kept");
}

#[test]
fn a_leg_without_keys_says_nothing_and_hears_nothing() {
    let identity = Arc::new(Identity::generate().expect("randomness"));
    let peer = identity.fingerprint.clone();
    let mut seat = seat(Policy::Strict);
    let plan = Plan {
        keying: Keying::Dtls { identity, peer, active: false },
        rtcp_mux: true,
        ..Plan::default()
    };
    seat.agree(plan, 0, &mut Vec::new());
    assert_eq!(seat.leg.latch.destination(), None);
    assert!(!hear(&mut seat, &packet(&mut Sender::new(&keys(1, 2).send), 1, 1), PEER));
    assert!(seat.security.as_mut().expect("protected").protect(&mut [0; 200], 0..20).is_none());
    seat.agree(Plan::default(), 0, &mut Vec::new());
    assert_eq!(seat.leg.latch.destination(), Some(at(PEER)), "agreed to do without");
}

#[test]
fn two_seats_find_keys_by_a_handshake_and_latch_onto_each_other() {
    let identities = [0, 1].map(|_| Arc::new(Identity::generate().expect("randomness")));
    let mut seats = [seat(Policy::Strict), seat(Policy::Strict)];
    let addresses = [0, 1].map(|side: usize| seats[side].sockets.rtp.local_addr().expect("bound"));
    let (clock, mut events) = (Clock::start(), Vec::new());
    for side in [0, 1] {
        let remote = Remote {
            address: addresses[1 - side],
            rtcp_port: None,
            policy: Policy::Strict,
            signalling: None,
        };
        seats[side].leg.set_remote(remote);
        let keying = Keying::Dtls {
            identity: Arc::clone(&identities[side]),
            peer: identities[1 - side].fingerprint.clone(),
            active: side == 0,
        };
        let plan = Plan { keying, rtcp_mux: true, ..Plan::default() };
        seats[side].agree(plan, clock.now(), &mut events);
    }
    let is_secured = |event: &&Event| matches!(event, Event::Secured { .. });
    let mut buffer = [0; 2048];
    while events.iter().filter(is_secured).count() < 2 {
        assert!(clock.now() < 20_000 * MILLISECOND, "no keys: {events:?}");
        for seat in &mut seats {
            while let Some((length, from)) = Seat::read(&seat.sockets.rtp, &mut buffer) {
                let now = clock.now();
                seat.open(&mut buffer[..length], from, Socket::Rtp, now, &mut events);
            }
            seat.keep_secure(clock.now(), &mut events);
        }
    }
    let keys = [0, 1].map(|side: usize| seats[side].leg.counters.keys().expect("published"));
    assert!(keys[0].send == keys[1].receive && keys[1].send == keys[0].receive);
    assert_eq!(seats[0].leg.latch.destination(), Some(addresses[1]));
    assert_eq!(seats[1].leg.latch.destination(), Some(addresses[0]));
}

#[test]
fn no_datagram_of_any_bytes_breaks_a_protected_leg() {
    let identity = Arc::new(Identity::generate().expect("randomness"));
    let credentials =
        Credentials { ufrag: "us".into(), password: "secret".into(), peer_ufrag: "them".into() };
    let dtls = Keying::Dtls { peer: identity.fingerprint.clone(), identity, active: false };
    for keying in [Keying::Sdes(keys(1, 2)), dtls] {
        let mut seat = seat(Policy::Learn);
        let plan = Plan { keying, ice: Some(credentials.clone()), rtcp_mux: true };
        seat.agree(plan, 0, &mut Vec::new());
        let mut seed = 1u32;
        for length in 0..120 {
            for _ in 0..100 {
                let bytes: Vec<u8> = (0..length)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (seed >> 24) as u8
                    })
                    .collect();
                assert!(!hear(&mut seat, &bytes, PEER));
            }
        }
        assert_eq!(seat.leg.counters.packets_received.get(), 0);
    }
}
