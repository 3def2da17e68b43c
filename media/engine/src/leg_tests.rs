use std::net::SocketAddr;

use super::*;
use crate::clock::{MILLISECOND, SECOND};
use crate::codec::Codec;
use crate::latch::Policy;
use crate::rtp::{self, Stamp, HEADER_BYTES};
use crate::sounds::Sound;

const PEER: &str = "192.0.2.1:4000";
const FRAME: Micros = 20 * MILLISECOND;

struct Table {
    leg: Leg,
    events: Vec<Event>,
    buffer: [u8; 2048],
}

fn peer() -> SocketAddr {
    PEER.parse().expect("an address")
}

fn format(codec: Codec, key_payload_type: Option<u8>) -> Format {
    let payload_type = if codec == Codec::Pcmu { 0 } else { 8 };
    Format::plain(codec, payload_type, key_payload_type, 20)
}

fn table(codec: Codec, key_payload_type: Option<u8>) -> Table {
    let mut leg = Leg::new(1, Sequencer::new(77, 100, 1000), Latch::default(), 0);
    leg.set_remote(Remote {
        address: peer(),
        rtcp_port: None,
        policy: Policy::Strict,
        signalling: None,
    });
    leg.set_format(format(codec, key_payload_type));
    Table { leg, events: Vec::new(), buffer: [0; 2048] }
}

fn datagram(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER_BYTES];
    rtp::write_header(&mut bytes, payload_type, 9, Stamp { sequence, timestamp, marker: false });
    bytes.extend(payload);
    bytes
}

impl Table {
    fn hear(&mut self, datagram: &[u8], now: Micros) -> Option<Incoming> {
        self.leg.receive(datagram, peer(), now, &mut self.events)
    }

    /// What this leg sends for a datagram that another leg got.
    fn relay(&mut self, other: &mut Self, datagram: &[u8], now: Micros) -> Option<Vec<u8>> {
        let incoming = other.hear(datagram, now)?;
        self.buffer[..datagram.len()].copy_from_slice(datagram);
        let (range, to) = self.leg.relay(&incoming, &mut self.buffer, now)?;
        assert_eq!(to, peer());
        Some(self.buffer[range].to_vec())
    }

    fn tick(&mut self, now: Micros) -> Option<Vec<u8>> {
        let (range, _) = self.leg.tick(&mut self.buffer, now, &mut self.events)?;
        Some(self.buffer[range].to_vec())
    }

    fn play(&mut self, samples: usize) {
        let sound = Sound::decode(&vec![0; 2 * samples], 8_000, 8_000).expect("whole samples");
        let playlist = Playlist::new(5, vec![Arc::new(sound)], false, 0);
        self.leg.play(playlist, &mut self.events);
    }
}

#[test]
fn the_same_codec_passes_through_untouched_and_another_by_table() {
    let mut from = table(Codec::Pcmu, None);
    let payload = [0xFF, 0x80, 0x12, 0x34];
    let sent = table(Codec::Pcmu, None).relay(&mut from, &datagram(0, 1, 0, &payload), 0);
    assert_eq!(sent.expect("relayed")[HEADER_BYTES..], payload);
    let sent = table(Codec::Pcma, None).relay(&mut from, &datagram(0, 2, 160, &payload), FRAME);
    let sent = sent.expect("relayed");
    assert_eq!((sent[1], sent[12], sent[13]), (0x88, 0xD5, 0xAA));
}

#[test]
fn extension_and_contributors_of_the_sender_end_here() {
    let mut bytes = datagram(0, 1, 0, &[]);
    bytes[0] |= 0x11;
    bytes.extend([0, 0, 0, 1, 0xBE, 0xDE, 0, 1, 9, 9, 9, 9, 0x55, 0x66]);
    let sent = table(Codec::Pcmu, None).relay(&mut table(Codec::Pcmu, None), &bytes, 0);
    let sent = sent.expect("relayed");
    assert_eq!(sent.len(), HEADER_BYTES + 2);
    assert_eq!((sent[0], &sent[HEADER_BYTES..]), (0x80, &[0x55, 0x66][..]));
}

