//! Feature codes and secret keys of one leg, as another one hears them.

use super::*;
use crate::clock::MILLISECOND;
use crate::codec::Codec;
use crate::g711::ulaw_from_linear;
use crate::latch::Policy;
use crate::leg::receiving::Content;
use crate::rtp::{write_header, Stamp, HEADER_BYTES};
use crate::telephone_event::{code_of, TelephoneEvent};
use crate::tone_keys::tests::{voice, Dice};

const PEER: &str = "192.0.2.1:4000";
const STAR_SEVEN: [&str; 1] = ["*7"];

fn leg(key_payload_type: Option<u8>, codes: &[&str]) -> Leg {
    let address = PEER.parse().expect("an address");
    let mut leg = Leg::new(1, Sequencer::new(1, 1, 1), Latch::default(), 0);
    leg.set_remote(Remote { address, rtcp_port: None, policy: Policy::Strict, signalling: None });
    leg.set_format(Format::plain(Codec::Pcmu, 0, key_payload_type, 20));
    let of = |code: &&str| code.chars().filter_map(code_of).collect();
    leg.guard_codes(codes.iter().map(of).collect());
    leg
}

fn receive(leg: &mut Leg, number: u16, payload_type: u8, timestamp: u32, said: &[u8]) -> Content {
    let mut datagram = vec![0; HEADER_BYTES];
    let stamp = Stamp { sequence: number, timestamp, marker: false };
    write_header(&mut datagram, payload_type, 9, stamp);
    datagram.extend(said);
    let (from, now) = (PEER.parse().expect("an address"), u64::from(number) * 20 * MILLISECOND);
    leg.receive(&datagram, from, now, &mut Vec::new()).expect("a packet").content
}

/// What others hear of this sound, packet by packet: whether it passes.
fn passing(leg: &mut Leg, sound: &[i16], from: u16) -> Vec<bool> {
    let payloads: Vec<Vec<u8>> = sound
        .chunks_exact(160)
        .map(|frame| frame.iter().map(|sample| ulaw_from_linear(*sample)).collect())
        .collect();
    let heard = payloads.iter().zip(from..).map(|(payload, number)| {
        receive(leg, number, 0, u32::from(number) * 160, payload) != Content::Nothing
    });
    heard.collect()
}

#[test]
fn packets_of_a_code_pass_nobody_and_late_ones_neither() {
    let mut leg = leg(Some(101), &STAR_SEVEN);
    let (mut number, mut passed) = (0, Vec::new());
    let mut press = |leg: &mut Leg, key: char, timestamp: u32, ends: bool| {
        for end in [false, ends] {
            number += 1;
            let code = code_of(key).expect("a key");
            let event = TelephoneEvent { code, end, duration: 160 * u16::from(end) + 160 };
            let content = receive(leg, number, 101, timestamp, &event.to_bytes());
            passed.push(content != Content::Nothing);
        }
    };
    press(&mut leg, '5', 1_000, true);
    press(&mut leg, '*', 2_000, true);
    press(&mut leg, '7', 3_000, true);
    press(&mut leg, '*', 2_000, true); // copies that took a longer way
    press(&mut leg, '8', 4_000, true);
    let nothing = [false; 2];
    assert_eq!(passed, [[true; 2], nothing, nothing, nothing, [true; 2]].concat());
    assert_eq!(leg.next_released(), None);
}

#[test]
fn what_is_no_code_is_given_back_in_order() {
    let mut leg = leg(Some(101), &STAR_SEVEN);
    for (number, key) in ['*', '8'].into_iter().enumerate() {
        let code = code_of(key).expect("a key");
        let event = TelephoneEvent { code, end: false, duration: 160 }.to_bytes();
        let content = receive(&mut leg, number as u16, 101, number as u32 * 2_000, &event);
        assert_eq!(content, Content::Nothing, "{key}: it comes again, after the star");
    }
    assert_eq!([leg.next_released(), leg.next_released()], [code_of('*'), code_of('8')]);
    let star = TelephoneEvent { code: 10, end: false, duration: 160 }.to_bytes();
    receive(&mut leg, 3, 101, 9_000, &star);
    leg.check_codes(1_900 * MILLISECOND);
    assert_eq!(leg.next_released(), None);
    leg.check_codes(2_100 * MILLISECOND);
    assert_eq!(leg.next_released(), code_of('*'));
}

