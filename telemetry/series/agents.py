"""Agents: how many in each state now, and the time spent in each."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from prometheus_client import Counter, Gauge

from events.adherence import Attendance
from events.agents import AgentScheduled, AgentState, AgentStateChanged
from events.centre import CentreStarted
from telemetry.face import Series, Surroundings
from telemetry.labels import Children, FewWords

MOST_REASONS: Final = 30


@dataclass(slots=True)
class _Running:
    state: AgentState
    reason: str
    counted_until: float


class AgentSeries(Series):
    """A state's seconds are counted while it lasts, not only when it ends: `rate` stays smooth."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        registry = surroundings.registry
        agents = Gauge("sentral_agents", "Agents by state now.", ["state"], registry=registry)
        self._agents = {state: agents.labels(state) for state in AgentState}
        self._seconds = Children(
            Counter(
                "sentral_agent_state_seconds",
                "Time that agents spent in each state; signed out is not counted.",
                ["state", "reason"],
                registry=registry,
            )
        )
        self._reason = FewWords(MOST_REASONS, known=("",))
        self._running: dict[str, _Running] = {}
        self.on(AgentStateChanged, self._changed)

    def refresh(self) -> None:
        counts = self._around.gauges.agents()
        for state, gauge in self._agents.items():
            gauge.set(counts.get(state, 0))
        now = self._around.steady()
        for running in self._running.values():
            self._count_until(running, now)

    def _changed(self, event: AgentStateChanged, at: float) -> None:
        running = self._running.pop(event.agent, None)
        if running is not None:
            self._count_until(running, at)
        if event.state is not AgentState.SIGNED_OUT:
            self._running[event.agent] = _Running(event.state, self._reason(event.reason), at)

    def _count_until(self, running: _Running, until: float) -> None:
        if until > running.counted_until:
            self._seconds(running.state, running.reason).inc(until - running.counted_until)
            running.counted_until = until


class ScheduleSeries(Series):
    """Time that schedules ask for, and how much of it agents kept to."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        registry = surroundings.registry
        self._scheduled = Counter(
            "sentral_agent_scheduled_seconds",
            "Time that agents' schedules asked for, pauses included.",
            registry=registry,
        )
        self._adherent = Counter(
            "sentral_agent_adherent_seconds",
            "That part of the scheduled time in which agents did what was scheduled.",
            registry=registry,
        )
        self._agents: defaultdict[str, Attendance] = defaultdict(Attendance)
        self.on(AgentScheduled, self._told)
        self.on(AgentStateChanged, self._changed)
        self.on(CentreStarted, self._started)

    def refresh(self) -> None:
        now = self._around.steady()
        for attendance in self._agents.values():
            attendance.count(now)
            self._take(attendance)

    def _told(self, event: AgentScheduled, at: float) -> None:
        self._agents[event.agent].scheduled(event.activity, at, event.for_s)

    def _changed(self, event: AgentStateChanged, at: float) -> None:
        self._agents[event.agent].changed(event.state, event.reason, at)

    def _started(self, event: CentreStarted, at: float) -> None:
        for attendance in self._agents.values():
            attendance.scheduled("", at, 0.0)

    def _take(self, attendance: Attendance) -> None:
        """What has been counted moves into the series."""
        self._scheduled.inc(attendance.scheduled_s)
        self._adherent.inc(attendance.adherent_s)
        attendance.scheduled_s = attendance.adherent_s = 0.0
