//! What a fuzzer feeds the engine, and what must hold whatever it is fed. Built for fuzzers and tests only.
//!
//! `media/engine/fuzz` has one target for each of these functions.

use std::net::SocketAddr;
use std::ops::Range;

use crate::clock::{Clock, Micros, MILLISECOND, SECOND};
use crate::codec::Codec;
use crate::format::Format;
use crate::key_detector::KeyDetector;
use crate::latch::{Latch, Policy, Remote};
use crate::leg::Leg;
use crate::long_press::{at_clock, LongPress, LONGEST};
use crate::reporter::Reporter;
use crate::rtp::{self, Stamp, HEADER_BYTES, LONGEST_DATAGRAM_BYTES};
use crate::secure::ice::Credentials;
use crate::secure::keys::{MasterKey, Profile};
use crate::secure::srtp::{Receiver, Sender};
use crate::secure::stun;
use crate::sequencer::Sequencer;
use crate::telephone_event::{key_of, TelephoneEvent, PAYLOAD_BYTES};

const OUR_SSRC: u32 = 1;
const KEYS: u8 = 101;
const NOISE: u8 = 13;
const PASSWORD: &str = "secret";
const CODECS: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];
/// More than a datagram and everything that protection appends to it.
const ROOM_BYTES: usize = 2048;

/// A function here by its name.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 5] = [
    ("rtp", rtp),
    ("rtcp", rtcp),
    ("telephone_event", telephone_event),
    ("stun", stun),
    ("srtp", srtp),
];

/// Datagrams to a leg that passes on, one that cuts packets anew and one that decodes: what we send is RTP, and ours.
pub fn rtp(data: &[u8]) {
    let (codec, data) = match data.split_first() {
        Some((choice, rest)) => (CODECS[usize::from(*choice) % CODECS.len()], rest),
        None => return,
    };
    let (mut speaker, mut mixed) = (leg(codec, 20), leg(codec, 20));
    let mut listeners = [leg(codec, 20), leg(codec, 40)];
    mixed.join_mix(16_000);
    let (mut events, mut buffer, mut frame) = (Vec::new(), [0; ROOM_BYTES], [0; 320]);
    for (datagram, now) in datagrams(data) {
        if let Some(incoming) = speaker.receive(datagram, peer(), now, &mut events) {
            for listener in &mut listeners {
                buffer[..datagram.len()].copy_from_slice(datagram);
                let mut outgoing = listener.relay(&incoming, &mut buffer, now);
                while let Some((range, _)) = outgoing {
                    expect_ours(&buffer[range]);
                    outgoing = listener.repacketised(&mut buffer, now);
                }
            }
        }
        if let Some(incoming) = mixed.receive(datagram, peer(), now, &mut events) {
            if !mixed.pick_up(&incoming, datagram, now) {
                let _ = mixed.pass_key(&incoming, &mut buffer, now);
            }
        }
        mixed.say(&mut frame, now);
        mixed.hear(&frame, now);
        while let Some((range, _)) = mixed.mixed_packet(&mut buffer, now) {
            expect_ours(&buffer[range]);
        }
        events.clear();
    }
}

/// Reports to a leg that sends and is heard: what it reports itself is always readable.
pub fn rtcp(data: &[u8]) {
    let (mut leg, mut reporter) = (leg(Codec::Pcmu, 20), Reporter::new(5, 0));
    let clock = Clock::start();
    for (datagram, now) in datagrams(data) {
        leg.counters.packets_sent.add(1);
        reporter.receive(&mut leg, datagram, peer(), &clock, now);
        if let Some((report, _)) = reporter.report(&mut leg, false, &clock, now) {
            assert!(crate::rtcp::parse(&report, OUR_SSRC).is_some());
        }
    }
}

/// Payloads of telephone-events: a key is one of sixteen, and a press is reported at most once a packet.
pub fn telephone_event(data: &[u8]) {
    let (mut detector, mut relayed, mut listener) =
        (KeyDetector::default(), leg(Codec::Pcmu, 20), leg(Codec::Opus, 20));
    let mut press = LongPress::default();
    let (mut events, mut buffer, mut now, mut timestamp) = (Vec::new(), [0; ROOM_BYTES], 0, 0u32);
    for (index, chunk) in data.chunks_exact(PAYLOAD_BYTES + 2).enumerate() {
        let (payload, steps) = chunk.split_at(PAYLOAD_BYTES);
        now += Micros::from(steps[0]) * MILLISECOND;
        timestamp = timestamp.wrapping_add(u32::from(steps[1]) * 255);
        if let Some(event) = TelephoneEvent::parse(payload) {
            assert!("0123456789*#ABCD".contains(key_of(event.code)));
            detector.receive(event, 7, timestamp, now);
            let segment = press.tell(at_clock(timestamp >> 8, 8_000, 48_000), event.end);
            assert_eq!(segment.offset % LONGEST, 0);
        }
        let mut datagram = vec![0; HEADER_BYTES];
        let stamp = Stamp { sequence: index as u16, timestamp, marker: steps[1] & 1 == 1 };
        rtp::write_header(&mut datagram, KEYS, 7, stamp);
        datagram.extend_from_slice(payload);
        if let Some(incoming) = relayed.receive(&datagram, peer(), now, &mut events) {
            buffer[..datagram.len()].copy_from_slice(&datagram);
            if let Some((range, _)) = listener.relay(&incoming, &mut buffer, now) {
                expect_ours(&buffer[range]);
            }
        }
        assert!(events.len() <= 2, "a packet latches and presses, and no more: {events:?}");
        events.clear();
    }
}

