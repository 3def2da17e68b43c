//! A leg with its sockets and its place in a worker.
//!
//! Packets pass by system calls of `rustix` rather than the standard library's: libc makes each of its own a
//! cancellation point, which costs a relayed packet one part in fifteen.

use std::io::Result;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use rustix::net::sockopt::{set_ip_tos, set_ipv6_tclass};
use rustix::net::{recvfrom, sendto, RecvFlags, SendFlags};

use crate::leg::{Leg, Outgoing};
use crate::mix::MixId;
use crate::phases::Tick;
use crate::reporter::Reporter;
use crate::secure::Security;

/// An RTP socket and the RTCP socket on the next port, both non-blocking and unconnected.
pub struct Sockets {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
}

impl Sockets {
    /// `dscp`: the six bits of RFC 2474 in what is sent.
    pub fn bind(ip: IpAddr, port: u16, dscp: u8) -> Result<Self> {
        let bind = |port| -> Result<UdpSocket> {
            let socket = UdpSocket::bind((ip, port))?;
            socket.set_nonblocking(true)?;
            // A system that refuses to mark packets still sends them.
            let _ = match ip {
                IpAddr::V4(_) => set_ip_tos(&socket, dscp << 2),
                IpAddr::V6(_) => set_ipv6_tclass(&socket, u32::from(dscp) << 2),
            };
            Ok(socket)
        };
        Ok(Self { rtp: bind(port)?, rtcp: bind(port + 1)? })
    }
}

pub struct Seat {
    pub leg: Leg,
    pub sockets: Sockets,
    pub reporter: Reporter,
    /// None of a leg whose packets are plain RTP, which pays nothing for it.
    pub security: Option<Box<Security>>,
    /// Who hears this leg, by place: the other leg of a bridge, or itself for an echo.
    pub heard_by: Option<usize>,
    pub mix: Option<MixId>,
    pub phase: usize,
    /// The tick at which the wheel comes for this leg.
    pub scheduled: Option<Tick>,
    /// When the next tick of the last rhythm would be.
    pub next_tick: Tick,
}

impl Seat {
    pub fn new(leg: Leg, sockets: Sockets, reporter: Reporter) -> Self {
        Self {
            leg,
            sockets,
            reporter,
            security: None,
            heard_by: None,
            mix: None,
            phase: 0,
            scheduled: None,
            next_tick: 0,
        }
    }

    /// The next datagram on one of this leg's sockets, if there is one.
    pub fn read(socket: &UdpSocket, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        let (_, length, from) = recvfrom(socket, buffer, RecvFlags::empty()).ok()?;
        Some((length, SocketAddr::try_from(from?).ok()?))
    }

    pub fn send(&mut self, buffer: &mut [u8], outgoing: Outgoing) {
        let (mut range, to) = outgoing;
        if let Some(security) = &mut self.security {
            let Some(protected) = security.protect(buffer, range) else {
                self.leg.counters.send_failed.add(1);
                return;
            };
            range = protected;
        }
        if sendto(&self.sockets.rtp, &buffer[range], SendFlags::empty(), &to).is_err() {
            self.leg.counters.send_failed.add(1);
        }
    }

    /// A lost report is made good by the next one.
    pub fn send_report(&mut self, report: Option<(Vec<u8>, SocketAddr)>) {
        let Some((mut packet, mut to)) = report else {
            return;
        };
        let mut socket = &self.sockets.rtcp;
        if let Some(security) = &mut self.security {
            if !security.protect_rtcp(&mut packet) {
                return;
            }
            if let Some(rtp) = self.leg.latch.destination().filter(|_| security.rtcp_mux()) {
                (socket, to) = (&self.sockets.rtp, rtp);
            }
        }
        let _ = socket.send_to(&packet, to);
    }
}
