"""What operators can set about hours: when queues are open, and when customers are called back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotated_types import Ge, Gt, Le

from ivr.hours import calendar_exists, days, span

Seconds = Annotated[float, Gt(0)]
Spans: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When a queue is open. Exceptions come before holidays, and those before the week."""

    zone: str
    """E.g. Asia/Jakarta; summer time is minded."""

    week: Mapping[str, Spans]
    """Days such as mon-fri, sat or mon,wed, each with 08:00-17:00 or a list of such spans;
    22:00-06:00 ends on the next day."""

    holidays: str | None = None
    """Country, or country and part of it, whose public holidays are closed: ID, US-CA."""

    exceptions: Mapping[str, Spans] = field(default_factory=dict)
    """Days such as 2026-12-24 with hours of their own; an empty list is closed."""

    at_close: Literal["serve", "leave"] = "serve"
    """What becomes of callers who wait when it closes: they are served to the last, or leave with
    the reason "closed" (or to `overflow_to: {closed: …}`)."""

    def __post_init__(self) -> None:
        check_hours(self)


def check_hours(hours: OpeningHours) -> None:
    """Raises ValueError."""
    try:
        ZoneInfo(hours.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        text = f"there is no time zone '{hours.zone}'; write one such as Asia/Jakarta"
        raise ValueError(text) from None
    for days_of, spans in hours.week.items():
        days(days_of)
        for each in (spans,) if isinstance(spans, str) else spans:
            span(each)
    for day, spans in hours.exceptions.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            raise ValueError(f"'{day}' should be a date like 2026-12-25") from None
        for each in (spans,) if isinstance(spans, str) else spans:
            span(each)
    if hours.holidays is not None and not calendar_exists(hours.holidays):
        text = f"no public holidays are known for '{hours.holidays}'; write e.g. ID or US-CA"
        raise ValueError(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackSettings:
    """Customers who keep their place and are called instead of waiting on the line."""

    permissions: str = ""
    """The class of numbers, as phones have one, that may be called back; empty: none is."""

    prefix: str = ""
    """Put in front of the customer's number for the numbering plan, e.g. 9."""

    caller: str = "anonymous"
    """Our number that the customer's phone shows, unless the trunk says another."""

    first: Literal["agent", "customer"] = "agent"
    """Who is called first; the agent waits for the customer, or is kept free for them."""

    detect_machines: bool = False
    """Whether it is listened first who picked up, for five seconds at most. A machine counts as an
    attempt in vain (`machine`); whom it cannot tell counts as a person."""

    attempts: Annotated[int, Ge(1), Le(20)] = 3
    """Times that the customer's phone is rung in vain before we give up."""

    retry_s: Seconds = 900.0
    """From one attempt to the next."""

    expires_s: Seconds = 345_600.0
    """Nobody is called longer than this after they asked for it; 96 h."""

    hours: OpeningHours | None = None
    """When customers may be called; outside of it they are left in peace. None: always."""

    most: Annotated[int, Ge(0)] = 10_000
    """Open call-backs at once."""

    most_per_customer: Annotated[int, Ge(1)] = 3
    """Of these, for one number, each about another queue."""

    most_per_day: Annotated[int, Ge(1)] = 5
    """Call-backs that one number is promised within 24 hours."""

    country_code: str = ""
    """E.g. 62: with it numbers are compared as E.164 has them, so that 0812… and +62812… are one
    customer and one line of the do-not-call list. Empty: only digits that are the same."""

    national_prefix: str = "0"
    """Before national numbers, where `country_code` is given."""

    international_prefix: str = "00"
    """Before international ones."""

    def __post_init__(self) -> None:
        for text in (self.country_code, self.national_prefix, self.international_prefix):
            if text and not (text.isascii() and text.isdigit() and len(text) <= 5):
                raise ValueError(f"'{text}' should be up to five digits such as 62")
