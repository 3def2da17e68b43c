"""What an INVITE is refused for before anybody rings, and what is let pass."""

from typing import Final

import pytest

from sip.dialogs.capabilities import invite_refusal
from sip.message import Headers, Request, header_values

NAMED: Final[Headers] = (
    ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1"),
    ("From", "<sip:a@example.test>;tag=a"),
    ("To", "<sip:b@example.test>"),
    ("Call-ID", "c"),
    ("CSeq", "1 INVITE"),
)
SDP: Final = (("Content-Type", "application/sdp"),)


@pytest.mark.parametrize(
    ("headers", "demanded", "status", "told"),
    [
        ((), (), None, ()),
        ((("Accept", "application/sdp;level=1, text/plain"),), (), None, ()),
        ((("Accept", "text/plain, application/*"),), (), None, ()),
        ((("Accept", "*/*;q=0.1"),), (), None, ()),
        ((("Accept", ""),), (), None, ()),
        ((("Accept", "text/plain"), ("Accept", "text/html")), (), 406, ("application/sdp",)),
        ((), ("timer",), 421, ("timer",)),
        ((("Supported", "100rel"),), ("timer", "100rel"), 421, ("timer",)),
        ((("Supported", "Timer"), ("Require", "100rel")), ("timer", "100rel"), None, ()),
    ],
)
def test_what_a_call_cannot_begin_with(
    headers: Headers, demanded: tuple[str, ...], status: int | None, told: tuple[str, ...]
) -> None:
    invite = Request("INVITE", "sip:b@example.test", (*NAMED, *SDP, *headers), b"v=0\r\n")
    response = invite_refusal(invite, demanded, to_tag="ours")
    assert (response.status if response else None) == status
    if response is not None:
        assert header_values(response, {406: "Accept", 421: "Require"}[response.status]) == [*told]
