"""How agents kept to their schedules, from the log alone."""

import pytest

from events.adherence import Adherence, adheres
from events.agents import AgentScheduled, AgentState, AgentStateChanged
from events.centre import CentreStarted
from events.event import Event, Recorded
from events.ids import AgentId

ANA = AgentId("101")
WORKS = AgentStateChanged(ANA, AgentState.AVAILABLE)
LUNCHES = AgentStateChanged(ANA, AgentState.NOT_AVAILABLE, "lunch")
LEAVES = AgentStateChanged(ANA, AgentState.SIGNED_OUT)


def work(for_s: float) -> AgentScheduled:
    return AgentScheduled(ANA, "work", for_s)


def lunch(for_s: float) -> AgentScheduled:
    return AgentScheduled(ANA, "lunch", for_s)


@pytest.mark.parametrize(
    ("activity", "state", "reason", "fits"),
    [
        ("work", AgentState.AVAILABLE, "", True),
        ("work", AgentState.BUSY, "", True),
        ("work", AgentState.WRAP_UP, "", True),
        ("work", AgentState.NOT_ANSWERING, "", False),
        ("work", AgentState.NOT_AVAILABLE, "lunch", False),
        ("work", AgentState.SIGNED_OUT, "", False),
        ("lunch", AgentState.NOT_AVAILABLE, "lunch", True),
        ("lunch", AgentState.NOT_AVAILABLE, "break", False),
        ("lunch", AgentState.TALKING, "", False),
    ],
)
def test_what_an_activity_asks_for(
    activity: str, state: AgentState, reason: str, *, fits: bool
) -> None:
    assert adheres(activity, state, reason) is fits


@pytest.mark.parametrize(
    ("story", "kept_s", "scheduled_s"),
    [
        ([(0, work(100)), (25, WORKS)], 75, 100),  # late
        ([(0, WORKS), (0, work(100)), (80, LEAVES)], 80, 100),  # gone early
        ([(0, WORKS), (0, work(40)), (40, lunch(60)), (50, LUNCHES)], 90, 100),  # late to lunch
        ([(0, WORKS), (0, work(100)), (200, LEAVES)], 100, 100),  # overtime is not scheduled
        ([(0, WORKS), (0, work(50)), (30, CentreStarted("1", "h", 1))], 30, 30),  # another plan
        ([(0, WORKS), (0, work(50)), (30, CentreStarted("1", "h", 1)), (30, work(20))], 50, 50),
        ([(0, WORKS), (0, work(50)), (20, AgentScheduled(ANA, "", 90))], 20, 20),
        ([(0, WORKS), (-60, work(100))], 40, 40),  # what came before the period is left out
    ],
)
def test_minutes_in_the_scheduled_state(
    story: list[tuple[float, Event]], kept_s: float, scheduled_s: float
) -> None:
    told = Adherence(from_utc=1000.0)
    for seq, (at, event) in enumerate(sorted(story, key=lambda each: each[0]), start=1):
        told.observe(Recorded(seq, 1000.0 + at, at, event))
    ana = told.of(1300.0)[ANA]
    assert (ana.adherent_s, ana.scheduled_s) == (kept_s, scheduled_s)
    assert ana.adherence == kept_s / scheduled_s
    assert told.of(1300.0)[ANA].scheduled_s == scheduled_s, "asking again counts nothing again"


def test_who_has_no_schedule_has_no_adherence() -> None:
    told = Adherence()
    told.observe(Recorded(1, 0.0, 0.0, WORKS))
    assert told.of(100.0) == {}
