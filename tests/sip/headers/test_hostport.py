"""Hosts and ports, as in Via and URIs."""

import pytest

from sip.errors import MalformedMessage
from sip.headers.hostport import split_host_port


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("h", ("h", None)),
        ("example.com:5060", ("example.com", 5060)),
        (" 192.0.2.1 : 1 ", ("192.0.2.1", 1)),
        ("[2001:db8::1]", ("[2001:db8::1]", None)),
        ("[::ffff:192.0.2.1]:65535", ("[::ffff:192.0.2.1]", 65535)),
        ("[2001:db8:::192.0.2.1]", ("[2001:db8:::192.0.2.1]", None)),
    ],
)
def test_accepted(text: str, parts: tuple[str, int | None]) -> None:
    assert split_host_port(text, "X") == parts


@pytest.mark.parametrize(
    "text",
    ["", ":1", "h:", "h:x", "h:0", "h:65536", "h:000080", "[", "[]", "[::1]x", "[h]", "::1",
     "h" * 300],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        split_host_port(text, "X")
