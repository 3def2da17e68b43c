//! A leg with its sockets and its place in a worker.

use std::io::Result;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::leg::{Leg, Outgoing};
use crate::phases::Tick;
use crate::reporter::Reporter;

/// An RTP socket and the RTCP socket on the next port, both non-blocking and unconnected.
pub struct Sockets {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
}

impl Sockets {
    pub fn bind(ip: IpAddr, port: u16) -> Result<Self> {
        let bind = |port| -> Result<UdpSocket> {
            let socket = UdpSocket::bind((ip, port))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        Ok(Self { rtp: bind(port)?, rtcp: bind(port + 1)? })
    }
}

pub struct Seat {
    pub leg: Leg,
    pub sockets: Sockets,
    pub reporter: Reporter,
    /// Who hears this leg, by place: the other leg of a bridge, or itself for an echo.
    pub heard_by: Option<usize>,
    pub phase: usize,
    /// The tick at which the wheel comes for this leg.
    pub scheduled: Option<Tick>,
    /// When the next tick of the last rhythm would be.
    pub next_tick: Tick,
}

impl Seat {
    pub fn new(leg: Leg, sockets: Sockets, reporter: Reporter) -> Self {
        Self { leg, sockets, reporter, heard_by: None, phase: 0, scheduled: None, next_tick: 0 }
    }

    pub fn send(&self, buffer: &[u8], outgoing: Outgoing) {
        let (range, to) = outgoing;
        if self.sockets.rtp.send_to(&buffer[range], to).is_err() {
            self.leg.counters.send_failed.add(1);
        }
    }

    /// A lost report is made good by the next one.
    pub fn send_report(&self, report: Option<(Vec<u8>, SocketAddr)>) {
        if let Some((packet, to)) = report {
            let _ = self.sockets.rtcp.send_to(&packet, to);
        }
    }
}
