"""The process dies while somebody is being passed on, and starts again from the log alone."""

from pathlib import Path

import pytest

from events.agents import AgentState
from events.calls import CallBridged, CallEnded, CallTransferred, FlowEntered, LegEnded, LegRang
from events.ids import AgentId
from events.queues import CallQueued, QueueAnswered
from sip.dialogs.leg_events import Answered, HungUp, Referred
from tests.calls.house import House
from tests.calls.phone import named, pick_up
from tests.calls.stories.test_give_back import BY_REFER, sent_out
from tests.calls.stories.test_transfer import called, over, served
from tests.scenario.stages import dies
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_while_it_rings_both_are_given_back_to_each_other(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        await house.phone("3002")
        agent.refer("3002")
        await house.until(LegRang, count=2)
        assert await dies(house) == 1
        await house.later(1.0)
        assert house.talk_to_each_other
        assert agent.referral[-1] == 503
        assert house.the(LegEnded).cause == "restart"
        assert house.count(CallTransferred) == 0
        agent.hang_up()
        await caller.until(HungUp)
        await over(house)


@in_virtual_time
async def test_a_caller_left_alone_is_rung_for_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        agent.refer("3002")
        agent.hang_up()
        await house.until(LegRang, count=2)
        assert await dies(house) == 1
        target.on_ring = pick_up
        await house.until(CallBridged, count=2)
        await house.later(0.1)
        assert house.talk_to_each_other
        target.hang_up()
        await caller.until(HungUp)
        await over(house)
        assert house.count(CallTransferred) == 1


@pytest.mark.parametrize("number", ["3002", "1000", "1001"])
@in_virtual_time
async def test_who_was_passed_on_goes_on_there(tmp_path: Path, number: str) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        target.on_ring = pick_up
        agent.refer(number)
        await agent.until(HungUp)
        await house.later(0.5)
        house.parts.desk.make_not_available(AgentId("1"))
        assert await dies(house) == 1
        await house.later(0.2)
        heard = {"1000": "hello.wav", "1001": "music.wav"}
        if number in heard:
            assert house.hears(house.call.leg) == heard[number]
        else:
            assert house.talk_to_each_other
        assert house.count(FlowEntered) == (number == "1000")
        assert house.count(CallQueued) == 1 + (number == "1001")
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_whom_a_caller_passed_on_is_the_caller_afterwards(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, other = await called(house)
        target = await house.phone("3004")
        target.on_ring = pick_up
        caller.refer("3004")
        await caller.until(HungUp)
        assert await dies(house) == 1
        await house.later(0.5)
        assert house.talk_to_each_other
        assert house.state("1") is AgentState.BUSY
        assert house.is_in_use("3001")
        assert house.is_in_use("3004")
        assert not house.is_in_use("3002")
        assert house.call.number == "3001"
        target.hang_up()
        await other.until(HungUp)
        await over(house)
        assert house.state("1") is AgentState.AVAILABLE


@in_virtual_time
async def test_two_who_were_joined_stay_so(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        colleague = await house.phone("3002")
        colleague.on_ring = pick_up
        customer = agent.leg
        agent.dial("3002")
        await agent.until(Answered)
        await house.later(1.0)
        agent.refer("3002", replaces=named(agent.leg), leg=customer)
        await house.later(1.0)
        assert await dies(house) == 1
        await house.later(0.5)
        assert house.talk_to_each_other
        assert house.call.number == "62811"
        colleague.hang_up()
        await caller.until(HungUp)
        await house.until(CallEnded, count=2)
        await over(house)
        assert house.count(QueueAnswered) == 1


@pytest.mark.parametrize("who", ["flow", "agent"])
@in_virtual_time
async def test_a_carrier_that_has_not_reported_yet(tmp_path: Path, who: str) -> None:
    async with House(tmp_path, changes=BY_REFER) as house:
        if who == "flow":
            caller = await sent_out(house)
        else:
            caller, agent = await served(house)
            agent.refer("0900")
        await caller.until(Referred)
        caller.leg.accept_refer()
        await house.later(1.0)
        caller.heard.clear()
        assert await dies(house) == 1
        caller.leg.refer_progress(486)
        await house.later(1.0)
        if who == "flow":
            await caller.until(Referred)
        else:
            assert house.talk_to_each_other
        caller.hang_up()
        await over(house)
        assert house.count(CallTransferred) == 0
