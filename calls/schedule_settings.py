"""What operators can set about agents' working hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calls.opening_settings import Spans
from ivr.hours import days, span

OFF: Final = "off"
"""As the activity of a day: nothing is scheduled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSettings:
    """Working hours that repeat with each week."""

    zone: str
    """E.g. Asia/Jakarta; summer time is minded."""

    week: Mapping[str, Spans]
    """Days such as mon-fri, sat or mon,wed, each with 08:00-17:00 or a list of such spans;
    22:00-06:00 ends on the next day."""

    pauses: Mapping[str, Mapping[str, Spans]] = field(default_factory=dict)
    """What is done instead of work: one of `calls.not_available_reasons`, with days and spans."""

    def __post_init__(self) -> None:
        check_zone(self.zone)
        for week in (self.week, *self.pauses.values()):
            for days_of, spans in week.items():
                days(days_of)
                for each in (spans,) if isinstance(spans, str) else spans:
                    span(each)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedShift:
    """One agent, one day: all of a day's entries stand instead of the shift's hours."""

    agent: str
    """Whose it is."""

    day: str
    """As 2026-12-24."""

    activity: str = "work"
    """work, one of `calls.not_available_reasons`, or off."""

    hours: str = ""
    """A span such as 08:00-12:00; empty for a day off."""

    zone: str = ""
    """Of the hours; empty: that of the agent's shift."""

    def __post_init__(self) -> None:
        try:
            date.fromisoformat(self.day)
        except ValueError:
            raise ValueError(f"'{self.day}' should be a date like 2026-12-24") from None
        if self.zone:
            check_zone(self.zone)
        if self.activity != OFF or self.hours:
            span(self.hours)


def check_zone(zone: str) -> None:
    """Raises ValueError."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        text = f"there is no time zone '{zone}'; write one such as Asia/Jakarta"
        raise ValueError(text) from None
