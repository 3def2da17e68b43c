"""Agents' time by state: every second of a signed-in agent counts once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.agent_time import AgentTime
from events.agents import AgentState, AgentStateChanged
from events.event import Recorded
from events.ids import AgentId
from events.kpi import AgentSeconds, occupancy

ANN = AgentId("ann")


def day(*stays: tuple[AgentState, float], start: float = 0.0) -> list[Recorded]:
    """An agent's changes, from signed out through each state for so long."""
    utc, was, was_s, log = start, AgentState.SIGNED_OUT, 0.0, []
    for seq, (state, seconds) in enumerate(stays, 1):
        change = AgentStateChanged(ANN, state, "", was, "", was_s)
        log.append(Recorded(seq, utc, utc, change))
        utc, was, was_s = utc + seconds, state, seconds
    return log


def fold(time: AgentTime, log: list[Recorded]) -> AgentTime:
    for recorded in log:
        time.observe(recorded)
    return time


def test_stays_are_summed_and_the_last_one_runs() -> None:
    log = day((AgentState.AVAILABLE, 30), (AgentState.OFFERED, 5), (AgentState.TALKING, 100))
    time = fold(AgentTime(), log)
    assert time.totals(now_utc=95.0) == {ANN: AgentSeconds(available=30, offered=5, talking=60)}
    assert time.totals(now_utc=135.0) == {ANN: AgentSeconds(available=30, offered=5, talking=100)}


def test_a_stay_over_the_hour_is_divided() -> None:
    log = day((AgentState.TALKING, 100), (AgentState.SIGNED_OUT, 1), start=30.0)
    rows = fold(AgentTime(interval_s=60), log).rows(now_utc=1000.0)
    assert [(row.start_utc, row.time.talking) for row in rows] == [(0, 30), (60, 60), (120, 10)]


def test_signed_out_time_counts_nowhere() -> None:
    log = day((AgentState.SIGNED_OUT, 500))
    assert fold(AgentTime(), log).totals(now_utc=10_000) == {}


STAYS = st.lists(st.tuples(st.sampled_from(AgentState), st.integers(0, 500)), max_size=12)


@given(STAYS, st.sampled_from([None, 60.0, 1800.0]))
def test_no_second_is_lost_or_doubled(
    stays: list[tuple[AgentState, int]], interval_s: float | None
) -> None:
    end = sum(seconds for _, seconds in stays)
    time = fold(AgentTime(interval_s=interval_s), day(*stays))
    there = sum(seconds for state, seconds in stays if state is not AgentState.SIGNED_OUT)
    total = sum(row.time.signed_in for row in time.rows(now_utc=end))
    assert total == pytest.approx(there)
    if interval_s is not None:
        assert all(row.time.signed_in <= interval_s + 1e-6 for row in time.rows(now_utc=end))


def test_occupancy_comes_of_it() -> None:
    log = day((AgentState.AVAILABLE, 20), (AgentState.TALKING, 60), (AgentState.WRAP_UP, 20))
    assert occupancy(fold(AgentTime(), log).totals(now_utc=100.0)[ANN]) == 0.8
