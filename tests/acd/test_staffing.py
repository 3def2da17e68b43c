"""Staffing against values worked out by other roads: closed forms, tables, birth and death."""

from fractions import Fraction
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.staffing import (
    Goal,
    Load,
    Unstable,
    agents_needed,
    erlang_b,
    erlang_c,
    expect,
    people_to_schedule,
)
from tests.acd import exact_erlang

HOUR_OF_360 = Load(calls_per_hour=360, aht_s=240)  # 24 erlangs
EIGHTY_IN_TWENTY = Goal()


def blocking_by_definition(agents: int, erlangs: float) -> float:
    terms = [erlangs**n / factorial(n) for n in range(agents + 1)]
    return terms[-1] / sum(terms)


def waiting_by_definition(agents: int, erlangs: float) -> float:
    free = sum(erlangs**n / factorial(n) for n in range(agents))
    busy = erlangs**agents / factorial(agents) * agents / (agents - erlangs)
    return busy / (free + busy)


@pytest.mark.parametrize(
    ("agents", "erlangs", "blocking"),
    [(5, 1.36, 0.01), (10, 4.46, 0.01), (20, 12.03, 0.01), (50, 37.9, 0.01), (10, 6.22, 0.05)],
)
def test_erlang_b_agrees_with_the_published_tables(
    agents: int, erlangs: float, blocking: float
) -> None:
    """Tables give the load for a blocking, to three figures."""
    assert erlang_b(agents, erlangs) == pytest.approx(blocking, rel=0.01)


@given(st.integers(1, 60), st.floats(0.1, 59))
def test_the_recursions_agree_with_the_definitions(agents: int, erlangs: float) -> None:
    assert erlang_b(agents, erlangs) == pytest.approx(blocking_by_definition(agents, erlangs))
    if agents > erlangs:
        expected = waiting_by_definition(agents, erlangs)
        assert erlang_c(agents, erlangs) == pytest.approx(expected)


def test_one_agent_is_the_queue_of_the_textbook() -> None:
    """M/M/1: who waits is the load, the mean wait is load · service / (1 - load)."""
    found = expect(1, Load(calls_per_hour=30, aht_s=60), EIGHTY_IN_TWENTY)
    assert found.waiting_share == pytest.approx(0.5)
    assert found.asa_s == pytest.approx(60)
    assert found.service_level == pytest.approx(1 - 0.5 * exp(-20 / 120))


def test_eighty_in_twenty_for_360_calls_of_four_minutes() -> None:
    found = agents_needed(HOUR_OF_360, EIGHTY_IN_TWENTY)
    waiting = waiting_by_definition(29, 24)
    assert found.agents == 29
    assert found.service_level == pytest.approx(1 - waiting * exp(-5 * 20 / 240))
    assert found.occupancy == pytest.approx(24 / 29)
    assert expect(28, HOUR_OF_360, EIGHTY_IN_TWENTY).service_level < 0.8


def test_more_load_than_agents_is_said_and_not_computed() -> None:
    with pytest.raises(Unstable, match="24 agents for 24 erlangs"):
        expect(24, HOUR_OF_360, EIGHTY_IN_TWENTY)
    with pytest.raises(Unstable):
        agents_needed(Load(calls_per_hour=1e6, aht_s=3600), EIGHTY_IN_TWENTY)


def test_occupancy_may_ask_for_more_agents_than_the_service_level() -> None:
    found = agents_needed(HOUR_OF_360, Goal(most_occupied=0.75))
    assert (found.agents, found.occupancy) == (32, 0.75)


def birth_and_death(agents: int, load: Load) -> tuple[float, float]:
    """Of M/M/n+M: the share who wait and the share who hang up."""
    assert load.patience_s is not None
    arrivals = load.calls_per_hour / 3600
    weights = [1.0]
    while len(weights) <= agents or weights[-1] > 1e-16 * max(weights):
        number = len(weights)
        leave = min(number, agents) / load.aht_s + max(0, number - agents) / load.patience_s
        weights.append(weights[-1] * arrivals / leave)
    total = sum(weights)
    waiting = sum(weights[agents:]) / total
    queued = sum((n - agents) * w for n, w in enumerate(weights) if n > agents) / total
    return waiting, queued / load.patience_s / arrivals