#[test]
fn keys_are_told_and_passed_on_with_the_other_payload_type() {
    let mut from = table(Codec::Pcmu, Some(101));
    let mut to = table(Codec::Pcmu, Some(97));
    let key = datagram(101, 1, 0, &[7, 10, 0, 160]);
    let sent = to.relay(&mut from, &key, 0).expect("passed on");
    assert_eq!((sent[1], &sent[HEADER_BYTES..]), (0x80 | 97, &[7, 10, 0, 160][..]));
    assert_eq!(from.events[1], Event::Digit { leg: 1, key: '7', duration_ms: 20 });
    let mut deaf = table(Codec::Pcmu, None);
    assert_eq!(deaf.relay(&mut from, &datagram(101, 2, 0, &[7, 10, 1, 64]), FRAME), None);
}

#[test]
fn what_the_peer_may_send_in_another_way_than_it_is_sent_is_heard_too() {
    let mut from = table(Codec::Opus, Some(97)); // it is sent Opus as 8, and keys as 97
    let also = [(96, "OPUS", 48_000), (101, "TELEPHONE-EVENT", 8_000), (97, "CN", 8_000)];
    let also: Vec<_> = also.map(|(number, name, hz)| (number, name.to_owned(), hz)).into();
    from.leg.hear_also(Heard::new(&also).expect("payload types"));
    let content = |from: &mut Table, payload_type, sequence| {
        let heard = from.hear(&datagram(payload_type, sequence, 0, &[7, 10, 0, 160]), 0);
        heard.expect("a packet").content
    };
    assert_eq!(content(&mut from, 8, 1), Content::Sound(Codec::Opus));
    assert_eq!(content(&mut from, 96, 2), Content::Sound(Codec::Opus), "and no stray key");
    assert!(matches!(content(&mut from, 101, 3), Content::Key { clock_hz: 8_000, .. }));
    assert_eq!(content(&mut from, 97, 4), Content::Noise, "our numbers before theirs");
    assert_eq!(from.leg.counters.dropped_payload.get(), 0);
    assert_eq!(content(&mut from, 98, 5), Content::Nothing);
    assert_eq!(from.leg.counters.dropped_payload.get(), 1);
    from.leg.hear_also(Heard::default());
    assert!(matches!(content(&mut from, 97, 6), Content::Key { .. }));
}

#[test]
fn payload_types_that_cannot_be_are_refused() {
    let many: Vec<_> = (96..113).map(|number| (number, "PCMU".to_owned(), 8_000)).collect();
    assert!(Heard::new(&many).is_err());
    assert!(Heard::new(&many[..16]).is_ok());
    for (number, name, clock_hz) in
        [(128, "PCMU", 8_000), (96, "G729", 8_000), (96, "TELEPHONE-EVENT", 0)]
    {
        assert!(Heard::new(&[(number, name.to_owned(), clock_hz)]).is_err(), "{name}");
    }
}

#[test]
fn a_stray_payload_type_of_keys_is_understood_but_never_sound() {
    let mut leg = table(Codec::Pcmu, Some(101));
    leg.hear(&datagram(96, 1, 0, &[3, 10, 0, 160]), 0);
    assert!(matches!(leg.events[1], Event::Digit { key: '3', .. }));
    leg.hear(&datagram(96, 2, 0, &[0; 160]), FRAME);
    assert_eq!(leg.leg.counters.dropped_payload.get(), 1);
}

