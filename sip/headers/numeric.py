"""Headers that are one number: Expires, Min-Expires, Max-Forwards, Content-Length, Retry-After."""

from typing import Final

from sip.errors import MalformedMessage
from sip.grammar import LWS, is_digits

DELTA_SECONDS_MAX: Final = 2**32 - 1
"""Larger values mean this one, RFC 3261 §20.19."""


def parse_delta_seconds(value: str, element: str) -> int:
    """Seconds, at most 2**32 - 1; a larger number is read as that.

    Raises:
        MalformedMessage: not digits.
    """
    text = value.strip(LWS)
    if not is_digits(text):
        raise MalformedMessage(element, "not a number of seconds", value)
    return DELTA_SECONDS_MAX if len(text) > 10 else min(int(text), DELTA_SECONDS_MAX)


def parse_retry_after(value: str) -> int:
    """Seconds to wait; a comment and parameters may follow and are left alone, §20.33."""
    return parse_delta_seconds(value.partition("(")[0].partition(";")[0], "Retry-After")


def parse_max_forwards(value: str) -> int:
    """0-255, RFC 3261 §20.22.

    Raises:
        MalformedMessage: not a number, or too large.
    """
    text = value.strip(LWS)
    if not is_digits(text) or len(text) > 8 or int(text) > 255:
        raise MalformedMessage("Max-Forwards", "not a number up to 255", value)
    return int(text)
