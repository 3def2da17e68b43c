"""Opening hours: spans of the week, days that are different, and public holidays."""

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import Final, NamedTuple

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)"
)
_DAY: Final = 24 * 60


class Span(NamedTuple):
    """Minutes from midnight; `end` is past 24 h when the span goes on after midnight."""

    start: int
    end: int


@cache
def span(text: str) -> Span:
    """Of "08:00-17:00" or "22:00-06:00". Raises ValueError."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' should be like 08:00-17:00")
    first_h, first_m, last_h, last_m = match.groups()
    start = int(first_h) * 60 + int(first_m)
    end = _DAY if last_h is None else int(last_h) * 60 + int(last_m)
    return Span(start, end if end > start else end + _DAY)


@cache
def days(text: str) -> tuple[int, ...]:
    """Of "mon-fri", "sat" or "mon,wed,fri"; Monday is 0. Raises ValueError."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in WEEK or (dash and last not in WEEK):
            raise ValueError(f"'{text}' should be days like mon-fri, sat or mon,wed")
        start = WEEK.index(first)
        end = WEEK.index(last) if dash else start
        found += [(start + n) % 7 for n in range((end - start) % 7 + 1)]
    return tuple(found)


def weekly(hours: Mapping[str, Sequence[str]]) -> Mapping[int, tuple[Span, ...]]:
    """By weekday. Raises ValueError."""
    week: dict[int, tuple[Span, ...]] = {}
    for written, spans in hours.items():
        for day in days(written):
            week[day] = week.get(day, ()) + tuple(span(each) for each in spans)
    return week


def is_open(
    now: datetime,
    week: Mapping[int, tuple[Span, ...]],
    different: Mapping[date, tuple[Span, ...]],
) -> bool:
    """`now` in local time; `different` days have hours of their own, none when closed."""
    minute = now.hour * 60 + now.minute
    today, yesterday = now.date(), now.date() - timedelta(days=1)

    def spans(day: date) -> tuple[Span, ...]:
        return different[day] if day in different else week.get(day.weekday(), ())

    return any(each.start <= minute < each.end for each in spans(today)) or any(
        minute + _DAY < each.end for each in spans(yesterday)
    )


def calendar_exists(code: str) -> bool:
    """Whether public holidays of "ID" or "US-CA" are known."""
    try:
        _holidays(code, 2026)
    except NotImplementedError:  # how the package says "no such country"
        return False
    return True


def is_holiday(day: date, code: str) -> bool:
    """`code`: country, and part of it after "-"."""
    return day in _holidays(code, day.year)


@cache
def _holidays(code: str, year: int) -> frozenset[date]:
    import holidays

    _leave_out_other_countries()
    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


def _leave_out_other_countries() -> None:
    """Let `holidays.countries` be a folder of modules only, so that a country imports itself alone.

    Run as a package it imports two hundred of them: 12 MB and half a second.
    """
    name = "holidays.countries"
    spec = find_spec(name)
    if name not in sys.modules and spec is not None:
        sys.modules[name] = module_from_spec(spec)
