use std::net::UdpSocket;
use std::time::Duration;

use super::*;
use crate::clock::SECOND;
use crate::codec::Codec;
use crate::latch::Policy;

const LOOPBACK: &str = "127.0.0.1";

fn control(first: u16, workers: usize) -> Control {
    Control::start(first, first + 399, workers, 5 * SECOND).expect("an engine")
}

struct Phone {
    leg: LegId,
    socket: UdpSocket,
    engine: SocketAddr,
}

fn phone(control: &mut Control) -> Phone {
    let ip = ip_of(LOOPBACK).expect("an address");
    let socket = UdpSocket::bind((ip, 0)).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let (leg, port) = control.open(ip, None, None).expect("a leg");
    let remote = Remote {
        address: socket.local_addr().expect("an address"),
        rtcp_port: None,
        policy: Policy::Strict,
        signalling: None,
    };
    let format = Format::plain(Codec::Pcmu, 0, None, 20);
    control.set_remote(leg, remote).expect("a remote");
    control.set_format(leg, format).expect("a format");
    Phone { leg, socket, engine: SocketAddr::new(ip, port) }
}

fn says(from: &Phone, to: &Phone, sequence: u8) {
    let packet = [0x80, 0, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 1, sequence];
    from.socket.send_to(&packet, from.engine).expect("sent");
    let mut heard = [0; 100];
    let length = to.socket.recv(&mut heard).expect("heard within five seconds");
    assert_eq!(heard[12..length], [sequence]);
}

#[test]
fn legs_of_different_workers_meet_part_and_meet_again() {
    let mut control = control(6_200, 3);
    let phones: Vec<Phone> = (0..6).map(|_| phone(&mut control)).collect();
    for shift in 1..6 {
        for index in 0..3 {
            let (a, b) = (&phones[index], &phones[(index + shift) % 6]);
            control.bridge(a.leg, b.leg).expect("a bridge");
            says(a, b, shift as u8);
            says(b, a, shift as u8 + 100);
        }
    }
    let totals = control.totals();
    assert_eq!((totals.legs, totals.dropped_source, totals.send_failed), (6, 0, 0));
}

#[test]
fn closing_gives_every_port_back() {
    let mut control = control(6_600, 2);
    let phones: Vec<Phone> = (0..20).map(|_| phone(&mut control)).collect();
    for phone in &phones {
        control.close_leg(phone.leg).expect("closed");
        assert!(matches!(control.close_leg(phone.leg), Err(Problem::Unknown("leg", _))));
    }
    let totals = control.totals();
    assert_eq!((totals.legs, totals.ports_in_use, totals.ports_quarantined), (0, 0, 20));
    control.close();
    for phone in &phones {
        UdpSocket::bind(phone.engine).expect("the port is free");
    }
    let ip = ip_of(LOOPBACK).expect("an address");
    assert!(matches!(control.open(ip, None, None), Err(Problem::Closed)));
}

#[test]
fn a_busy_neighbour_port_is_not_half_taken() {
    let mut control = Control::start(7_000, 7_003, 1, 0).expect("an engine");
    let ip = ip_of(LOOPBACK).expect("an address");
    let _busy = UdpSocket::bind((ip, 7_001)).expect("the RTCP port of the first pair");
    assert_eq!(control.open(ip, None, None).expect("the second pair").1, 7_002);
    assert!(matches!(control.open(ip, None, None), Err(Problem::System(_))));
}

#[test]
fn values_that_cannot_be_are_refused_before_any_leg_sees_them() {
    let mut control = control(7_100, 1);
    let phone = phone(&mut control);
    let format = Format::plain(Codec::Pcmu, 0, None, 20);
    let long = Format { packet_ms: 70, ..format };
    assert!(matches!(control.set_format(phone.leg, long), Err(Problem::Value(_))));
    let odd = Format { key_payload_type: Some(128), ..format };
    assert!(matches!(control.set_format(phone.leg, odd), Err(Problem::Value(_))));
    assert!(matches!(control.bridge(phone.leg, phone.leg), Err(Problem::Value(_))));
    assert!(matches!(control.bridge(phone.leg, 99), Err(Problem::Unknown("leg", 99))));
    let unknown = control.play(phone.leg, &[99], 1, false, 0);
    assert!(matches!(unknown, Err(Problem::Unknown("sound", 99))));
    assert!(matches!(ip_of("localhost"), Err(Problem::Value(_))));
}
