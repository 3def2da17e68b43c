//! STUN as ICE uses it (RFC 8489, RFC 8445): reading Binding requests, writing their answers. No sockets, no clock.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::transform::is_same;

pub const HEADER_BYTES: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const FINGERPRINT_XOR: u32 = 0x5354_554E;
/// More than any browser sends; what has more is no check.
const MOST_ATTRIBUTES: usize = 32;

mod attribute {
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub const PRIORITY: u16 = 0x0024;
    pub const USE_CANDIDATE: u16 = 0x0025;
    pub const FINGERPRINT: u16 = 0x8028;
    pub const ICE_CONTROLLED: u16 = 0x8029;
    /// From here on an attribute that is not understood does no harm, RFC 8489 §14.
    pub const COMPREHENSION_OPTIONAL: u16 = 0x8000;
}

/// A Binding request, not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    pub transaction: [u8; 12],
    pub username: &'a [u8],
    pub nominates: bool,
    /// The peer takes itself for the controlled side, which a lite agent is already.
    pub controlled: bool,
    /// The first attribute that must be understood and is not.
    pub unknown: Option<u16>,
    /// Everything before MESSAGE-INTEGRITY, and its value; `None` when the request has none.
    integrity: Option<(&'a [u8], &'a [u8])>,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Success(SocketAddr),
    /// RFC 8445 §7.3.1.1: 487.
    RoleConflict,
    /// RFC 8489 §6.3.1: 420 with the attribute's number.
    UnknownAttribute(u16),
}

/// True for what RFC 7983 tells from RTP and DTLS on the same port.
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER_BYTES && datagram[0] < 4 && datagram[4..8] == COOKIE
}

/// `None` for anything that is not a well-formed Binding request with a right FINGERPRINT.
pub fn parse(datagram: &[u8]) -> Option<Request<'_>> {
    if !is_stun(datagram) || half(datagram, 0)? != BINDING_REQUEST {
        return None;
    }
    if usize::from(half(datagram, 2)?) != datagram.len() - HEADER_BYTES {
        return None;
    }
    let mut request = Request {
        transaction: datagram[8..20].try_into().ok()?,
        username: &[],
        nominates: false,
        controlled: false,
        unknown: None,
        integrity: None,
    };
    let mut at = HEADER_BYTES;
    for _ in 0..MOST_ATTRIBUTES {
        if at == datagram.len() {
            return None; // without FINGERPRINT it is no check of ICE
        }
        let (kind, value) = attribute_at(datagram, at)?;
        if kind == attribute::FINGERPRINT {
            let right = value.end == datagram.len() && has_fingerprint(datagram, at, &value);
            return right.then_some(request);
        }
        if request.integrity.is_none() {
            take(&mut request, datagram, kind, at, value.clone());
        } // what follows MESSAGE-INTEGRITY is not protected and not read
        at = value.end.next_multiple_of(4);
    }
    None
}

fn take<'a>(request: &mut Request<'a>, all: &'a [u8], kind: u16, at: usize, value: Range<usize>) {
    match kind {
        attribute::USERNAME => request.username = &all[value],
        attribute::MESSAGE_INTEGRITY => request.integrity = Some((&all[..at], &all[value])),
        attribute::USE_CANDIDATE => request.nominates = true,
        attribute::ICE_CONTROLLED => request.controlled = true,
        attribute::PRIORITY => {}
        kind if kind >= attribute::COMPREHENSION_OPTIONAL => {}
        kind => request.unknown = request.unknown.or(Some(kind)),
    }
}

impl Request<'_> {
    /// Whether it was made by somebody who knows our password: RFC 8489 §14.5.
    pub fn is_by(&self, password: &[u8]) -> bool {
        let Some((before, value)) = self.integrity else {
            return false;
        };
        let expected = integrity(before, before.len() + 24 - HEADER_BYTES, password);
        is_same(&expected, value)
    }
}

