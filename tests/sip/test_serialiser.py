"""The serialiser: a right Content-Length, and no way to smuggle a header in."""

import pytest

from sip.message import Response
from sip.serialiser import serialise
from tests.sip.messages import request


def test_the_wire_form() -> None:
    message = Response(200, "OK", (("Call-ID", "c"), ("Content-Length", "99")), b"body")
    assert serialise(message) == b"SIP/2.0 200 OK\r\nCall-ID: c\r\nContent-Length: 4\r\n\r\nbody"
    assert serialise(request()).startswith(b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: ")


@pytest.mark.parametrize("evil", ["a\r\nX: y", "a\ny", "a\ry"])
def test_a_line_break_in_a_header_is_our_own_mistake(evil: str) -> None:
    with pytest.raises(AssertionError):
        serialise(request(headers=(("Subject", evil),)))
