use super::*;
use crate::clock::{Micros, MILLISECOND};
use crate::codec::{Codec, Decoder, Encoder};
use crate::events::Event;
use crate::format::Format;
use crate::leg::{Content, Incoming};
use crate::mailbox::Command;
use crate::mixing::Running;
use crate::opus::{packet_us, OpusOptions};
use crate::rtp::{self, Packet, Stamp, HEADER_BYTES};
use crate::worker::tests::{seat, worker};

const TURN: Micros = 20 * MILLISECOND;
const ALL: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

fn format(codec: Codec, packet_ms: u32) -> Format {
    let payload_type = match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => 96,
    };
    Format::plain(codec, payload_type, Some(101), packet_ms)
}

/// Two legs of a worker, bridged, and what is sent to the second; its time is an argument.
struct Pair {
    worker: Worker,
    from: Format,
    to: Format,
    sequence: u16,
    sent: Vec<(Packet, Vec<u8>)>,
}

impl Pair {
    fn bridged(from: Format, to: Format) -> Self {
        let (mut worker, mailbox, _) = worker();
        for (leg, format) in [(1, from), (2, to)] {
            let mut seat = seat(leg);
            seat.leg.set_remote(crate::latch::Remote {
                address: "127.0.0.1:9".parse().expect("an address"),
                rtcp_port: None,
                policy: crate::latch::Policy::Strict,
                signalling: None,
            });
            mailbox.post(Command::Open(seat));
            mailbox.post(Command::SetFormat(leg, format));
        }
        mailbox.post(Command::Bridge(1, 2));
        assert!(worker.obey());
        Self { worker, from, to, sequence: 0, sent: Vec::new() }
    }

    fn decodes(&self) -> bool {
        self.worker.mixes.len() == 1
    }

    fn datagram(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let mut datagram = vec![0; HEADER_BYTES];
        self.sequence = self.sequence.wrapping_add(1);
        let stamp = Stamp { sequence: self.sequence, timestamp, marker: false };
        rtp::write_header(&mut datagram, payload_type, 7, stamp);
        datagram.extend(payload);
        datagram
    }

    /// One packet of the first leg's peer.
    fn arrive(&mut self, payload_type: u8, timestamp: u32, payload: &[u8], now: Micros) {
        let datagram = self.datagram(payload_type, timestamp, payload);
        self.worker.buffer[..datagram.len()].copy_from_slice(&datagram);
        let place = self.worker.places[&1];
        let mut events: Vec<Event> = Vec::new();
        let from = "127.0.0.1:9".parse().expect("an address");
        let leg = &mut self.worker.seats[place].as_deref_mut().expect("seated").leg;
        let Some(incoming) = leg.receive(&datagram, from, now, &mut events) else {
            return;
        };
        if !leg.pick_up(&incoming, &datagram, now) {
            self.pass_on(&incoming, now);
        }
    }

    fn pass_on(&mut self, incoming: &Incoming, now: Micros) {
        let other = self.worker.places[&2];
        let leg = &mut self.worker.seats[other].as_deref_mut().expect("seated").leg;
        let mut buffer = *self.worker.buffer;
        let mut outgoing = leg.relay(incoming, &mut buffer, now);
        while let Some((range, _)) = outgoing {
            let packet = rtp::parse(&buffer[range.clone()]).expect("RTP");
            self.sent.push((packet, buffer[range][HEADER_BYTES..].to_vec()));
            outgoing = leg.repacketised(&mut buffer, now);
        }
    }

    /// 20 ms of the mix, if the bridge decodes.
    fn turn(&mut self, now: Micros) {
        let (from, to) = (self.worker.places[&1], self.worker.places[&2]);
        let Some(running) = self.worker.mixes.values_mut().next() else {
            return;
        };
        let mut frame = vec![0; Running::frame(running)];
        let speaker = &mut self.worker.seats[from].as_deref_mut().expect("seated").leg;
        speaker.say(&mut frame, now);
        let leg = &mut self.worker.seats[to].as_deref_mut().expect("seated").leg;
        leg.hear(&frame, now);
        let mut buffer = [0; 2048];
        while let Some((range, _)) = leg.mixed_packet(&mut buffer, now) {
            let packet = rtp::parse(&buffer[range.clone()]).expect("RTP");
            self.sent.push((packet, buffer[range][HEADER_BYTES..].to_vec()));
        }
    }

