"""What one event costs the distributor of a big centre.

    python -m bench.acd.decisions [--waiting 10000] [--agents 2000] [--events 20000] [--everybody]

Keeps that many callers waiting and agents talking: a call ends, the agent is offered the most
urgent call, answers and is bridged, and a new caller arrives; every tenth waiting caller hangs up
instead. Prints microseconds of CPU time per event and per decision, effects included.
"""

import argparse
import gc
from collections.abc import Callable
from random import Random
from time import thread_time

from acd.distributor import Distributor
from acd.effects import Effect, RingAgent
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentReleased, AgentSignedIn, PhoneReached
from events.event import Event
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import CallAbandoned, CallQueued, OfferAnswered, QueueAnswered

QUEUES = [QueueName(f"queue-{n}") for n in range(20)]
SKILLS = [f"skill-{n}" for n in range(10)]
SETTINGS = QueueSettings(wrap_up_s=0, ageing_s=60)


class Centre:
    """Steady state: `waiting` callers, every agent talking."""

    def __init__(self, *, agents: int, profiles: int, classes: int, everybody: bool) -> None:
        self.random = Random(1)
        kinds = [self._profile(everybody or n == 0) for n in range(profiles)]
        people = {AgentId(f"agent-{n}"): kinds[n % profiles] for n in range(agents)}
        self.acd = Distributor(dict.fromkeys(QUEUES, SETTINGS), people)
        self.classes = [self._requirement() for _ in range(classes)]
        self.now = 0.0
        self.calls = 0
        self.costs_s: list[tuple[str, float, bool]] = []  # kind, seconds, whether it decided
        self.waiting: dict[EntryId, QueueName] = {}
        self.talking: dict[AgentId, CallId] = {}
        for agent in people:
            phone = PhoneId(f"p-{agent}")
            self._send(PhoneReached(phone))
            self._send(AgentSignedIn(agent, phone))

    def fill(self, waiting: int) -> None:
        """Callers until every agent who can be has a call, and so many wait."""
        while len(self.waiting) < waiting:
            self._call_arrives()
        self.costs_s.clear()

    def run(self, events: int) -> None:
        size = len(self.waiting)
        while len(self.costs_s) < events:
            if self.random.random() < 0.1:
                self._caller_hangs_up()
            else:
                agent = self.random.choice(list(self.talking))
                self._send(AgentReleased(agent, self.talking.pop(agent)))
            while len(self.waiting) < size:
                self._call_arrives()

    def ask(self, callers: int) -> list[float]:
        """CPU seconds of an expected wait, each time after something has happened."""
        costs_s = []
        for _ in range(callers):
            self.run(len(self.costs_s) + 10)
            call = CallId(self.random.choice(list(self.waiting))[:-2])
            start = thread_time()
            self.acd.expected_wait_s(call, self.now)
            costs_s.append(thread_time() - start)
        return costs_s

    def _profile(self, everything: bool) -> AgentProfile:
        known = SKILLS if everything else self.random.sample(SKILLS, self.random.randint(2, 6))
        skills = {skill: 10 if everything else self.random.randint(1, 10) for skill in known}
        return AgentProfile(skills=skills, languages={"en": 9})

    def _requirement(self) -> tuple[QueueName, dict[str, int]]:
        return self.random.choice(QUEUES), {
            skill: self.random.randint(1, 6) for skill in self.random.sample(SKILLS, 2)
        }

    def _call_arrives(self) -> None:
        self.calls += 1
        queue, skills = self.random.choice(self.classes)
        call, entry = CallId(f"call-{self.calls}"), EntryId(f"call-{self.calls}-1")
        self.waiting[entry] = queue
        priority = self.random.choice([0, 0, 0, 1, 3])
        self._send(CallQueued(call, entry, queue, skills, ("en",), priority))

    def _caller_hangs_up(self) -> None:
        entry = next(iter(self.waiting))
        queue = self.waiting.pop(entry)
        self._send(CallAbandoned(CallId(entry[:-2]), entry, queue, 1.0))

    def _send(self, event: Event) -> None:
        self.now += self.random.expovariate(100)
        effects = self._timed(event.kind, lambda: self.acd.handle(event, self.now))
        for effect in effects:
            if isinstance(effect, RingAgent):
                self._serve(effect)

    def _serve(self, ring: RingAgent) -> None:
        """The phone is answered and bridged at once."""
        self.waiting.pop(ring.entry, None)
        answered = OfferAnswered(OfferId(ring.offer))
        self._timed(answered.kind, lambda: self.acd.handle(answered, self.now))
        bridged = QueueAnswered(ring.call, ring.entry, ring.queue, ring.agent, ring.offer, 0.0)
        self._timed(bridged.kind, lambda: self.acd.handle(bridged, self.now))
        self.talking[ring.agent] = ring.call

    def _timed(self, kind: str, work: Callable[[], list[Effect]]) -> list[Effect]:
        start = thread_time()
        effects = work()
        cost_s = thread_time() - start
        self.costs_s.append((kind, cost_s, any(isinstance(e, RingAgent) for e in effects)))
        return effects


def quantile_us(costs_s: list[float], share: float) -> float:
    return sorted(costs_s)[min(len(costs_s) - 1, int(share * len(costs_s)))] * 1e6


def report(name: str, costs_s: list[float]) -> None:
    if costs_s:
        mean_us = sum(costs_s) / len(costs_s) * 1e6
        p50, p99 = quantile_us(costs_s, 0.5), quantile_us(costs_s, 0.99)
        print(f"{name:<18}{len(costs_s):>8}{mean_us:>9.1f}{p50:>9.1f}{p99:>9.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=2_000)
    parser.add_argument("--profiles", type=int, default=40)
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--everybody", action="store_true", help="every agent can take every call")
    options = parser.parse_args()
    centre = Centre(
        agents=options.agents,
        profiles=options.profiles,
        classes=options.classes,
        everybody=options.everybody,
    )
    centre.fill(options.waiting)
    gc.collect()
    full_before = gc.get_stats()[2]["collections"]
    centre.run(options.events)
    print(
        f"{options.waiting} waiting, {options.agents} agents, {options.profiles} profiles,", end=""
    )
    print(f" {options.classes} classes")
    print(f"{'us':<18}{'events':>8}{'mean':>9}{'p50':>9}{'p99':>9}")
    for kind in sorted({kind for kind, _, _ in centre.costs_s}):
        report(kind, [cost for which, cost, _ in centre.costs_s if which == kind])
    report("every event", [cost for _, cost, _ in centre.costs_s])
    report("every decision", [cost for _, cost, decided in centre.costs_s if decided])
    report("an expected wait", centre.ask(500))
    print("full collections:", gc.get_stats()[2]["collections"] - full_before)


if __name__ == "__main__":
    main()
