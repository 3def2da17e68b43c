"""Via: RFC 3261 §20.42, RFC 3581, RFC 5118."""

import pytest

from sip.errors import MalformedMessage, UnsupportedVersion
from sip.headers.via import Via, format_via, parse_via, top_via, via_as_received
from tests.sip.messages import request


@pytest.mark.parametrize(
    ("value", "via"),
    [
        ("SIP/2.0/UDP h", Via("UDP", "h", None, {})),
        (
            "SIP/2.0/tcp h.example.com:5062;branch=z9hG4bK1;rport",
            Via("TCP", "h.example.com", 5062, {"branch": "z9hG4bK1", "rport": None}),
        ),
        (
            "SIP  / 2.0 /\tUDP   [2001:db8::1] : 5060 ; ttl = 1",
            Via("UDP", "[2001:db8::1]", 5060, {"ttl": "1"}),
        ),
        (
            "sip/2.0/UDP 192.0.2.1;received=2001:db8::9:255",
            Via("UDP", "192.0.2.1", None, {"received": "2001:db8::9:255"}),
        ),
    ],
)
def test_accepted(value: str, via: Via) -> None:
    assert parse_via(value) == via
    assert parse_via(format_via(via)) == via


@pytest.mark.parametrize(
    "value",
    [
        "", "SIP/2.0/UDP", "SIP/2.0 UDP h", "HTTP/2.0/UDP h", "SIP/2.0/U(P h", "SIP/2.0/UDP h:0",
        "SIP/2.0/UDP h:65536", "SIP/2.0/UDP h:99999999999", "SIP/2.0/UDP [::1", "SIP/2.0/UDP h;",
        "SIP/2.0/UDP h;branch=a;branch=b", "SIP/2.0/UDP h h2", "SIP/2.0/UDP ;branch=x",
        "SIP/2.0/UDP h;" + "x" * 3000,
    ],
)  # fmt: skip
def test_refused(value: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_via(value)


def test_another_version_is_told_apart() -> None:
    with pytest.raises(UnsupportedVersion):
        parse_via("SIP/7.0/UDP h")


@pytest.mark.parametrize(
    ("branch", "unique"),
    [("z9hG4bKx", True), ("z9hG4bK", False), ("x", False), ("Z9HG4BKx", False)],
)
def test_only_a_branch_beyond_the_magic_cookie_is_unique(branch: str, unique: bool) -> None:
    assert parse_via(f"SIP/2.0/UDP h;branch={branch}").has_unique_branch is unique


def test_the_source_is_noted_when_asked_for_or_different() -> None:
    asked = via_as_received(parse_via("SIP/2.0/UDP 192.0.2.1;rport"), "192.0.2.1", 4000)
    assert dict(asked.params) == {"rport": "4000", "received": "192.0.2.1"}
    behind_nat = via_as_received(parse_via("SIP/2.0/UDP 10.0.0.1:5060"), "192.0.2.1", 4000)
    assert dict(behind_nat.params) == {"received": "192.0.2.1"}
    plain = via_as_received(parse_via("SIP/2.0/UDP 192.0.2.1"), "192.0.2.1", 4000)
    assert dict(plain.params) == {}
    six = via_as_received(parse_via("SIP/2.0/UDP [2001:DB8::1]"), "2001:db8::1", 4000)
    assert dict(six.params) == {}


def test_a_forged_received_is_not_believed() -> None:
    via = via_as_received(parse_via("SIP/2.0/UDP 192.0.2.1;received=6.6.6.6"), "192.0.2.1", 5060)
    assert "received" not in via.params


def test_the_top_via_may_share_its_line() -> None:
    assert top_via(request(Via='SIP/2.0/UDP a;x="q,r", SIP/2.0/UDP b')).host == "a"