    /// Says so much at 8 kHz, and returns for how long the second peer hears something, in samples of 1/8000 s.
    fn say_all(&mut self, sound: &[i16]) -> usize {
        self.speak(sound);
        let stamps = self.sent.iter().map(|(packet, _)| packet.timestamp);
        let first = self.sent.first().map_or(0, |(packet, _)| packet.timestamp);
        let last = stamps.map(|stamp| stamp.wrapping_sub(first)).max().unwrap_or(0);
        last as usize * 8_000 / self.to.codec.clock_hz() as usize
    }

    /// Says so much at 8 kHz, and returns what the second peer hears of it, at 8 kHz.
    fn say(&mut self, sound: &[i16]) -> Vec<i16> {
        self.speak(sound);
        self.heard()
    }

    fn speak(&mut self, sound: &[i16]) {
        let mut encoder = Encoder::new(self.from.codec, OpusOptions::default(), 8_000);
        let samples = self.from.packet_ms as usize * 8;
        for (index, part) in sound.chunks_exact(samples).enumerate() {
            let mut payload = vec![0; 1_500];
            let length = encoder.encode(part, &mut payload);
            let now = index as u64 * u64::from(self.from.packet_ms) * MILLISECOND;
            let timestamp = index as u32 * self.from.ticks();
            self.arrive(self.from.payload_type, timestamp, &payload[..length], now);
            let turns = |at: Micros| at / TURN;
            let until = now + u64::from(self.from.packet_ms) * MILLISECOND;
            (turns(now)..turns(until)).for_each(|turn| self.turn(turn * TURN + 7 * MILLISECOND));
        }
    }

    /// The peer's decoder, over a stream whose order and clock are checked on the way.
    fn heard(&self) -> Vec<i16> {
        let (mut decoder, mut heard) = (Decoder::new(self.to.codec, 8_000), Vec::new());
        for pair in self.sent.windows(2) {
            let (before, after) = (&pair[0].0, &pair[1].0);
            assert_eq!(after.sequence, before.sequence.wrapping_add(1));
            assert_eq!(after.timestamp.wrapping_sub(before.timestamp), self.to.ticks());
        }
        self.sent.iter().for_each(|(_, payload)| decoder.decode(payload, &mut heard));
        heard
    }
}

/// Speech-like: four tones of one voice whose strengths come and go, never silent for long.
fn speech(seconds: usize) -> Vec<i16> {
    let at = |n: usize| {
        let t = n as f64 / 8_000.0;
        let tone =
            |hz: f64, beat: f64| (t * hz * std::f64::consts::TAU).sin() * (1.2 + (t * beat).sin());
        (1_500.0
            * (tone(210.0, 9.0) + tone(630.0, 13.0) + tone(1_470.0, 7.0) + tone(2_310.0, 17.0)))
            as i16
    };
    (0..seconds * 8_000).map(at).collect()
}

fn power(sound: &[i16]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len().max(1) as f64
}

/// The best correlation over all delays up to 150 ms, and that delay in samples.
fn correlation(heard: &[i16], said: &[i16]) -> (f64, usize) {
    let window = 8_000;
    let said = &said[8_000..8_000 + window];
    (0..1_200)
        .map(|delay| {
            let part = &heard[8_000 + delay..8_000 + delay + window];
            let product: f64 =
                part.iter().zip(said).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            (product / (window as f64 * (power(part) * power(said)).sqrt()), delay)
        })
        .fold((0.0, 0), |best, one| if one.0 > best.0 { one } else { best })
}

