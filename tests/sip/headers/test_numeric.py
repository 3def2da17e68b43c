"""Headers that are one number."""

import pytest

from sip.errors import MalformedMessage
from sip.headers.numeric import parse_delta_seconds, parse_max_forwards, parse_retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), (" 3600 ", 3600), ("4294967296", 2**32 - 1), ("1" + "0" * 100, 2**32 - 1)],
)
def test_seconds_are_capped(value: str, seconds: int) -> None:
    assert parse_delta_seconds(value, "Expires") == seconds


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "٣"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_delta_seconds(value, "Expires")
    with pytest.raises(MalformedMessage):
        parse_max_forwards(value)


def test_retry_after_may_have_a_comment_and_parameters() -> None:
    assert parse_retry_after("18000;duration=3600") == 18000
    assert parse_retry_after("120 (I'm in a meeting)") == 120


def test_max_forwards_is_at_most_255() -> None:
    assert parse_max_forwards("0068") == 68
    for value in ("256", "999999999999"):
        with pytest.raises(MalformedMessage):
            parse_max_forwards(value)