@pytest.mark.parametrize("agents", [1, 10, 20, 24, 30, 60])
@pytest.mark.parametrize("patience_s", [5.0, 90.0, 1200.0])
def test_erlang_a_agrees_with_birth_and_death(agents: int, patience_s: float) -> None:
    load = Load(calls_per_hour=360, aht_s=240, patience_s=patience_s)
    found = expect(agents, load, EIGHTY_IN_TWENTY)
    waiting, abandoned = birth_and_death(agents, load)
    assert found.waiting_share == pytest.approx(waiting, abs=1e-7)
    assert found.abandonment_rate == pytest.approx(abandoned, abs=1e-7)
    assert found.occupancy == pytest.approx(24 * (1 - abandoned) / agents, abs=1e-6)


def test_patience_equal_to_the_handling_time_makes_infinitely_many_servers() -> None:
    """Then every one of k present leaves at the same rate: the number present is Poisson."""
    load = Load(calls_per_hour=360, aht_s=240, patience_s=240)
    below = sum(exp(-24) * 24.0**k / factorial(k) for k in range(26))
    found = expect(26, load, EIGHTY_IN_TWENTY)
    assert found.waiting_share == pytest.approx(1 - below, abs=1e-8)


def served_within(agents: int, load: Load, within_s: float) -> float:
    """Over the Poisson stages of a small queue: uniformisation of the wait, step by step."""
    assert load.patience_s is not None
    arrivals, served, leaves = load.calls_per_hour / 3600, 1 / load.aht_s, 1 / load.patience_s
    weights = [1.0]
    for number in range(1, agents + 120):
        rate = min(number, agents) * served + max(0, number - agents) * leaves
        weights.append(weights[-1] * arrivals / rate)
    total = sum(weights)
    served_at_once = sum(weights[:agents]) / total
    ahead = [weight / total for weight in weights[agents:]]  # by callers ahead
    step_s, served_later = 0.01, 0.0
    for _ in range(round(within_s / step_s)):
        moved = []
        for number, share in enumerate(ahead):
            forward = agents * served + number * leaves
            onward = ahead[number + 1] if number + 1 < len(ahead) else 0.0
            moved.append(
                share * (1 - (forward + leaves) * step_s) + onward * (forward + leaves) * step_s
            )
        served_later += ahead[0] * agents * served * step_s
        ahead = moved
    return served_at_once + served_later


def test_erlang_a_counts_who_is_answered_in_time() -> None:
    load = Load(calls_per_hour=360, aht_s=240, patience_s=90)
    found = expect(24, load, EIGHTY_IN_TWENTY)
    assert found.service_level_offered == pytest.approx(served_within(24, load, 20), abs=2e-4)
    assert found.service_level > found.service_level_offered, "short abandons are left out"


def test_endless_patience_is_erlang_c() -> None:
    patient = expect(29, HOUR_OF_360, EIGHTY_IN_TWENTY)
    nearly = Load(calls_per_hour=360, aht_s=240, patience_s=1e9)
    found = expect(29, nearly, EIGHTY_IN_TWENTY)
    assert found.service_level == pytest.approx(patient.service_level, abs=1e-5)
    assert found.asa_s == pytest.approx(patient.asa_s, rel=1e-4)


@given(st.floats(1, 5000), st.floats(10, 900), st.floats(5, 1000), st.integers(1, 300))
def test_more_agents_are_never_worse(
    calls: float, aht_s: float, patience_s: float, agents: int
) -> None:
    load = Load(calls_per_hour=calls, aht_s=aht_s, patience_s=patience_s)
    fewer = expect(agents, load, EIGHTY_IN_TWENTY)
    more = expect(agents + 1, load, EIGHTY_IN_TWENTY)
    assert 0 <= fewer.service_level_offered <= more.service_level_offered + 1e-7 <= 1 + 1e-6
    assert more.abandonment_rate <= fewer.abandonment_rate + 1e-7


def test_nobody_calls_and_nobody_works() -> None:
    assert expect(1, Load(calls_per_hour=0, aht_s=60), EIGHTY_IN_TWENTY).service_level == 1
    nobody = expect(0, Load(calls_per_hour=1, aht_s=60, patience_s=9), EIGHTY_IN_TWENTY)
    assert (nobody.service_level, nobody.abandonment_rate) == (0, 1)