/// Checks of ICE: as they are, and with attributes of any kind under a right password.
pub fn stun(data: &[u8]) {
    let credentials =
        Credentials { ufrag: "us".into(), password: PASSWORD.into(), peer_ufrag: "them".into() };
    let raw = credentials.check(data, peer());
    assert!(raw.answer.is_some() || !raw.valid && !raw.nominates);
    if let Some(request) = stun::parse(data) {
        stun::answer(&request, stun::Answer::Success(peer()), PASSWORD.as_bytes());
    }
    let username = [0, 6, 0, 7, b'u', b's', b':', b't', b'h', b'e', b'm', 0];
    let attributes = &data[..data.len().min(LONGEST_DATAGRAM_BYTES) / 4 * 4];
    let mut signed = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    signed.extend(username);
    signed.extend(attributes);
    stun::finish(&mut signed, PASSWORD.as_bytes());
    let checked = credentials.check(&signed, peer());
    assert!(checked.valid || !checked.nominates);
    if let Some(answer) = checked.answer {
        assert!(stun::is_stun(&answer) && answer.len() <= 128);
    }
}

/// Protected packets of any bytes; and what we protect, the other side opens once.
pub fn srtp(data: &[u8]) {
    for profile in Profile::ALL {
        let bytes = vec![7; profile.key_bytes() + profile.salt_bytes()];
        let key = MasterKey::new(profile, &bytes).expect("as long as the profile wants");
        let (mut sender, mut receiver) = (Sender::new(&key), Receiver::new(&key, None));
        for (datagram, _) in datagrams(data) {
            let _ = receiver.open(&mut datagram.to_vec());
            let _ = receiver.open_rtcp(&mut datagram.to_vec());
            protected(datagram, &mut sender, &key);
        }
    }
}

fn protected(datagram: &[u8], sender: &mut Sender, key: &MasterKey) {
    let mut buffer = [0; ROOM_BYTES];
    buffer[..datagram.len()].copy_from_slice(datagram);
    if let Some(range) = sender.protect(&mut buffer, 0..datagram.len()) {
        let sequence = [datagram[2], datagram[3]];
        let mut receiver = Receiver::new(key, None);
        let opened = receiver.open(&mut buffer[range.clone()]);
        if let Ok((length, position)) = opened {
            assert_eq!(&buffer[..length], datagram);
            assert_eq!((position.index as u16).to_be_bytes(), sequence);
            assert!(receiver.open(&mut buffer[range]).is_err(), "no packet counts twice");
        }
    }
    let mut report = datagram.to_vec();
    if sender.protect_rtcp(&mut report) {
        let length = Receiver::new(key, None).open_rtcp(&mut report).expect("ours");
        assert_eq!(&report[..length], datagram);
    }
}

/// One after another: two bytes of length, one of milliseconds since the last, then the datagram.
fn datagrams(data: &[u8]) -> impl Iterator<Item = (&[u8], Micros)> {
    let (mut rest, mut now) = (data, SECOND);
    std::iter::from_fn(move || {
        let (head, after) = rest.split_at_checked(3)?;
        let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
        now += Micros::from(head[2]) * MILLISECOND;
        let length = length.min(after.len()).min(LONGEST_DATAGRAM_BYTES);
        let (datagram, after) = after.split_at(length);
        rest = after;
        Some((datagram, now))
    })
}

fn expect_ours(packet: &[u8]) {
    let sent = rtp::parse(packet).expect("what we send is RTP");
    let Range { start, end } = sent.payload;
    assert!(sent.ssrc == OUR_SSRC && start <= end);
}

fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4000))
}

fn leg(codec: Codec, ptime_ms: u32) -> Leg {
    let mut leg = Leg::new(1, Sequencer::new(OUR_SSRC, 1, 1), Latch::default(), 0);
    let address = peer();
    leg.set_remote(Remote { address, rtcp_port: None, policy: Policy::Strict, signalling: None });
    let payload_type = match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 96,
    };
    leg.set_format(Format {
        noise_payload_type: Some(NOISE),
        ..Format::plain(codec, payload_type, Some(KEYS), ptime_ms)
    });
    leg
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: usize = 1_500;

    /// Without a fuzzer: inputs made of packets that are almost right, by a fixed seed.
    #[test]
    fn every_promise_holds_for_inputs_that_are_almost_right() {
        let mut seed = 3u64;
        let mut below = |end: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % end
        };
        for (name, target) in TARGETS {
            for _ in 0..INPUTS {
                let mut data = vec![below(256) as u8];
                for _ in 0..below(12) {
                    let length = [8, 16, 28, 172, 300][below(5)];
                    data.extend([0, length as u8, below(60) as u8]);
                    let second = [0, 9, 13, 96, 101, 200, 201][below(7)];
                    data.extend([0x80, second, 0, below(8) as u8]);
                    data.extend((4..length).map(|_| below(256) as u8));
                }
                let result = std::panic::catch_unwind(|| target(&data));
                assert!(result.is_ok(), "{name} with {data:?}");
            }
        }
    }
}
