use super::*;
use crate::latch::Latch;
use crate::leg::Leg;
use crate::reporter::Reporter;
use crate::seat::Sockets;
use crate::sequencer::Sequencer;

pub fn worker() -> (Worker, Arc<Mailbox>, Arc<Ring>) {
    let mailbox = Arc::new(Mailbox::new().expect("an eventfd"));
    let ring = Arc::new(Ring::new().expect("an eventfd"));
    let worker =
        Worker::new(Arc::clone(&mailbox), Arc::clone(&ring), Clock::start(), Arc::default());
    (worker.expect("an epoll"), mailbox, ring)
}

pub fn seat(id: LegId) -> Box<Seat> {
    let ip = "127.0.0.1".parse().expect("an address");
    let sockets = (0..1000).find_map(|_| {
        let port = std::net::UdpSocket::bind((ip, 0)).ok()?.local_addr().ok()?.port();
        Sockets::bind(ip, port, 46).ok()
    });
    let leg = Leg::new(id, Sequencer::new(1, 1, 1), Latch::default(), 0);
    Box::new(Seat::new(leg, sockets.expect("two free ports"), Reporter::new(1, 0)))
}

#[test]
fn a_panic_ends_one_leg_and_is_told() {
    let (mut worker, _, ring) = worker();
    worker.seat(seat(1));
    worker.seat(seat(2));
    let place = worker.places[&1];
    worker.guarded(place, |_, _| panic!("a fault of ours"));
    assert_eq!(worker.places.keys().copied().collect::<Vec<_>>(), [2]);
    worker.outbox.flush(&ring, 0);
    let failed = Event::LegFailed { leg: 1, text: "a fault of ours".into() };
    assert_eq!(ring.drain(9), [failed]);
}

#[test]
fn closing_one_leg_of_a_bridge_leaves_the_other_alone() {
    let (mut worker, mailbox, _) = worker();
    for leg in [1, 2] {
        mailbox.post(Command::Open(seat(leg)));
    }
    mailbox.post(Command::Bridge(1, 2));
    assert!(worker.obey());
    let other = worker.places[&2];
    let heard_by = |worker: &mut Worker| worker.seat_of(1).and_then(|seat| seat.heard_by);
    assert_eq!(heard_by(&mut worker), Some(other));
    mailbox.post(Command::Close(2));
    worker.obey();
    assert_eq!(heard_by(&mut worker), None);
    mailbox.post(Command::Open(seat(3))); // takes the place of the closed one
    worker.obey();
    assert_eq!(worker.places[&3], other);
    assert_eq!(heard_by(&mut worker), None);
}

#[test]
fn a_new_bridge_ends_the_ones_before() {
    let (mut worker, mailbox, _) = worker();
    for leg in 1..=4 {
        mailbox.post(Command::Open(seat(leg)));
    }
    for (a, b) in [(1, 2), (3, 4), (2, 3)] {
        mailbox.post(Command::Bridge(a, b));
    }
    worker.obey();
    let heard_by: Vec<Option<usize>> =
        (1..=4).map(|leg| worker.seat_of(leg).and_then(|seat| seat.heard_by)).collect();
    let (two, three) = (worker.places[&2], worker.places[&3]);
    assert_eq!(heard_by, [None, Some(three), Some(two), None]);
}

#[test]
fn echo_is_a_bridge_with_itself_and_switching_it_off_ends_no_other() {
    let (mut worker, mailbox, _) = worker();
    for leg in [1, 2] {
        mailbox.post(Command::Open(seat(leg)));
    }
    mailbox.post(Command::Echo(1, true));
    worker.obey();
    let (one, two) = (worker.places[&1], worker.places[&2]);
    assert_eq!(worker.seats[one].as_ref().and_then(|seat| seat.heard_by), Some(one));
    mailbox.post(Command::Bridge(1, 2));
    mailbox.post(Command::Echo(1, false));
    worker.obey();
    assert_eq!(worker.seats[one].as_ref().and_then(|seat| seat.heard_by), Some(two));
}

#[test]
fn commands_wait_for_a_leg_that_moves_here() {
    let (mut worker, mailbox, _) = worker();
    mailbox.post(Command::Open(seat(1)));
    mailbox.post(Command::Expect(2));
    mailbox.post(Command::Bridge(1, 2));
    mailbox.post(Command::Close(1));
    worker.obey();
    assert!(worker.places.contains_key(&1), "nothing overtakes the bridge");
    mailbox.post(Command::Adopt(2, Some(seat(2))));
    worker.obey();
    assert_eq!(worker.places.keys().copied().collect::<Vec<_>>(), [2]);
    mailbox.post(Command::Expect(3));
    mailbox.post(Command::Adopt(3, None));
    mailbox.post(Command::Close(2));
    worker.obey();
    assert!(worker.places.is_empty(), "a leg that failed on the way holds nobody up");
}

#[test]
fn a_worker_sleeps_without_legs() {
    let (mut worker, ..) = worker();
    assert!(worker.timeout(None).is_none());
    worker.seat(seat(1));
    assert!(worker.timeout(None).is_some());
}

#[test]
fn a_closed_leg_gives_its_phase_and_its_place_back() {
    let (mut worker, ..) = worker();
    worker.seat(seat(1));
    assert_eq!(worker.phases.join(), 1, "the first is taken");
    worker.close(1);
    assert_eq!(worker.phases.join(), 0);
    worker.seat(seat(2));
    assert_eq!(worker.seats.len(), 1);
}