/// How far the energies of eight bands between 100 and 3700 Hz are apart, in dB on average; 25 dB below the loudest is silence.
fn spectral_distance(heard: &[i16], said: &[i16]) -> f64 {
    let band = |sound: &[i16], from: usize| -> f64 {
        let energy = |hz: usize| {
            let step = hz as f64 * std::f64::consts::TAU / 8_000.0;
            let (mut re, mut im) = (0.0, 0.0);
            for (n, sample) in sound.iter().enumerate() {
                re += f64::from(*sample) * (n as f64 * step).cos();
                im += f64::from(*sample) * (n as f64 * step).sin();
            }
            re * re + im * im
        };
        10.0 * ((from..from + 450).step_by(30).map(energy).sum::<f64>() + 1e11).log10()
    };
    let bands = (0..8).map(|index| 100 + index * 450);
    bands.map(|from| (band(heard, from) - band(said, from)).abs()).sum::<f64>() / 8.0
}

#[test]
fn every_pair_of_codecs_carries_a_minute_of_sound_without_a_gap() {
    let said = speech(60);
    for from in ALL {
        for to in ALL {
            let mut pair = Pair::bridged(format(from, 20), format(to, 20));
            assert_eq!(pair.decodes(), !from.passes_to(to));
            let heard = pair.say(&said);
            assert!(heard.len() >= said.len() - 1_600, "{from:?} to {to:?}: {}", heard.len());
            let level_db = 10.0 * (power(&heard[8_000..]) / power(&said)).log10();
            assert!(level_db.abs() < 1.0, "{from:?} to {to:?}: {level_db} dB");
            let steady = &heard[4_000..heard.len() - 4_000];
            let gap = steady.chunks_exact(160).filter(|part| power(part) < 1e4).count();
            assert_eq!(gap, 0, "{from:?} to {to:?} has gaps");
            let (alike, delay) = correlation(&heard, &said);
            if from == Codec::Opus || to == Codec::Opus {
                let distance =
                    spectral_distance(&heard[8_000 + delay..16_000 + delay], &said[8_000..16_000]);
                assert!(distance < 3.0, "{from:?} to {to:?}: {distance} dB of spectral distance");
            } else {
                assert!(alike >= 0.95, "{from:?} to {to:?}: {alike} correlation");
            }
        }
    }
}

#[test]
fn what_passes_through_is_the_same_to_the_bit() {
    for codec in ALL {
        let mut pair = Pair::bridged(format(codec, 20), format(codec, 20));
        for index in 0..100u32 {
            let payload: Vec<u8> = (0..160).map(|at| (index * 7 + at * 31) as u8).collect();
            let ticks = index * pair.from.ticks();
            pair.arrive(pair.from.payload_type, ticks, &payload, u64::from(index) * TURN);
            assert_eq!(pair.sent.pop().expect("passed on").1, payload, "{codec:?}");
        }
        assert!(!pair.decodes());
    }
}

#[test]
fn packet_times_that_differ_are_cut_without_decoding() {
    let said = speech(4);
    for (from, to) in [(60, 20), (20, 60), (30, 20), (10, 40), (20, 10)] {
        for codec in [Codec::Pcmu, Codec::G722] {
            let mut pair = Pair::bridged(format(codec, from), format(codec, to));
            let heard = pair.say(&said);
            assert!(!pair.decodes());
            assert!(pair.sent.iter().all(|(_, payload)| payload.len() == to as usize * 8));
            assert!(correlation(&heard, &said).0 > 0.95, "{codec:?} from {from} to {to} ms");
        }
    }
}

