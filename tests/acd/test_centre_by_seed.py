"""Long histories of a busy centre, each made by a seed: deep states that short ones do not reach.

Callers come faster than they are served, phones fail in every way, reports come late, people act
at the worst moments. After every event the promises are checked.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from time import perf_counter
from typing import Any

import pytest

from events.agents import (
    AgentEngaged,
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentSignedIn,
    AgentSignedOut,
    PhoneLost,
    PhoneReached,
    WrapUpEnded,
)
from events.callbacks import CallBackQueued
from events.calls import CallEnded, CallHeld, CallResumed, CallUnbridged, Direction, Outcome, Side
from events.ids import CallBackId, CallId, EntryId
from events.queues import CallQueued, OfferFailed, OfferOutcome
from tests.acd import promises
from tests.acd.centre import AGENTS, CONFIGURATIONS, HELP, PHONES, SALES
from tests.acd.world import World

STEPS = 1500
SLOW_S = int(os.environ.get("SENTRAL_ACD_SECONDS") or 540)
"""How long the slow test goes on; a core makes some 1 500 steps a second."""
FEWEST_SLOW_STEPS = SLOW_S * 200
FIRST_SLOW_DAY = 1_000
FAILURES = [outcome for outcome in OfferOutcome if outcome is not OfferOutcome.ANSWERED]


class Day:
    """One history. Every method is something that may happen now; some have no occasion."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = World(self.random.choice(CONFIGURATIONS))
        self.calls_made = 0
        self.weights: dict[Callable[[], None], int] = {
            self.caller_arrives: 14,
            self.offer_goes_well: 16,
            self.conversation_ends: 6,
            self.time_passes: 12,
            self.agent_comes_back: 14,
            self.caller_leaves: 4,
            self.phone_fails: 4,
            self.report_comes_late: 3,
            self.bridge_goes_wrong: 2,
            self.conversation_is_held: 3,
            self.agent_acts: 2,
            self.agent_is_on_a_direct_call: 2,
            self.phone_comes_or_goes: 2,
            self.caller_is_to_be_called_back: 2,
            self.customer_is_there_first: 2,
            self.machine_sleeps: 1,
            self.server_restarts: 1,
            self.configuration_changes: 1,
        }

    def run(self) -> None:
        steps = self.random.choices(
            list(self.weights), weights=list(self.weights.values()), k=STEPS
        )
        for step in steps:
            step()
            promises.check(self.world)
        promises.nothing_holds_anybody(self.world)

    def caller_arrives(self) -> None:
        if len(self.world.callers) > 8:
            return
        self.calls_made += 1
        call, entry = CallId(f"call-{self.calls_made}"), EntryId(f"call-{self.calls_made}-1")
        queue = self.random.choice([SALES, HELP])
        skills = {str(queue): self.random.randint(1, 6)} if self.random.random() < 0.7 else {}
        languages = self.random.choice([(), (), ("en",), ("es", "en")])
        priority, waited_s = self.random.randint(0, 2), self.random.choice([0.0, 0.0, 25.0])
        self.world.happens(
            CallQueued(call, entry, queue, skills, languages, priority, waited_s, **self._wishes())
        )

    def caller_is_to_be_called_back(self) -> None:
        if len(self.world.callers) > 8:
            return
        self.calls_made += 1
        call, entry = CallId(f"call-{self.calls_made}"), EntryId(f"call-{self.calls_made}-1")
        queue, waited_s = self.random.choice([SALES, HELP]), self.random.choice([0.0, 40.0])
        place = CallBackQueued(CallBackId(str(entry)), call, entry, queue, waited_s=waited_s)
        self.world.happens(place)

    def customer_is_there_first(self) -> None:
        """Before the agent has answered, who then may fail."""
        if self.world.ringing:
            self.world.customer_comes(self.random.choice(sorted(self.world.ringing)))

    def _wishes(self) -> dict[str, Any]:
        """Now and then one more thing that a caller asks for."""
        wishes: list[dict[str, Any]] = [
            {"any_of": ({"sales": 3}, {"help": 2})},
            {"tiers": (2, 1)},
            {"sites": ("north", "*"), "customer_type": "gold"},
            {"preferred": self.random.choice(AGENTS), "preferred_s": 5.0},
            {"excluded": (self.random.choice(AGENTS),)},
        ]
        return self.random.choice([*wishes, {}, {}, {}, {}])

    def caller_leaves(self) -> None:
        if self.world.leaving:
            entry, removal = next(iter(self.world.leaving.items()))
            self.world.flows_out(entry, removal.reason)
        elif self.world.callers:
            entry = self.random.choice(sorted(self.world.callers))
            self.random.choice([self.world.abandons, self._leaves_by_key])(entry)

    def _leaves_by_key(self, entry: EntryId) -> None:
        self.world.flows_out(entry, "key")

    def offer_goes_well(self) -> None:
        if self.world.connecting:
            self.world.bridge_stands(min(self.world.connecting))
        elif self.world.ringing:
            self.world.answers(self.random.choice(sorted(self.world.ringing)))

    def phone_fails(self) -> None:
        if self.world.ringing:
            offer = self.random.choice(sorted(self.world.ringing))
            self.world.happens(OfferFailed(offer, self.random.choice(FAILURES)))

    def report_comes_late(self) -> None:
        closed = sorted(self.world.offers)[-12:]
        if closed:
            offer = self.random.choice(closed)
            if self.random.random() < 0.5:
                self.world.answers(offer)
            else:
                self.world.happens(OfferFailed(offer, self.random.choice(FAILURES)))

    def bridge_goes_wrong(self) -> None:
        if self.world.late_bridges():
            self.world.bridge_stands(self.world.late_bridges()[0])
        elif self.world.connecting:
            offer = min(self.world.connecting)
            it = self.world.connecting[offer]
            if self.random.random() < 0.5:
                self.world.bridge_fails(offer)
            else:
                self.world.released(it.agent, it.call)

    def conversation_is_held(self) -> None:
        if self.world.talking:
            agent = self.random.choice(sorted(self.world.talking))
            call = self.world.talking[agent].call
            by = self.random.choice([Side.AGENT, Side.CALLER])
            self.world.happens(self.random.choice([CallHeld, CallResumed])(call, by))

    def conversation_ends(self) -> None:
        if self.world.talking:
            agent = self.random.choice(sorted(self.world.talking))
            call = self.world.talking[agent].call
            match self.random.randint(0, 2):
                case 0:
                    self.world.hangs_up(agent)
                case 1:
                    self.world.happens(CallUnbridged(call, "leg", Side.CALLER, agent))
                    self.time_passes()
                    if agent in self.world.talking:
                        self.world.hangs_up(agent)
                case 2:
                    ended = (Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")
                    self.world.happens(CallEnded(call, *ended))

    def agent_comes_back(self) -> None:
        agent = self.random.randrange(len(AGENTS))
        self.world.happens(PhoneReached(PHONES[agent]))
        self.world.happens(AgentSignedIn(AGENTS[agent], PHONES[agent]))

    def agent_acts(self) -> None:
        agent = self.random.choice(AGENTS)
        elsewhere = AgentSignedIn(
            agent, self.random.choice(PHONES), available=self.random.random() < 0.7
        )
        acts = [
            AgentSignedOut(agent),
            AgentMadeAvailable(agent),
            AgentMadeNotAvailable(agent, "lunch"),
            WrapUpEnded(agent),
            elsewhere,
        ]
        self.world.happens(self.random.choice(acts))

    def agent_is_on_a_direct_call(self) -> None:
        agent = self.random.choice(AGENTS)
        if self.world.engaged[agent]:
            self.world.released(agent, min(self.world.engaged[agent]))
        else:
            self.calls_made += 1
            self.world.happens(AgentEngaged(agent, CallId(f"direct-{self.calls_made}")))

    def phone_comes_or_goes(self) -> None:
        phone = self.random.choice(PHONES)
        reached = self.random.random() < 0.5
        self.world.happens(PhoneReached(phone) if reached else PhoneLost(phone, "expired"))

    def time_passes(self) -> None:
        late_s = self.random.choice([0.0, 0.0, 0.4])
        self.world.passes(self.random.choice([0.2, 1.0, 3.0, 11.0]), late_s=late_s)

    def machine_sleeps(self) -> None:
        self.world.jumps(self.random.choice([5.0, 60.0, 3600.0]))

    def server_restarts(self) -> None:
        self.world.restarts()

    def configuration_changes(self) -> None:
        self.world.configured(self.random.choice(CONFIGURATIONS))


def days_from(first: int, stride: int) -> int:
    """Days played until time is over: the one with this seed, and every `stride`-th after it."""
    until = perf_counter() + SLOW_S
    days = 0
    while perf_counter() < until:
        seed = first + days * stride
        day = Day(seed)
        try:
            day.run()
        except AssertionError as broken:
            broken.add_note(f"on the day with SENTRAL_ACD_SEED={seed}")
            raise
        days += 1
    return days


@pytest.mark.slow
@pytest.mark.timeout(4 * SLOW_S)
def test_promises_are_kept_for_as_many_days_as_time_allows() -> None:
    """On every core; `SENTRAL_ACD_SEED` plays other days."""
    first = int(os.environ.get("SENTRAL_ACD_SEED") or FIRST_SLOW_DAY)
    cores = len(os.sched_getaffinity(0))
    print(f"the first day's seed is {first}")
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as players:
        played = [players.submit(days_from, first + core, cores) for core in range(cores)]
        days = sum(each.result() for each in played)
    print(f"{days * STEPS} steps")
    assert days * STEPS >= FEWEST_SLOW_STEPS


@pytest.mark.parametrize("seed", range(8))
def test_promises_are_kept_through_a_busy_day(seed: int) -> None:
    day = Day(seed)
    day.run()
    assert min(day.world.ends.values()) > 5, "a day in which everything happened"
