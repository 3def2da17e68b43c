use super::*;
use crate::codec::Encoder;

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

/// A sender whose clock is `ppm` parts in a million fast, over a network that the test makes.
struct Line {
    buffer: JitterBuffer,
    ppm: i64,
    sent: u64,
    on_the_way: Vec<(Micros, u64)>,
    now: Micros,
    heard: Vec<i16>,
}

impl Line {
    fn new(ppm: i64) -> Self {
        let (buffer, on_the_way, heard) = (JitterBuffer::new(), Vec::new(), Vec::new());
        Self { buffer, ppm, sent: 0, on_the_way, now: 7 * MILLISECOND, heard }
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
            let mut frame = [0; FRAME];
            self.buffer.pull(&mut frame, self.now);
            self.heard.extend(frame);
            self.now += FRAME_TIME;
        }
    }

    fn arrive(&mut self, index: u64, at: Micros) {
        let mut payload = [0; FRAME];
        Encoder::new(Codec::Pcmu).encode(&tone(index * 160, FRAME), &mut payload);
        let timestamp = (u32::MAX - 999).wrapping_add((index * 160) as u32); // wraps soon
        self.buffer.push(&packet(1, timestamp), Codec::Pcmu, &payload, at);
    }

    /// From a sample's time at the sender to the time when it is taken.
    fn delay_ms(&self) -> i64 {
        let position = self.buffer.position.expect("sound has begun") as u32;
        let now = self.now as i64;
        let at_sender = (now + now * self.ppm / 1_000_000) / MICROS_PER_SAMPLE as i64;
        let delay = (u32::MAX - 999).wrapping_add(at_sender as u32).wrapping_sub(position);
        i64::from(delay as i32) / 8
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

#[test]
fn an_hour_of_clocks_200_ppm_apart_does_not_drift() {
    for ppm in [-200, 200] {
        let mut line = Line::new(ppm);
        line.run(100, |_| Some(5 * MILLISECOND));
        for _ in 0..1799 {
            line.heard.clear();
            line.run(100, |_| Some(5 * MILLISECOND));
            assert!((25..=75).contains(&line.delay_ms()), "{} ms at {ppm}", line.delay_ms());
        }
        let repairs = line.buffer.repairs();
        assert_eq!((repairs.concealed, repairs.late), (0, 0), "nothing is missing at {ppm}");
        // 200 millionths of an hour are 5760 samples.
        let corrected = if ppm > 0 { repairs.left_out } else { repairs.repeated };
        assert!((5_600..=6_000).contains(&corrected), "{repairs:?}");
        assert_eq!(repairs.left_out + repairs.repeated, corrected, "in one direction only");
    }
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
    let mut buffer = JitterBuffer::new();
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
    let (mut buffer, mut dice, mut frame) = (JitterBuffer::new(), Dice(3), [0; FRAME]);
    let mut now = 0;
    for _ in 0..200_000 {
        let timestamp = match dice.below(3) {
            0 => dice.below(1 << 32) as u32,
            _ => (now / 125) as u32 + dice.below(2_000) as u32,
        };
        let payload = vec![dice.below(256) as u8; dice.below(1_460) as usize + 1];
        let codec = if dice.below(2) == 0 { Codec::Pcmu } else { Codec::Pcma };
        buffer.push(&packet(dice.below(20) as u32 / 19, timestamp), codec, &payload, now);
        if dice.below(2) == 0 {
            buffer.pull(&mut frame, now);
        }
        now += dice.below(40 * MILLISECOND);
        assert!(buffer.waiting.len() <= MOST_WAITING && buffer.ready.len() <= 8_000);
    }
}