#[test]
fn what_was_not_agreed_is_counted_and_leaves_no_gap() {
    let mut from = table(Codec::Pcmu, None);
    let mut to = table(Codec::Pcmu, None);
    let first = to.relay(&mut from, &datagram(0, 1, 0, &[1]), 0).expect("relayed");
    assert_eq!(to.relay(&mut from, &datagram(13, 2, 160, &[40]), FRAME), None);
    assert_eq!(to.relay(&mut from, &datagram(111, 3, 320, &[1, 2]), 2 * FRAME), None);
    let next = to.relay(&mut from, &datagram(0, 4, 480, &[1]), 3 * FRAME).expect("relayed");
    assert_eq!(u16::from(next[3]), u16::from(first[3]) + 1);
    assert_eq!(from.leg.counters.dropped_payload.get(), 1, "comfort noise is no fault");
    assert_eq!(from.leg.counters.packets_received.get(), 4);
}

#[test]
fn a_prompt_overrides_the_other_side_until_it_is_over() {
    let mut from = table(Codec::Pcmu, None);
    let mut to = table(Codec::Pcmu, None);
    to.play(200);
    assert_eq!(to.relay(&mut from, &datagram(0, 1, 0, &[1]), 0), None);
    assert!(to.tick(0).is_some());
    assert!(to.events.is_empty());
    assert!(to.tick(FRAME).is_some());
    assert_eq!(to.events, [Event::PlaybackFinished { leg: 1, playback: 5 }]);
    assert!(to.relay(&mut from, &datagram(0, 2, 160, &[1]), 2 * FRAME).is_some());
}

#[test]
fn without_send_a_prompt_goes_on_unheard_and_nothing_is_relayed() {
    let mut leg = table(Codec::Pcmu, Some(101));
    leg.leg.set_direction(false, true);
    leg.play(160);
    assert_eq!(leg.tick(0), None);
    assert_eq!(leg.events, [Event::PlaybackFinished { leg: 1, playback: 5 }]);
    let mut from = table(Codec::Pcmu, None);
    assert_eq!(leg.relay(&mut from, &datagram(0, 1, 0, &[1]), 0), None);
    leg.leg.press(1, 100, &mut Vec::new());
    assert_eq!(leg.tick(FRAME), None);
    assert!(!leg.leg.is_playing(), "a key that cannot be sent does not block the leg");
    assert_eq!(leg.leg.counters.packets_sent.get(), 0);
}

#[test]
fn without_receive_sound_is_counted_only() {
    let mut from = table(Codec::Pcmu, None);
    from.leg.set_direction(true, false);
    let mut to = table(Codec::Pcmu, None);
    assert_eq!(to.relay(&mut from, &datagram(0, 1, 0, &[1]), 0), None);
    assert_eq!(from.leg.counters.packets_received.get(), 1);
}

#[test]
fn a_prompt_waits_until_somebody_can_hear_it() {
    let mut leg = table(Codec::Pcmu, None);
    leg.leg.set_remote(Remote {
        address: "0.0.0.0:4000".parse().expect("an address"),
        rtcp_port: None,
        policy: Policy::Nat,
        signalling: None,
    });
    leg.play(160);
    assert_eq!(leg.tick(0), None);
    assert!(leg.leg.is_playing());
    assert!(leg.events.is_empty());
}

#[test]
fn a_key_interrupts_a_prompt_in_the_same_stream() {
    let mut leg = table(Codec::Pcmu, Some(101));
    leg.play(10_000);
    let before = leg.tick(0).expect("sound");
    leg.leg.press(5, 60, &mut Vec::new());
    assert_eq!(leg.leg.tick_ms(), UPDATE_MS);
    let key: Vec<Vec<u8>> = (1..=5).filter_map(|n| leg.tick(n * FRAME)).collect();
    assert!(key.iter().all(|packet| packet[1] & 0x7F == 101 && packet[12] == 5));
    let after = leg.tick(6 * FRAME).expect("sound again");
    let sequence = |packet: &[u8]| u16::from_be_bytes([packet[2], packet[3]]);
    assert_eq!(sequence(&after), sequence(&before) + 6);
    assert_eq!(after[1], 0x80, "a new talkspurt");
}

