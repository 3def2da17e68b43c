"""What a simulated day comes to: the folds of `events`, and quantiles of the waits."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import ceil
from typing import Final

from acd.settings import QueueSettings
from events.agent_time import AgentTime
from events.event import Recorded
from events.ids import CallId, QueueName
from events.kpi import AgentSeconds, QueueCounts
from events.queue_report import SUMMED, QueueReport, Row, Thresholds
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)

QUANTILES: Final = (0.5, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The part of the simulated time that the figures are about."""

    begin_s: float
    end_s: float
    interval_s: float


class Figures:
    """Feed it a simulation's events.

    `counted`: the calls to count, filled by the simulation as they arrive.
    """

    def __init__(
        self, queues: Mapping[QueueName, QueueSettings], period: Period, counted: set[CallId]
    ) -> None:
        thresholds = {
            name: Thresholds(each.service_level_s, each.short_abandon_s)
            for name, each in queues.items()
        }
        self.period = period
        self.waits: dict[QueueName, list[float]] = {}
        """Of those answered."""
        self._counted = counted
        self._report = QueueReport(
            thresholds, interval_s=period.interval_s, origin_utc=period.begin_s
        )
        self._whole = AgentTime(
            interval_s=max(period.end_s - period.begin_s, 1e-9), origin_utc=period.begin_s
        )
        self._parts = AgentTime(interval_s=period.interval_s, origin_utc=period.begin_s)

    def observe(self, recorded: Recorded) -> None:
        match recorded.event:
            case (
                CallQueued(call=call)
                | QueueAnswered(call=call)
                | CallAbandoned(call=call)
                | CallFlowedOut(call=call)
                | QueueCallHandled(call=call)
            ):
                if call in self._counted:
                    self._report.observe(recorded)
                    self._keep_wait(recorded)
            case _:
                self._whole.observe(recorded)
                self._parts.observe(recorded)

    def queues(self) -> dict[QueueName, QueueCounts]:
        return self._report.totals()

    def total(self) -> QueueCounts:
        """All queues together."""
        total = QueueCounts()
        for counts in self.queues().values():
            for name in (*SUMMED, "waiting_at_end"):
                setattr(total, name, getattr(total, name) + getattr(counts, name))
            total.longest_wait_s = max(total.longest_wait_s, counts.longest_wait_s)
        return total

    def intervals(self) -> list[Row]:
        return self._report.rows()

    def agent_seconds(self) -> AgentSeconds:
        """Of all agents in the period."""
        rows = self._whole.rows(self.period.end_s)
        return _sum([row.time for row in rows if row.start_utc == self.period.begin_s])

    def agent_seconds_by_interval(self) -> dict[float, AgentSeconds]:
        """By the interval's beginning."""
        parts: dict[float, list[AgentSeconds]] = {}
        for row in self._parts.rows(self.period.end_s):
            if row.start_utc is not None:
                parts.setdefault(row.start_utc, []).append(row.time)
        return {start: _sum(times) for start, times in sorted(parts.items())}

    def _keep_wait(self, recorded: Recorded) -> None:
        if isinstance(recorded.event, QueueAnswered):
            self.waits.setdefault(recorded.event.queue, []).append(recorded.event.wait_s)


def quantiles(waits: list[float]) -> dict[str, float | None]:
    """The smallest wait that so great a share does not exceed, e.g. {"p50": 1.5, …}."""
    ordered = sorted(waits)
    return {
        f"p{share * 100:g}": ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None
        for share in QUANTILES
    }


def _sum(times: list[AgentSeconds]) -> AgentSeconds:
    total = AgentSeconds()
    for time in times:
        for each in fields(AgentSeconds):
            setattr(total, each.name, getattr(total, each.name) + getattr(time, each.name))
    return total
