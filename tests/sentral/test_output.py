"""Spans and clocks as people read them."""

import pytest

from sentral.output import clock, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3723, "1:02:03")],
)
def test_spans(seconds: float | None, text: str) -> None:
    assert span(seconds) == text


def test_an_instant_that_never_came_is_empty() -> None:
    assert clock(None) == ""
    assert clock(1_800_000_000.0).startswith("2027-01-1")
