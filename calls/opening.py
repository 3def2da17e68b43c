"""When queues are open: by their calendars, and closed by hand at once when something happens."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from calls.feed import Feed
from calls.opening_settings import OpeningHours
from calls.problems import Refused
from calls.settings import CallQueueSettings
from events.ids import QueueName
from events.queues import QueueClosed, QueueOpened
from ivr.hours import Span, is_holiday, is_open, span, weekly

HOURS: Final = "hours"
OPERATOR: Final = "operator"
_MINUTE_S: Final = 60.0
_LOOK_AHEAD_DAYS: Final = 15


class Calendar:
    """Of one queue."""

    def __init__(self, settings: OpeningHours) -> None:
        self._zone = ZoneInfo(settings.zone)
        self._week = weekly({days: _listed(spans) for days, spans in settings.week.items()})
        self._holidays = settings.holidays
        self._different: dict[date, tuple[Span, ...]] = {
            date.fromisoformat(day): tuple(span(text) for text in _listed(spans))
            for day, spans in settings.exceptions.items()
        }

    def closed(self, utc: float) -> str | None:
        """Why it is closed at this instant, seconds since 1970: "holiday" or "hours"."""
        now = datetime.fromtimestamp(utc, self._zone)
        today = now.date()
        if self._holidays and today not in self._different and is_holiday(today, self._holidays):
            return "holiday"
        return None if is_open(now, self._week, self._different) else "hours"

    def opens_at(self, utc: float) -> float | None:
        """The next instant at which it is open again; None if there is none in the next weeks."""
        midnight = datetime.fromtimestamp(utc, self._zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        for _ in range(_LOOK_AHEAD_DAYS):
            today = midnight.date()
            spans = self._different.get(today, self._week.get(today.weekday(), ()))
            for minutes in sorted({0, *(each.start for each in spans)}):  # 0: yesterday's go on
                at = (midnight + timedelta(minutes=minutes)).timestamp()
                if at > utc and self.closed(at) is None:
                    return at
            midnight += timedelta(days=1)
        return None


class Opening:
    """One per process. What it finds becomes an event; the distributor knows what is closed."""

    def __init__(
        self,
        queues: Mapping[QueueName, CallQueueSettings],
        feed: Feed,
        utc: Callable[[], float],
    ) -> None:
        self._queues = queues
        self._feed = feed
        self._utc = utc
        self._calendars = _calendars_of(queues)
        self._alarm: asyncio.Handle | None = None

    def start(self) -> None:
        """Look as soon as everything else has begun, and then with each minute."""
        self._alarm = asyncio.get_running_loop().call_soon(self._look)

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def take(self, queues: Mapping[QueueName, CallQueueSettings]) -> None:
        """Go by another configuration, which the distributor has, from now on."""
        self._queues = queues
        self._calendars = _calendars_of(queues)
        self.stop()
        self._look()

    # By hand

    def close(self, queue: QueueName, reason: str, by: str, waiting: str) -> None:
        """At once, and until somebody opens it, restarts included. Raises Refused."""
        self._require(queue)
        self._feed.append(QueueClosed(queue, OPERATOR, reason, by, waiting))

    def open(self, queue: QueueName, by: str) -> None:
        """Lift what `close` did; the calendar still counts. Raises Refused."""
        self._require(queue)
        self._feed.settle()  # who closes and opens in one breath is obeyed twice
        if OPERATOR not in self._feed.distributor.closures(queue):
            raise Refused(f"queue {queue} was not closed by anybody")
        self._feed.append(QueueOpened(queue, OPERATOR, by))

    def opens_in_s(self, queue: QueueName) -> float | None:
        """Until a queue that is closed opens by its calendar; None where nobody can know."""
        calendar = self._calendars.get(queue)
        if calendar is None or set(self._feed.distributor.closures(queue)) != {HOURS}:
            return None
        utc = self._utc()
        at = calendar.opens_at(utc)
        return None if at is None else at - utc

    def knows(self, queue: QueueName) -> bool:
        return queue in self._queues

    def turned_away(self, queue: QueueName, reason: str) -> str:
        """The prompt for callers whom it does not take, for this reason; empty: none."""
        settings = self._queues.get(queue)
        words = () if settings is None else settings.turned_away.items()
        return next((prompt for why, prompt in words if why == reason), "")

    def escalates_to(self, queue: QueueName) -> str | None:
        """The next queue on the topic's way up."""
        settings = self._queues.get(queue)
        return None if settings is None else settings.escalates_to

    def _require(self, queue: QueueName) -> None:
        if queue not in self._queues:
            raise Refused(f"there is no queue {queue}")

    # By the calendar

    def _look(self) -> None:
        self._alarm = None
        utc = self._utc()
        for name, queue in self._queues.items():
            self._compare(name, queue, utc)
        if self._calendars:
            wait_s = _MINUTE_S - utc % _MINUTE_S
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _compare(self, name: QueueName, queue: CallQueueSettings, utc: float) -> None:
        """Whether it is open by the calendar, and known to be."""
        calendar = self._calendars.get(name)
        cause = calendar.closed(utc) if calendar else None
        known = self._feed.distributor.closures(name).get(HOURS)
        if cause is None and known is not None:
            self._feed.append(QueueOpened(name, HOURS))
        elif cause is not None and (known is None or known.reason != cause):
            waiting = queue.hours.at_close if queue.hours else "serve"
            self._feed.append(QueueClosed(name, HOURS, cause, waiting=waiting))


def _calendars_of(queues: Mapping[QueueName, CallQueueSettings]) -> dict[QueueName, Calendar]:
    return {name: Calendar(queue.hours) for name, queue in queues.items() if queue.hours}


def _listed(spans: str | tuple[str, ...]) -> tuple[str, ...]:
    return (spans,) if isinstance(spans, str) else spans
