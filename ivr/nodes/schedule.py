"""schedule: go on by the time of day, the weekday, and the day of the year."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.hours import Span, calendar_exists, days, is_holiday, is_open, span, weekly
from ivr.names import NodeName
from ivr.node import Exit, Node

CalendarDay = date  # a field below is called date
LONGEST_EXCEPTION_DAYS = 366


def _listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _span(text: str) -> str:
    span(text)
    return text


def _days(text: str) -> str:
    days(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone '{name}'; write one such as Asia/Jakarta"
        ) from None
    return name


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' should be a date like 2026-12-25") from None
    return text


def _calendar(code: str) -> str:
    if not calendar_exists(code):
        raise ValueError(f"no public holidays are known for '{code}'; write e.g. ID or US-CA")
    return code


Hours = Annotated[
    tuple[Annotated[str, AfterValidator(_span)], ...],
    Field(max_length=10),
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
]
"""One span such as 08:00-17:00, or a list of them; none is closed. 22:00-06:00 ends tomorrow."""

Day = Annotated[str, AfterValidator(_day)]


class DifferentDay(BaseModel):
    """A day, or days up to `until`, with hours of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    date: Day
    until: Day | None = None
    """The last day, included."""
    hours: Hours = ()
    """Empty: closed all day."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.last - self.first).days <= LONGEST_EXCEPTION_DAYS:
            raise PydanticCustomError("until", "until: should not be before date:, or a year later")
        return self

    @property
    def first(self) -> CalendarDay:
        return CalendarDay.fromisoformat(self.date)

    @property
    def last(self) -> CalendarDay:
        return CalendarDay.fromisoformat(self.until or self.date)


class Schedule(Node):
    """Exceptions come before public holidays, and those before the hours of the week."""

    kind: Literal["schedule"] = "schedule"
    zone: Annotated[str, AfterValidator(_zone)]
    """E.g. Asia/Jakarta; summer time is minded."""
    hours: dict[Annotated[str, AfterValidator(_days)], Hours]
    """Days such as mon-fri, sat or mon,wed, each with spans such as 08:00-17:00."""
    holidays: Annotated[str, AfterValidator(_calendar)] | None = None
    """Country, or country and part of it, whose public holidays are closed: ID, US-CA."""
    exceptions: tuple[DifferentDay, ...] = Field(default=(), max_length=200)
    open: NodeName
    closed: NodeName
    holiday: NodeName | None = None
    """On public holidays; without it, `closed`."""

    _week: dict[int, tuple[Span, ...]] = PrivateAttr({})
    _different: dict[date, tuple[Span, ...]] = PrivateAttr({})

    @model_validator(mode="after")
    def _no_day_twice(self) -> Self:
        for number, each in enumerate(self.exceptions, start=1):
            for day in _days_of(each):
                if day in self._different:
                    raise PydanticCustomError(
                        "exceptions",
                        "exception {number}: {day} has an exception already",
                        {"number": number, "day": str(day)},
                    )
                self._different[day] = tuple(span(text) for text in each.hours)
        self._week.update(weekly(self.hours))
        return self

    async def run(self, caller: Caller) -> Exit:
        now = datetime.fromtimestamp(caller.world.utc(), ZoneInfo(self.zone))
        if (
            self.holidays is not None
            and now.date() not in self._different
            and is_holiday(now.date(), self.holidays)
        ):
            return Exit("holiday", self.holiday or self.closed)
        if is_open(now, self._week, self._different):
            return Exit("open", self.open)
        return Exit("closed", self.closed)


def _days_of(exception: DifferentDay) -> list[date]:
    count = (exception.last - exception.first).days + 1
    return [exception.first + timedelta(days=n) for n in range(count)]
