//! Whose packets a leg accepts (the source lock).
//!
//! Signalling names an address; NAT and carriers make packets come from another. A leg latches onto one source by
//! its policy and stays with it. It moves only by signalling, or when its source was silent for two seconds and
//! the new one carries the same stream on or has the signalling address. Everything else is refused and counted.

use std::net::{IpAddr, SocketAddr};

use crate::clock::{Micros, SECOND};

const SILENT_AFTER: Micros = 2 * SECOND;
const LEARN_FOR: Micros = 3 * SECOND;
/// A continuing stream may have lost this many packets while it moved (RFC 3550 A.1, MAX_DROPOUT).
const LARGEST_STEP: u16 = 3000;
/// Sources compared at once while learning; more at a time is an attack, not a trunk.
const MOST_CANDIDATES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Only the address that SDP names.
    Strict,
    /// SDP's address, or the signalling source's address with any port.
    Nat,
    /// SDP's address, or the first source with two packets in order, within three seconds of the first packet heard.
    Learn,
    /// The address that ICE has found, which `nominate` tells.
    Ice,
}

impl Policy {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "strict" => Some(Self::Strict),
            "nat" => Some(Self::Nat),
            "learn" => Some(Self::Learn),
            "ice" => Some(Self::Ice),
            _ => None,
        }
    }
}

/// What signalling says about the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote {
    pub address: SocketAddr,
    pub rtcp_port: Option<u16>,
    pub policy: Policy,
    pub signalling: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    /// Accepted, and the leg's source is now this one.
    Latched,
    Refused,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    /// Stream and last sequence number; unknown for a restored leg until its first packet.
    stream: Option<(u32, u16)>,
    heard_at: Micros,
}

impl Source {
    fn carries_on(&self, ssrc: u32, sequence: u16) -> bool {
        self.stream.is_some_and(|(ours, last)| {
            ours == ssrc && (1..=LARGEST_STEP).contains(&sequence.wrapping_sub(last))
        })
    }
}

#[derive(Clone, Debug, Default)]
pub struct Latch {
    remote: Option<Remote>,
    source: Option<Source>,
    candidates: Vec<Source>,
    learning_since: Option<Micros>,
    /// There are no keys yet, and without them nothing may be sent.
    withheld: bool,
}

impl Latch {
    /// A leg that goes on after a restart with the source it had.
    pub fn restored(source: SocketAddr, now: Micros) -> Self {
        Self {
            source: Some(Source { address: source, stream: None, heard_at: now }),
            ..Self::default()
        }
    }

    pub fn source(&self) -> Option<SocketAddr> {
        self.source.map(|source| source.address)
    }

