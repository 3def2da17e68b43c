"""Calls that wait for an agent, end to end but for packets: who hears what, and what is counted."""

from pathlib import Path

import pytest

from events.agents import AgentState, AgentStateChanged
from events.calls import (
    CallBridged,
    CallEnded,
    CallHeld,
    CallResumed,
    CallUnbridged,
    LegRang,
    Outcome,
    Side,
)
from events.ids import AgentId
from events.queues import (
    CallAbandoned,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
)
from sip.dialogs.leg_events import Answered, HungUp
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up, refuse, sdp
from tests.virtual_time import in_virtual_time

AYU = AgentId("1")


@in_virtual_time
async def test_a_caller_waits_with_music_and_talks_to_the_agent(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1001")
        await caller.until(Answered)
        await house.until(LegRang)
        assert house.hears(house.call.leg) == "music.wav"
        agent.answer()
        answered = await house.until(QueueAnswered)
        assert answered.agent == "1"
        assert house.media.bridged() == {frozenset({1, 2})}
        assert house.hears(house.call.leg) == "leg 2"
        caller.hang_up()
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, Side.CALLER)
        await agent.until(HungUp)
        handled = await house.until(QueueCallHandled)
        assert handled.wrap_up_s == pytest.approx(10.0)
        await house.quiet()


async def talking(house: House) -> tuple[Phone, Phone]:
    """A caller and the agent who took the call."""
    agent = await house.phone("3001")
    agent.on_ring = pick_up
    caller = await house.caller()
    caller.dial("1001")
    await house.until(QueueAnswered)
    return caller, agent


@in_virtual_time
async def test_the_agent_hangs_up_and_the_call_ends(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await talking(house)
        agent.hang_up()
        await caller.until(HungUp)
        ended = await house.until(CallEnded)
        assert ended.outcome is Outcome.ANSWERED
        assert house.the(CallUnbridged).by is Side.AGENT
        await house.quiet()


@in_virtual_time
async def test_the_caller_hears_music_while_the_agent_holds(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await talking(house)
        await caller.until(Answered)
        await house.later(0.1)  # until the dialog stands
        agent.hold()
        held = await house.until(CallHeld)
        assert held.by is Side.AGENT
        assert house.hears(house.call.leg) == "music.wav"
        agent.resume()
        assert (await house.until(CallResumed)).by is Side.AGENT
        assert house.hears(house.call.leg) == "leg 2"
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_nothing_is_sent_to_a_caller_who_holds(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await talking(house)
        await house.later(0.1)  # until the dialog stands
        caller.hold("inactive")
        assert (await house.until(CallHeld)).by is Side.CALLER
        assert house.hears(house.call.leg) == "nothing"
        caller.resume()
        await house.until(CallResumed)
        assert house.hears(house.call.leg) == "leg 2"
        agent.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (486, OfferOutcome.BUSY),
        (603, OfferOutcome.REJECTED),
        (480, OfferOutcome.UNREACHABLE),
        (500, OfferOutcome.UNREACHABLE),
    ],
)
@in_virtual_time
async def test_a_phone_that_refuses_returns_the_caller_with_place_and_age(
    tmp_path: Path, status: int, outcome: OfferOutcome
) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        agent.on_ring = refuse(status)
        caller = await house.caller()
        caller.dial("1001")
        closed = await house.until(OfferClosed)
        assert closed.outcome is outcome
        agent.on_ring = pick_up
        answered = await house.until(QueueAnswered)
        assert answered.entry == house.the(CallQueued).entry
        assert answered.wait_s == pytest.approx(house.clock() - house.at(CallQueued), abs=0.01)
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_an_agent_who_does_not_answer_is_not_asked_again_until_they_act(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1001")
        closed = await house.until(OfferClosed)
        assert closed.outcome is OfferOutcome.NO_ANSWER
        assert house.at(OfferClosed) - house.at(CallOffered) == pytest.approx(20.0, abs=1.1)
        changed = [event for event in house.events if isinstance(event, AgentStateChanged)]
        assert changed[-1].state is AgentState.NOT_ANSWERING
        await agent.until(HungUp)  # our CANCEL
        agent.on_ring = pick_up
        house.parts.desk.make_available(closed.agent)
        await house.until(QueueAnswered)
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_a_phone_that_says_nothing_is_unreachable_after_three_seconds(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        caller = await house.caller()  # and no phone at the agent's contact
        caller.dial("1001")
        closed = await house.until(OfferClosed)
        assert closed.outcome is OfferOutcome.UNREACHABLE
        assert house.at(OfferClosed) - house.at(CallOffered) == pytest.approx(3.0, abs=0.1)
        caller.hang_up()
        await house.until(CallAbandoned)
        await house.quiet()


@in_virtual_time
async def test_a_caller_who_hangs_up_while_the_phone_rings_frees_the_agent(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1001")
        await house.until(LegRang)
        await caller.until(Answered)
        caller.hang_up()
        abandoned = await house.until(CallAbandoned)
        assert house.the(OfferClosed).outcome is OfferOutcome.WITHDRAWN
        assert (await house.until(CallEnded)).outcome is Outcome.ABANDONED
        assert abandoned.wait_s >= 0
        await agent.until(HungUp)
        await house.quiet()
        (view, _) = house.parts.distributor.agents()
        assert view.state is AgentState.AVAILABLE


@in_virtual_time
async def test_an_agent_who_vanishes_gives_the_caller_back_to_the_queue(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, _ = await talking(house)
        house.fall_silent(house.other)
        again = await house.until(CallQueued, count=2)
        assert again.returned
        assert again.waited_s == house.the(QueueAnswered).wait_s
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@pytest.mark.parametrize("who", ["caller", "agent"])
@in_virtual_time
async def test_a_hold_that_began_before_the_bridge_is_counted(tmp_path: Path, who: str) -> None:
    async with House(tmp_path) as house:
        agent, caller = await house.phone("3001"), await house.caller()
        caller.dial("1001")
        await house.until(LegRang)
        if who == "caller":
            caller.hold()
            await house.later(1.0)
            agent.answer()
        else:
            agent.leg.answer(sdp(agent.host, direction="sendonly"))
        held = await house.until(CallHeld)
        assert held.by == who
        await house.later(7.0)
        (caller if who == "caller" else agent).resume()
        await house.until(CallResumed)
        await house.later(3.0)
        caller.hang_up()
        handled = await house.until(QueueCallHandled)
        assert handled.hold_s == pytest.approx(7.0, abs=0.1)
        assert handled.talk_s == pytest.approx(3.0, abs=0.1)


@in_virtual_time
async def test_silence_on_hold_ends_nothing(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await talking(house)
        await house.later(0.1)  # until the dialog stands
        agent.hold("inactive")
        await house.until(CallHeld)
        house.fall_silent(house.other)
        await house.later(600.0)
        assert house.count(CallEnded) == 0
        assert house.count(CallUnbridged) == 0
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_callers_are_served_in_order_of_priority_and_age(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        house.parts.desk.make_not_available(AYU)
        first = await house.caller("62811", port=5061)
        second = await house.caller("62812", port=5062)
        first.dial("1001")
        await house.until(CallQueued)
        await house.later(5.0)
        second.dial("1001")
        await house.until(CallQueued, count=2)
        agent.on_ring = pick_up
        house.parts.desk.make_available(AYU)
        answered = await house.until(QueueAnswered)
        queued = [event for event in house.events if isinstance(event, CallQueued)]
        assert answered.call == queued[0].call
        first.hang_up()
        await house.until(CallBridged, count=2)
        second.hang_up()
        await house.until(CallEnded, count=2)
        await house.quiet()
