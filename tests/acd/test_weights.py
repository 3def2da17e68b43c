"""Queues that compete for the same agents, by weight: more for one, and nobody starves."""

from math import inf
from random import Random
from statistics import mean

import pytest

from acd.settings import AgentProfile, QueueSettings
from acd.simulation import Simulation, Stretch, arrivals_of
from events.event import Recorded
from events.ids import AgentId, QueueName
from events.queues import QueueAnswered

HEAVY, LIGHT = QueueName("heavy"), QueueName("light")
HOURS = 3


def waits(
    weight: float, *, heavy: int = 300, light: int = 300, from_s: float = 0, until_s: float = inf
) -> dict[QueueName, list[float]]:
    """Of all who are answered then. In three hours five agents can bear two thirds of them."""
    settings = {HEAVY: QueueSettings(wrap_up_s=0, weight=weight), LIGHT: QueueSettings(wrap_up_s=0)}
    stretches = [
        Stretch(queue=queue, begin_s=0, end_s=HOURS * 3600, calls=calls, aht_s=135, is_exact=True)
        for queue, calls in ((HEAVY, heavy), (LIGHT, light))
    ]
    found: dict[QueueName, list[float]] = {HEAVY: [], LIGHT: []}

    def hear(recorded: Recorded) -> None:
        if isinstance(recorded.event, QueueAnswered) and from_s <= recorded.steady < until_s:
            found[recorded.event.queue].append(recorded.event.wait_s)

    people = {AgentId(str(number)): AgentProfile() for number in range(5)}
    Simulation(settings, people, arrivals_of(stretches, Random(3)), hear).run()
    return found


@pytest.mark.parametrize(("weight", "share"), [(1.0, 1.0), (2.0, 0.5), (4.0, 0.25)])
def test_a_second_of_waiting_counts_by_weight(weight: float, share: float) -> None:
    """In a rush that has lasted a while, those answered have waited as long, by their weight."""
    found = waits(weight, from_s=(HOURS - 1) * 3600, until_s=HOURS * 3600)
    assert mean(found[HEAVY]) / mean(found[LIGHT]) == pytest.approx(share, rel=0.2)


def test_nobody_starves_beside_a_queue_of_great_weight() -> None:
    found = waits(50.0, heavy=360, light=40)
    assert len(found[LIGHT]) == 40
    assert max(found[HEAVY]) < max(found[LIGHT]) < 2 * HOURS * 3600