#[test]
fn every_packet_time_of_every_codec_carries_the_sound() {
    let said = speech(4);
    for packet_ms in [10, 20, 30, 40, 60] {
        for codec in ALL {
            let other = if codec == Codec::G722 { Codec::Opus } else { Codec::G722 };
            let wanted = format(codec, packet_ms);
            let to = wanted.packable();
            let expected = if (codec, packet_ms) == (Codec::Opus, 30) { 20 } else { packet_ms };
            assert_eq!(to.packet_ms, expected);
            let mut pair = Pair::bridged(format(other, 20), wanted);
            pair.to = to;
            let heard = pair.say(&said);
            assert!(pair.decodes());
            assert!(heard.len() + 1_600 >= said.len(), "{codec:?} at {packet_ms} ms");
            let lasts = pair.sent.iter().map(|(_, payload)| match to.packet_bytes() {
                Some(_) => payload.len() as u32 * 125,
                None => packet_us(payload),
            });
            assert!(lasts.clone().all(|us| us == expected * 1_000), "{codec:?} at {packet_ms} ms");
            let (_, delay) = correlation(&heard, &said);
            let part = &heard[8_000 + delay..16_000 + delay];
            let distance = spectral_distance(part, &said[8_000..16_000]);
            assert!(distance < 3.0, "{codec:?} at {packet_ms} ms: {distance} dB");
        }
    }
}

#[test]
fn opus_of_more_than_the_peer_takes_is_decoded() {
    let mut pair = Pair::bridged(format(Codec::Opus, 60), format(Codec::Opus, 20));
    let mut encoder = Encoder::new(Codec::Opus, OpusOptions::default(), 48_000);
    let mut payload = [0; 1_000];
    let length = encoder.encode(&[0; 2_880], &mut payload);
    let datagram = pair.datagram(96, 0, &payload[..length]);
    let packet = rtp::parse(&datagram).expect("RTP");
    let incoming = Incoming { packet, content: Content::Sound(Codec::Opus) };
    let other = pair.worker.places[&2];
    let leg = &pair.worker.seats[other].as_deref().expect("seated").leg;
    assert!(leg.cannot_relay(&incoming, &datagram));
    let listener = &mut pair.worker.seats[other].as_deref_mut().expect("seated").leg;
    listener.set_format(Format { most_ms: 60, ..pair.to });
    assert!(!listener.cannot_relay(&incoming, &datagram));
}

#[test]
fn keys_pass_through_a_bridge_that_decodes_in_the_listeners_clock_and_number() {
    let from = format(Codec::Pcmu, 20);
    let to =
        Format { key_payload_type: Some(110), key_clock_hz: 48_000, ..format(Codec::Opus, 20) };
    let mut pair = Pair::bridged(from, to);
    for index in 1..=8u16 {
        let end = if index > 5 { 0x80 } else { 0 };
        let [high, low] = (index.min(5) * 160).to_be_bytes();
        pair.arrive(101, 8_000, &[7, end | 10, high, low], u64::from(index) * TURN);
        pair.turn(u64::from(index) * TURN);
    }
    let keys: Vec<_> = pair.sent.iter().filter(|(packet, _)| packet.payload_type == 110).collect();
    assert_eq!(keys.len(), 8);
    assert!(keys.iter().all(|(packet, _)| packet.timestamp == keys[0].0.timestamp));
    assert!(keys[0].0.marker && !keys[1].0.marker);
    let durations: Vec<u16> =
        keys.iter().map(|(_, event)| u16::from_be_bytes([event[2], event[3]])).collect();
    assert_eq!(durations, [960, 1_920, 2_880, 3_840, 4_800, 4_800, 4_800, 4_800]);
    assert!(keys[7].1[1] & 0x80 != 0 && keys[7].1[0] == 7);
    assert_eq!(pair.sent.len(), 8, "no sound between the packets of a key");
}

#[test]
fn keys_keep_their_length_between_clocks_where_sound_passes_through() {
    let from =
        Format { key_payload_type: Some(110), key_clock_hz: 48_000, ..format(Codec::Opus, 20) };
    let to = Format { key_payload_type: Some(96), key_clock_hz: 8_000, ..format(Codec::Opus, 20) };
    let mut pair = Pair::bridged(from, to);
    pair.arrive(110, 960, &[3, 10, 0x12, 0xC0], 0); // 4800 of 1/48000 s
    let (packet, event) = pair.sent.pop().expect("passed on");
    assert_eq!((packet.payload_type, event), (96, vec![3, 10, 0x03, 0x20]));
}

