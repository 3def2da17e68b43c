"""Folds the log into how agents kept to their schedules, METRICS.md's adherence."""

from dataclasses import dataclass
from math import inf
from typing import Final

from events import kpi
from events.agents import AgentScheduled, AgentState, AgentStateChanged
from events.centre import CentreStarted
from events.event import Recorded
from events.ids import AgentId

WORK: Final = "work"

_AT_WORK: Final = frozenset(
    {
        AgentState.AVAILABLE,
        AgentState.OFFERED,
        AgentState.TALKING,
        AgentState.BUSY,
        AgentState.WRAP_UP,
    }
)
"""Not answering is no work: the phone rings and nobody is there."""


def adheres(activity: str, state: AgentState, reason: str) -> bool:
    """Whether this is what the activity asks for. A pause has to be told with its reason."""
    if activity == WORK:
        return state in _AT_WORK
    return state is AgentState.NOT_AVAILABLE and reason == activity


@dataclass(slots=True)
class Attendance:
    """One agent's, on any clock in seconds. Nothing before `counts_from` is counted."""

    counts_from: float = -inf
    scheduled_s: float = 0.0
    adherent_s: float = 0.0
    activity: str = ""
    _until: float = -inf  # end of the activity
    _counted: float = -inf
    _state: AgentState = AgentState.SIGNED_OUT
    _reason: str = ""

    @property
    def adherence(self) -> float | None:
        """None when nothing was scheduled."""
        return kpi.adherence(self.adherent_s, self.scheduled_s)

    def scheduled(self, activity: str, now: float, for_s: float) -> None:
        self.count(now)
        self.activity, self._until = activity, now + for_s

    def changed(self, state: AgentState, reason: str, now: float) -> None:
        self.count(now)
        self._state, self._reason = state, reason

    def count(self, now: float) -> None:
        """Up to now. A clock that was set back counts nothing twice."""
        seconds = min(now, self._until) - max(self._counted, self.counts_from)
        self._counted = max(self._counted, now)
        if self.activity and seconds > 0:
            self.scheduled_s += seconds
            if adheres(self.activity, self._state, self._reason):
                self.adherent_s += seconds


class Adherence:
    """Feed it the log in order, from well before `from_utc`: an activity may have begun there."""

    def __init__(self, *, from_utc: float = -inf) -> None:
        self._from_utc = from_utc
        self._agents: dict[AgentId, Attendance] = {}

    def observe(self, recorded: Recorded) -> None:
        match recorded.event:
            case AgentScheduled(agent, activity, for_s):
                self._of(agent).scheduled(activity, recorded.utc, for_s)
            case AgentStateChanged(agent, state, reason):
                self._of(agent).changed(state, reason, recorded.utc)
            case CentreStarted():  # what is scheduled now is told anew, maybe by another plan
                for attendance in self._agents.values():
                    attendance.scheduled("", recorded.utc, 0.0)

    def of(self, now_utc: float) -> dict[AgentId, Attendance]:
        """Of those who had something scheduled."""
        for attendance in self._agents.values():
            attendance.count(now_utc)
        return {agent: each for agent, each in sorted(self._agents.items()) if each.scheduled_s}

    def _of(self, agent: AgentId) -> Attendance:
        return self._agents.setdefault(agent, Attendance(self._from_utc))
