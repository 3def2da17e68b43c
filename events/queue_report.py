"""Folds the log into counts per queue and interval: what reports, pages and metrics show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import floor

from events.calls import CallTransferred
from events.event import Event, Recorded
from events.ids import EntryId, QueueName
from events.kpi import QueueCounts
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)


class Attribution(StrEnum):
    """Which interval an event counts in."""

    BY_EVENT = "by_event"  # the one in which it happens
    BY_ENTRY = "by_entry"  # the one in which its call entered the queue


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of one queue, seconds."""

    service_level_s: float = 20.0
    short_abandon_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """`start_utc`: beginning of the interval; None when all time is one interval."""

    queue: QueueName
    start_utc: float | None
    counts: QueueCounts


class QueueReport:
    """Feed it the log in order. A log that begins in mid-day is well: whoever ends a wait that
    began before it, counts as waiting at the start."""

    def __init__(
        self,
        thresholds: Mapping[QueueName, Thresholds] | None = None,
        *,
        interval_s: float | None = None,
        attribution: Attribution = Attribution.BY_EVENT,
        origin_utc: float = 0.0,
    ) -> None:
        """`origin_utc`: intervals begin here and every `interval_s` from it, both ways."""
        assert interval_s is None or interval_s > 0
        self._thresholds = dict(thresholds or {})
        self._interval_s = interval_s
        self._is_by_entry = attribution is Attribution.BY_ENTRY
        self._origin_utc = origin_utc
        self._cells: dict[QueueName, dict[int, QueueCounts]] = {}
        self._waiting: dict[EntryId, int] = {}  # interval of their entry
        self._in_hand: dict[EntryId, tuple[QueueName, int]] = {}  # answered, not yet handled
        self._before: dict[QueueName, int] = {}  # waited when the log began
        self._span: tuple[int, int] | None = None

    def observe(self, recorded: Recorded) -> None:
        event = recorded.event
        match event:
            case CallQueued():
                at = self._interval(recorded.utc)
                self._waiting[event.entry] = at
                self._cell(event.queue, at).offered += 1
            case QueueAnswered() | CallAbandoned() | CallFlowedOut():
                self._end(event, self._interval(recorded.utc))
            case QueueCallHandled():
                self._handle(event, self._interval(recorded.utc))
            case CallTransferred(entry=entry) if entry in self._in_hand:
                queue, entered = self._in_hand[entry]
                at = self._interval(recorded.utc)
                self._cell(queue, entered if self._is_by_entry else at).transferred += 1
            case _:
                self._count_time(event, recorded.utc)

    def totals(self) -> dict[QueueName, QueueCounts]:
        """Per queue, all intervals together."""
        return {queue: self._total(queue) for queue in self._cells}

    def rows(self) -> list[Row]:
        """Queue by queue in time, intervals in which nothing happened included."""
        if self._span is None:
            return []
        first, last = self._span
        return [
            Row(queue, self._start(at), counts)
            for queue in sorted(self._cells)
            for at, counts in self._balanced(queue, first, last)
        ]

    def _end(self, event: QueueAnswered | CallAbandoned | CallFlowedOut, at: int) -> None:
        entered = self._waiting.pop(event.entry, None)
        if entered is None:
            self._before[event.queue] = self._before.get(event.queue, 0) + 1
        if self._is_by_entry:
            if entered is None:
                return  # belongs to an interval before the log
            at = entered
        cell = self._cell(event.queue, at)
        cell.longest_wait_s = max(cell.longest_wait_s, event.wait_s)
        limits = self._thresholds.get(event.queue) or Thresholds()
        in_target = event.wait_s <= limits.service_level_s
        match event:
            case QueueAnswered():
                cell.answered += 1
                cell.answered_in_target += in_target
                cell.answered_wait_s += event.wait_s
                self._in_hand[event.entry] = (event.queue, at)
            case CallAbandoned():
                cell.abandoned += 1
                cell.abandoned_in_target += in_target
                cell.abandoned_short += event.wait_s <= limits.short_abandon_s
            case CallFlowedOut():
                cell.flowed_out += 1

    def _handle(self, event: QueueCallHandled, at: int) -> None:
        _, entered = self._in_hand.pop(event.entry, (event.queue, None))
        if self._is_by_entry:
            if entered is None:
                return
            at = entered
        cell = self._cell(event.queue, at)
        cell.handled += 1
        cell.talk_s += event.talk_s
        cell.hold_s += event.hold_s
        cell.wrap_up_s += event.wrap_up_s

    def _count_time(self, event: Event, utc: float) -> None:
        """Other events only show how far the log reaches."""
        if self._span is not None:
            self._stretch(self._interval(utc))

    def _interval(self, utc: float) -> int:
        if self._interval_s is None:
            return 0
        return floor((utc - self._origin_utc) / self._interval_s)

    def _start(self, at: int) -> float | None:
        return None if self._interval_s is None else self._origin_utc + at * self._interval_s

    def _cell(self, queue: QueueName, at: int) -> QueueCounts:
        self._stretch(at)
        return self._cells.setdefault(queue, {}).setdefault(at, QueueCounts())

    def _stretch(self, at: int) -> None:
        first, last = self._span or (at, at)
        self._span = (min(first, at), max(last, at))

    def _balanced(self, queue: QueueName, first: int, last: int) -> list[tuple[int, QueueCounts]]:
        """Every interval with who waited at its start and end."""
        waiting = 0 if self._is_by_entry else self._before.get(queue, 0)
        rows = []
        for at in range(first, last + 1):
            counts = replace(self._cells[queue].get(at) or QueueCounts())
            counts.waiting_at_start = 0 if self._is_by_entry else waiting
            ended = counts.answered + counts.abandoned + counts.flowed_out
            waiting = counts.waiting_at_start + counts.offered - ended
            counts.waiting_at_end = waiting
            rows.append((at, counts))
        return rows

    def _total(self, queue: QueueName) -> QueueCounts:
        assert self._span is not None
        cells = [counts for _, counts in self._balanced(queue, *self._span)]
        total = QueueCounts(waiting_at_start=cells[0].waiting_at_start)
        for name in SUMMED:
            setattr(total, name, sum(getattr(cell, name) for cell in cells))
        total.longest_wait_s = max(cell.longest_wait_s for cell in cells)
        ended = total.answered + total.abandoned + total.flowed_out
        total.waiting_at_end = total.waiting_at_start + total.offered - ended
        return total


NOT_SUMMED = ("longest_wait_s", "waiting_at_start", "waiting_at_end")
SUMMED = tuple(name for name in QueueCounts.__slots__ if name not in NOT_SUMMED)
