"""Which transaction a message belongs to."""

import pytest

from sip.errors import MalformedMessage
from sip.message import Request, ack_for_failure, cancel_for, response_to, with_header
from sip.transactions.matching import (
    client_key,
    client_key_of,
    invite_key,
    merged_key,
    server_key,
)
from tests.sip.messages import request

OLD_VIA = "SIP/2.0/UDP 192.0.2.1;branch=1"  # no magic cookie: RFC 2543


def test_a_response_finds_the_request_by_branch_and_method() -> None:
    invite = request()
    cancel = cancel_for(invite)
    assert client_key(response_to(invite, 180)) == client_key_of(invite)
    assert client_key(response_to(cancel, 200)) == client_key_of(cancel)
    assert client_key_of(invite) != client_key_of(cancel)  # same branch, §17.1.3


@pytest.mark.parametrize("via", ["SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa", OLD_VIA])
def test_ack_and_cancel_lead_to_their_invite(via: str) -> None:
    invite = request(Via=via)
    ack = ack_for_failure(invite, response_to(invite, 486, to_tag="b"))
    assert server_key(ack) == server_key(invite)
    cancel = cancel_for(invite)
    assert invite_key(cancel) == server_key(invite)
    assert server_key(cancel) != server_key(invite)


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother",
        "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",  # same branch by chance or malice
        "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1",
    ],
)
def test_branch_and_sent_by_tell_requests_apart(via: str) -> None:
    assert server_key(request(Via=via)) != server_key(request())


def test_sent_by_is_compared_with_its_default_port_and_without_case() -> None:
    left = request(Via="SIP/2.0/UDP Host.example:5060;branch=z9hG4bK1;rport")
    right = request(Via="SIP/2.0/UDP host.EXAMPLE;branch=z9hG4bK1")
    assert server_key(left) == server_key(right)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CSeq", "2 INVITE"),
        ("Call-ID", "c2"),
        ("From", "<sip:alice@192.0.2.1>;tag=other"),
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=2"),
    ],
)
def test_without_the_cookie_everything_counts(name: str, value: str) -> None:
    invite = request(Via=OLD_VIA)
    assert server_key(with_header(invite, name, value)) != server_key(invite)
    other_uri = Request("INVITE", "sip:carol@192.0.2.2", invite.headers)
    assert server_key(other_uri) != server_key(invite)


def test_the_bare_cookie_is_no_branch() -> None:
    """One broken phone's every request would be one transaction."""
    via = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"
    assert server_key(request(Via=via)) != server_key(request(Via=via, Call_ID="c2"))


def test_a_forked_request_is_recognised_when_it_comes_twice() -> None:
    first, second = request(), request(branch="z9hG4bK2")
    assert server_key(first) != server_key(second)
    assert merged_key(first) == merged_key(second) is not None
    assert merged_key(first) != merged_key(request(CSeq="2 INVITE"))
    assert merged_key(request("BYE", To="<sip:bob@h>;tag=b")) is None


def test_a_via_that_cannot_be_read_is_the_peers_fault() -> None:
    with pytest.raises(MalformedMessage):
        server_key(request(Via="SIP/2.0/UDP"))
