//! Our own key presses as telephone-event packets (RFC 4733 §2.5.1): one every 20 ms, the end three times.

use std::collections::VecDeque;

use crate::clock::Micros;
use crate::long_press::LongPress;
use crate::rtp::Stamp;
use crate::sequencer::Sequencer;
use crate::telephone_event::TelephoneEvent;

/// Between two packets of a key, whatever the packet time of sound.
pub const UPDATE_MS: u32 = 20;
const SHORTEST_MS: u32 = 40;
/// Nobody presses a key for longer.
const LONGEST_MS: u32 = 8000;
const MOST_WAITING: usize = 64;
const ENDS: u8 = 3;

pub fn clamp_duration(duration_ms: u32) -> u32 {
    duration_ms.clamp(SHORTEST_MS, LONGEST_MS)
}

#[derive(Clone, Debug)]
struct Press {
    code: u8,
    timestamp: u32,
    began: Micros,
    elapsed_ms: u32,
    total_ms: u32,
    ends_sent: u8,
    press: LongPress,
}

#[derive(Clone, Debug, Default)]
pub struct KeySender {
    waiting: VecDeque<(u8, u32)>,
    pressed: Option<Press>,
}

impl KeySender {
    /// False when too many keys wait already.
    pub fn press(&mut self, code: u8, duration_ms: u32) -> bool {
        if self.waiting.len() >= MOST_WAITING {
            return false;
        }
        let duration_ms = clamp_duration(duration_ms);
        self.waiting.push_back((code, duration_ms));
        true
    }

    pub fn is_busy(&self) -> bool {
        self.pressed.is_some() || !self.waiting.is_empty()
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
        self.pressed = None;
    }

    /// The packet of this tick, if a key is due. The copies of the end also make the pause before the next key.
    pub fn tick(
        &mut self,
        sequencer: &mut Sequencer,
        key_clock_hz: u32,
        now: Micros,
    ) -> Option<(Stamp, TelephoneEvent)> {
        if self.pressed.is_none() {
            let (code, total_ms) = self.waiting.pop_front()?;
            self.pressed = Some(Press {
                code,
                timestamp: sequencer.begin_key(now),
                began: now,
                elapsed_ms: 0,
                total_ms,
                ends_sent: 0,
                press: LongPress::default(),
            });
        }
        let press = self.pressed.as_mut()?;
        let first = press.elapsed_ms == 0;
        press.elapsed_ms = (press.elapsed_ms + UPDATE_MS).min(press.total_ms);
        let end = press.elapsed_ms == press.total_ms;
        let segment = press.press.tell(press.elapsed_ms * (key_clock_hz / 1000), end);
        let (at, began) = (press.timestamp, press.began);
        let stamp = sequencer.own_key(at, segment, key_clock_hz, began, first);
        let event = TelephoneEvent { code: press.code, end, duration: segment.duration };
        if end {
            press.ends_sent += 1;
            if press.ends_sent == ENDS {
                self.pressed = None;
            }
        }
        Some((stamp, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use crate::key_detector::KeyDetector;

    fn play_out(sender: &mut KeySender, sequencer: &mut Sequencer) -> Vec<(Stamp, TelephoneEvent)> {
        let mut now = 0;
        let mut sent = Vec::new();
        while let Some(packet) = sender.tick(sequencer, 8_000, now) {
            sent.push(packet);
            now += 20 * MILLISECOND;
        }
        sent
    }

    #[test]
    fn a_key_has_one_timestamp_growing_durations_and_three_ends() {
        let (mut sender, mut sequencer) = (KeySender::default(), Sequencer::new(1, 100, 5000));
        sender.press(7, 100);
        let sent = play_out(&mut sender, &mut sequencer);
        let durations: Vec<u16> = sent.iter().map(|(_, event)| event.duration).collect();
        let ends: Vec<bool> = sent.iter().map(|(_, event)| event.end).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        for (index, (stamp, event)) in sent.iter().enumerate() {
            let expected =
                Stamp { sequence: 100 + index as u16, timestamp: 5000, marker: index == 0 };
            assert_eq!((*stamp, event.code), (expected, 7));
        }
        assert!(!sender.is_busy());
    }

    #[test]
    fn keys_follow_one_another_with_a_pause_and_sound_goes_on_after_them() {
        let (mut sender, mut sequencer) = (KeySender::default(), Sequencer::new(1, 0, 0));
        sender.press(1, 100);
        sender.press(1, 100);
        let sent = play_out(&mut sender, &mut sequencer);
        assert_eq!(sent.len(), 14);
        let second = sent[7].0;
        assert!(second.marker);
        assert!(second.timestamp >= 800 + 320, "40 ms of pause: {}", second.timestamp);
        let sound = sequencer.own(160, 14 * 20 * MILLISECOND);
        assert!(sound.timestamp >= second.timestamp + 800);
        assert_eq!(sound.sequence, 14);
    }

    #[test]
    fn durations_are_kept_within_what_the_field_can_say() {
        let (mut sender, mut sequencer) = (KeySender::default(), Sequencer::new(1, 0, 0));
        sender.press(0, 1);
        sender.press(0, 1_000_000);
        let sent = play_out(&mut sender, &mut sequencer);
        assert_eq!(sent[1].1.duration, 320);
        assert_eq!(sent.last().expect("packets").1.duration, 64_000);
    }

    #[test]
    fn what_is_too_long_for_its_clock_goes_on_in_segments() {
        let (mut sender, mut sequencer) = (KeySender::default(), Sequencer::new(1, 0, 0));
        sequencer.set_clock(48_000);
        sender.press(5, 3_000);
        let mut sent = Vec::new();
        while let Some(packet) = sender.tick(&mut sequencer, 48_000, sent.len() as u64 * 20_000) {
            sent.push(packet);
        }
        let (mut detector, mut keys) = (KeyDetector::default(), 0);
        for (at, (stamp, event)) in sent.iter().enumerate() {
            let now = at as u64 * 20 * MILLISECOND;
            keys += usize::from(detector.receive(*event, 1, stamp.timestamp, now));
            let told = stamp.timestamp + u32::from(event.duration);
            let lasted = (at.min(149) as u32 + 1) * 960;
            assert!(told == lasted || event.duration == 0xFFFF, "{told} after {lasted}");
            assert_eq!((stamp.marker, event.end), (at == 0, at >= 149));
        }
        assert_eq!(keys, 1, "still one press");
        let begins: std::collections::BTreeSet<u32> =
            sent.iter().map(|(stamp, _)| stamp.timestamp).collect();
        assert_eq!(begins.into_iter().collect::<Vec<_>>(), [0, 65_535, 131_070]);
        assert_eq!(sent.len(), 152);
    }

    #[test]
    fn a_flood_of_keys_is_bounded() {
        let mut sender = KeySender::default();
        let taken = (0..1000).filter(|_| sender.press(1, 100)).count();
        assert_eq!(taken, MOST_WAITING);
    }
}
