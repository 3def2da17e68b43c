"""What a decision costs in a big centre, counted in lines of our own code and not in seconds."""

import sys
from types import FrameType
from typing import Any, Final

import pytest

from acd.distributor import Distributor
from acd.effects import Effect, RingAgent
from acd.settings import AgentProfile, Nobody, QueueSettings, Strategy
from events.agents import AgentReleased, AgentSignedIn, AgentSignedOut, PhoneReached
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import CallQueued, OfferAnswered, QueueAnswered

QUEUES: Final = [QueueName(f"q{number}") for number in range(4)]
ALONE: Final = AgentId("alone")  # of a profile
ROUNDS: Final = 25


class Lines:
    """Counts lines executed in the distributor."""

    def __init__(self) -> None:
        self.counted = 0

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if "/acd/" not in frame.f_code.co_filename:
            return None
        self.counted += event == "line"
        return self.trace

    def __enter__(self) -> "Lines":
        self._before = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)


def lines_per_call(waiting: int, agents: int, strategy: Strategy) -> float:
    """Every agent talks; one is freed, is offered the next caller, answers and is bridged.

    That the last one of a profile has signed out costs nothing later on.
    """
    settings = QueueSettings(wrap_up_s=0, strategy=strategy, nobody=Nobody.LEAVE)
    people = {
        AgentId(f"a{n}"): AgentProfile(skills={f"s{n % 5}": 5, f"s{n % 3}": 3})
        for n in range(agents)
    } | {ALONE: AgentProfile()}
    acd = Distributor(dict.fromkeys(QUEUES, settings), people, seed=1)
    for agent in people:
        acd.handle(PhoneReached(PhoneId(f"p{agent}")), 0.0)
        acd.handle(AgentSignedIn(agent, PhoneId(f"p{agent}")), 0.0)
    acd.handle(AgentSignedOut(ALONE), 0.0)
    talking: dict[AgentId, CallId] = {}
    for number in range(waiting + agents):
        name, queue = f"c{number}", QUEUES[number % 4]
        queued = CallQueued(CallId(name), EntryId(name), queue, {f"s{number % 3}": 2})
        talking |= served(acd, acd.handle(queued, number / 100), number / 100)
    now = (waiting + agents) / 100
    with Lines() as lines:
        for agent, call in list(talking.items())[:ROUNDS]:
            now += 1.0
            assert served(acd, acd.handle(AgentReleased(agent, call), now), now)
    return lines.counted / ROUNDS


def served(acd: Distributor, effects: list[Effect], now: float) -> dict[AgentId, CallId]:
    talks = {}
    for ring in effects:
        if isinstance(ring, RingAgent):
            offer = OfferId(ring.offer)
            bridged = QueueAnswered(ring.call, ring.entry, ring.queue, ring.agent, offer, 0.0)
            acd.handle(OfferAnswered(offer), now)
            acd.handle(bridged, now)
            talks[ring.agent] = ring.call
    return talks


@pytest.mark.parametrize("strategy", Strategy)
def test_a_centre_twenty_times_as_big_decides_in_hardly_more_lines(strategy: Strategy) -> None:
    small = lines_per_call(100, 25, strategy)
    big = lines_per_call(2000, 500, strategy)
    assert small > 50
    assert big < 1.2 * small