    pub fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    /// Where our packets go: to the latched source, else where SDP says. Nowhere while there are no keys.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.path().filter(|_| !self.withheld)
    }

    pub fn withhold(&mut self, on: bool) {
        self.withheld = on;
    }

    /// Where the peer is to be reached, be it only for a handshake.
    pub fn path(&self) -> Option<SocketAddr> {
        let by_signalling = self.remote.filter(|remote| remote.policy != Policy::Ice);
        let named = by_signalling.map(|remote| remote.address);
        self.source().or(named).filter(|to| to.port() != 0 && !to.ip().is_unspecified())
    }

    /// The same word of signalling again keeps the source; a new one starts over.
    pub fn set_remote(&mut self, remote: Remote) {
        let changed = self.remote.is_some_and(|before| {
            let found_by_ice = remote.policy == Policy::Ice; // wherever SDP says that it is
            before.policy != remote.policy || before.address != remote.address && !found_by_ice
        });
        let forbidden = remote.policy == Policy::Strict
            && self.source.is_some_and(|source| source.address != remote.address);
        if changed || forbidden {
            self.source = None;
        }
        self.candidates.clear();
        self.learning_since = None;
        self.remote = Some(remote);
    }

    /// Decides about one RTP packet.
    pub fn admit(&mut self, address: SocketAddr, ssrc: u32, sequence: u16, now: Micros) -> Verdict {
        let Some(remote) = self.remote else {
            return Verdict::Refused;
        };
        let fresh = Source { address, stream: Some((ssrc, sequence)), heard_at: now };
        let known = self.source;
        let verdict = match known {
            Some(source) if source.address == address => Verdict::Accepted,
            Some(source) if may_move(&source, &fresh, &remote, now) => Verdict::Latched,
            None if self.may_begin(&fresh, &remote, now) => Verdict::Latched,
            _ => return Verdict::Refused,
        };
        self.source = Some(fresh);
        if verdict == Verdict::Latched {
            self.candidates.clear();
        }
        verdict
    }

    /// Whether a packet of this stream can be taken, before it is known to be genuine. Changes nothing.
    pub fn may_admit(&self, address: SocketAddr, ssrc: u32, sequence: u16, now: Micros) -> bool {
        let (Some(remote), Some(source)) = (&self.remote, &self.source) else {
            return self.may_shake_hands(address);
        };
        let fresh = Source { address, stream: Some((ssrc, sequence)), heard_at: now };
        source.address == address || may_move(source, &fresh, remote, now)
    }

    /// Whether a handshake with this address makes sense: it is the source, or may become it.
    pub fn may_shake_hands(&self, address: SocketAddr) -> bool {
        let Some(remote) = self.remote else {
            return false;
        };
        if let Some(source) = self.source {
            return source.address == address;
        }
        match remote.policy {
            Policy::Ice => false,
            Policy::Learn => true,
            Policy::Strict => remote.address == address,
            Policy::Nat => remote.address == address || remote.signalling == Some(address.ip()),
        }
    }

    /// Takes a source that has proved itself; true when it is another than before.
    pub fn nominate(&mut self, address: SocketAddr, now: Micros) -> bool {
        let is_new = self.source() != Some(address);
        if is_new {
            self.source = Some(Source { address, stream: None, heard_at: now });
        }
        is_new
    }

    /// RTCP comes from the same host, by whatever port.
    pub fn admits_rtcp(&self, address: SocketAddr) -> bool {
        self.destination().is_some_and(|ours| ours.ip() == address.ip())
    }

    fn may_begin(&mut self, fresh: &Source, remote: &Remote, now: Micros) -> bool {
        if fresh.address == remote.address && remote.policy != Policy::Ice {
            return true;
        }
        match remote.policy {
            Policy::Strict | Policy::Ice => false,
            Policy::Nat => remote.signalling == Some(fresh.address.ip()),
            Policy::Learn => self.learn(fresh, now),
        }
    }

    fn learn(&mut self, fresh: &Source, now: Micros) -> bool {
        if now - *self.learning_since.get_or_insert(now) > LEARN_FOR {
            return false;
        }
        let (ssrc, sequence) = fresh.stream.unwrap_or_default();
        let known = self.candidates.iter_mut().find(|known| known.address == fresh.address);
        match known {
            Some(known) if known.carries_on(ssrc, sequence) => true,
            Some(known) => {
                *known = *fresh;
                false
            }
            None => {
                if self.candidates.len() < MOST_CANDIDATES {
                    self.candidates.push(*fresh);
                }
                false
            }
        }
    }
}