/// The answer to a request, authenticated with our password.
pub fn answer(request: &Request<'_>, answer: Answer, password: &[u8]) -> Vec<u8> {
    let kind = match answer {
        Answer::Success(_) => BINDING_SUCCESS,
        Answer::RoleConflict | Answer::UnknownAttribute(_) => BINDING_ERROR,
    };
    let mut out = Vec::with_capacity(96);
    out.extend(kind.to_be_bytes());
    out.extend([0, 0]);
    out.extend(COOKIE);
    out.extend(request.transaction);
    match answer {
        Answer::Success(to) => push(&mut out, attribute::XOR_MAPPED_ADDRESS, &mapped(to, request)),
        Answer::RoleConflict => push_error(&mut out, 487, "Role Conflict"),
        Answer::UnknownAttribute(kind) => {
            push_error(&mut out, 420, "Unknown Attribute");
            push(&mut out, attribute::UNKNOWN_ATTRIBUTES, &kind.to_be_bytes());
        }
    }
    finish(&mut out, password);
    out
}

/// Adds MESSAGE-INTEGRITY and FINGERPRINT, each under the length that ends with it.
pub fn finish(out: &mut Vec<u8>, password: &[u8]) {
    let digest = integrity(out, out.len() + 24 - HEADER_BYTES, password);
    push(out, attribute::MESSAGE_INTEGRITY, &digest);
    let length = out.len() + 8 - HEADER_BYTES;
    set_length(out, length);
    let crc = crc32fast::hash(out) ^ FINGERPRINT_XOR;
    push(out, attribute::FINGERPRINT, &crc.to_be_bytes());
}

/// HMAC over what comes before, with the length that the message has after this attribute.
fn integrity(before: &[u8], length: usize, password: &[u8]) -> [u8; 20] {
    let mac = <Hmac<Sha1> as Mac>::new_from_slice(password);
    let mut mac = mac.expect("HMAC takes a key of any length");
    mac.update(&before[..2]);
    mac.update(&(length as u16).to_be_bytes());
    mac.update(&before[4..]);
    mac.finalize().into_bytes().into()
}

fn has_fingerprint(datagram: &[u8], at: usize, value: &Range<usize>) -> bool {
    let crc = crc32fast::hash(&datagram[..at]) ^ FINGERPRINT_XOR;
    value.len() == 4 && datagram[value.clone()] == crc.to_be_bytes()
}

/// Kind and place of the value; `None` when it does not fit into the message.
fn attribute_at(datagram: &[u8], at: usize) -> Option<(u16, Range<usize>)> {
    let (kind, length) = (half(datagram, at)?, usize::from(half(datagram, at + 2)?));
    let value = at + 4..at + 4 + length;
    (value.end.next_multiple_of(4) <= datagram.len()).then_some((kind, value))
}

