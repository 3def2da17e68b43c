"""Opening hours."""

from datetime import date, datetime

import pytest

from ivr.hours import Span, calendar_exists, days, is_holiday, is_open, span, weekly

WEEK = weekly({"mon-fri": ["08:00-12:00", "13:00-17:00"], "sat": ["22:00-06:00"]})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("08:00-17:30", Span(480, 1050)), ("00:00-24:00", Span(0, 1440)),
     ("22:00-06:00", Span(1320, 1800))],
)  # fmt: skip
def test_spans(text: str, minutes: Span) -> None:
    assert span(text) == minutes


@pytest.mark.parametrize("text", ["8-17", "25:00-26:00", "08:00", "08:60-09:00", "24:00-08:00"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="08:00-17:00"):
        span(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("mon-fri", (0, 1, 2, 3, 4)), ("sat", (5,)), ("mon, wed", (0, 2)), ("sat-mon", (5, 6, 0))],
)
def test_days(text: str, found: tuple[int, ...]) -> None:
    assert days(text) == found


def test_what_is_no_day() -> None:
    with pytest.raises(ValueError, match="mon-fri"):
        days("monday")


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        ("2026-06-15T07:59", False),  # a Monday
        ("2026-06-15T08:00", True),
        ("2026-06-15T11:59", True),
        ("2026-06-15T12:00", False),
        ("2026-06-15T16:59", True),
        ("2026-06-20T21:59", False),  # Saturday
        ("2026-06-20T23:00", True),
        ("2026-06-21T05:59", True),  # Sunday, still Saturday's night
        ("2026-06-21T06:00", False),
    ],
)
def test_open_or_not(now: str, open_: bool) -> None:
    assert is_open(datetime.fromisoformat(now), WEEK, {}) is open_


def test_a_different_day_has_hours_of_its_own() -> None:
    different = {date(2026, 6, 15): (Span(600, 660),), date(2026, 6, 16): ()}
    assert not is_open(datetime(2026, 6, 15, 9), WEEK, different)  # noqa: DTZ001
    assert is_open(datetime(2026, 6, 15, 10, 30), WEEK, different)  # noqa: DTZ001
    assert not is_open(datetime(2026, 6, 16, 9), WEEK, different)  # noqa: DTZ001
    assert is_open(datetime(2026, 6, 17, 9), WEEK, different)  # noqa: DTZ001


def test_public_holidays() -> None:
    assert is_holiday(date(2026, 8, 17), "ID")
    assert is_holiday(date(2026, 7, 4), "US-CA")
    assert not is_holiday(date(2026, 8, 18), "ID")
    assert calendar_exists("ES")
    assert not calendar_exists("XX")
    assert not calendar_exists("US-XX")
