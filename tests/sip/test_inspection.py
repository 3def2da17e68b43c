"""What a server looks at first: RFC 3261 §8.2."""

import pytest

from sip.errors import MalformedMessage, UnsupportedScheme, UnsupportedVersion
from sip.inspection import inspect_request, unsupported
from sip.message import with_header
from tests.sip.messages import request


def test_a_good_request_passes() -> None:
    inspect_request(request(headers=(("Contact", "<sip:a@h>"), ("Route", "<sip:p;lr>"))))
    inspect_request(request("REGISTER", Contact="*"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Via", "SIP/2.0/UDP h;;"),
        ("Via", "SIP/2.0/UDP h, SIP/2.0/UDP"),
        ("From", '"a <sip:a@h>'),
        ("To", "<sip:%@h>"),
        ("Max-Forwards", "256"),
        ("Contact", "*"),
        ("Contact", "sip:a@h?Route=%3Csip:x%3E"),
        ("Route", "sip"),
        ("Record-Route", "<sip:a@h:0>"),
    ],
)
def test_a_bad_header_is_answered_with_400(name: str, value: str) -> None:
    message = with_header(request(), name, value)
    with pytest.raises(MalformedMessage) as caught:
        inspect_request(message)
    assert (caught.value.status, caught.value.partial) == (400, message)


def test_request_uris_of_other_schemes_get_416_and_broken_ones_400() -> None:
    with pytest.raises(UnsupportedScheme) as caught:
        inspect_request(request(uri="nobodyKnowsThisScheme:opaque"))
    assert caught.value.status == 416
    with pytest.raises(MalformedMessage):
        inspect_request(request(uri="sip:2001:db8::10"))


def test_a_via_of_another_version_gets_505() -> None:
    with pytest.raises(UnsupportedVersion):
        inspect_request(request(Via="SIP/7.0/UDP h"))


def test_too_many_hops_are_refused() -> None:
    with pytest.raises(MalformedMessage):
        inspect_request(request(headers=(("Via", "SIP/2.0/UDP h"),) * 70))


def test_an_ack_is_never_answered() -> None:
    with pytest.raises(MalformedMessage) as caught:
        inspect_request(request("ACK", From="x"))
    assert caught.value.partial is None


def test_unknown_extensions_are_listed() -> None:
    message = request(headers=(("Require", "timer, Unheard"), ("Require", "of")))
    assert unsupported(message, {"TIMER"}) == ["Unheard", "of"]