fn push(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend(kind.to_be_bytes());
    out.extend((value.len() as u16).to_be_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
    let length = out.len() - HEADER_BYTES;
    set_length(out, length);
}

fn push_error(out: &mut Vec<u8>, code: u16, reason: &str) {
    let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
    value.extend(reason.as_bytes());
    push(out, attribute::ERROR_CODE, &value);
}

fn set_length(out: &mut [u8], length: usize) {
    out[2..4].copy_from_slice(&(length as u16).to_be_bytes());
}

/// XOR-MAPPED-ADDRESS, RFC 8489 §14.2.
fn mapped(address: SocketAddr, request: &Request<'_>) -> Vec<u8> {
    let key = [&COOKIE[..], &request.transaction].concat();
    let port = address.port() ^ u16::from_be_bytes([COOKIE[0], COOKIE[1]]);
    let (family, ip) = match address.ip().to_canonical() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend(port.to_be_bytes());
    value.extend(ip.iter().zip(&key).map(|(byte, key)| byte ^ key));
    value
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::secure::keys::from_hex;

    /// A check as a full agent sends it.
    pub fn check(username: &str, password: &str, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = vec![0, 1, 0, 0];
        out.extend(COOKIE);
        out.extend([9; 12]);
        push(&mut out, attribute::USERNAME, username.as_bytes());
        for (kind, value) in attributes {
            push(&mut out, *kind, value);
        }
        finish(&mut out, password.as_bytes());
        out
    }

    pub const NOMINATION: (u16, &[u8]) = (attribute::USE_CANDIDATE, &[]);
    pub const CONTROLLED: (u16, &[u8]) = (attribute::ICE_CONTROLLED, &[1; 8]);

    /// RFC 5769 §2.1: the sample request.
    #[test]
    fn the_sample_request_is_read_and_believed() {
        let bytes = from_hex(
            "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74\
             002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020\
             000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf",
        )
        .expect("hex");
        let request = parse(&bytes).expect("a request");
        assert_eq!(request.username, b"evtj:h6vY");
        assert!(request.is_by(b"VOkJxbRl1RmTxUk/WvJxBt"));
        assert!(!request.is_by(b"VOkJxbRl1RmTxUk/WvJxBu"));
        assert!(!request.nominates);
    }

    #[test]
    fn an_answer_has_the_address_the_integrity_and_the_fingerprint() {
        let bytes = check("us:them", "secret", &[NOMINATION]);
        let request = parse(&bytes).expect("a request");
        assert!(request.nominates);
        for address in ["192.0.2.1:32853", "[2001:db8::1]:7"] {
            let to: SocketAddr = address.parse().expect("an address");
            let answered = answer(&request, Answer::Success(to), b"secret");
            assert_eq!(answered[..2], [1, 1]);
            assert_eq!(answered[8..20], request.transaction);
            let (kind, value) = attribute_at(&answered, HEADER_BYTES).expect("an attribute");
            assert_eq!(kind, attribute::XOR_MAPPED_ADDRESS);
            assert_eq!(answered[value], mapped(to, &request));
            // our own reader believes it as soon as it is called a request
            let mut turned = answered.clone();
            turned[0] = 0;
            turned.truncate(turned.len() - 8);
            let length = turned.len() - 24;
            assert_eq!(
                turned[length + 4..],
                integrity(&answered[..length], length + 24 - HEADER_BYTES, b"secret")
            );
            let crc = crc32fast::hash(&answered[..answered.len() - 8]) ^ FINGERPRINT_XOR;
            assert_eq!(answered[answered.len() - 4..], crc.to_be_bytes());
        }
    }

    /// RFC 5769 §2.2: how 192.0.2.1:32853 is written.
    #[test]
    fn the_address_is_masked_as_in_the_sample_answer() {
        let mut bytes = check("a", "b", &[]);
        let transaction = from_hex("b7e7a701bc34d686fa87dfae").expect("hex");
        bytes[8..20].copy_from_slice(&transaction);
        let request = Request {
            transaction: transaction.try_into().expect("12 bytes"),
            username: &[],
            nominates: false,
            controlled: false,
            unknown: None,
            integrity: None,
        };
        let address = "192.0.2.1:32853".parse().expect("an address");
        assert_eq!(Some(mapped(address, &request)), from_hex("0001a147e112a643"));
    }

    #[test]
    fn what_must_be_understood_and_is_not_is_named() {
        let bytes = check("a", "b", &[(0x7777, b"?"), (0x8777, b"!")]);
        let request = parse(&bytes).expect("a request");
        assert_eq!(request.unknown, Some(0x7777));
        let refused = answer(&request, Answer::UnknownAttribute(0x7777), b"b");
        assert_eq!(refused[..2], [1, 0x11]);
    }

    #[test]
    fn no_changed_bit_is_believed_and_no_bytes_break_the_reader() {
        let bytes = check("us:them", "secret", &[NOMINATION, CONTROLLED]);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let believed = parse(&changed).is_some_and(|request| request.is_by(b"secret"));
            assert!(!believed, "bit {bit}");
            parse(&changed[..bit / 8]);
        }
        let mut seed = 1u32;
        for _ in 0..100_000 {
            let mut mutated = bytes.clone();
            for _ in 0..4 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 8) as usize % mutated.len();
                mutated[at] = (seed >> 24) as u8;
            }
            if let Some(request) = parse(&mutated) {
                answer(&request, Answer::RoleConflict, b"secret");
            }
        }
    }
}