#[test]
fn less_of_a_codes_tone_is_heard_than_makes_a_key() {
    for offset in 0..160 {
        let mut leg = leg(None, &STAR_SEVEN);
        let mut sound = vec![0; 160 + offset];
        let began = sound.len();
        sound.extend(tone_of(10, 120));
        sound.extend(vec![0; 960]);
        let ended = began + 960;
        let heard = passing(&mut leg, &sound, 0);
        let part = |at: usize| {
            let (from, to) = ((at * 160).max(began), (at * 160 + 160).min(ended));
            to.saturating_sub(from)
        };
        let leaked: usize =
            heard.iter().enumerate().filter(|(_, passed)| **passed).map(|(at, _)| part(at)).sum();
        assert!(leaked <= 8 * 26, "{leaked} samples, {offset} on");
        assert!(heard.last() == Some(&true), "afterwards everything is heard again");
        leg.check_codes(10_000 * MILLISECOND);
        assert_eq!(leg.next_released(), code_of('*'), "it was told, and no code followed");
    }
}

#[test]
fn a_telephone_event_beside_a_key_by_sip_is_heard_once() {
    let pressed = |leg: &mut Leg, number: u16, code: u8| {
        let event = TelephoneEvent { code, end: true, duration: 160 }.to_bytes();
        receive(leg, number, 101, u32::from(number) * 2_000, &event) != Content::Nothing
    };
    let mut leg = leg(Some(101), &[]);
    leg.take_key(5, 0);
    assert_eq!(leg.next_released(), Some(5));
    assert!(!pressed(&mut leg, 9, 5), "180 ms later: its echo");
    assert!(pressed(&mut leg, 10, 5), "the next press, however soon");
    leg.take_key(5, 1_000 * MILLISECOND);
    assert!(pressed(&mut leg, 51, 6), "another key");
    assert!(pressed(&mut leg, 60, 5), "200 ms later");
    leg.guard_codes(vec![vec![5, 5]]);
    leg.take_key(5, 2_000 * MILLISECOND);
    assert!(!pressed(&mut leg, 101, 5), "no second key of the code");
    leg.check_codes(5_000 * MILLISECOND);
    assert_eq!([leg.next_released(), leg.next_released()], [Some(5), Some(5)]);
    assert_eq!(leg.next_released(), None, "the first, and the only one of the code");
}

/// Of a tone of a key in a second of sound, how many packets pass; the key is taken by SIP as it begins.
fn heard_of_tone(leg: &mut Leg, taken: bool) -> usize {
    if taken {
        leg.take_key(5, 0);
    }
    let mut sound = tone_of(5, 120);
    sound.truncate(960);
    sound.extend(vec![0; 7_040]);
    let heard = passing(leg, &sound, 1);
    assert!(heard[14..].iter().all(|passed| *passed), "afterwards everything is heard");
    heard[..6].iter().filter(|passed| **passed).count()
}

#[test]
fn a_tone_beside_a_key_by_sip_is_heard_once() {
    assert_eq!(heard_of_tone(&mut leg(None, &[]), false), 6);
    assert!(heard_of_tone(&mut leg(None, &[]), true) <= 1, "too little to be a key");
    for codes in [&[][..], &["56"]] {
        let mut knows = leg(None, codes);
        knows.hide_tones(true);
        assert!(heard_of_tone(&mut knows, false) <= 1, "of a peer that always does so");
        knows.check_codes(10_000 * MILLISECOND);
        assert_eq!(knows.next_released(), None, "a tone is no key of it");
    }
    let mut guarded = leg(None, &["56"]);
    heard_of_tone(&mut guarded, true);
    guarded.check_codes(10_000 * MILLISECOND);
    assert_eq!((guarded.next_released(), guarded.next_released()), (Some(5), None));
}

#[test]
fn who_has_no_codes_and_no_secrets_is_heard_as_ever() {
    let mut leg = leg(None, &[]);
    let heard = passing(&mut leg, &tone_of(10, 120), 0);
    assert!(heard.into_iter().all(|passed| passed));
    assert_eq!(leg.next_released(), None);
}

#[test]
fn a_voice_is_not_taken_for_a_tone() {
    let mut leg = leg(None, &STAR_SEVEN);
    let heard = passing(&mut leg, &voice(600, &mut Dice(5)), 0);
    let muted = heard.iter().filter(|passed| !**passed).count();
    assert!(muted * 300 < heard.len(), "{muted} of {} packets", heard.len());
}

#[test]
fn the_last_secret_key_is_not_heard_when_its_secrecy_ends() {
    let mut leg = leg(None, &[]);
    leg.keep_confidential(true, 0);
    let sound = tone_of(5, 400);
    let (told, rest) = sound[..3_200].split_at(800);
    assert!(passing(&mut leg, told, 0).into_iter().all(|passed| !passed));
    leg.keep_confidential(false, 100 * MILLISECOND);
    assert!(passing(&mut leg, rest, 5).into_iter().all(|passed| !passed));
    assert!(passing(&mut leg, &[0; 1_600], 30).into_iter().skip(5).all(|passed| passed));
}
