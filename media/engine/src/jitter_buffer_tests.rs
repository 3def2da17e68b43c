use super::*;
use crate::codec::Encoder;
use crate::opus::OpusOptions;

const FRAME: usize = 160;
const FRAME_TIME: Micros = 20 * MILLISECOND;

/// Numbers without order that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

fn packet(ssrc: u32, timestamp: u32) -> Packet {
    Packet { payload_type: 0, marker: false, sequence: 0, timestamp, ssrc, payload: 12..172 }
}

fn tone(from: u64, count: usize) -> Vec<i16> {
    let at = |n: u64| (n as f64 * std::f64::consts::TAU / 57.0).sin() * 8_000.0;
    (from..from + count as u64).map(|n| at(n) as i16).collect()
}

fn encode(codec: Codec, rate_hz: u32, samples: &[i16]) -> Vec<u8> {
    let mut payload = vec![0; 1_000];
    let length = Encoder::new(codec, OpusOptions::default(), rate_hz).encode(samples, &mut payload);
    payload.truncate(length);
    payload
}

/// A sender whose clock is `ppm` parts in a million fast, over a network that the test makes.
struct Line {
    buffer: JitterBuffer,
    codec: Codec,
    /// What it always says; `None` for a tone.
    says: Option<Vec<u8>>,
    ppm: i64,
    sent: u64,
    on_the_way: Vec<(Micros, u64)>,
    now: Micros,
    heard: Vec<i16>,
}

impl Line {
    fn new(ppm: i64) -> Self {
        Self {
            buffer: JitterBuffer::new(8_000),
            codec: Codec::Pcmu,
            says: None,
            ppm,
            sent: 0,
            on_the_way: Vec::new(),
            now: 7 * MILLISECOND,
            heard: Vec::new(),
        }
    }

    /// The same 20 ms again and again, taken at the codec's own rate.
    fn of(codec: Codec, ppm: i64) -> Self {
        let rate_hz = codec.rate_hz();
        let says = Some(encode(codec, rate_hz, &tone(0, frame_of(rate_hz))));
        Self { buffer: JitterBuffer::new(rate_hz), codec, says, ..Self::new(ppm) }
    }

    fn sent_at(&self, index: u64) -> Micros {
        let nominal = (index * FRAME_TIME) as i64;
        (nominal - nominal * self.ppm / 1_000_000) as Micros
    }

    /// Runs so many frames; each packet has a delay on the way, `None` for a lost one.
    fn run(&mut self, frames: u64, mut delay: impl FnMut(u64) -> Option<Micros>) {
        for _ in 0..frames {
            while self.sent_at(self.sent) <= self.now {
                if let Some(delay) = delay(self.sent) {
                    self.on_the_way.push((self.sent_at(self.sent) + delay, self.sent));
                }
                self.sent += 1;
            }
            self.on_the_way.sort_unstable();
            while self.on_the_way.first().is_some_and(|(at, _)| *at <= self.now) {
                let (at, index) = self.on_the_way.remove(0);
                self.arrive(index, at);
            }
            let mut frame = vec![0; frame_of(self.buffer.rate_hz())];
            self.buffer.pull(&mut frame, self.now);
            self.heard.extend(frame);
            self.now += FRAME_TIME;
        }
    }

    fn arrive(&mut self, index: u64, at: Micros) {
        let tone = || encode(self.codec, 8_000, &tone(index * 160, FRAME));
        let payload = self.says.clone().unwrap_or_else(tone);
        let ticks = index * u64::from(self.codec.clock_hz()) / 50;
        let timestamp = (u32::MAX - 999).wrapping_add(ticks as u32); // wraps soon
        self.buffer.push(&packet(1, timestamp), self.codec, &payload, at);
    }

