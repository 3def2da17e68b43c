"""Bursts give way to the loop, and nothing but that: the order and the log stay the same.

The clock is counted: it moves by what each effect and each step of a decision costs, and by
nothing else.
"""

import asyncio
from itertools import pairwise
from typing import Final

from acd.distributor import Distributor
from acd.effects import Effect, RemoveFromQueue, RingAgent
from acd.replay import replay
from acd.settings import AgentProfile, QueueSettings
from calls.feed import GIVE_WAY_AFTER_S, Feed
from events.agents import AgentSignedIn, PhoneReached
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.log import EventLog
from events.queues import (
    CallAbandoned,
    CallOffered,
    CallQueued,
    OfferFailed,
    OfferOutcome,
    QueueClosed,
)
from tests.virtual_time import in_virtual_time

QUEUE: Final = QueueName("support")
AGENTS: Final = [AgentId(f"{number:03}") for number in range(60)]
TURNS: Final = 600
"""In which a burst must be over; time stands still during them."""


class Centre:
    """A feed with a real distributor, whose effects take `cost_s` each, its steps `step_s`."""

    def __init__(self, cost_s: float, settings: QueueSettings, step_s: float = 0.0) -> None:
        self.spent_s = 0.0
        self.cost_s = cost_s
        self.step_s = step_s
        self.settings = settings
        self.log: list[Recorded] = []
        self.effects: list[Effect] = []
        self.log_clock = self.clock
        log = EventLog(utc=lambda: 0.0, steady=lambda: self.log_clock())
        log.listen(self.log.append)
        self.distributor = Distributor({QUEUE: settings}, dict.fromkeys(AGENTS, AgentProfile()))
        self.feed = Feed(log, self.distributor, self.look)
        self.followed: list[Event] = []
        self.feed.start(self, lambda recorded: self.followed.append(recorded.event))
        self.turns: list[tuple[float, int]] = []  # time spent and effects performed, by turn
        self.watch()

    def watch(self) -> None:
        """The turns of the loop from now on."""
        self.turns.clear()
        asyncio.get_running_loop().call_soon(self._turn)

    def clock(self) -> float:
        return asyncio.get_running_loop().time() + self.spent_s

    def look(self) -> float:
        """The feed looks at the clock after each step."""
        self.spent_s += self.step_s
        return self.clock()

    def perform(self, effect: Effect, decided_at: float) -> None:
        assert decided_at <= self.clock()
        self.effects.append(effect)
        self.spent_s += self.cost_s

    def _turn(self) -> None:
        """Everybody else's turn."""
        self.turns.append((self.spent_s, len(self.effects)))
        if len(self.turns) < TURNS:
            asyncio.get_running_loop().call_soon(self._turn)

    async def burst_is_over(self) -> None:
        await asyncio.sleep(0.001)  # time moves on when there is nothing left to do

    @property
    def longest_stretch_s(self) -> float:
        return max(after - before for (before, _), (after, _) in self.pairs)

    @property
    def pairs(self) -> list[tuple[tuple[float, int], tuple[float, int]]]:
        """Each turn and the next one."""
        return list(pairwise(self.turns))

    @property
    def events(self) -> list[Event]:
        return [recorded.event for recorded in self.log]

    def callers_come(self, how_many: int) -> None:
        for number in range(how_many):
            self.feed.append(CallQueued(CallId(f"c{number}"), EntryId(f"e{number}"), QUEUE))

    def everybody_signs_in(self) -> None:
        for agent in AGENTS:
            self.feed.append(PhoneReached(PhoneId(f"p{agent}")))
            self.feed.append(AgentSignedIn(agent, PhoneId(f"p{agent}")))


async def reloaded(cost_s: float) -> Centre:
    """Sixty callers for whom nobody has the skill, until a new configuration asks for none."""
    centre = Centre(cost_s, QueueSettings(skills={"rare": 5}))
    centre.everybody_signs_in()
    centre.callers_come(60)
    assert not centre.effects
    await asyncio.sleep(0)
    centre.feed.configure({QUEUE: QueueSettings()}, dict.fromkeys(AGENTS, AgentProfile()))
    await centre.burst_is_over()
    return centre


