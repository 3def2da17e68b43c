"""The simulator: the same distributor in virtual time, which agrees with Erlang."""

from random import Random

import pytest

from acd.settings import AgentProfile, QueueSettings, Relaxation
from acd.simulated_figures import quantiles
from acd.simulation import Simulation, Stretch, arrivals_of
from acd.staffing import Goal, Load, expect
from events import kpi
from events.event import Recorded
from events.ids import AgentId, QueueName
from events.queues import CallQueued, QueueAnswered, QueueCallHandled
from tests.acd.simulated import QUEUE, interval, simulated, steady


def test_every_caller_is_accounted_for() -> None:
    stretches = steady(400, 2, aht_s=240, patience_s=60)
    figures = simulated(stretches, 10, seed=3)
    total = figures.total()
    assert total.offered == 400 == total.answered + total.abandoned
    assert total.abandoned > 20
    assert total.handled == total.answered == len(figures.waits[QUEUE])
    assert sum(row.counts.offered for row in figures.intervals()) == 400


def test_a_seed_makes_a_day_and_another_seed_another() -> None:
    days: list[list[Recorded]] = [[], [], []]
    for day, seed in zip(days, (1, 1, 2), strict=True):
        simulated(steady(60, 1, aht_s=100, patience_s=60), 2, seed=seed, log=day)
    assert days[0] == days[1]
    assert days[0] != days[2]


def test_handling_times_are_those_drawn_wrap_up_included() -> None:
    """Timed wrap-up takes the end of a handling time; who needs less ends it early."""
    stretches = steady(300, 2, aht_s=60)
    drawn = sorted(arrival.handle_s for arrival in arrivals_of(stretches, Random(5)))
    for wrap_up_s in (0.0, 30.0):
        log: list[Recorded] = []
        settings = QueueSettings(wrap_up_s=wrap_up_s)
        simulated(stretches, 5, seed=5, settings=settings, log=log)
        facts = [it.event for it in log if isinstance(it.event, QueueCallHandled)]
        assert sorted(it.talk_s + it.wrap_up_s for it in facts) == pytest.approx(drawn)
        assert max(it.wrap_up_s for it in facts) == pytest.approx(wrap_up_s)


def test_callers_leave_a_queue_that_is_full() -> None:
    settings = QueueSettings(max_waiting=1)
    total = simulated(steady(100, 1, aht_s=600), 1, seed=1, settings=settings).total()
    assert total.flowed_out > 50
    assert total.offered == 100 == total.answered + total.flowed_out


def test_who_can_never_be_served_waits_for_ever() -> None:
    settings = QueueSettings(skills={"unheard-of": 1})
    total = simulated(steady(5, 1, aht_s=60), 3, seed=1, settings=settings).total()
    assert (total.offered, total.answered, total.waiting_at_end) == (5, 0, 5)


def test_callers_who_are_not_counted_only_fill_the_centre() -> None:
    log: list[Recorded] = []
    stretches = steady(50, 1, aht_s=60, around_s=3600)
    figures = simulated(stretches, 1, seed=1, log=log)
    assert figures.total().offered == 50
    assert sum(isinstance(it.event, CallQueued) for it in log) > 80


def test_arrivals_are_poisson() -> None:
    """Counts of a stretch have a variance equal to their mean; exact ones have none."""
    rest = {"queue": QUEUE, "begin_s": 0.0, "end_s": 3600.0, "calls": 40, "aht_s": 60.0}
    by_chance = Stretch(**rest)  # type: ignore[arg-type]
    counts = [len(arrivals_of([by_chance], Random(seed))) for seed in range(400)]
    mean = sum(counts) / 400
    assert mean == pytest.approx(40, abs=1.0)
    assert sum((count - mean) ** 2 for count in counts) / 399 == pytest.approx(40, rel=0.25)
    exactly = Stretch(**rest, is_exact=True)  # type: ignore[arg-type]
    assert {len(arrivals_of([exactly], Random(seed))) for seed in range(9)} == {40}


def test_quantiles_are_waits_that_somebody_had() -> None:
    assert quantiles([3.0, 1.0, 2.0, 4.0])["p50"] == 2.0
    assert quantiles([1.0])["p99"] == 1.0
    assert quantiles([])["p50"] is None


@pytest.mark.parametrize(
    ("calls_per_hour", "aht_s", "patience_s", "agents"),
    [(120, 180, None, 8), (120, 180, 90.0, 8), (60, 240, 120.0, 3)],
)
def test_short_days_are_near_erlang(
    calls_per_hour: int, aht_s: float, patience_s: float | None, agents: int
) -> None:
    """In the 95 % interval of 24 seeds, which are always the same ones."""
    load = Load(calls_per_hour=calls_per_hour, aht_s=aht_s, patience_s=patience_s)
    expected = expect(agents, load, Goal())
    hours = 3
    calls = calls_per_hour * hours
    stretches = steady(calls, hours, aht_s=aht_s, patience_s=patience_s, around_s=3600)
    levels = [_service_level(stretches, agents, seed) for seed in range(24)]
    low, high = interval(levels, t=2.069)
    assert low <= expected.service_level <= high
    assert high - low < 0.15


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("agents", "patience_s"), [(29, None), (25, 90.0), (20, 60.0)])
def test_simulation_and_erlang_agree(agents: int, patience_s: float | None) -> None:
    """In the 95 % interval of 40 seeds: service level, occupancy and abandonment."""
    load = Load(calls_per_hour=360, aht_s=240, patience_s=patience_s)
    expected = expect(agents, load, Goal())
    stretches = steady(2880, 8, aht_s=240, patience_s=patience_s, around_s=3600)
    settings = QueueSettings(wrap_up_s=30)
    levels, occupied, gone = [], [], []
    for seed in range(1000, 1040):
        figures = simulated(stretches, agents, seed=seed, settings=settings)
        total = figures.total()
        levels.append(kpi.service_level(total) or 0.0)
        occupied.append(kpi.occupancy(figures.agent_seconds()) or 0.0)
        gone.append(kpi.abandonment_rate(total, "gross") or 0.0)
    for values, figure in (
        (levels, expected.service_level),
        (occupied, expected.occupancy),
        (gone, expected.abandonment_rate),
    ):
        low, high = interval(values, t=2.023)
        assert low <= figure <= high


def _service_level(stretches: list[Stretch], agents: int, seed: int) -> float:
    level = kpi.service_level(simulated(stretches, agents, seed=seed).total())
    assert level is not None
    return level


def test_an_overflow_keeps_the_clock() -> None:
    """Nobody serves the first queue; after ten seconds callers are served in the second."""
    other = QueueName("other")
    ease = (Relaxation(after_s=10, overflow=str(other)),)
    queues = {
        QUEUE: QueueSettings(skills={"rare": 1}, relaxation=ease),
        other: QueueSettings(wrap_up_s=0),
    }
    log: list[Recorded] = []
    arrivals = arrivals_of(steady(20, 1, aht_s=5), Random(1))
    agents = {AgentId("ann"): AgentProfile()}
    Simulation(queues, agents, arrivals, log.append).run()
    events = [it.event for it in log]
    second = [it for it in events if isinstance(it, CallQueued) and it.queue == other]
    assert [it.waited_s for it in second] == pytest.approx([10.0] * 20)
    assert sum(isinstance(it, QueueAnswered) for it in events) == 20
