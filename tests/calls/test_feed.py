"""The one way in which anything happens: logged, decided, performed, first in first out."""

import asyncio
from collections.abc import Callable

import pytest

from acd.distributor import Distributor
from acd.effects import Connect, Effect, RingAgent
from acd.settings import AgentProfile, QueueSettings
from calls.feed import Feed
from events.agents import AgentSignedIn, AgentState, PhoneReached
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.log import EventLog
from events.queues import (
    BridgeFailed,
    CallQueued,
    OfferAnswered,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
)
from tests.virtual_time import in_virtual_time

QUEUE, AYU, PHONE = QueueName("support"), AgentId("1"), PhoneId("3001")
QUEUED = CallQueued(CallId("c"), EntryId("e"), QUEUE)


class Centre:
    """A feed with a real distributor; `effects` is what it was asked to perform."""

    def __init__(self, *, offset_s: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        self.clock: Callable[[], float] = lambda: loop.time() - offset_s
        self.log: list[Recorded] = []
        self.followed: list[Event] = []
        self.effects: list[Effect] = []
        self.react: Callable[[Effect], None] = lambda _: None
        log = EventLog(utc=lambda: 0.0, steady=self.clock)
        log.listen(self.log.append)
        queues = {QUEUE: QueueSettings(ring_s=20, lease_grace_s=1)}
        self.distributor = Distributor(queues, {AYU: AgentProfile()})
        self.feed = Feed(log, self.distributor, self.clock)

    def start(self) -> None:
        self.feed.start(self, lambda recorded: self.followed.append(recorded.event))

    def perform(self, effect: Effect, decided_at: float) -> None:
        assert decided_at <= self.clock()
        self.effects.append(effect)
        self.react(effect)

    def sign_in(self) -> None:
        self.feed.append(PhoneReached(PHONE))
        self.feed.append(AgentSignedIn(AYU, PHONE))

    @property
    def kinds(self) -> list[str]:
        return [recorded.event.kind for recorded in self.log]


@in_virtual_time
async def test_facts_are_logged_between_the_event_and_its_effects() -> None:
    centre = Centre()
    centre.start()
    centre.sign_in()
    centre.feed.append(QUEUED)
    assert centre.kinds[-3:] == ["CallQueued", "CallOffered", "AgentStateChanged"]
    assert [type(effect) for effect in centre.effects] == [RingAgent]
    assert centre.followed == [recorded.event for recorded in centre.log]


@in_virtual_time
async def test_what_an_effect_raises_waits_until_the_effects_before_it_are_done() -> None:
    centre = Centre()
    order: list[str] = []

    def answer_at_once(effect: Effect) -> None:
        order.append(type(effect).__name__)
        if isinstance(effect, RingAgent):
            centre.feed.append(OfferAnswered(effect.offer))
            order.append("answered")
        elif isinstance(effect, Connect):
            bridged = QueueAnswered(effect.call, effect.entry, QUEUE, AYU, effect.offer, 0.0)
            centre.feed.append(bridged)

    centre.react = answer_at_once
    centre.start()
    centre.sign_in()
    centre.feed.append(QUEUED)
    assert order == ["RingAgent", "answered", "Connect"]
    assert centre.distributor.agents()[0].state is AgentState.TALKING


@in_virtual_time
async def test_what_happens_before_the_start_is_kept_for_it() -> None:
    centre = Centre()
    centre.sign_in()
    assert centre.log == []
    centre.start()
    assert centre.kinds == ["PhoneReached", "AgentSignedIn", "AgentStateChanged"]


@pytest.mark.parametrize("offset_s", [0.0, 0.1, 1 / 3])
@in_virtual_time
async def test_timers_are_run_when_they_are_due(offset_s: float) -> None:
    """Also when the two clocks round differently: it must neither miss nor spin."""
    await asyncio.sleep(1.7)
    centre = Centre(offset_s=offset_s)
    centre.start()
    centre.sign_in()
    await asyncio.sleep(0.123)
    centre.feed.append(QUEUED)
    began_at = centre.clock()
    await asyncio.sleep(30.0)
    closed = next(each for each in centre.log if isinstance(each.event, OfferClosed))
    assert isinstance(closed.event, OfferClosed)
    assert closed.event.outcome is OfferOutcome.NO_ANSWER
    assert closed.steady - began_at == pytest.approx(21.0, abs=0.002)


@in_virtual_time
async def test_a_stopped_feed_runs_no_timers() -> None:
    centre = Centre()
    centre.start()
    centre.sign_in()
    centre.feed.append(QUEUED)
    centre.feed.stop()
    told = len(centre.log)
    await asyncio.sleep(60.0)
    assert len(centre.log) == told


@in_virtual_time
async def test_a_performer_that_fails_stops_neither_events_nor_timers() -> None:
    centre = Centre()

    def fail(effect: Effect) -> None:
        raise AssertionError("planted")

    centre.react = fail
    centre.start()
    centre.sign_in()
    with pytest.raises(AssertionError, match="planted"):
        centre.feed.append(QUEUED)
    centre.react = lambda _: None
    centre.feed.append(BridgeFailed(CallId("other"), OfferId(99)))
    assert centre.kinds[-1] == "BridgeFailed"
    await asyncio.sleep(30.0)
    assert "OfferClosed" in centre.kinds


@in_virtual_time
async def test_a_new_configuration_is_obeyed() -> None:
    centre = Centre()
    centre.start()
    centre.sign_in()
    centre.feed.append(QUEUED)
    centre.feed.configure({}, {})
    assert [type(effect).__name__ for effect in centre.effects] == [
        *("RingAgent", "StopRinging", "RemoveFromQueue"),
    ]
