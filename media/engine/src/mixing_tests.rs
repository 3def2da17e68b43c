use super::*;
use crate::clock::{Clock, MILLISECOND};
use crate::codec::Codec;
use crate::format::Format;
use crate::latch::{Policy, Remote};
use crate::mailbox::Command;
use crate::rtp;
use crate::worker::tests::{seat, worker};

const TICK: Micros = 20 * MILLISECOND;

fn ready(worker: &mut Worker, id: LegId, packet_ms: u32) -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_nonblocking(true).expect("non-blocking");
    let address = socket.local_addr().expect("bound");
    let mut seat = seat(id);
    seat.leg.set_remote(Remote {
        address,
        rtcp_port: None,
        policy: Policy::Strict,
        signalling: None,
    });
    let codec = Codec::Pcmu;
    seat.leg.set_format(Format::plain(codec, 0, None, packet_ms));
    worker.seat(seat);
    socket
}

fn heard(socket: &std::net::UdpSocket) -> Vec<rtp::Packet> {
    let mut buffer = [0; 2048];
    std::iter::from_fn(|| socket.recv(&mut buffer).ok().and_then(|n| rtp::parse(&buffer[..n])))
        .collect()
}

fn members(worker: &Worker, id: MixId) -> usize {
    worker.mixes.get(&id).map_or(0, |running| running.mix.members().len())
}

#[test]
fn a_mix_sends_in_each_listeners_packet_time() {
    let (mut worker, ..) = worker();
    let sockets: Vec<_> = [10, 20, 30, 60]
        .iter()
        .zip(1..)
        .map(|(packet_ms, id)| ready(&mut worker, id, *packet_ms))
        .collect();
    worker.mix(9, &[(1, vec![2]), (2, vec![1]), (3, vec![1]), (4, vec![2])]);
    for _ in 0..6 {
        worker.run_mix(9, 0);
    }
    let counts: Vec<(usize, u32)> = sockets
        .iter()
        .map(|socket| {
            let packets = heard(socket);
            let step = packets[1].timestamp.wrapping_sub(packets[0].timestamp);
            assert_eq!(packets[0].payload.len() as u32, step);
            (packets.len(), step)
        })
        .collect();
    assert_eq!(counts, [(12, 80), (6, 160), (4, 240), (2, 480)]);
}

#[test]
fn bridging_ends_membership_and_the_last_one_ends_the_mix() {
    let (mut worker, mailbox, _) = worker();
    for id in 1..=4 {
        mailbox.post(Command::Open(seat(id)));
    }
    mailbox.post(Command::Bridge(1, 4));
    mailbox.post(Command::Mix(9, vec![(1, vec![2]), (2, vec![1]), (3, vec![1, 2])]));
    worker.obey();
    assert_eq!(members(&worker, 9), 3);
    assert_eq!(worker.seat_of(4).and_then(|seat| seat.heard_by), None, "the bridge is over");
    mailbox.post(Command::Bridge(1, 4));
    mailbox.post(Command::Close(2));
    worker.obey();
    assert_eq!(members(&worker, 9), 1);
    mailbox.post(Command::Unbridge(3));
    worker.obey();
    assert!(worker.mixes.is_empty());
    let next = worker.phases.next().map(|tick| tick * MILLISECOND);
    assert_eq!(next, None, "nothing is left on the wheel");
    mailbox.post(Command::Mix(9, Vec::new()));
    worker.obey();
}

#[test]
fn a_changed_matrix_keeps_who_stays_and_lets_go_who_leaves() {
    let (mut worker, ..) = worker();
    for id in 1..=3 {
        ready(&mut worker, id, 20);
    }
    worker.mix(9, &[(1, vec![2]), (2, vec![1])]);
    let before =
        worker.seat_of(1).and_then(|seat| seat.leg.mixing.as_deref()).map(std::ptr::from_ref);
    worker.mix(9, &[(1, vec![3]), (3, vec![1])]);
    let after =
        worker.seat_of(1).and_then(|seat| seat.leg.mixing.as_deref()).map(std::ptr::from_ref);
    assert_eq!(before, after, "its jitter buffer goes on");
    assert!(worker.seat_of(2).expect("there").mix.is_none());
    worker.mix(8, &[(1, vec![2]), (2, vec![1])]);
    assert_eq!((members(&worker, 9), members(&worker, 8)), (1, 2), "one mix at a time");
    worker.mix(9, &[]);
    assert_eq!(worker.mixes.len(), 1);
}

#[test]
fn a_panic_in_a_mix_ends_its_legs_only() {
    let (mut worker, _, ring) = worker();
    let others = ready(&mut worker, 3, 20);
    for id in [1, 2] {
        ready(&mut worker, id, 20);
    }
    worker.mix(9, &[(1, vec![2]), (2, vec![1])]);
    let running = worker.mixes.remove(&9).expect("runs");
    worker.end_mix(&running, "a fault of ours");
    worker.outbox.flush(&ring, Clock::start().now() + TICK);
    assert_eq!(ring.drain(9).len(), 2);
    assert_eq!(worker.places.keys().copied().collect::<Vec<_>>(), [3]);
    assert!(heard(&others).is_empty());
}

#[test]
#[ignore = "a measurement: cargo test --release what_a_turn_costs -- --ignored --nocapture"]
fn what_a_turn_costs() {
    const FRAME: usize = 160;
    const TURNS: u64 = 100_000;
    let (mut worker, ..) = worker();
    for id in 1..=3 {
        ready(&mut worker, id, 20);
    }
    worker.mix(9, &[(1, vec![2, 3]), (2, vec![1, 3]), (3, vec![1, 2])]);
    let mut running = worker.mixes.remove(&9).expect("runs");
    let (mut spent, mut datagram) = (std::time::Duration::ZERO, vec![0; rtp::HEADER_BYTES + FRAME]);
    let (mut buffer, mut heard) = ([0; 2048], Vec::new());
    for turn in 0..TURNS {
        let now = turn * TICK;
        let stamp =
            rtp::Stamp { sequence: turn as u16, timestamp: turn as u32 * 160, marker: false };
        rtp::write_header(&mut datagram, 0, 7, stamp);
        datagram[rtp::HEADER_BYTES..].fill(turn as u8);
        let packet = rtp::parse(&datagram).expect("RTP");
        let incoming =
            crate::leg::Incoming { packet, content: crate::leg::Content::Sound(Codec::Pcmu) };
        let began = std::time::Instant::now();
        for index in 0..3 {
            let place = running.mix.members()[index].place;
            let seat = worker.seats[place].as_deref_mut().expect("seated");
            seat.leg.pick_up(&incoming, &datagram, now);
            seat.leg.say(running.mix.frame_of(index).expect("is heard"), now);
        }
        for index in 0..3 {
            let place = running.mix.members()[index].place;
            let seat = worker.seats[place].as_deref_mut().expect("seated");
            running.mix.heard_by(index, &mut heard);
            seat.leg.hear(&heard, now);
            while seat.leg.mixed_packet(&mut buffer, now).is_some() {}
        }
        spent += began.elapsed();
    }
    println!("{:.2} µs per turn of 3 parties", spent.as_secs_f64() * 1e6 / TURNS as f64);
}
