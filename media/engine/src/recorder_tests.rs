use super::*;
use crate::wav::tests::{samples_of, Disk, STEREO};

const FRAME_TIME: Micros = 20 * MILLISECOND;

fn open(disk: &Disk) -> Open {
    let wav = Wav::begin(Box::new(disk.clone()), STEREO, None).expect("room");
    let (recording, silence) = (Recording::begin(0, STEREO), Silence::new(500, STEREO));
    Open { sink: Arc::new(Sink::new(5)), recording, wav, silence }
}

fn speak(sink: &Arc<Sink>, side: Side, frames: std::ops::Range<u64>) {
    let tap = Tap { sink: Arc::clone(sink), side };
    for index in frames {
        let (sequence, timestamp) = (index as u16, index as u32 * 160);
        let packet = Packet {
            payload_type: 0,
            marker: false,
            sequence,
            timestamp,
            ssrc: 1,
            payload: 12..172,
        };
        tap.take(&packet, Codec::Pcmu, &[0x80; 160], index * FRAME_TIME);
    }
}

#[test]
fn a_stopped_recording_tells_its_length() {
    let (disk, mut events) = (Disk::new(u64::MAX), Vec::new());
    let mut one = open(&disk);
    for second in 0..3 {
        speak(&one.sink, Side::Left, second * 50..second * 50 + 50);
        one = one.write((second + 1) * 50 * FRAME_TIME, false, &mut events).expect("goes on");
        assert!(samples_of(&disk.content()).len() as u64 >= second * 16_000, "whole so far");
    }
    one.sink.is_stopped.store(true, Ordering::Release);
    assert!(one.write(150 * FRAME_TIME, false, &mut events).is_none());
    assert_eq!(events, [Event::RecordingFinished { recording: 5, duration_ms: 3_000 }]);
    let samples = samples_of(&disk.content());
    assert_eq!(samples.len(), 3 * 16_000);
    assert!(samples[1_280..].chunks(2).all(|pair| pair == [32_124, 0]));
}

#[test]
fn a_pause_leaves_silence_in_its_place() {
    let (disk, mut events) = (Disk::new(u64::MAX), Vec::new());
    let one = open(&disk);
    speak(&one.sink, Side::Right, 0..50);
    let one = one.write(50 * FRAME_TIME, false, &mut events).expect("goes on");
    one.sink.pause(true);
    speak(&one.sink, Side::Right, 50..100);
    let one = one.write(100 * FRAME_TIME, false, &mut events).expect("goes on");
    one.sink.pause(false);
    speak(&one.sink, Side::Right, 100..150);
    assert!(one.write(150 * FRAME_TIME, true, &mut events).is_none());
    let samples = samples_of(&disk.content());
    assert_eq!(samples.len(), 3 * 16_000, "time goes on");
    let right = |second: std::ops::Range<usize>| samples[second].iter().skip(1).step_by(2);
    assert!(right(2_000..15_000).all(|sample| *sample == 32_124));
    assert!(right(19_200..32_000).all(|sample| *sample == 0), "gone 100 ms after");
    assert!(right(36_000..48_000).all(|sample| *sample == 32_124));
}

#[test]
fn suspended_time_is_left_out_of_the_file() {
    let (disk, mut events) = (Disk::new(u64::MAX), Vec::new());
    let one = open(&disk);
    speak(&one.sink, Side::Left, 0..50);
    let one = one.write(50 * FRAME_TIME, false, &mut events).expect("goes on");
    one.sink.suspend(true);
    speak(&one.sink, Side::Left, 50..100);
    let one = one.write(100 * FRAME_TIME, false, &mut events).expect("goes on");
    one.sink.suspend(false);
    speak(&one.sink, Side::Left, 100..150);
    assert!(one.write(150 * FRAME_TIME, true, &mut events).is_none());
    let samples = samples_of(&disk.content());
    assert_eq!(samples.len(), 2 * 16_000, "two seconds of three");
    assert!(samples[1_280..].chunks(2).all(|pair| pair == [32_124, 0]), "without a seam");
}

#[test]
fn half_a_second_of_silence_is_told_once() {
    let (disk, mut events) = (Disk::new(u64::MAX), Vec::new());
    let mut one = open(&disk);
    speak(&one.sink, Side::Left, 0..50);
    for round in 1..=20 {
        one = one.write(round * 10 * FRAME_TIME, false, &mut events).expect("goes on");
    }
    assert_eq!(events, [Event::RecordingSilent { recording: 5, silent_ms: 500 }]);
}

#[test]
fn a_full_disk_is_told_and_ends_the_recording_only() {
    let (disk, mut events) = (Disk::new(44 + 32_000), Vec::new());
    let one = open(&disk);
    let sink = Arc::clone(&one.sink);
    let one = one.write(50 * FRAME_TIME, false, &mut events).expect("goes on");
    assert!(one.write(100 * FRAME_TIME, false, &mut events).is_none());
    let [.., Event::RecordingFailed { recording: 5, text }] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(!text.is_empty());
    speak(&sink, Side::Left, 0..10);
    assert!(lock(&sink.taken).is_empty(), "nothing is kept for nobody");
    assert_eq!(samples_of(&disk.content()).len() % 320, 0);
}

#[test]
fn a_stalled_disk_costs_no_memory() {
    let one = open(&Disk::new(u64::MAX));
    speak(&one.sink, Side::Left, 0..10_000);
    assert_eq!(lock(&one.sink.taken).len(), MOST_PACKETS);
}
