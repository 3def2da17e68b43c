"""What callers and agents did in a period of the past: loads, handling times, waits."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from events.event import Recorded
from events.ids import QueueName
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)
from sentral.stored import stored_events

if TYPE_CHECKING:
    from config.settings import Settings

KINDS: Final = (
    *("CallQueued", "QueueAnswered", "CallAbandoned", "CallFlowedOut"),
    "QueueCallHandled",
)


@dataclass(slots=True)
class QueuePast:
    """Of one queue.

    Attributes:
        handled_s: of each answered call, wrap-up included.
        waits: how long each caller waited, and whether they hung up.
        entered: callers, by the number of the interval in their day and by that day; those who
            came from another queue, or back, included.
        arrived: of these, callers who had not waited before, of all days.
    """

    handled_s: list[float] = field(default_factory=list)
    waits: list[tuple[float, bool]] = field(default_factory=list)
    entered: dict[int, Counter[date]] = field(default_factory=dict)
    arrived: Counter[int] = field(default_factory=Counter)


class Past:
    """A fold over the log of a period. Days and their intervals are those of local time."""

    def __init__(
        self,
        first: datetime,
        last: datetime,
        *,
        minutes: int,
        weekdays: Collection[int] = range(7),
    ) -> None:
        """
        Args:
            last: not included.
            minutes: of an interval.
            weekdays: the days to look at, Monday is 0.
        """
        self.minutes = minutes
        self.queues: dict[QueueName, QueuePast] = {}
        self._first, self._last = first, last
        self._weekdays = frozenset(weekdays)

    def observe(self, recorded: Recorded) -> None:
        event = recorded.event
        moment = datetime.fromtimestamp(recorded.utc).astimezone()
        if moment.weekday() not in self._weekdays:
            return
        match event:
            case CallQueued():
                number = (moment.hour * 60 + moment.minute) // self.minutes
                queue = self._queue(event.queue)
                queue.entered.setdefault(number, Counter())[moment.date()] += 1
                queue.arrived[number] += event.waited_s == 0 and not event.returned
            case CallAbandoned():
                self._queue(event.queue).waits.append((event.wait_s, True))
            case QueueAnswered() | CallFlowedOut():
                self._queue(event.queue).waits.append((event.wait_s, False))
            case QueueCallHandled():
                handled_s = event.talk_s + event.hold_s + event.wrap_up_s
                self._queue(event.queue).handled_s.append(handled_s)

    @property
    def span(self) -> tuple[float, float]:
        """Instants, seconds since 1970; the second is not included."""
        return self._first.timestamp(), self._last.timestamp()

    def days(self, number: int) -> int:
        """On how many days the period has any of this interval."""
        return sum(self._has(day, number) for day in self._dates())

    def entered_by_day(self, queues: Iterable[QueueName]) -> dict[int, Counter[date]]:
        """Of several queues together, by interval."""
        total: dict[int, Counter[date]] = {}
        for name in queues:
            seen = self.queues.get(name)
            for number, by_day in ({} if seen is None else seen.entered).items():
                total.setdefault(number, Counter()).update(by_day)
        return total

    def mean_handled_s(self, queues: Iterable[QueueName]) -> float | None:
        """None: nobody was handled."""
        seen = [self.queues[name].handled_s for name in queues if name in self.queues]
        count = sum(map(len, seen))
        return sum(map(sum, seen)) / count if count else None

    def _queue(self, name: QueueName) -> QueuePast:
        return self.queues.setdefault(name, QueuePast())

    def _has(self, day: date, number: int) -> bool:
        midnight = datetime.combine(day, time())
        begins = midnight + timedelta(minutes=number * self.minutes)
        ends = begins + timedelta(minutes=self.minutes)
        return begins.astimezone() < self._last and ends.astimezone() > self._first

    def _dates(self) -> Iterator[date]:
        day = self._first.date()
        while day <= self._last.date():
            if day.weekday() in self._weekdays:
                yield day
            day += timedelta(days=1)


def past_of(settings: "Settings", past: Past) -> Past:
    """Filled from the database.

    Raises:
        Failure: the database is away.
    """
    begin, end = past.span
    for recorded in stored_events(settings, utc_from=begin, utc_to=end, kinds=KINDS):
        past.observe(recorded)
    return past


def clock_of(minutes: int) -> str:
    """Minutes of a day as "HH:MM"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
