//! What measures the engine from outside: a load generator and a bare relay as the yardstick.
//!
//! ```text
//! media_load generate SOCKETS SECONDS PACKET_MS   # each socket sends to the port named for it, 0 for none
//! media_load relay SOCKETS                        # what comes in on 2n goes out of 2n+1, and back
//! ```
//! Both print their ports in one line, then read one line of as many destination ports on 127.0.0.1. The relay
//! runs until its input ends. The generator then prints sent, received and the delay's percentiles in µs.
//! Neither shares code with the engine.

use std::io::{self, BufRead, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{epoll, Timespec};
use rustix::net::{recvfrom, sendto, RecvFlags, SendFlags};

const PHASES: usize = 20;
const HEADER_BYTES: usize = 12;
const BYTES_PER_MS: usize = 8;
const INPUT: u64 = u64::MAX;
/// After the last packet was sent, for those under way.
const GRACE: Duration = Duration::from_millis(300);

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| -> io::Result<usize> {
        let text = words.get(at).ok_or_else(usage)?;
        text.parse().map_err(|_| usage())
    };
    match words.first().map(String::as_str) {
        Some("relay") => relay(&Sockets::open(number(1)?)?),
        Some("generate") => {
            let sockets = Sockets::open(number(1)?)?;
            let length = Duration::from_secs(number(2)? as u64);
            Generator::new(sockets, number(3)?).run(length)
        }
        _ => Err(usage()),
    }
}

fn usage() -> io::Error {
    io::Error::other("media_load generate SOCKETS SECONDS PACKET_MS | relay SOCKETS")
}

struct Sockets {
    epoll: OwnedFd,
    sockets: Vec<UdpSocket>,
    destinations: Vec<Option<SocketAddr>>,
}

impl Sockets {
    /// Binds, says where, and reads where each one shall send to.
    fn open(count: usize) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut sockets = Vec::with_capacity(count);
        let mut ports = Vec::with_capacity(count);
        for index in 0..count {
            let socket = UdpSocket::bind(("127.0.0.1", 0))?;
            socket.set_nonblocking(true)?;
            let token = epoll::EventData::new_u64(index as u64);
            epoll::add(&epoll, &socket, token, epoll::EventFlags::IN)?;
            ports.push(socket.local_addr()?.port().to_string());
            sockets.push(socket);
        }
        println!("{}", ports.join(" "));
        io::stdout().flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let destination = |word: &str| match word.parse::<u16>() {
            Ok(port) if port > 0 => Some(SocketAddr::from(([127, 0, 0, 1], port))),
            _ => None,
        };
        let destinations: Vec<_> = line.split_whitespace().map(destination).collect();
        if destinations.len() != count {
            return Err(usage());
        }
        Ok(Self { epoll, sockets, destinations })
    }

    fn receive(&self, index: usize, buffer: &mut [u8]) -> Option<usize> {
        let received = recvfrom(&self.sockets[index], buffer, RecvFlags::empty());
        received.ok().map(|(_, length, _)| length)
    }

    fn send(&self, index: usize, packet: &[u8]) -> bool {
        let to = self.destinations[index];
        to.is_some_and(|to| sendto(&self.sockets[index], packet, SendFlags::empty(), &to).is_ok())
    }
}

/// One thread, one `recvfrom` and one `sendto` per packet, nothing looked at.
fn relay(sockets: &Sockets) -> io::Result<()> {
    let input = epoll::EventData::new_u64(INPUT);
    epoll::add(&sockets.epoll, io::stdin(), input, epoll::EventFlags::IN)?;
    let mut ready = [MaybeUninit::<epoll::Event>::uninit(); 64];
    let mut buffer = [0; 2048];
    loop {
        let (events, _) = epoll::wait(&sockets.epoll, &mut ready[..], None)?;
        for event in events.iter() {
            let token = event.data.u64();
            if token == INPUT {
                return Ok(());
            }
            let index = token as usize;
            if let Some(length) = sockets.receive(index, &mut buffer) {
                sockets.send(index ^ 1, &buffer[..length]);
            }
        }
    }
}

struct Generator {
    sockets: Sockets,
    started: Instant,
    packet_ms: usize,
    packet: Vec<u8>,
    round: u64,
    sent: u64,
    received: u64,
    delays_us: Vec<u32>,
}

impl Generator {
    fn new(sockets: Sockets, packet_ms: usize) -> Self {
        let packet = vec![0x55; HEADER_BYTES + packet_ms * BYTES_PER_MS];
        let started = Instant::now();
        let delays_us = Vec::new();
        Self { sockets, started, packet_ms, packet, round: 0, sent: 0, received: 0, delays_us }
    }

    /// Sends for so long, spread evenly over the phases of a packet time, and listens all the while.
    fn run(mut self, length: Duration) -> io::Result<()> {
        self.started = Instant::now();
        let step = Duration::from_micros(self.packet_ms as u64 * 1000 / PHASES as u64);
        let (mut steps, mut ready) = (0u32, [MaybeUninit::<epoll::Event>::uninit(); 64]);
        while self.started.elapsed() < length + GRACE {
            let due = step * steps;
            let late = self.started.elapsed();
            if late >= due && due < length {
                self.send_phase(steps as usize % PHASES);
                steps += 1;
                self.round += u64::from(steps as usize % PHASES == 0);
            }
            let wait = if due < length { due.saturating_sub(late) } else { GRACE / 10 };
            let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
            let (events, _) = epoll::wait(&self.sockets.epoll, &mut ready[..], Some(&timeout))?;
            events.iter().for_each(|event| self.receive(event.data.u64() as usize));
        }
        self.report();
        Ok(())
    }

    fn send_phase(&mut self, phase: usize) {
        for index in (phase..self.sockets.sockets.len()).step_by(PHASES) {
            let samples = self.packet_ms * BYTES_PER_MS;
            self.packet[0] = 0x80;
            self.packet[1] = 0; // PCMU
            self.packet[2..4].copy_from_slice(&(self.round as u16).to_be_bytes());
            let timestamp = (self.round as u32).wrapping_mul(samples as u32);
            self.packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
            self.packet[8..12].copy_from_slice(&(index as u32 + 1).to_be_bytes());
            let at = self.started.elapsed().as_micros() as u64;
            self.packet[HEADER_BYTES..HEADER_BYTES + 8].copy_from_slice(&at.to_be_bytes());
            self.sent += u64::from(self.sockets.send(index, &self.packet));
        }
    }

    fn receive(&mut self, index: usize) {
        let mut buffer = [0; 2048];
        let Some(length) = self.sockets.receive(index, &mut buffer) else {
            return;
        };
        if (192..=223).contains(&buffer[1]) {
            return; // a report for a neighbour's port, RFC 5761 §4
        }
        self.received += 1;
        let Some(Ok(stamp)) = buffer.get(HEADER_BYTES..HEADER_BYTES + 8).map(TryInto::try_into)
        else {
            return;
        };
        let now = self.started.elapsed().as_micros() as u64;
        let delay = now.wrapping_sub(u64::from_be_bytes(stamp));
        if length == self.packet.len() && delay < 10_000_000 {
            self.delays_us.push(delay as u32);
        }
    }

    fn report(mut self) {
        self.delays_us.sort_unstable();
        let at = |share: f64| {
            let index = (self.delays_us.len() as f64 * share) as usize;
            self.delays_us.get(index).copied().unwrap_or(0)
        };
        let (p50, p99, p999) = (at(0.5), at(0.99), at(0.999));
        println!("{} {} {p50} {p99} {p999}", self.sent, self.received);
    }
}
