"""Offers as phones hear them: every way in which a ringing leg can end, told once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from acd.effects import Connect, RemoveFromQueue, RingAgent, StopRinging
from calls.dialler import Dialling
from calls.leg import Leg, LegListener, Party
from calls.offers import ANSWERED_ELSEWHERE, Offers
from calls.presentation import Presentation, Shown
from calls.settings import PhoneSettings, PresentationSettings
from events.event import Event
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import (
    BridgeFailed,
    OfferAnswered,
    OfferAnsweredLate,
    OfferFailed,
    OfferOutcome,
)
from media.events import DigitPressed, PlaybackFinished
from sip.dialogs.leg_events import Answered, AnsweredLate, HungUp, Rejected, Ringing, Trying
from sip.message import Headers
from tests.calls.scripted import Rig, sound
from tests.virtual_time import in_virtual_time

CALL, ENTRY, OFFER = CallId("c"), EntryId("e"), OfferId(7)
QUEUE, AYU, PHONE = QueueName("support"), AgentId("1"), PhoneId("3001")
RING = RingAgent(OFFER, CALL, ENTRY, QUEUE, AYU, PHONE, 20.0)
PRESENTATION = Presentation(PresentationSettings(), {}, domain="centre.example")
CONNECT = Connect(OFFER, CALL, ENTRY, QUEUE, AYU)


class Waiting:
    codec = "G722"
    takes_noise = True

    """The call of a caller who waits."""

    def __init__(self) -> None:
        self.connects: Callable[[Connect, Leg], bool] = lambda *_: True
        self.left: list[RemoveFromQueue] = []
        self.failed = False

    def next_leg(self) -> str:
        return "c-1"

    def shown(self, queue: QueueName) -> Shown:
        return PRESENTATION.of(CALL, Party("62811", "Citra"), dialled="1001", queue=queue)

    def connect(self, effect: Connect, leg: Leg) -> bool:
        return self.connects(effect, leg)

    def leave_queue(self, effect: RemoveFromQueue) -> None:
        self.left.append(effect)

    customer_first = False
    farewell: Headers = ()

    def fetch(self, ring: RingAgent, came: Callable[[], None]) -> bool:
        return False

    def stop_fetching(self) -> None: ...

    def fail(self) -> None:
        self.failed = True


class Bench:
    """Offers with a dialler of one phone; `log` is what was appended."""

    def __init__(self) -> None:
        self.log: list[Event] = []
        self.call: Waiting | None = Waiting()
        self.rig = Rig("c-1")
        self.dialled: list[Dialling] = []
        self.reachable = True
        self.in_use = False
        self.offers = Offers(
            self,  # type: ignore[arg-type]  # a dialler of one phone
            self.log.append,
            lambda call: self.call if call == CALL else None,
            PRESENTATION,
            provisional_s=3.0,
            phones={PHONE: PhoneSettings(contact="sip:3001@192.0.2.31")},
            speak=lambda ring, key: [sound(f"key {key}")] if key or ring.whisper else [],
        )

    def is_in_use(self, phone: PhoneId) -> bool:
        return self.in_use

    def phone(self, dialling: Dialling, phone: PhoneId, listener: LegListener) -> Leg | None:
        self.dialled.append(dialling)
        if not self.reachable:
            return None
        self.rig.leg.join(self.rig.sip, listener)
        return self.rig.leg

    def rings(self, **wishes: Any) -> None:
        self.offers.perform(replace(RING, **wishes), 0.0)

    def presses(self, key: str) -> None:
        self.rig.media.on_event(DigitPressed(key, 80))

    def heard_out(self) -> None:
        """Everything that was played has been heard."""
        self.rig.media.on_event(PlaybackFinished(1))

    def hears(self, *events: object) -> None:
        for event in events:
            self.rig.sip.on_event(event)  # type: ignore[arg-type]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.log]

    @property
    def failure(self) -> OfferOutcome | None:
        failed = [event.outcome for event in self.log if isinstance(event, OfferFailed)]
        assert len(failed) <= 1, "told once"
        return failed[0] if failed else None


@in_virtual_time
async def test_the_phone_shows_queue_and_caller() -> None:
    bench = Bench()
    bench.rings()
    (dialling,) = bench.dialled
    assert (dialling.number, dialling.display) == ("62811", "support · Citra")
    assert dialling.headers == (("X-Sentral-Call", "c"), ("X-Sentral-Queue", "support"))
    assert (dialling.agent, dialling.decided_at) == (AYU, 0.0)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (ANSWERED_ELSEWHERE, 'hang up Reason: SIP;cause=200;text="Call completed elsewhere"'),
        ("no_answer", "hang up"),
    ],
)
@in_virtual_time
async def test_a_call_that_somebody_else_answered_is_not_missed(reason: str, said: str) -> None:
    bench = Bench()
    bench.rings()
    bench.offers.perform(StopRinging(OFFER, reason), 1.0)
    assert bench.rig.sip.said == [said]


@in_virtual_time
async def test_a_phone_that_only_says_trying_is_there() -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Trying())
    await asyncio.sleep(10.0)
    assert bench.failure is None
    bench.hears(Ringing(180))
    assert bench.kinds == ["LegRang"]


@in_virtual_time
async def test_a_phone_that_rings_and_answers_is_connected() -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Ringing(180), Ringing(180))
    await asyncio.sleep(10.0)  # it has given a sign of life
    bench.hears(Answered(b"talk"))
    assert bench.log[-1] == OfferAnswered(OFFER)
    assert bench.kinds == ["LegRang", "OfferAnswered"]
    bench.offers.perform(CONNECT, 0.0)
    assert bench.kinds == ["LegRang", "OfferAnswered"], "the call tells of its bridge"
    assert len(bench.offers) == 0
    assert not bench.rig.leg.closed


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(486, OfferOutcome.BUSY), (603, OfferOutcome.REJECTED), (503, OfferOutcome.UNREACHABLE)],
)
@in_virtual_time
async def test_a_refusal_fails_the_offer(status: int, outcome: OfferOutcome) -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Ringing(180), Rejected(status, ""))
    assert bench.failure is outcome
    assert len(bench.offers) == 0


@in_virtual_time
async def test_a_phone_without_a_sign_of_life_is_unreachable() -> None:
    bench = Bench()
    bench.rings()
    await asyncio.sleep(3.1)
    assert bench.failure is OfferOutcome.UNREACHABLE
    assert bench.rig.sip.said == ["hang up"]
    await asyncio.sleep(30.0)
    assert bench.kinds == ["LegEnded", "MediaMeasured", "OfferFailed"]


@in_virtual_time
async def test_a_phone_that_is_nowhere_or_in_use_is_not_rung() -> None:
    nowhere = Bench()
    nowhere.reachable = False
    nowhere.rings()
    assert nowhere.failure is OfferOutcome.UNREACHABLE
    in_use = Bench()
    in_use.in_use = True
    in_use.rings()
    assert in_use.failure is OfferOutcome.BUSY
    assert in_use.dialled == []


@in_virtual_time
async def test_an_offer_for_a_call_that_is_gone_is_withdrawn() -> None:
    bench = Bench()
    bench.call = None
    bench.rings()
    assert bench.failure is OfferOutcome.WITHDRAWN


@in_virtual_time
async def test_a_closed_offer_stops_ringing_and_says_no_more() -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Ringing(180))
    bench.offers.perform(StopRinging(OFFER, "caller_left"), 0.0)
    bench.offers.perform(StopRinging(OFFER, "caller_left"), 0.0)
    bench.hears(Answered(b"talk"), HungUp())
    await asyncio.sleep(10.0)
    assert bench.rig.sip.said == ["hang up"]
    assert bench.kinds == ["LegRang", "LegEnded", "MediaMeasured"]


@in_virtual_time
async def test_a_caller_who_left_before_the_bridge_fails_it() -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Answered(b"talk"))
    assert bench.call is not None
    bench.call.connects = lambda *_: False
    bench.offers.perform(CONNECT, 0.0)
    assert bench.log[-1] == BridgeFailed(CALL, OFFER)
    assert bench.rig.sip.said == ["hang up"]


@in_virtual_time
async def test_a_connection_that_breaks_our_promise_ends_that_call() -> None:
    def broken(effect: Connect, leg: Leg) -> bool:
        raise AssertionError("planted")

    bench = Bench()
    bench.rings()
    bench.hears(Answered(b"talk"))
    assert bench.call is not None
    bench.call.connects = broken
    bench.offers.perform(CONNECT, 0.0)
    assert bench.call.failed
    assert bench.log[-1] == BridgeFailed(CALL, OFFER)
    assert len(bench.offers) == 0


@in_virtual_time
async def test_a_phone_that_hangs_up_in_one_breath_fails_the_offer() -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Answered(b"talk"), HungUp())
    assert bench.failure is OfferOutcome.REJECTED


@in_virtual_time
async def test_leaving_the_queue_is_the_calls_business() -> None:
    bench = Bench()
    effect = RemoveFromQueue(CALL, ENTRY, QUEUE, "timeout", 30.0)
    bench.offers.perform(effect, 0.0)
    assert bench.call is not None
    assert bench.call.left == [effect]


@in_virtual_time
async def test_who_must_accept_is_connected_by_the_key_alone() -> None:
    bench = Bench()
    bench.rings(accept_key="1")
    bench.hears(Ringing(180), Answered(b"talk"))
    assert bench.kinds == ["LegRang", "OfferPickedUp"]
    assert bench.rig.media.did == ["play key 1"]
    bench.presses("2")
    bench.heard_out()
    assert bench.kinds[-1] == "OfferPickedUp", "neither another key nor silence is a yes"
    bench.presses("1")
    assert bench.log[-1] == OfferAnswered(OFFER)
    await asyncio.sleep(30.0)
    assert bench.kinds == ["LegRang", "OfferPickedUp", "OfferAnswered"]


@in_virtual_time
async def test_who_does_not_accept_in_time_did_not_answer() -> None:
    bench = Bench()
    bench.rings(accept_key="1", accept_s=6.0)
    bench.hears(Answered(b"talk"))
    await asyncio.sleep(5.9)
    assert bench.failure is None
    await asyncio.sleep(0.2)
    assert bench.failure is OfferOutcome.NO_ANSWER
    assert bench.rig.sip.said == ["hang up"]


@in_virtual_time
async def test_a_whisper_ends_before_the_caller_is_heard() -> None:
    bench = Bench()
    bench.rings(whisper=("queue",))
    bench.hears(Answered(b"talk"))
    assert bench.kinds == ["OfferPickedUp"]
    bench.heard_out()
    assert bench.kinds == ["OfferPickedUp", "OfferAnswered"]
    assert bench.rig.media.did == ["play key None", "stop"]


@in_virtual_time
async def test_an_endless_whisper_is_cut() -> None:
    bench = Bench()
    bench.rings(whisper=("queue",), accept_s=4.0)
    bench.hears(Answered(b"talk"))
    await asyncio.sleep(4.1)
    assert bench.log[-1] == OfferAnswered(OFFER)


@in_virtual_time
async def test_a_caller_who_leaves_ends_the_greeting() -> None:
    bench = Bench()
    bench.rings(accept_key="1")
    bench.hears(Answered(b"talk"))
    bench.offers.perform(StopRinging(OFFER, "caller_left"), 0.0)
    bench.presses("1")
    await asyncio.sleep(30.0)
    assert bench.kinds == ["OfferPickedUp", "LegEnded", "MediaMeasured"]


@pytest.mark.parametrize(
    ("asked", "header"), [(True, "Call-Info"), (False, None)], ids=["asked", "not asked"]
)
@in_virtual_time
async def test_a_phone_is_asked_to_pick_up_by_itself(asked: bool, header: str | None) -> None:
    bench = Bench()
    bench.rings(auto_answer=asked)
    (dialling,) = bench.dialled
    names = [name for name, _ in dialling.headers if not name.startswith("X-")]
    assert names == ([header] if header else [])


@in_virtual_time
async def test_an_answer_that_crosses_the_cancel_is_told() -> None:
    bench = Bench()
    bench.rings()
    bench.hears(Ringing(180))
    bench.offers.perform(StopRinging(OFFER, "no_answer"), 0.0)
    bench.hears(AnsweredLate())
    assert bench.log[-1] == OfferAnsweredLate(OFFER, CALL, QUEUE, AYU)
