"""Folds the log into agents' time by state: for occupancy, availability and the pages."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from math import floor

from events.agents import AgentState, AgentStateChanged
from events.event import Recorded
from events.ids import AgentId
from events.kpi import AgentSeconds


@dataclass(frozen=True, slots=True)
class AgentRow:
    """`start_utc`: beginning of the interval; None when all time is one interval."""

    agent: AgentId
    start_utc: float | None
    time: AgentSeconds


class AgentTime:
    """Feed it the log in order. A stay that crosses intervals is divided among them."""

    def __init__(self, *, interval_s: float | None = None, origin_utc: float = 0.0) -> None:
        assert interval_s is None or interval_s > 0
        self._interval_s = interval_s
        self._origin_utc = origin_utc
        self._cells: dict[tuple[AgentId, int], AgentSeconds] = {}
        self._now: dict[AgentId, tuple[AgentState, float]] = {}  # state, since when (UTC)

    def observe(self, recorded: Recorded) -> None:
        match recorded.event:
            case AgentStateChanged() as change:
                began = recorded.utc - change.was_s
                self._add(self._cells, change.agent, change.was, began, recorded.utc)
                self._now[change.agent] = (change.state, recorded.utc)

    def rows(self, now_utc: float) -> list[AgentRow]:
        """Agent by agent in time, the states that last included up to now."""
        return [
            AgentRow(agent, self._start(at), time)
            for (agent, at), time in sorted(self._with_running(now_utc).items())
        ]

    def totals(self, now_utc: float) -> dict[AgentId, AgentSeconds]:
        by_agent: dict[AgentId, AgentSeconds] = {}
        for (agent, _), time in sorted(self._with_running(now_utc).items()):
            total = by_agent.setdefault(agent, AgentSeconds())
            for each in fields(AgentSeconds):
                setattr(total, each.name, getattr(total, each.name) + getattr(time, each.name))
        return by_agent

    def _with_running(self, now_utc: float) -> dict[tuple[AgentId, int], AgentSeconds]:
        cells = {key: replace(time) for key, time in self._cells.items()}
        for agent, (state, since) in self._now.items():
            self._add(cells, agent, state, since, now_utc)
        return cells

    def _add(
        self,
        cells: dict[tuple[AgentId, int], AgentSeconds],
        agent: AgentId,
        state: AgentState,
        began: float,
        ended: float,
    ) -> None:
        if state is AgentState.SIGNED_OUT:
            return
        for at, seconds in self._divided(began, ended):
            time = cells.setdefault((agent, at), AgentSeconds())
            setattr(time, state.value, getattr(time, state.value) + seconds)

    def _divided(self, began: float, ended: float) -> Iterator[tuple[int, float]]:
        """Seconds of a stay by interval."""
        if self._interval_s is None:
            yield 0, max(0.0, ended - began)
            return
        first = floor((began - self._origin_utc) / self._interval_s)
        last = floor((ended - self._origin_utc) / self._interval_s)
        for at in range(first, last + 1):
            start = self._origin_utc + at * self._interval_s
            seconds = min(ended, start + self._interval_s) - max(began, start)
            if seconds > 0:
                yield at, seconds

    def _start(self, at: int) -> float | None:
        return None if self._interval_s is None else self._origin_utc + at * self._interval_s