@in_virtual_time
async def test_a_reload_that_rings_sixty_phones_gives_way_every_five_milliseconds() -> None:
    at_once, in_pieces = await reloaded(0.0), await reloaded(0.001)
    assert [type(effect) for effect in in_pieces.effects] == [RingAgent] * 60
    assert in_pieces.effects == at_once.effects
    assert in_pieces.events == at_once.events
    assert in_pieces.longest_stretch_s <= GIVE_WAY_AFTER_S + in_pieces.cost_s
    assert at_once.longest_stretch_s == 0.0
    assert max(effects for _, effects in at_once.turns[:2]) == 60, "and not without need"


async def closed(cost_s: float) -> Centre:
    centre = Centre(cost_s, QueueSettings())
    centre.callers_come(2000)
    await asyncio.sleep(0)
    centre.feed.append(QueueClosed(QUEUE, "operator", waiting="leave"))
    await centre.burst_is_over()
    return centre


@in_virtual_time
async def test_closing_a_queue_with_two_thousand_callers_gives_way_too() -> None:
    centre = await closed(0.0005)
    removed = [effect.call for effect in centre.effects if isinstance(effect, RemoveFromQueue)]
    assert removed == [f"c{number}" for number in range(2000)]
    assert centre.longest_stretch_s <= GIVE_WAY_AFTER_S + centre.cost_s


@in_virtual_time
async def test_events_are_logged_and_decided_at_once_in_the_middle_of_a_burst() -> None:
    centre = Centre(0.001, QueueSettings(skills={"rare": 5}))
    centre.everybody_signs_in()
    centre.callers_come(60)
    centre.feed.configure({QUEUE: QueueSettings()}, dict.fromkeys(AGENTS, AgentProfile()))
    rung = len(centre.effects)
    assert 0 < rung < 10
    refused = next(each for each in centre.events if isinstance(each, CallOffered))
    centre.feed.append(OfferFailed(refused.offer, OfferOutcome.REJECTED))
    kinds = [event.kind for event in centre.events]
    assert kinds[-3:] == ["OfferFailed", "OfferClosed", "AgentStateChanged"]
    last = centre.events[-2]
    assert getattr(last, "offer", None) == refused.offer
    assert len(centre.effects) == rung, "what follows waits for what was decided before"
    gone = next(each for each in reversed(centre.events) if isinstance(each, CallOffered))
    centre.feed.append(CallAbandoned(gone.call, gone.entry, QUEUE, 1.0))
    await centre.burst_is_over()
    names = [type(effect).__name__ for effect in centre.effects]
    assert names[:60] == ["RingAgent"] * 60
    assert names[60] == "StopRinging"


@in_virtual_time
async def test_what_is_left_of_a_burst_is_performed_before_the_end() -> None:
    centre = Centre(0.001, QueueSettings())
    centre.callers_come(50)
    centre.feed.append(QueueClosed(QUEUE, "operator", waiting="leave"))
    assert len(centre.effects) < 10
    centre.feed.stop()
    assert len(centre.effects) == 50
    await centre.burst_is_over()
    assert len(centre.effects) == 50


@in_virtual_time
async def test_a_thousand_timers_of_one_instant_give_way_too() -> None:
    centre = Centre(0.0, QueueSettings(max_wait_s=10.0), step_s=0.0001)
    centre.callers_come(1000)
    late = OfferFailed(OfferId(99), OfferOutcome.BUSY)
    asyncio.get_running_loop().call_at(10.001, centre.feed.append, late)
    await asyncio.sleep(9.9)
    centre.watch()
    await asyncio.sleep(0.2)
    removed = [effect.call for effect in centre.effects if isinstance(effect, RemoveFromQueue)]
    assert removed == [f"c{number}" for number in range(1000)]
    assert centre.longest_stretch_s <= GIVE_WAY_AFTER_S + 2 * centre.step_s


@in_virtual_time
async def test_a_log_replays_in_which_an_event_came_before_a_timer_that_was_due() -> None:
    """The loop was late: the phone rang for too long, and somebody calls before it is noticed."""
    centre = Centre(0.0, QueueSettings(ring_s=5, lease_grace_s=1))
    centre.everybody_signs_in()
    centre.callers_come(1)
    centre.spent_s += 30.0
    centre.feed.append(CallQueued(CallId("late"), EntryId("late"), QUEUE))
    kinds = [event.kind for event in centre.events]
    assert kinds[kinds.index("OfferClosed") - 1] == "CallQueued"
    people = dict.fromkeys(AGENTS, AgentProfile())
    assert replay(centre.log, {QUEUE: centre.settings}, people).difference is None