/// A leg that took the signalling host's word for its port yields once to the very address that SDP names.
fn may_move(source: &Source, fresh: &Source, remote: &Remote, now: Micros) -> bool {
    if remote.policy == Policy::Ice {
        return false; // only a check moves it
    }
    if fresh.address == remote.address {
        return true;
    }
    if remote.policy == Policy::Strict || now.saturating_sub(source.heard_at) < SILENT_AFTER {
        return false;
    }
    let (ssrc, sequence) = fresh.stream.unwrap_or_default();
    source.carries_on(ssrc, sequence) || remote.signalling == Some(fresh.address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &str = "192.0.2.1:4000";
    const SIGNALLING: &str = "198.51.100.7";

    fn at(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn latch(policy: Policy) -> Latch {
        let mut latch = Latch::default();
        latch.set_remote(remote(NAMED, policy));
        latch
    }

    fn remote(address: &str, policy: Policy) -> Remote {
        Remote {
            address: at(address),
            rtcp_port: None,
            policy,
            signalling: Some(SIGNALLING.parse().expect("an address")),
        }
    }

    #[test]
    fn nothing_is_accepted_before_signalling_names_a_remote() {
        assert_eq!(Latch::default().admit(at(NAMED), 1, 1, 0), Verdict::Refused);
    }

    #[test]
    fn strict_takes_the_named_address_and_no_other_however_long_it_is_silent() {
        let mut latch = latch(Policy::Strict);
        assert_eq!(latch.admit(at("192.0.2.1:4001"), 1, 1, 0), Verdict::Refused);
        assert_eq!(latch.admit(at(NAMED), 1, 1, 0), Verdict::Latched);
        assert_eq!(latch.admit(at(NAMED), 1, 2, 1), Verdict::Accepted);
        let other = at("198.51.100.7:9");
        assert_eq!(latch.admit(other, 1, 3, 100 * SECOND), Verdict::Refused);
    }

    #[test]
    fn nat_takes_any_port_of_the_signalling_host_and_then_only_that() {
        let mut latch = latch(Policy::Nat);
        assert_eq!(latch.admit(at("203.0.113.5:4000"), 1, 1, 0), Verdict::Refused);
        assert_eq!(latch.destination(), Some(at(NAMED)), "until a packet comes");
        assert_eq!(latch.admit(at("198.51.100.7:5555"), 1, 1, 0), Verdict::Latched);
        assert_eq!(latch.destination(), Some(at("198.51.100.7:5555")));
        assert_eq!(latch.admit(at("198.51.100.7:6666"), 1, 2, SECOND), Verdict::Refused);
    }

    #[test]
    fn the_very_address_of_sdp_wins_over_a_guessed_port() {
        let mut latch = latch(Policy::Nat);
        latch.admit(at("198.51.100.7:5555"), 1, 1, 0);
        assert_eq!(latch.admit(at(NAMED), 2, 1, 10), Verdict::Latched);
        assert_eq!(latch.admit(at("198.51.100.7:5555"), 1, 2, 20), Verdict::Refused);
    }

    #[test]
    fn a_silent_source_yields_to_its_own_stream_or_to_the_signalling_host() {
        let mut latch = latch(Policy::Nat);
        latch.admit(at(NAMED), 7, 100, 0);
        let moved = at("203.0.113.9:1");
        assert_eq!(latch.admit(moved, 7, 101, 2 * SECOND - 1), Verdict::Refused, "too early");
        assert_eq!(latch.admit(moved, 8, 101, 2 * SECOND), Verdict::Refused, "another stream");
        assert_eq!(latch.admit(moved, 7, 99, 2 * SECOND), Verdict::Refused, "an old packet");
        assert_eq!(latch.admit(moved, 7, 150, 2 * SECOND), Verdict::Latched);
        let signalling = at("198.51.100.7:77");
        assert_eq!(latch.admit(signalling, 9, 1, 5 * SECOND), Verdict::Latched);
    }

    #[test]
    fn a_new_stream_from_the_latched_source_is_accepted() {
        let mut latch = latch(Policy::Nat);
        latch.admit(at(NAMED), 7, 100, 0);
        assert_eq!(latch.admit(at(NAMED), 8, 40_000, 1), Verdict::Accepted);
    }

    #[test]
    fn learn_needs_two_packets_in_order_within_three_seconds() {
        let mut learning = latch(Policy::Learn);
        let (trunk, noise) = (at("203.0.113.5:10"), at("203.0.113.6:20"));
        assert_eq!(learning.admit(trunk, 1, 50, 0), Verdict::Refused);
        assert_eq!(learning.admit(noise, 2, 9, 1), Verdict::Refused);
        assert_eq!(learning.admit(noise, 3, 200, 2), Verdict::Refused, "no stream");
        assert_eq!(learning.admit(trunk, 1, 51, 3), Verdict::Latched);

        let mut late = latch(Policy::Learn);
        late.admit(trunk, 1, 50, 0);
        assert_eq!(late.admit(trunk, 1, 51, 3 * SECOND + 1), Verdict::Refused);
        assert_eq!(late.admit(at(NAMED), 4, 1, 4 * SECOND), Verdict::Latched);
    }

    #[test]
    fn a_flood_of_sources_does_not_grow_the_table() {
        let mut latch = latch(Policy::Learn);
        for port in 1..10_000 {
            latch.admit(SocketAddr::new(at("203.0.113.5:1").ip(), port), 1, 1, 0);
        }
        assert_eq!(latch.candidates.len(), MOST_CANDIDATES);
    }

    #[test]
    fn signalling_moves_a_leg_at_once_and_the_same_word_again_does_not() {
        let mut latch = latch(Policy::Nat);
        latch.admit(at("198.51.100.7:5555"), 1, 1, 0);
        latch.set_remote(remote(NAMED, Policy::Nat));
        assert_eq!(latch.source(), Some(at("198.51.100.7:5555")));
        latch.set_remote(remote("192.0.2.2:6000", Policy::Nat));
        assert_eq!(latch.destination(), Some(at("192.0.2.2:6000")));
        assert_eq!(latch.admit(at("192.0.2.2:6000"), 5, 1, 1), Verdict::Latched);
    }

    #[test]
    fn a_restored_leg_keeps_its_source_through_the_first_set_remote() {
        let source = at("198.51.100.7:5555");
        let mut latch = Latch::restored(source, 0);
        latch.set_remote(remote(NAMED, Policy::Nat));
        assert_eq!(latch.destination(), Some(source));
        assert_eq!(latch.admit(source, 3, 3, 1), Verdict::Accepted);
        let mut strict = Latch::restored(source, 0);
        strict.set_remote(remote(NAMED, Policy::Strict));
        assert_eq!(strict.destination(), Some(at(NAMED)));
    }

    #[test]
    fn with_ice_only_a_nominated_source_counts() {
        let mut latch = latch(Policy::Ice);
        assert_eq!(latch.admit(at(NAMED), 1, 1, 0), Verdict::Refused, "what SDP names is a guess");
        assert_eq!(latch.path(), None);
        let (first, second) = (at("203.0.113.5:10"), at("203.0.113.5:20"));
        assert!(latch.nominate(first, 0));
        assert!(!latch.nominate(first, 0));
        assert_eq!(latch.admit(first, 1, 1, 0), Verdict::Accepted);
        assert_eq!(latch.admit(second, 1, 2, 60 * SECOND), Verdict::Refused);
        assert!(latch.nominate(second, 1));
        assert_eq!(latch.destination(), Some(second));
        latch.set_remote(remote("192.0.2.9:9", Policy::Ice));
        assert_eq!(latch.destination(), Some(second), "another guess changes nothing");
    }

    #[test]
    fn what_may_be_admitted_is_told_without_any_change() {
        for policy in [Policy::Strict, Policy::Nat, Policy::Learn, Policy::Ice] {
            let mut latch = latch(policy);
            let (named, stranger) = (at(NAMED), at("203.0.113.5:10"));
            assert_eq!(latch.may_admit(stranger, 1, 1, 0), policy == Policy::Learn);
            assert_eq!(latch.may_admit(named, 1, 1, 0), policy != Policy::Ice);
            latch.nominate(named, 0);
            latch.admit(named, 1, 1, 0);
            assert!(latch.may_admit(named, 1, 2, 1));
            for later in [1, 3 * SECOND] {
                let foretold = latch.may_admit(stranger, 1, 3, later);
                let told = latch.clone().admit(stranger, 1, 3, later) != Verdict::Refused;
                assert_eq!(foretold, told, "{policy:?} after {later} µs");
            }
        }
    }

    #[test]
    fn nothing_is_sent_while_keys_are_missing_but_the_way_is_known() {
        let mut latch = latch(Policy::Nat);
        latch.withhold(true);
        assert_eq!((latch.destination(), latch.path()), (None, Some(at(NAMED))));
        latch.withhold(false);
        assert_eq!(latch.destination(), Some(at(NAMED)));
    }

    #[test]
    fn rtcp_is_taken_from_the_latched_host_only() {
        let mut latch = latch(Policy::Nat);
        assert!(latch.admits_rtcp(at("192.0.2.1:4001")));
        latch.admit(at("198.51.100.7:5555"), 1, 1, 0);
        assert!(latch.admits_rtcp(at("198.51.100.7:5556")));
        assert!(!latch.admits_rtcp(at("192.0.2.1:4001")));
    }
}
