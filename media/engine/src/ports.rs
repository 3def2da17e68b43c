//! The engine's UDP ports: even for RTP, the next odd one for RTCP (RFC 3550 §11).
//!
//! Each allocation starts at a random place, so that a port cannot be guessed from the last one; ports that
//! somebody else holds are skipped; a closed pair rests for a while, so that late packets of one call are never
//! heard in the next.

use std::collections::{HashSet, VecDeque};
use std::io::{Error, ErrorKind, Result};

use crate::clock::Micros;

pub struct Ports {
    first: u16,
    pairs: u32,
    quarantine: Micros,
    in_use: HashSet<u16>,
    /// Resting ports and when each may be used again, oldest first.
    resting: VecDeque<(Micros, u16)>,
    rests: HashSet<u16>,
}

impl Ports {
    /// `first` and `last` bound the range, RTCP included. `None` when no pair fits.
    pub fn new(first: u16, last: u16, quarantine: Micros) -> Option<Self> {
        let first = u32::from(first.max(1)).next_multiple_of(2);
        let pairs = (u32::from(last) + 1).checked_sub(first)? / 2;
        (pairs > 0).then(|| Self {
            first: first as u16,
            pairs,
            quarantine,
            in_use: HashSet::new(),
            resting: VecDeque::new(),
            rests: HashSet::new(),
        })
    }

