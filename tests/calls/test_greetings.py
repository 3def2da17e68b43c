"""What agents hear and press before they get a caller, and phones that ring together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acd.effects import RingAgent
from calls.greeting import words_of
from events.agents import AgentState
from events.calls import CallEnded, LegEnded, LegRang
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import (
    CallOffered,
    OfferAnswered,
    OfferAnsweredLate,
    OfferClosed,
    OfferOutcome,
    OfferPickedUp,
    QueueAnswered,
)
from sip.dialogs.leg_events import HungUp
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time

RING = RingAgent(
    OfferId(1),
    CallId("c"),
    EntryId("e"),
    QueueName("billing"),
    AgentId("1"),
    PhoneId("3001"),
    20.0,
    whisper=("queue", "language", "wait"),
    language="es",
    waited_s=40.4,
)


def support(**settings: Any) -> dict[str, Any]:
    return {"queues": {"support": settings}}


def test_the_whisper_names_queue_language_and_wait() -> None:
    assert words_of(RING, "1", lambda _: True, "en") == [
        *("queue_billing", "language_es"),
        *("whisper_waited", "part_40", "whisper_seconds"),
        *("accept_by_pressing", "part_1"),
    ]


@pytest.mark.parametrize("escalated", [False, True])
def test_the_whisper_tells_that_a_colleague_has_spoken_with_them(escalated: bool) -> None:
    ring = replace(RING, whisper=("colleague",))
    words = words_of(ring, None, lambda _: True, "en", escalated=escalated)
    assert words == (["whisper_colleague"] if escalated else [])


def test_what_has_no_prompt_is_left_out() -> None:
    assert words_of(RING, None, lambda _: False, "en")[0] == "whisper_waited"


@in_virtual_time
async def test_the_caller_hears_music_until_the_agent_accepts(tmp_path: Path) -> None:
    async with House(tmp_path, changes=support(accept_key="1", whisper=["wait"])) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        await house.until(OfferPickedUp)
        assert house.hears(house.call.leg) == "music.wav"
        leg = house.parts.centre.offers.leg_of(house.the(CallOffered).offer)
        assert leg is not None
        assert house.hears(leg).startswith("whisper_waited.wav")
        house.press(leg, "1")
        await house.until(QueueAnswered)
        assert house.talk_to_each_other
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_voicemail_that_picks_up_takes_no_caller(tmp_path: Path) -> None:
    async with House(tmp_path, changes=support(accept_key="1", accept_s=8)) as house:
        machine = await house.phone("3001")
        machine.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        closed = await house.until(OfferClosed)
        assert closed.outcome is OfferOutcome.NO_ANSWER
        assert house.at(OfferClosed) - house.at(OfferPickedUp) == pytest.approx(8.0, abs=0.1)
        assert house.state("1") is AgentState.NOT_ANSWERING
        await machine.until(HungUp)
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_the_first_phone_of_a_group_wins(tmp_path: Path) -> None:
    async with House(tmp_path, changes=support(ring_at_once=2, wrap_up_s=0)) as house:
        ayu, budi = await house.phone("3001"), await house.phone("3003")
        await budi.register()
        caller = await house.caller()
        caller.dial("1001")
        await house.until(LegRang, count=2)
        budi.answer()
        answered = await house.until(QueueAnswered)
        assert answered.agent == "2"
        told = await ayu.until(HungUp)
        assert isinstance(told, HungUp)
        assert (told.cancelled, told.cause) == (True, "Call completed elsewhere")
        assert house.state("1") is AgentState.AVAILABLE
        assert house.count(OfferAnswered) == 1
        ended = [each.cause for each in house.all(LegEnded)]
        assert ended == ["answered_elsewhere"]
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_an_answer_that_crosses_the_cancel_connects_nobody(tmp_path: Path) -> None:
    async with House(tmp_path, changes=support(ring_s=5, lease_grace_s=0)) as house:
        agent = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1001")
        await house.until(LegRang)
        await house.until(OfferClosed)
        agent.answer()
        late = await house.until(OfferAnsweredLate)
        assert (late.agent, house.count(QueueAnswered)) == ("1", 0)
        await house.until(CallOffered, count=2)
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()