    /// From a sample's time at the sender to the time when it is taken.
    fn delay_ms(&self) -> i64 {
        let (rate, clock) = (i64::from(self.buffer.rate_hz), i64::from(self.codec.clock_hz()));
        let first = i64::from(u32::MAX - 999) * rate / clock;
        let position = self.buffer.position.expect("sound has begun") - first;
        let now = self.now as i64;
        let at_sender = now + now * self.ppm / 1_000_000;
        let delay = at_sender - position * 1_000_000 / rate;
        let wrap = (1i64 << 32) * 1_000_000 / clock; // a stream that began anew counts from there
        (delay + wrap / 2).rem_euclid(wrap).wrapping_sub(wrap / 2) / 1_000
    }
}

#[test]
fn a_steady_stream_comes_out_whole_after_40_ms() {
    let mut line = Line::new(0);
    line.run(100, |_| Some(5 * MILLISECOND));
    let silent = line.heard.iter().take_while(|sample| **sample == 0).count();
    assert!((320..=480).contains(&silent), "{silent}");
    let first = silent - silent % FRAME;
    let faded_in = 32;
    for (ours, sent) in line.heard[first..].iter().zip(tone(0, 8000)).skip(faded_in) {
        assert!((i32::from(*ours) - i32::from(sent)).abs() <= 260, "{ours} for {sent}");
    }
    assert_eq!(line.buffer.repairs(), Repairs::default());
}

/// An hour without a drift: how much sound was left out or repeated, in samples.
fn an_hour(mut line: Line) {
    let (codec, ppm) = (line.codec, line.ppm);
    line.run(100, |_| Some(5 * MILLISECOND));
    for _ in 0..1799 {
        line.heard.clear();
        line.run(100, |_| Some(5 * MILLISECOND));
        assert!((25..=75).contains(&line.delay_ms()), "{} ms at {ppm}", line.delay_ms());
    }
    let repairs = line.buffer.repairs();
    assert_eq!((repairs.concealed, repairs.late), (0, 0), "nothing is missing at {ppm}");
    // 200 millionths of an hour are 720 ms.
    let (corrected, rate) = (repairs.left_out + repairs.repeated, u64::from(codec.rate_hz()));
    let in_one_direction = if ppm > 0 { repairs.left_out } else { repairs.repeated };
    assert!((700..=750).contains(&(corrected * 1_000 / rate)), "{codec:?}: {repairs:?}");
    assert_eq!(in_one_direction, corrected);
}

#[test]
fn an_hour_of_clocks_200_ppm_apart_does_not_drift_at_8_khz() {
    an_hour(Line::new(-200));
    an_hour(Line::new(200));
}

#[test]
fn an_hour_of_clocks_200_ppm_apart_does_not_drift_at_16_khz() {
    an_hour(Line::of(Codec::G722, -200));
    an_hour(Line::of(Codec::G722, 200));
}

#[test]
fn an_hour_of_clocks_200_ppm_apart_does_not_drift_at_48_khz() {
    an_hour(Line::of(Codec::Opus, -200));
    an_hour(Line::of(Codec::Opus, 200));
}

#[test]
fn redundancy_in_the_next_opus_packet_brings_back_a_lost_one() {
    // Speech-like sound: Opus sends redundancy for voices only. Every tenth packet is lost, with and without it.
    let errors = [true, false].map(|fec| {
        let options = OpusOptions { fec, rate_hz: 16_000, ..OpusOptions::default() };
        let mut encoder = Encoder::new(Codec::Opus, options, 16_000);
        let (mut buffer, mut heard) = (JitterBuffer::new(16_000), Vec::new());
        let voice = voice(100 * 320);
        for (index, samples) in voice.chunks_exact(320).enumerate() {
            let now = index as u64 * FRAME_TIME;
            let mut payload = vec![0; 1_000];
            let length = encoder.encode(samples, &mut payload);
            if index % 10 != 7 {
                let packet = packet(1, index as u32 * 960);
                buffer.push(&packet, Codec::Opus, &payload[..length], now);
            }
            let mut frame = [0; 320];
            buffer.pull(&mut frame, now);
            heard.extend(frame);
        }
        difference(&heard[6_400..], &voice)
    });
    assert!(errors[0] < 0.8 * errors[1], "{errors:?}");
}