    /// Binds a free pair by `bind`, which gets the RTP port. `random` is any number.
    ///
    /// Fails with `AddrInUse` when no pair is left, and with `bind`'s error when it is not about this port.
    pub fn allot<T>(
        &mut self,
        now: Micros,
        random: u64,
        mut bind: impl FnMut(u16) -> Result<T>,
    ) -> Result<(u16, T)> {
        self.wake(now);
        let start = (random % u64::from(self.pairs)) as u32;
        for step in 0..self.pairs {
            let port = self.first + (2 * ((start + step) % self.pairs)) as u16;
            if self.in_use.contains(&port) || self.rests.contains(&port) {
                continue;
            }
            match bind(port) {
                Ok(bound) => {
                    self.in_use.insert(port);
                    return Ok((port, bound));
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        let last = u32::from(self.first) + 2 * self.pairs - 1;
        let text = format!("no free RTP port pair in {}-{last}", self.first);
        Err(Error::new(ErrorKind::AddrInUse, text))
    }

    /// Binds one named pair (a leg that goes on after a restart), resting or not.
    pub fn allot_named<T>(&mut self, port: u16, bind: impl FnOnce(u16) -> Result<T>) -> Result<T> {
        if port == 0 || port % 2 != 0 {
            let text = format!("RTP port {port} is not even");
            return Err(Error::new(ErrorKind::InvalidInput, text));
        }
        if self.in_use.contains(&port) {
            let text = format!("RTP port {port} is in use by another leg");
            return Err(Error::new(ErrorKind::AddrInUse, text));
        }
        let bound = bind(port)?;
        if self.rests.remove(&port) {
            self.resting.retain(|(_, resting)| *resting != port);
        }
        self.in_use.insert(port);
        Ok(bound)
    }

    pub fn release(&mut self, port: u16, now: Micros) {
        self.wake(now);
        if self.in_use.remove(&port) && self.quarantine > 0 && self.rests.insert(port) {
            self.resting.push_back((now + self.quarantine, port));
        }
    }

    pub fn in_use(&self) -> usize {
        self.in_use.len()
    }

    pub fn quarantined(&mut self, now: Micros) -> usize {
        self.wake(now);
        self.resting.len()
    }

    fn wake(&mut self, now: Micros) {
        while let Some((_, port)) = self.resting.front().filter(|(until, _)| *until <= now) {
            self.rests.remove(port);
            self.resting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;

    fn ports(first: u16, last: u16) -> Ports {
        Ports::new(first, last, 5 * SECOND).expect("a range")
    }

    fn take(ports: &mut Ports, now: Micros, random: u64) -> Option<u16> {
        ports.allot(now, random, |_| Ok(())).ok().map(|(port, ())| port)
    }

    #[test]
    fn ports_are_even_and_their_rtcp_port_is_inside_the_range() {
        let mut ports = ports(20_001, 20_010);
        let mut taken: Vec<u16> = (0..4).filter_map(|n| take(&mut ports, 0, n)).collect();
        taken.sort_unstable();
        assert_eq!(taken, [20_002, 20_004, 20_006, 20_008]);
        assert_eq!(take(&mut ports, 0, 0), None);
        assert!(Ports::new(20_001, 20_002, 0).is_none());
        assert!(Ports::new(30_000, 20_000, 0).is_none());
        assert_eq!(Ports::new(65_534, 65_535, 0).expect("one pair").pairs, 1);
    }

    #[test]
    fn the_start_follows_the_random_number() {
        let mut ports = ports(20_000, 29_999);
        assert_eq!(take(&mut ports, 0, 7), Some(20_014));
        assert_eq!(take(&mut ports, 0, 7), Some(20_016));
        assert_eq!(take(&mut ports, 0, 4_999), Some(29_998));
        assert_eq!(take(&mut ports, 0, 4_999), Some(20_000));
    }

    #[test]
    fn busy_ports_are_skipped_and_other_errors_are_told_at_once() {
        let mut ports = ports(20_000, 20_007);
        let busy = |port| match port {
            20_004 => Ok(()),
            _ => Err(Error::from(ErrorKind::AddrInUse)),
        };
        assert_eq!(ports.allot(0, 0, busy).expect("the third pair").0, 20_004);
        assert_eq!(ports.in_use(), 1);
        let mut tries = 0;
        let error = ports
            .allot(0, 0, |_| -> Result<()> {
                tries += 1;
                Err(Error::from(ErrorKind::AddrNotAvailable))
            })
            .expect_err("a wrong address");
        assert_eq!((error.kind(), tries), (ErrorKind::AddrNotAvailable, 1));
    }

    #[test]
    fn a_closed_pair_rests_before_it_is_used_again() {
        let mut ports = ports(20_000, 20_001);
        assert_eq!(take(&mut ports, 0, 0), Some(20_000));
        ports.release(20_000, SECOND);
        assert_eq!((ports.in_use(), ports.quarantined(SECOND)), (0, 1));
        assert_eq!(take(&mut ports, 6 * SECOND - 1, 0), None);
        assert_eq!(take(&mut ports, 6 * SECOND, 0), Some(20_000));
        assert_eq!(ports.quarantined(6 * SECOND), 0);
    }

    #[test]
    fn a_named_pair_is_bound_again_even_while_it_rests() {
        let mut ports = ports(20_000, 20_003);
        take(&mut ports, 0, 0);
        ports.release(20_000, 0);
        assert!(ports.allot_named(20_000, |_| Ok(())).is_ok());
        assert_eq!((ports.in_use(), ports.quarantined(0)), (1, 0));
        assert!(ports.allot_named(20_000, |_| Ok(())).is_err(), "in use");
        assert!(ports.allot_named(20_001, |_| Ok(())).is_err(), "odd");
    }

    #[test]
    fn a_hundred_thousand_legs_leave_nothing_behind() {
        let mut ports = ports(20_000, 29_999);
        let mut open = VecDeque::new();
        for leg in 0..100_000u64 {
            let now = leg * SECOND / 100; // 100 legs a second, each open for 10 s
            let random = leg.wrapping_mul(6_364_136_223_846_793_005);
            open.push_back(take(&mut ports, now, random).expect("a free pair"));
            if open.len() > 1000 {
                ports.release(open.pop_front().expect("an open leg"), now);
            }
        }
        let end = 1_010 * SECOND;
        open.into_iter().for_each(|port| ports.release(port, end));
        assert_eq!((ports.in_use(), ports.quarantined(end + 5 * SECOND)), (0, 0));
        assert!(ports.rests.is_empty());
    }
}