#[test]
fn silence_is_reported_once_and_again_after_a_packet() {
    let mut leg = table(Codec::Pcmu, None);
    leg.leg.set_timeout(60 * SECOND, 10 * SECOND);
    for second in 0..200 {
        leg.leg.check_timeout(second * SECOND, &mut leg.events);
    }
    assert_eq!(leg.events, [Event::RtpTimeout { leg: 1, silent_ms: 60_000 }]);
    leg.hear(&datagram(0, 1, 0, &[1]), 200 * SECOND);
    leg.leg.check_timeout(260 * SECOND, &mut leg.events);
    assert_eq!(leg.events.len(), 3, "latched, and silent again");
    leg.leg.set_timeout(0, 260 * SECOND);
    leg.leg.check_timeout(9999 * SECOND, &mut leg.events);
    assert_eq!(leg.events.len(), 3);
}

#[test]
fn a_stranger_is_counted_and_does_not_end_the_silence() {
    let mut leg = table(Codec::Pcmu, None);
    leg.leg.set_timeout(SECOND, 0);
    let stranger = "203.0.113.1:9".parse().expect("an address");
    let heard = leg.leg.receive(&datagram(0, 1, 0, &[1]), stranger, SECOND, &mut leg.events);
    assert!(heard.is_none());
    leg.leg.check_timeout(SECOND, &mut leg.events);
    assert_eq!(leg.events.len(), 1);
    assert_eq!(leg.leg.counters.dropped_source.get(), 1);
    assert_eq!(leg.leg.counters.packets_received.get(), 0);
}

#[test]
fn no_datagram_of_any_bytes_breaks_a_leg() {
    let mut seed = 3u32;
    let mut from = table(Codec::Pcmu, Some(101));
    let mut to = table(Codec::Pcma, Some(97));
    for index in 0..20_000u64 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = (seed >> 8) as usize % 40;
        let mut bytes: Vec<u8> = (0..length as u32).map(|at| (seed >> (at % 24)) as u8).collect();
        if let Some(first) = bytes.first_mut() {
            *first = 0x80 | (*first & 0x3F);
        }
        to.relay(&mut from, &bytes, index * 100);
    }
    let counters = &from.leg.counters;
    assert_eq!(counters.packets_received.get() + counters.dropped_malformed.get(), 20_000);
}

#[test]
fn silence_that_is_played_is_comfort_noise_to_who_takes_it() {
    let mut table = table(Codec::Pcmu, None);
    table.leg.set_format(Format {
        noise_payload_type: Some(13),
        ..Format::plain(Codec::Pcmu, 0, None, 20)
    });
    let mut sound = vec![0u8; 2 * 8_000];
    for (at, sample) in sound.chunks_exact_mut(2).enumerate().skip(6_400) {
        sample.copy_from_slice(&(if at % 16 < 8 { 3_000i16 } else { -3_000 }).to_le_bytes());
    }
    let sound = Sound::decode(&sound, 8_000, 8_000).expect("whole samples");
    let playlist = Playlist::new(5, vec![Arc::new(sound)], false, 0);
    table.leg.play(playlist, &mut table.events);
    let sent: Vec<_> = (0..50).map(|index| table.tick(index * FRAME)).collect();
    let packets: Vec<Option<rtp::Packet>> =
        sent.iter().map(|packet| rtp::parse(packet.as_ref()?)).collect();
    let kinds: Vec<Option<u8>> =
        packets.iter().map(|packet| packet.as_ref().map(|packet| packet.payload_type)).collect();
    assert_eq!(kinds[..11], [[Some(0); 10].as_slice(), &[Some(13)]].concat());
    assert_eq!(kinds[11..40], [None; 29]);
    assert_eq!(kinds[40..], [Some(0); 10]);
    let there: Vec<&rtp::Packet> = packets.iter().flatten().collect();
    assert!(there.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
    let (noise, first) =
        (packets[10].as_ref().expect("noise"), packets[40].as_ref().expect("sound"));
    assert_eq!(first.timestamp - noise.timestamp, 30 * 160, "silence takes its time");
    assert!(first.marker && !noise.marker);
    assert_eq!(table.events.len(), 1, "the playback is over as ever");
}
