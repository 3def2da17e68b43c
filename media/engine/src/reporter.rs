//! The RTCP side of a leg: when its reports are sent, what they say, and what the peer's reports tell.

use std::net::SocketAddr;

use crate::clock::{Clock, Micros, SECOND};
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
        let (ticks, clock_hz) = (u64::from(about_us.jitter), u64::from(leg.sequencer.clock_hz()));
        leg.counters.peer_jitter_us.set(ticks * SECOND / clock_hz);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use crate::latch::{Latch, Policy, Remote};
    use crate::sequencer::Sequencer;

    const HERE: &str = "192.0.2.1:4000";
    const THERE: &str = "192.0.2.2:5000";

    fn leg(ssrc: u32, remote: &str, rtcp_port: Option<u16>) -> Leg {
        let mut leg = Leg::new(1, Sequencer::new(ssrc, 1, 1), Latch::default(), 0);
        leg.set_remote(Remote {
            address: remote.parse().expect("an address"),
            rtcp_port,
            policy: Policy::Strict,
            signalling: None,
        });
        leg
    }

    /// One packet from a leg of this SSRC, so that both sides have something to report.
    fn speak(to: &mut Leg, ssrc: u32, from: &str, now: Micros) {
        let mut packet = vec![0x80, 0, 0, 1, 0, 0, 0, 0];
        packet.extend(ssrc.to_be_bytes());
        to.receive(&packet, from.parse().expect("an address"), now, &mut Vec::new());
    }

    #[test]
    fn two_legs_measure_the_way_between_them() {
        let clock = Clock::start();
        let (mut here, mut there) = (leg(7, THERE, None), leg(8, HERE, None));
        let mut reporters = (Reporter::new(1, 0), Reporter::new(1, 0));
        speak(&mut here, 8, THERE, 0);
        speak(&mut there, 7, HERE, 0);
        here.counters.packets_sent.add(1);
        there.counters.packets_sent.add(1);

        let sent_at = 5 * SECOND;
        let (report, to) = reporters.0.report(&mut here, false, &clock, sent_at).expect("a report");
        assert_eq!(to.to_string(), "192.0.2.2:5001", "the port after RTP's");
        let (way, held) = (30 * MILLISECOND, 2 * SECOND);
        let from = "192.0.2.1:4001".parse().expect("an address");
        reporters.1.receive(&mut there, &report, from, &clock, sent_at + way);
        let answered_at = sent_at + way + held;
        let answer = reporters.1.report(&mut there, false, &clock, answered_at).expect("a report");
        let from = "192.0.2.2:5001".parse().expect("an address");
        reporters.0.receive(&mut here, &answer.0, from, &clock, answered_at + way);
        let trip_s = here.counters.round_trip_s().expect("measured");
        assert!((trip_s - 0.060).abs() < 0.001, "{trip_s}");
    }

    #[test]
    fn an_hour_holds_a_report_every_five_seconds() {
        let clock = Clock::start();
        let mut here = leg(7, THERE, Some(6001));
        speak(&mut here, 8, THERE, 0);
        let mut reporter = Reporter::new(12_345, 0);
        let due = |at: u64| reporter.tick(&mut here, &clock, at * 50 * MILLISECOND);
        let reports: Vec<_> = (0..72_000).filter_map(due).collect();
        assert!((650..=800).contains(&reports.len()), "{}", reports.len());
        assert!(reports.iter().all(|(_, to)| to.port() == 6001));
    }

    #[test]
    fn who_has_nothing_to_say_sends_nothing_and_strangers_are_not_heard() {
        let clock = Clock::start();
        let mut here = leg(7, THERE, None);
        let mut reporter = Reporter::new(1, 0);
        assert!(reporter.report(&mut here, true, &clock, SECOND).is_none());
        let stranger = "203.0.113.1:5001".parse().expect("an address");
        reporter.receive(&mut here, &[0x80, 201, 0, 1, 0, 0, 0, 8], stranger, &clock, SECOND);
        assert_eq!(here.counters.dropped_source.get(), 1);
    }
}
