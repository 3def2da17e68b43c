"""Reason headers: what we write, and what peers write, RFC 3326."""

import pytest

from sip.dialogs.reason import MAX_CHARS, PASSED_AT_MOST, passed_on, read, reason_headers
from sip.message import Request


def bye(*values: str) -> Request:
    return Request("BYE", "sip:us@near.test", tuple(("Reason", value) for value in values))


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ((), ""),
        (('SIP;cause=200;text="Call completed elsewhere"',), "Call completed elsewhere"),
        (("Q.850;cause=16",), "Q.850 16"),
        (("Q.850 ; cause=16 , SIP;text=done",), "Q.850 16"),
        (("nonsense;;=", 'SIP;text="second"'), "second"),
        (("SIP",), ""),
        ((f'SIP;text="{"x" * 5000}"',), "x" * MAX_CHARS),
    ],
)
def test_what_a_peer_says(values: tuple[str, ...], cause: str) -> None:
    assert read(bye(*values)) == cause


@pytest.mark.parametrize("cause", ["done", 'with "quotes" and \\', "line\r\nbreak: here"])
def test_what_we_say_can_be_read_back_on_one_line(cause: str) -> None:
    headers = reason_headers(cause)
    assert "\n" not in headers[0][1]
    assert read(Request("BYE", "sip:x@y", headers)) == cause.replace("\r", " ").replace("\n", " ")


def test_no_cause_is_no_header() -> None:
    assert reason_headers("") == ()


BUSY = ("Reason", "Q.850;cause=17")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ((("Contact", "<sip:a@b>"), BUSY, ("Retry-After", "30")), (BUSY, ("Retry-After", "30"))),
        ((BUSY,) * 9, (BUSY,) * PASSED_AT_MOST),
        ((("Reason", "x" * 500),), ()),
        ((("Reason", "SIP;text=\x07"),), ()),
    ],
)
def test_what_the_other_side_may_be_told(
    headers: tuple[tuple[str, str], ...], told: tuple[tuple[str, str], ...]
) -> None:
    assert passed_on(headers) == told