def test_people_are_away_from_the_phone() -> None:
    assert people_to_schedule(28, 0.3) == 40
    assert people_to_schedule(29, 0.3) == 42
    assert people_to_schedule(29, 0.0) == 29


@pytest.mark.parametrize(
    ("agents", "waiting", "service_level", "asa_s"),
    [
        (11, 0.682, 0.390, 122.8),
        (12, 0.449, 0.640, 40.4),
        (13, 0.285, 0.796, 17.1),
        (14, 0.174, 0.888, 7.8),
    ],
)
def test_the_worked_example_of_call_centre_helper(
    agents: int, waiting: float, service_level: float, asa_s: float
) -> None:
    """Call Centre Helper, "Erlang C Formula - Made Simple With an Easy Worked Example": 100 calls
    of 180 s in half an hour. It gives 14 agents with 17.4 % waiting, 88.8 % in 20 s, 7.8 s and
    71.4 % occupied, and 20 people at a shrinkage of 30 %; the other rows by definition."""
    load = Load(calls_per_hour=200, aht_s=180)
    found = expect(agents, load, EIGHTY_IN_TWENTY)
    assert found.waiting_share == pytest.approx(waiting, abs=6e-4)
    assert found.service_level == pytest.approx(service_level, abs=6e-4)
    assert found.asa_s == pytest.approx(asa_s, abs=0.06)
    needed = agents_needed(load, Goal(most_occupied=0.85))
    assert (needed.agents, people_to_schedule(needed.agents, 0.3)) == (14, 20)
    assert needed.occupancy == pytest.approx(0.714, abs=6e-4)


@pytest.mark.parametrize(
    ("patience_s", "abandoned", "wait_s", "occupancy"),
    [(None, 0.0, 20.8, 0.96), (120.0, 0.031, 3.7, 0.93)],
)
def test_the_published_comparison_of_erlang_c_and_a(
    patience_s: float | None, abandoned: float, wait_s: float, occupancy: float
) -> None:
    """Garnett, Mandelbaum and Reiman, "Designing a Call Center with Impatient Customers",
    Manufacturing & Service Operations Management 4 (2002): 50 agents, 48 calls a minute of one
    minute each, patience two minutes or endless. Its mean wait is that of all callers."""
    load = Load(calls_per_hour=48 * 60, aht_s=60, patience_s=patience_s)
    found = expect(50, load, EIGHTY_IN_TWENTY)
    assert found.abandonment_rate == pytest.approx(abandoned, abs=6e-4)
    assert found.occupancy == pytest.approx(occupancy, abs=6e-3)
    of_all_s = found.asa_s if patience_s is None else found.abandonment_rate * patience_s
    assert of_all_s == pytest.approx(wait_s, abs=0.06)


@pytest.mark.parametrize(
    ("agents", "calls_per_hour", "aht_s", "patience_s"),
    [
        (25, 360, 240, 90),
        (20, 360, 240, 60),
        (3, 40, 300, 120),
        (1, 30, 90, 30),
        (50, 2880, 60, 120),
    ],
)
def test_erlang_a_to_eight_digits(
    agents: int, calls_per_hour: int, aht_s: int, patience_s: int
) -> None:
    exact = exact_erlang.erlang_a(agents, calls_per_hour, aht_s, patience_s, within_s=20)
    load = Load(calls_per_hour=calls_per_hour, aht_s=aht_s, patience_s=patience_s)
    found = expect(agents, load, EIGHTY_IN_TWENTY)
    assert found.waiting_share == pytest.approx(exact.waiting, rel=1e-8)
    assert found.abandonment_rate == pytest.approx(1 - exact.answered, abs=1e-8)
    assert found.service_level_offered == pytest.approx(exact.in_target, abs=1e-8)
    assert found.asa_s == pytest.approx(exact.asa_s, rel=1e-8)


@pytest.mark.parametrize("agents", [1, 2, 5, 29, 120, 400])
def test_erlang_c_to_twelve_digits(agents: int) -> None:
    for share in (Fraction(1, 2), Fraction(4, 5), Fraction(97, 100)):
        exact = exact_erlang.erlang_c(agents, agents * share)
        assert erlang_c(agents, float(agents * share)) == pytest.approx(float(exact), rel=1e-12)
