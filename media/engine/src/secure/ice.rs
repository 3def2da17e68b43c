//! An ICE-lite agent (RFC 8445 §2.5): it answers checks, and with them the consent of RFC 7675, and lets the peer choose.

use std::fmt;
use std::net::SocketAddr;

use super::stun::{self, Answer};

/// What signalling agreed on, RFC 8839 §5.4. The password is never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
    pub peer_ufrag: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials({}, {}, …)", self.ufrag, self.peer_ufrag)
    }
}

/// What came of one STUN message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Send it to where the check came from.
    pub answer: Option<Vec<u8>>,
    /// The peer can be reached where the check came from.
    pub valid: bool,
    /// The peer wants that to be the way of its sound.
    pub nominates: bool,
}

impl Credentials {
    /// Reads a STUN message. Who does not know our password gets no answer, so that nobody can use us as a mirror.
    pub fn check(&self, datagram: &[u8], from: SocketAddr) -> Checked {
        let nothing = Checked::default();
        let Some(request) = stun::parse(datagram) else {
            return nothing;
        };
        let password = self.password.as_bytes();
        if !self.is_for_us(request.username) || !request.is_by(password) {
            return nothing;
        }
        let answer = if let Some(kind) = request.unknown {
            Answer::UnknownAttribute(kind)
        } else if request.controlled {
            Answer::RoleConflict
        } else {
            Answer::Success(from)
        };
        let valid = matches!(answer, Answer::Success(_));
        Checked {
            answer: Some(stun::answer(&request, answer, password)),
            valid,
            nominates: valid && request.nominates,
        }
    }

    /// RFC 8445 §7.2.2: our fragment, a colon, theirs.
    fn is_for_us(&self, username: &[u8]) -> bool {
        let mut parts = username.splitn(2, |byte| *byte == b':');
        parts.next() == Some(self.ufrag.as_bytes())
            && parts.next() == Some(self.peer_ufrag.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::stun::tests::{check, CONTROLLED, NOMINATION};

    fn credentials() -> Credentials {
        Credentials { ufrag: "us".into(), password: "our secret".into(), peer_ufrag: "them".into() }
    }

    fn checked(datagram: &[u8]) -> Checked {
        credentials().check(datagram, "192.0.2.1:4000".parse().expect("an address"))
    }

    #[test]
    fn the_peer_s_checks_are_answered_and_its_choice_is_told() {
        let plain = checked(&check("us:them", "our secret", &[]));
        assert!(plain.valid && !plain.nominates && plain.answer.is_some());
        let nomination = checked(&check("us:them", "our secret", &[NOMINATION]));
        assert!(nomination.valid && nomination.nominates);
    }

    #[test]
    fn strangers_get_no_answer_at_all() {
        let strangers = [
            check("us:them", "another secret", &[]),
            check("us:others", "our secret", &[]),
            check("we:them", "our secret", &[]),
            check("us", "our secret", &[]),
            check("", "our secret", &[]),
        ];
        for datagram in strangers {
            assert_eq!(checked(&datagram), Checked::default());
        }
    }

    #[test]
    fn a_peer_that_wants_to_be_controlled_is_told_of_the_conflict() {
        let conflict = checked(&check("us:them", "our secret", &[CONTROLLED, NOMINATION]));
        assert!(!conflict.valid && !conflict.nominates);
        assert_eq!(conflict.answer.expect("an answer")[..2], [1, 0x11]);
    }
}
