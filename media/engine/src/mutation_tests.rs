//! What any datagram may do to a leg: nothing but be counted. Valid packets are changed at random, by a fixed seed; by
//! other seeds, for as long as is asked, in `make fuzz`.

use std::net::SocketAddr;

use crate::clock::{Clock, Micros, MILLISECOND};
use crate::codec::Codec;
use crate::format::Format;
use crate::latch::{Latch, Policy, Remote};
use crate::leg::Leg;
use crate::reporter::Reporter;
use crate::rtp::{self, Stamp, HEADER_BYTES, LONGEST_DATAGRAM_BYTES};
use crate::secure::mutation_tests::{throw_checks, throw_protected};
use crate::sequencer::Sequencer;
use crate::telephone_event::TelephoneEvent;

const FRAME: usize = 160;
const DATAGRAMS: u64 = 300_000;

pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }
}

fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4000))
}

fn leg(key_payload_type: Option<u8>) -> Leg {
    let mut leg = Leg::new(1, Sequencer::new(1, 1, 1), Latch::default(), 0);
    let remote =
        Remote { address: peer(), rtcp_port: None, policy: Policy::Strict, signalling: None };
    leg.set_remote(remote);
    leg.set_format(Format::plain(Codec::Pcmu, 0, key_payload_type, 20));
    leg
}

fn valid(kind: usize, index: u64) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES];
    let stamp = Stamp { sequence: index as u16, timestamp: index as u32 * 160, marker: false };
    match kind {
        0 => {
            rtp::write_header(&mut bytes, 0, 7, stamp);
            bytes.extend([0x55; FRAME]);
        }
        1 => {
            rtp::write_header(&mut bytes, 101, 7, stamp);
            let event = TelephoneEvent { code: 5, end: index % 3 == 0, duration: 320 };
            bytes.extend(event.to_bytes());
        }
        _ => {
            let words: [u32; 7] = [0x81C8_0006, 7, 1, 2, index as u32 * 160, 9, 99];
            bytes = words.into_iter().flat_map(u32::to_be_bytes).collect();
        }
    }
    bytes
}

pub(crate) fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..dice.below(4) {
        let at = dice.below(bytes.len().max(1));
        match dice.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.extend(std::iter::repeat_n(0xFF, dice.below(LONGEST_DATAGRAM_BYTES))),
            2 => bytes.insert(at.min(bytes.len()), dice.below(256) as u8),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
}

#[test]
fn no_datagram_breaks_a_leg_or_what_it_sends_on() {
    throw_datagrams(11, DATAGRAMS);
}

#[test]
fn no_payload_breaks_a_codec_a_mix_or_the_cutting_of_packets() {
    throw_payloads(12, DATAGRAMS / 10);
}

/// `SENTRAL_FUZZ_SECONDS` (30) from `SENTRAL_FUZZ_SEED` (1) on, each round by the seed after the last.
#[test]
#[ignore = "takes as long as is asked: make fuzz-engine"]
fn for_as_long_as_is_asked() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let lasts = std::time::Duration::from_secs(asked("SENTRAL_FUZZ_SECONDS").unwrap_or(30));
    let (began, mut seed) = (std::time::Instant::now(), asked("SENTRAL_FUZZ_SEED").unwrap_or(1));
    loop {
        println!("seed {seed}"); // a failed test shows it
        throw_datagrams(seed, DATAGRAMS / 10);
        throw_payloads(seed, DATAGRAMS / 100);
        throw_checks(seed, DATAGRAMS / 10);
        throw_protected(seed, DATAGRAMS / 10);
        seed += 1;
        if began.elapsed() >= lasts {
            break;
        }
    }
    println!("nothing broke up to seed {}", seed - 1);
}

fn throw_datagrams(seed: u64, count: u64) {
    let (mut dice, mut events, clock) = (Dice(seed), Vec::new(), Clock::start());
    let (mut buffer, mut frame) = ([0; 2048], [0; FRAME]);
    let mut mixed = leg(None);
    mixed.join_mix(8_000);
    let (mut relayed, mut listener) = (leg(Some(101)), leg(Some(96)));
    let mut reporter = Reporter::new(5, 0);
    let mut now: Micros = 0;
    for index in 0..count {
        now += dice.below(30) as u64 * MILLISECOND;
        let mut datagram = valid(dice.below(3), index);
        mutate(&mut datagram, &mut dice);
        reporter.receive(&mut relayed, &datagram, peer(), &clock, now);
        if let Some(incoming) = mixed.receive(&datagram, peer(), now, &mut events) {
            mixed.pick_up(&incoming, &datagram, now);
        }
        mixed.say(&mut frame, now);
        if let Some(incoming) = relayed.receive(&datagram, peer(), now, &mut events) {
            buffer[..datagram.len()].copy_from_slice(&datagram);
            if let Some((range, _)) = listener.relay(&incoming, &mut buffer, now) {
                let sent = rtp::parse(&buffer[range]).expect("what we send is RTP");
                assert_eq!(sent.ssrc, 1);
            }
        }
        events.clear();
    }
    let counted = &relayed.counters;
    assert!(counted.dropped_malformed.get() > 0, "some were broken");
    assert!(counted.packets_received.get() > count / 4, "most were not");
}

fn throw_payloads(seed: u64, count: u64) {
    let (mut dice, mut events) = (Dice(seed), Vec::new());
    for (codec, payload_type, rate_hz) in [(Codec::G722, 9, 16_000), (Codec::Opus, 96, 48_000)] {
        let format = Format {
            noise_payload_type: Some(13),
            key_clock_hz: 48_000,
            ..Format::plain(codec, payload_type, Some(101), 20)
        };
        let (mut mixed, mut listener) = (leg(Some(101)), leg(Some(101)));
        mixed.set_format(format);
        mixed.join_mix(rate_hz);
        listener.set_format(format);
        let (mut frame, mut buffer) = (vec![0; rate_hz as usize / 50], [0; 2048]);
        let mut now: Micros = 0;
        for index in 0..count {
            now += dice.below(30) as u64 * MILLISECOND;
            let mut datagram = vec![0; HEADER_BYTES];
            let timestamp = (now * u64::from(codec.clock_hz()) / 1_000_000) as u32;
            let stamp = Stamp { sequence: index as u16, timestamp, marker: false };
            let kind = [payload_type, payload_type, 101, 13][dice.below(4)];
            rtp::write_header(&mut datagram, kind, 7, stamp);
            let length = [4, 160, 480, 1_400][dice.below(4)];
            datagram.extend((0..length).map(|_| dice.below(256) as u8));
            mutate(&mut datagram, &mut dice);
            if let Some(incoming) = mixed.receive(&datagram, peer(), now, &mut events) {
                if !mixed.pick_up(&incoming, &datagram, now) {
                    let _ = mixed.pass_key(&incoming, &mut buffer, now);
                }
                buffer[..datagram.len()].copy_from_slice(&datagram);
                let mut outgoing = listener.relay(&incoming, &mut buffer, now);
                while let Some((range, _)) = outgoing {
                    let sent = rtp::parse(&buffer[range]).expect("what we send is RTP");
                    assert_eq!(sent.ssrc, 1);
                    outgoing = listener.repacketised(&mut buffer, now);
                }
            }
            mixed.say(&mut frame, now);
            mixed.hear(&frame, now);
            while mixed.mixed_packet(&mut buffer, now).is_some() {}
            events.clear();
        }
        assert!(mixed.counters.packets_sent.get() > count / 30, "{codec:?} went on");
    }
}
