//! The RTCP side of a leg: when its reports are sent, what they say, and what the peer's reports tell.

use std::net::SocketAddr;

use crate::clock::{Clock, Micros};
use crate::leg::Leg;
use crate::rtcp::{self, Heard, Sent};

pub struct Reporter {
    due: Micros,
    random: u64,
    /// Where the peer's reports come from; answers go there (RFC 4961).
    source: Option<SocketAddr>,
    /// The NTP middle bits of the peer's last sender report and when it came.
    last_heard: Option<(u32, Micros)>,
}

impl Reporter {
    pub fn new(random: u64, now: Micros) -> Self {
        Self {
            due: rtcp::next_report(now, random),
            random: random | 1,
            source: None,
            last_heard: None,
        }
    }

    /// Reads one RTCP datagram; a sign of life for the leg's timeout.
    pub fn receive(
        &mut self,
        leg: &mut Leg,
        datagram: &[u8],
        from: SocketAddr,
        clock: &Clock,
        now: Micros,
    ) {
        if !leg.latch.admits_rtcp(from) {
            leg.counters.dropped_source.add(1);
            return;
        }
        let Some(report) = rtcp::parse(datagram, leg.sequencer.ssrc()) else {
            leg.counters.dropped_malformed.add(1);
            return;
        };
        leg.heard(now);
        self.source = Some(from);
        if let Some(time) = report.sender_time {
            self.last_heard = Some((time, now));
        }
        let Some(about_us) = report.about_us else {
            return;
        };
        leg.counters.peer_lost.set(u64::from(about_us.lost));
        leg.counters.peer_jitter.set(u64::from(about_us.jitter));
        if let Some(trip) = about_us.round_trip(clock.ntp(now)) {
            leg.counters.set_round_trip(trip);
        }
    }

    /// The report that is due now, if any, and where it goes.
    pub fn tick(
        &mut self,
        leg: &mut Leg,
        clock: &Clock,
        now: Micros,
    ) -> Option<(Vec<u8>, SocketAddr)> {
        if now < self.due {
            return None;
        }
        // xorshift: only the moment of the next report depends on it
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.due = rtcp::next_report(now, self.random);
        self.report(leg, false, clock, now)
    }

    /// A report about all that happened; `None` when nothing did or nobody is there to read it.
    pub fn report(
        &mut self,
        leg: &mut Leg,
        bye: bool,
        clock: &Clock,
        now: Micros,
    ) -> Option<(Vec<u8>, SocketAddr)> {
        let to = self.destination(leg)?;
        let packets = leg.counters.packets_sent.get();
        let sent = (packets > 0).then(|| Sent {
            ntp: clock.ntp(now),
            timestamp: leg.sequencer.timestamp_at(now),
            packets: packets as u32,
            bytes: leg.payload_bytes_sent as u32,
        });
        let heard = leg.reception.block().map(|block| {
            let (last_report, at) = self.last_heard.unwrap_or((0, now));
            Heard { block, last_report, since_last_report: rtcp::to_dlsr(now - at) }
        });
        if sent.is_none() && heard.is_none() {
            return None;
        }
        Some((rtcp::build(leg.sequencer.ssrc(), sent, heard, bye), to))
    }

    fn destination(&self, leg: &Leg) -> Option<SocketAddr> {
        let rtp = leg.latch.destination()?;
        if let Some(source) = self.source.filter(|source| source.ip() == rtp.ip()) {
            return Some(source);
        }
        let named = leg.latch.remote().and_then(|remote| remote.rtcp_port);
        let port = named.or_else(|| rtp.port().checked_add(1))?;
        Some(SocketAddr::new(rtp.ip(), port))
    }
}
