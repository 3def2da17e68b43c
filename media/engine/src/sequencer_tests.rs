use super::*;
use crate::long_press::LONGEST;

const FRAME: Micros = 20 * MILLISECOND;

fn sequencer() -> Sequencer {
    Sequencer::new(1, 100, 1000)
}

fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Packet {
    Packet { payload_type: 0, marker: false, sequence, timestamp, ssrc, payload: 12..172 }
}

fn stamp(sequence: u16, timestamp: u32, marker: bool) -> Stamp {
    Stamp { sequence, timestamp, marker }
}

#[test]
fn prompt_bridge_and_prompt_are_one_stream() {
    let mut ours = sequencer();
    assert_eq!(ours.own(160, 0), stamp(100, 1000, true));
    assert_eq!(ours.own(160, FRAME), stamp(101, 1160, false));
    let first = ours.relay(&packet(9, 7, 50), 160, 2 * FRAME);
    assert_eq!(first, Some(stamp(102, 1320, true)));
    let second = ours.relay(&packet(9, 8, 210), 160, 3 * FRAME);
    assert_eq!(second, Some(stamp(103, 1480, false)));
    assert_eq!(ours.own(160, 4 * FRAME), stamp(104, 1640, true));
}

#[test]
fn a_pause_is_skipped_in_whole_frames() {
    let mut ours = sequencer();
    ours.own(160, 0);
    ours.pause();
    let late = ours.own(160, FRAME + 1_007 * MILLISECOND);
    assert_eq!(late, stamp(101, 1160 + 50 * 160, true));
}

#[test]
fn quick_changes_never_run_ahead_for_good() {
    let mut ours = sequencer();
    let mut now = 0;
    for change in 0..100u16 {
        now += 5 * MILLISECOND; // four times too fast
        if change % 2 == 0 {
            ours.own(160, now);
        } else {
            ours.relay(&packet(9, change, u32::from(change) * 40), 160, now);
        }
    }
    ours.pause();
    now += 10_000 * MILLISECOND;
    let told = ours.own(160, now).timestamp - 1000;
    let elapsed = (now / 125) as u32;
    assert!(told.abs_diff(elapsed) <= 160, "told {told}, elapsed {elapsed}");
}

#[test]
fn a_relayed_run_keeps_losses_and_reordering() {
    let mut ours = sequencer();
    let sent = [(10, 0), (11, 160), (14, 640), (13, 480), (15, 800)];
    let heard: Vec<_> = (0..)
        .zip(sent)
        .filter_map(|(at, (sequence, timestamp))| {
            ours.relay(&packet(9, sequence, timestamp), 160, at * FRAME)
        })
        .map(|stamp| (stamp.sequence - 100, stamp.timestamp - 1000))
        .collect();
    assert_eq!(heard, [(0, 0), (1, 160), (4, 640), (3, 480), (5, 800)]);
    assert_eq!(ours.own(160, 5 * FRAME).sequence, 106);
}

#[test]
fn a_packet_from_before_the_run_is_not_relayed() {
    let mut ours = sequencer();
    ours.relay(&packet(9, 10, 1600), 160, 0);
    assert_eq!(ours.relay(&packet(9, 9, 1440), 160, 1), None);
    assert_eq!(ours.next_sequence(), 101);
}

#[test]
fn a_packet_left_out_leaves_no_gap() {
    let mut ours = sequencer();
    ours.relay(&packet(9, 10, 0), 160, 0);
    ours.omit(&packet(9, 11, 160), FRAME);
    ours.omit(&packet(9, 12, 320), 2 * FRAME);
    let next = ours.relay(&packet(9, 13, 480), 160, 3 * FRAME);
    assert_eq!(next, Some(stamp(101, 1480, false)));
}

#[test]
fn a_new_source_or_a_jump_goes_on_seamlessly() {
    let mut ours = sequencer();
    ours.relay(&packet(9, 10, 0), 160, 0);
    let other = ours.relay(&packet(8, 60_000, 77), 160, FRAME);
    assert_eq!(other, Some(stamp(101, 1160, true)));
    let jumped = ours.relay(&packet(8, 20_000, 237), 160, 2 * FRAME);
    assert_eq!(jumped, Some(stamp(102, 1320, true)));
    let reset = ours.relay(&packet(8, 20_001, 4_000_000), 160, 3 * FRAME);
    assert_eq!(reset, Some(stamp(103, 1480, true)));
}

#[test]
fn silence_suppression_keeps_the_timestamps_of_the_source() {
    let mut ours = sequencer();
    ours.relay(&packet(9, 10, 0), 160, 0);
    let minute = 60_000 * MILLISECOND;
    let mut after = packet(9, 11, 60 * 8000);
    after.marker = true;
    assert_eq!(ours.relay(&after, 160, minute), Some(stamp(101, 1000 + 60 * 8000, true)));
}

#[test]
fn an_hour_with_a_fast_clock_stays_continuous_and_wraps() {
    let mut ours = Sequencer::new(1, 65_000, u32::MAX - 5000);
    let mut last: Option<Stamp> = None;
    for index in 0..180_000u32 {
        let now = u64::from(index) * (FRAME - 4); // 200 ppm
        let sequence = 40_000u16.wrapping_add(index as u16);
        let stamp = ours.relay(&packet(9, sequence, index * 160), 160, now).expect("in order");
        if let Some(last) = last {
            assert_eq!(stamp.sequence, last.sequence.wrapping_add(1));
            assert_eq!(stamp.timestamp, last.timestamp.wrapping_add(160));
            assert!(!stamp.marker);
        }
        last = Some(stamp);
    }
    let last = last.expect("an hour");
    let next = ours.own(160, 180_000 * (FRAME - 4));
    assert_eq!(next.sequence, last.sequence.wrapping_add(1));
    assert_eq!(next.timestamp, last.timestamp.wrapping_add(160), "no jump after the drift");
}