/// A buzz of 140 Hz whose strength and colour change ten times a second, at 16 kHz.
fn voice(count: usize) -> Vec<i16> {
    let at = |n: usize| {
        let t = n as f64 / 16_000.0;
        let colour = 3.0 + 2.0 * (t * 21.0).sin();
        let buzz: f64 = (1..12)
            .map(|k| {
                (t * 140.0 * f64::from(k) * std::f64::consts::TAU).sin()
                    / (1.0 + (f64::from(k) - colour).powi(2))
            })
            .sum();
        (5_000.0 * buzz * (1.2 + (t * 60.0).sin())) as i16
    };
    (0..count).map(at).collect()
}

/// How far the energy per 5 ms of one is from that of the other, at the best alignment within 120 ms.
fn difference(heard: &[i16], said: &[i16]) -> f64 {
    let loudness = |sound: &[i16]| -> Vec<f64> {
        let power = |part: &[i16]| part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        sound.chunks_exact(80).map(|part| (power(part) + 1e5).log10()).collect()
    };
    let heard = loudness(&heard[..20_000]);
    (0..5 * 320 + 6_400)
        .step_by(20)
        .filter(|shift| shift + 20_000 <= said.len())
        .map(|shift| {
            let said = loudness(&said[shift..shift + 20_000]);
            heard.iter().zip(&said).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        })
        .fold(f64::MAX, f64::min)
}

#[test]
fn a_silence_that_is_told_sounds_like_it_and_is_no_loss() {
    let mut line = Line::new(0);
    line.run(50, |_| Some(5 * MILLISECOND));
    let ticks = (u32::MAX - 999).wrapping_add(line.sent as u32 * 160);
    line.buffer.push_noise(&packet(1, ticks), &[40], line.now);
    let before = line.buffer.repairs().concealed;
    line.heard.clear();
    line.run(50, |_| None);
    assert_eq!(line.buffer.repairs().concealed, before);
    let noise = &line.heard[4_000..];
    let power: f64 = noise.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 4_000.0;
    let dbov = 10.0 * (power / 32_767f64.powi(2)).log10();
    assert!((-41.0..=-39.0).contains(&dbov), "{dbov} dBov");
    line.run(20, |_| Some(5 * MILLISECOND));
    assert!(line.heard[line.heard.len() - 160..].iter().any(|sample| *sample > 7_000));
}

#[test]
fn jitter_makes_the_delay_grow_within_its_bounds_and_calm_shrinks_it() {
    let (mut line, mut dice) = (Line::new(0), Dice(1));
    line.run(200, |_| Some(5 * MILLISECOND));
    let calm = line.delay_ms();
    line.run(500, |_| Some(5 * MILLISECOND + dice.below(60 * MILLISECOND)));
    let learned = line.buffer.repairs();
    line.run(1000, |_| Some(5 * MILLISECOND + dice.below(60 * MILLISECOND)));
    let rough = line.delay_ms();
    let repairs = line.buffer.repairs();
    assert!(repairs.late - learned.late <= 10, "{repairs:?} after {learned:?}");
    assert!((80..=130).contains(&rough), "{rough} ms");
    line.run(700, |_| Some(5 * MILLISECOND));
    assert!((calm - 15..=calm + 15).contains(&line.delay_ms()), "{} ms", line.delay_ms());
    line.run(1000, |_| Some(5 * MILLISECOND + dice.below(300 * MILLISECOND)));
    line.run(700, |_| Some(5 * MILLISECOND));
    let after_a_storm = line.delay_ms();
    assert!((calm - 15..=calm + 15).contains(&after_a_storm), "{after_a_storm} ms");
}

#[test]
fn what_is_lost_is_concealed_and_nothing_else() {
    let mut line = Line::new(0);
    line.run(500, |index| (index % 10 != 7).then_some(5 * MILLISECOND));
    let repairs = line.buffer.repairs();
    assert!((49 * 160..=50 * 160).contains(&repairs.concealed), "{repairs:?}");
    assert_eq!(repairs.late + repairs.left_out + repairs.repeated, 0, "{repairs:?}");
    let quiet = line.heard[1000..].chunks(80).filter(|part| part.iter().all(|s| s.abs() < 1_000));
    assert_eq!(quiet.count(), 0, "no hole of 10 ms");
}