#[test]
fn comfort_noise_passes_to_who_takes_it_and_is_left_out_otherwise() {
    let takes = Format { noise_payload_type: Some(13), ..format(Codec::Pcma, 20) };
    for (to, expected) in [(takes, 1), (format(Codec::Pcma, 20), 0)] {
        let mut pair = Pair::bridged(format(Codec::Pcmu, 20), to);
        pair.arrive(13, 160, &[40], TURN);
        assert_eq!(pair.sent.len(), expected);
        assert!(pair
            .sent
            .iter()
            .all(|(packet, level)| packet.payload_type == 13 && level == &[40]));
    }
}

#[test]
fn silence_that_was_decoded_is_told_by_its_level_to_who_takes_that() {
    let said = [speech(1), vec![0; 24_000], speech(1)].concat();
    for (noise_payload_type, silent) in [(Some(13), 3..10), (None, 0..1)] {
        let to = Format { noise_payload_type, ..format(Codec::Pcma, 20) };
        let mut pair = Pair::bridged(format(Codec::G722, 20), to);
        let heard = pair.say_all(&said);
        let noise = pair.sent.iter().filter(|(packet, _)| packet.payload_type == 13).count();
        assert!(silent.contains(&noise), "{noise} packets of noise");
        let sound = pair.sent.len() - noise;
        assert_eq!(sound < 125, noise_payload_type.is_some(), "{sound} packets of sound");
        assert!(heard.abs_diff(said.len()) <= 1_600, "no time is lost: {heard}");
        let talks = pair
            .sent
            .windows(2)
            .filter(|pair| (pair[0].0.payload_type, pair[1].0.payload_type) == (13, 8));
        assert!(talks.clone().all(|pair| pair[1].0.marker && !pair[0].0.marker));
        assert_eq!(talks.count(), usize::from(noise > 0), "the second second is heard");
    }
}

#[test]
fn a_new_agreement_ends_the_decoding_and_begins_it_again() {
    let (g722, opus) = (format(Codec::G722, 20), format(Codec::Opus, 20));
    let (mut worker, mailbox, _) = worker();
    for leg in [1, 2] {
        mailbox.post(Command::Open(seat(leg)));
        mailbox.post(Command::SetFormat(leg, g722));
    }
    mailbox.post(Command::Bridge(1, 2));
    worker.obey();
    assert!(worker.mixes.is_empty());
    for (format, decodes) in [(opus, true), (g722, false), (opus, true)] {
        mailbox.post(Command::SetFormat(2, format));
        worker.obey();
        assert_eq!(worker.mixes.len() == 1, decodes);
        assert!(worker.partner_of(worker.places[&1]).is_some(), "the bridge stays");
    }
    mailbox.post(Command::Unbridge(1));
    worker.obey();
    assert!(worker.mixes.is_empty());
}

#[test]
#[ignore = "a measurement: cargo test --release what_decoding_costs -- --ignored --nocapture"]
fn what_decoding_costs() {
    let said = speech(30);
    for from in ALL {
        for to in ALL {
            let mut payloads = Vec::new();
            let mut encoder = Encoder::new(from, OpusOptions::default(), 8_000);
            for part in said.chunks_exact(160) {
                let mut payload = vec![0; 1_000];
                let length = encoder.encode(part, &mut payload);
                payload.truncate(length);
                payloads.push(payload);
            }
            let mut pair = Pair::bridged(format(from, 20), format(to, 20));
            let began = std::time::Instant::now();
            for (index, payload) in payloads.iter().enumerate() {
                let now = index as u64 * TURN;
                let ticks = index as u32 * pair.from.ticks();
                pair.arrive(pair.from.payload_type, ticks, payload, now);
                pair.turn(now + 7 * MILLISECOND);
            }
            let per_packet = began.elapsed().as_secs_f64() * 1e6 / payloads.len() as f64;
            println!("{from:?} to {to:?}: {per_packet:.1} µs per 20 ms, one way");
        }
    }
}