/// Both sides' keys count alike.
const SAME: (u32, u32) = (8_000, 8_000);

fn key_of(duration: u16) -> TelephoneEvent {
    TelephoneEvent { code: 5, end: false, duration }
}

#[test]
fn a_key_passes_through_with_one_timestamp() {
    let mut ours = sequencer();
    ours.relay(&packet(9, 10, 0), 160, 0);
    for index in 1..=5u16 {
        let key = packet(9, 10 + index, 160);
        let now = u64::from(index) * FRAME;
        let told =
            ours.relay_key(&key, key_of(index * 160), SAME, index == 1, now).map(|told| told.0);
        assert_eq!(told, Some(stamp(100 + index, 1160, index == 1)));
    }
    let sound = ours.relay(&packet(9, 16, 960), 160, 6 * FRAME);
    assert_eq!(sound, Some(stamp(106, 1960, false)));
}

#[test]
fn keys_of_a_stream_of_their_own_between_sound_are_still_one_press() {
    let mut ours = sequencer();
    let mut keys = Vec::new();
    for index in 0..6u16 {
        let now = u64::from(index) * FRAME;
        let timestamp = u32::from(index) * 160;
        let sound = ours.relay(&packet(9, 10 + index, timestamp), 160, now).expect("sound");
        let samples = timestamp + 160;
        let key = ours.relay_key(
            &packet(5, 70 + index, 4321),
            key_of(samples as u16),
            SAME,
            index == 0,
            now,
        );
        let key = key.expect("a key").0;
        assert_eq!((sound.sequence, key.sequence), (100 + 2 * index, 101 + 2 * index));
        keys.push((key.timestamp, key.marker));
    }
    let began = keys[0].0;
    assert_eq!(keys[0], (began, true));
    assert!(keys[1..].iter().all(|key| *key == (began, false)));
}

#[test]
fn a_sender_that_repeats_its_capture_gets_new_timestamps_from_us() {
    let mut ours = sequencer();
    let mut began = Vec::new();
    let mut sequences = Vec::new();
    for press in 0..3u64 {
        for index in 0..4u16 {
            let now = press * 500 * MILLISECOND + u64::from(index) * FRAME;
            let samples = u32::from(index + 1) * 160;
            let key = ours.relay_key(
                &packet(5, 70 + index, 4321),
                key_of(samples as u16),
                SAME,
                index == 0,
                now,
            );
            let key = key.expect("a key").0;
            sequences.push(key.sequence);
            if index == 0 {
                began.push(key.timestamp);
            } else {
                assert_eq!(Some(&key.timestamp), began.last());
            }
        }
    }
    assert_eq!(sequences, (100..112).collect::<Vec<_>>());
    assert!(began[1] >= began[0] + 640 && began[2] >= began[1] + 640, "{began:?}");
}

#[test]
fn a_report_tells_the_timestamp_of_now() {
    let mut ours = sequencer();
    assert_eq!(ours.timestamp_at(5 * FRAME), 1000, "nothing sent yet");
    ours.own(160, FRAME);
    assert_eq!(ours.timestamp_at(FRAME), 1000);
    assert_eq!(ours.timestamp_at(11 * FRAME), 1000 + 1600);
}

/// A press of so long as its sender tells it in its clock, and as we tell it in ours: timestamp, duration, marker.
fn long_press(from_hz: u32, to_hz: u32, lasts_ms: u32) -> Vec<(u32, u16, bool)> {
    let (mut theirs, mut ours) = (LongPress::default(), sequencer());
    ours.set_clock(to_hz);
    let mut told = Vec::new();
    for (index, elapsed_ms) in (20..=lasts_ms).step_by(20).enumerate() {
        let is_end = elapsed_ms == lasts_ms;
        let said = theirs.tell(elapsed_ms * (from_hz / 1_000), is_end);
        let event = TelephoneEvent { code: 5, end: is_end, duration: said.duration };
        let packet = packet(5, 70 + index as u16, 4_321 + said.offset);
        let now = u64::from(elapsed_ms) * MILLISECOND;
        let passed = ours.relay_key(&packet, event, (from_hz, to_hz), index == 0, now);
        let (stamp, event) = passed.expect("passed on");
        assert_eq!((stamp.sequence, event.end), (100 + index as u16, is_end));
        told.push((stamp.timestamp - 1_000, event.duration, stamp.marker));
    }
    told
}

#[test]
fn a_long_press_keeps_its_length_between_any_two_clocks() {
    for (from_hz, to_hz) in [(8_000, 48_000), (48_000, 8_000), (48_000, 48_000), (8_000, 8_000)] {
        let told = long_press(from_hz, to_hz, 9_000);
        let (begins, duration, _) = told[told.len() - 1];
        assert_eq!(begins + u32::from(duration), 9 * to_hz, "{from_hz} to {to_hz}");
        let segments: std::collections::BTreeSet<u32> = told.iter().map(|one| one.0).collect();
        let expected: Vec<u32> = (0..(9 * to_hz).div_ceil(LONGEST)).map(|n| n * LONGEST).collect();
        assert_eq!(segments.into_iter().collect::<Vec<_>>(), expected, "{from_hz} to {to_hz}");
        for begins in expected.iter().rev().skip(1) {
            let longest = told.iter().filter(|one| one.0 == *begins).map(|one| one.1).max();
            assert_eq!(longest, Some(0xFFFF), "each segment is closed");
        }
        assert_eq!(told.iter().filter(|one| one.2).count(), 1, "one press");
    }
}