#[test]
fn order_and_doubles_do_not_matter() {
    let (mut calm, mut mixed) = (Line::new(0), Line::new(0));
    calm.run(200, |_| Some(5 * MILLISECOND));
    mixed.run(200, |index| Some((5 + 25 * (index % 2)) * MILLISECOND));
    let again = mixed.sent - 1;
    mixed.arrive(again, mixed.now);
    mixed.arrive(again, mixed.now);
    assert_eq!(mixed.buffer.repairs().concealed, 0);
    assert!(mixed.buffer.waiting.len() <= 4);
    assert_eq!(calm.heard[480..8_000], mixed.heard[480..8_000]);
}

#[test]
fn a_new_source_and_a_stopped_clock_begin_anew() {
    let mut line = Line::new(0);
    line.run(50, |_| Some(5 * MILLISECOND));
    let payload = [0x80; FRAME];
    let mut frame = [0; FRAME];
    for (ssrc, first) in [(2, 5), (2, 500_000), (2, 498_000)] {
        for index in 0..30 {
            line.buffer.push(&packet(ssrc, first + index * 160), Codec::Pcmu, &payload, line.now);
            line.buffer.pull(&mut frame, line.now);
            line.now += FRAME_TIME;
        }
        assert_eq!(frame, [32_124; FRAME], "from {first} on");
    }
}

#[test]
fn a_pause_of_the_sender_is_silence_and_then_sound_again() {
    let mut line = Line::new(0);
    line.run(100, |_| Some(5 * MILLISECOND));
    line.run(500, |_| None);
    assert_eq!(line.heard[line.heard.len() - 1600..], [0; 1600]);
    line.run(20, |_| Some(5 * MILLISECOND));
    assert!(line.heard[line.heard.len() - 160..].iter().any(|sample| *sample > 7_000));
    assert_eq!(line.buffer.repairs().late, 0);
}

#[test]
fn both_laws_and_any_packet_time_may_follow_one_another() {
    let mut buffer = JitterBuffer::new(8_000);
    let (mut timestamp, mut heard, mut frame) = (0, Vec::new(), [0; FRAME]);
    for step in 0..60u64 {
        let (codec, code) = [(Codec::Pcmu, 0x80), (Codec::Pcma, 0xAA)][step as usize % 2];
        let count = [80, 160, 240, 480][step as usize % 4];
        buffer.push(&packet(1, timestamp), codec, &vec![code; count], step * 30 * MILLISECOND);
        timestamp += count as u32;
    }
    for step in 0..20 {
        buffer.pull(&mut frame, (1800 + step * 20) * MILLISECOND);
        heard.extend(frame);
    }
    let begun = heard.iter().position(|sample| *sample > 30_000).expect("sound");
    assert!(heard[begun + 160..begun + 2000].iter().all(|sample| *sample > 30_000));
}

#[test]
fn no_packets_of_any_time_break_it_or_make_it_grow() {
    let (mut buffer, mut dice, mut frame) = (JitterBuffer::new(8_000), Dice(3), [0; FRAME]);
    let mut now = 0;
    for _ in 0..200_000 {
        let timestamp = match dice.below(3) {
            0 => dice.below(1 << 32) as u32,
            _ => (now / 125) as u32 + dice.below(2_000) as u32,
        };
        let payload = vec![dice.below(256) as u8; dice.below(1_460) as usize + 1];
        let codec = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus][dice.below(4) as usize];
        buffer.push(&packet(dice.below(20) as u32 / 19, timestamp), codec, &payload, now);
        if dice.below(2) == 0 {
            buffer.pull(&mut frame, now);
        }
        now += dice.below(40 * MILLISECOND);
        assert!(buffer.waiting.len() <= MOST_WAITING && buffer.ready.len() <= 8_000);
    }
}
