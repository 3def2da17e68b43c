"""What agents' schedules ask of them; each change becomes an event when its time has come."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from math import inf
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from calls.schedule_settings import OFF, DatedShift, ShiftSettings
from events.adherence import WORK
from events.agents import AgentScheduled
from events.event import Event
from events.ids import AgentId
from ivr.hours import Span, span, weekly

_AT_ONCE: Final = 50
"""Agents looked at in one turn of the loop: all shifts may begin in the same minute."""

_MOST_S: Final = 86_400.0

_LOOK_S: Final = 60.0
"""The longest sleep: the clock on the wall may be set."""


class Scheduled(NamedTuple):
    """`until`: UTC seconds; what is asked then is another question."""

    activity: str
    until: float


class _OfDay(NamedTuple):
    activity: str
    spans: Sequence[Span]
    zone: ZoneInfo


class Schedule:
    """Of one agent. Pauses come before work, and a day with entries of its own before both."""

    def __init__(self, shift: ShiftSettings | None, dated: Iterable[DatedShift]) -> None:
        """`dated` are the agent's own; there is a shift, or each of them has a zone."""
        entries = sorted(dated, key=lambda each: each.activity != WORK)
        self._zone = ZoneInfo(shift.zone if shift else entries[0].zone)
        self._week: list[tuple[str, Mapping[int, Sequence[Span]]]] = []
        if shift is not None:
            for activity, week in ((WORK, shift.week), *shift.pauses.items()):
                listed = {d: (s,) if isinstance(s, str) else s for d, s in week.items()}
                self._week.append((activity, weekly(listed)))
        self._dated: dict[date, list[_OfDay]] = {}
        for entry in entries:
            of_day = self._dated.setdefault(date.fromisoformat(entry.day), [])
            zone = ZoneInfo(entry.zone) if entry.zone else self._zone
            if entry.activity != OFF:
                of_day.append(_OfDay(entry.activity, (span(entry.hours),), zone))

    def at(self, utc: float) -> Scheduled:
        """What is asked at this instant; activity "" is nothing."""
        today = datetime.fromtimestamp(utc, self._zone).date()
        activity, until = "", utc + _MOST_S
        for ahead in (-1, 0, 1):  # yesterday's may go on after midnight
            for each, begin, end in self._on(today + timedelta(days=ahead)):
                if begin <= utc < end and (each != WORK or not activity):
                    activity = each
                until = min([until, *(edge for edge in (begin, end) if edge > utc)])
        return Scheduled(activity, until)

    def _on(self, day: date) -> Iterator[tuple[str, float, float]]:
        midnight = datetime.combine(day, time())
        for activity, spans, zone in self._of_day(day):
            for each in spans:
                begin, end = (_utc(midnight, minute, zone) for minute in each)
                yield activity, begin, end

    def _of_day(self, day: date) -> Iterator[_OfDay]:
        if day in self._dated:
            yield from self._dated[day]
        else:
            for activity, week in self._week:
                yield _OfDay(activity, week.get(day.weekday(), ()), self._zone)


def _utc(midnight: datetime, minute: int, zone: ZoneInfo) -> float:
    """Of the wall clock, so that a shift across a change of the clocks ends when it says."""
    return (midnight + timedelta(minutes=minute)).replace(tzinfo=zone).timestamp()


class Schedules:
    """One per process."""

    def __init__(
        self,
        schedules: Mapping[AgentId, Schedule],
        append: Callable[[Event], None],
        utc: Callable[[], float],
    ) -> None:
        self._schedules = schedules
        self._append = append
        self._utc = utc
        self._now: dict[AgentId, Scheduled] = {}
        self._alarm: asyncio.Handle | None = None

    def start(self) -> None:
        if self._schedules:
            self._alarm = asyncio.get_running_loop().call_soon(self._look)

    def take(self, schedules: Mapping[AgentId, Schedule]) -> None:
        """Go by other schedules from now on."""
        self.stop()
        self._schedules = schedules
        for agent, known in list(self._now.items()):
            self._now[agent] = known._replace(until=-inf)  # looked at again
            if agent not in schedules:
                del self._now[agent]
                if known.activity:
                    self._append(AgentScheduled(agent, "", 0.0))
        self.start()

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _look(self) -> None:
        loop, utc = asyncio.get_running_loop(), self._utc()
        for agent in islice(self._due(utc), _AT_ONCE):
            self._compare(agent, utc)
        if next(self._due(utc), None) is not None:
            self._alarm = loop.call_soon(self._look)
        else:
            soonest = min(each.until for each in self._now.values())
            wait_s = min(_LOOK_S, max(0.0, soonest - utc))
            self._alarm = loop.call_later(wait_s, self._look)

    def _due(self, utc: float) -> Iterator[AgentId]:
        for agent in self._schedules:
            known = self._now.get(agent)
            if known is None or known.until <= utc:
                yield agent

    def _compare(self, agent: AgentId, utc: float) -> None:
        known, now = self._now.get(agent), self._schedules[agent].at(utc)
        self._now[agent] = now
        if now.activity or (known is not None and known.activity):
            self._append(AgentScheduled(agent, now.activity, now.until - utc))


def schedules_of(
    shift_of: Mapping[AgentId, str],
    shifts: Mapping[str, ShiftSettings],
    dated: Iterable[DatedShift],
) -> dict[AgentId, Schedule]:
    """Of those who have one. `shift_of`: agent to the name of their shift, or ""."""
    entries: dict[str, list[DatedShift]] = {}
    for each in dated:
        entries.setdefault(each.agent, []).append(each)
    return {
        agent: Schedule(shifts[shift] if shift else None, entries.get(agent, ()))
        for agent, shift in shift_of.items()
        if shift or agent in entries
    }
