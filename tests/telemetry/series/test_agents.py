"""Agents: states now, and time in each."""

from events.agents import AgentScheduled, AgentState, AgentStateChanged
from events.centre import CentreStarted
from events.ids import AgentId
from telemetry.face import Gauges
from tests.telemetry.observing import Observed

A, B = AgentId("a"), AgentId("b")
SECONDS = "sentral_agent_state_seconds_total"


def test_agents_are_counted_by_state() -> None:
    observed = Observed(gauges=Gauges(agents=lambda: {"available": 2}))
    assert observed.value("sentral_agents", state="available") == 2
    assert observed.value("sentral_agents", state="talking") == 0


def test_time_counts_while_it_passes_and_only_once() -> None:
    observed = Observed()
    observed.tell(AgentStateChanged(A, AgentState.AVAILABLE), at=10)
    observed.now = 14
    assert observed.value(SECONDS, state="available", reason="") == 4
    observed.now = 15
    assert observed.value(SECONDS, state="available", reason="") == 5
    observed.tell(
        AgentStateChanged(A, AgentState.TALKING, was=AgentState.AVAILABLE, was_s=10), at=20
    )
    observed.now = 23
    assert observed.value(SECONDS, state="available", reason="") == 10
    assert observed.value(SECONDS, state="talking", reason="") == 3


def test_the_time_of_several_agents_adds_up() -> None:
    observed = Observed()
    for agent in (A, B):
        observed.tell(AgentStateChanged(agent, AgentState.NOT_AVAILABLE, "lunch"), at=0)
    observed.now = 30
    assert observed.value(SECONDS, state="not_available", reason="lunch") == 60


def test_who_is_signed_out_spends_no_time() -> None:
    observed = Observed()
    observed.tell(AgentStateChanged(A, AgentState.AVAILABLE), at=0)
    observed.tell(AgentStateChanged(A, AgentState.SIGNED_OUT), at=5)
    observed.now = 100
    assert observed.value(SECONDS, state="available", reason="") == 5
    assert observed.value(SECONDS, state="signed_out", reason="") is None


def test_scheduled_time_and_how_much_of_it_was_kept() -> None:
    observed = Observed()
    observed.tell(AgentScheduled(A, "work", for_s=100), at=0)
    observed.tell(AgentStateChanged(A, AgentState.AVAILABLE), at=30)
    observed.now = 50
    assert observed.value("sentral_agent_scheduled_seconds_total") == 50
    assert observed.value("sentral_agent_adherent_seconds_total") == 20
    observed.tell(CentreStarted("1", "hash", 1), at=60)
    observed.now = 500
    assert observed.value("sentral_agent_scheduled_seconds_total") == 60
    assert observed.value("sentral_agent_adherent_seconds_total") == 30
