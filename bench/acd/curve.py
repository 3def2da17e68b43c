"""How the distributor's cost grows with callers and agents, strategy by strategy.

    python -m bench.acd.curve [--events 4000] [--steps 500:100,2000:400,10000:2000]

Each row is one strategy, each pair of columns one size: microseconds per decision, mean and p99.
The last rows let 1 000 waiting calls cross a relaxation step in the same second.
"""

import argparse
import gc
from time import thread_time

from acd.distributor import Distributor
from acd.settings import AgentProfile, QueueSettings, Relaxation, Strategy
from bench.acd import decisions
from bench.acd.decisions import Centre, quantile_us
from events.agents import AgentSignedIn, PhoneReached
from events.ids import AgentId, CallId, EntryId, PhoneId, QueueName
from events.queues import CallQueued

CROSSING = 1000


def cost_us(strategy: Strategy, waiting: int, agents: int, events: int) -> tuple[float, float]:
    """Mean and p99 of a decision."""
    decisions.SETTINGS = QueueSettings(wrap_up_s=0, ageing_s=60, strategy=strategy)
    centre = Centre(agents=agents, profiles=40, classes=200, everybody=False)
    centre.fill(waiting)
    gc.collect()
    centre.run(events)
    costs_s = [cost for _, cost, decided in centre.costs_s if decided]
    return sum(costs_s) / len(costs_s) * 1e6, quantile_us(costs_s, 0.99)


def crossing_us(agents: int) -> tuple[float, float]:
    """Per call and for the whole second, of calls that cross a step; agents free, none able."""
    queue, skills = QueueName("q"), {"rare": 5}
    settings = QueueSettings(relaxation=(Relaxation(after_s=30, level=4),))
    people = {AgentId(f"agent-{n}"): AgentProfile(skills={f"s{n % 40}": 5}) for n in range(agents)}
    acd = Distributor({queue: settings}, people)
    for agent in people:
        phone = PhoneId(f"p-{agent}")
        acd.handle(PhoneReached(phone), 0.0)
        acd.handle(AgentSignedIn(agent, phone), 0.0)
    for number in range(CROSSING):
        name = f"c-{number}"
        queued = CallQueued(CallId(name), EntryId(name), queue, skills, ("en",))
        acd.handle(queued, 1.0 + number / CROSSING)
    started = thread_time()
    acd.tick(32.0)
    whole_us = (thread_time() - started) * 1e6
    return whole_us / CROSSING, whole_us


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--steps", default="500:100,2000:400,10000:2000")
    options = parser.parse_args()
    sizes = [tuple(map(int, step.split(":"))) for step in options.steps.split(",")]
    print(f"{'us per decision':<18}" + "".join(f"{f'{w}/{a}':>18}" for w, a in sizes))
    for strategy in Strategy:
        cells = [cost_us(strategy, waiting, agents, options.events) for waiting, agents in sizes]
        print(f"{strategy:<18}" + "".join(f"{mean:>10.1f}{p99:>8.1f}" for mean, p99 in cells))
    for agents in (100, 2000):
        each_us, whole_us = crossing_us(agents)
        print(
            f"{CROSSING} calls cross a step beside {agents} free agents: "
            f"{each_us:.1f} us each, {whole_us / 1000:.1f} ms in all"
        )


if __name__ == "__main__":
    main()
