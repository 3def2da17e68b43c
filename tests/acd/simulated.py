"""Small simulated centres for tests."""

from math import sqrt
from random import Random
from statistics import mean, stdev

from acd.settings import AgentProfile, QueueSettings
from acd.simulated_figures import Figures, Period
from acd.simulation import Simulation, Stretch, arrivals_of
from events.event import Recorded
from events.ids import AgentId, QueueName

QUEUE = QueueName("q")


def steady(
    calls: int,
    hours: float,
    *,
    aht_s: float,
    patience_s: float | None = None,
    around_s: float = 0.0,
) -> list[Stretch]:
    """Counted callers, with others before and after them."""
    rest = {"queue": QUEUE, "aht_s": aht_s, "patience_s": patience_s}
    end_s = hours * 3600
    around = calls * around_s / end_s
    parts = [
        Stretch(begin_s=0, end_s=end_s, calls=calls, is_exact=True, **rest),  # type: ignore[arg-type]
    ]
    for begin_s in (-around_s, end_s) if around_s else ():
        parts.append(
            Stretch(
                begin_s=begin_s,
                end_s=begin_s + around_s,
                calls=around,
                is_counted=False,
                **rest,  # type: ignore[arg-type]
            )
        )
    return parts


def simulated(
    stretches: list[Stretch],
    agents: int,
    *,
    seed: int,
    settings: QueueSettings | None = None,
    log: list[Recorded] | None = None,
) -> Figures:
    queues = {QUEUE: settings or QueueSettings()}
    people = {AgentId(f"agent-{number}"): AgentProfile() for number in range(agents)}
    end_s = max(stretch.end_s for stretch in stretches if stretch.is_counted)

    def observe(recorded: Recorded) -> None:
        figures.observe(recorded)
        if log is not None:
            log.append(recorded)

    arrivals = arrivals_of(stretches, Random(seed))
    simulation = Simulation(queues, people, arrivals, observe)
    period = Period(begin_s=0.0, end_s=end_s, interval_s=1800.0)
    figures = Figures(queues, period, simulation.counted)
    simulation.run()
    return figures


def interval(values: list[float], t: float) -> tuple[float, float]:
    """Confidence interval of the mean, by Student's t."""
    half = t * stdev(values) / sqrt(len(values))
    return mean(values) - half, mean(values) + half
