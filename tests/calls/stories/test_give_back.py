"""Callers whom their own carrier passes on: REFER of ours, and what becomes of it."""

from pathlib import Path
from typing import Any, Final

import pytest

from events.agents import AgentState
from events.calls import CallBridged, CallEnded, CallTransferred, LegDialled, Outcome, Side
from events.queues import QueueAnswered
from sip.dialogs.leg_events import HungUp, Referred
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.calls.plan import CARRIER
from tests.calls.stories.test_transfer import over, passed_on, served
from tests.virtual_time import in_virtual_time

BY_REFER: Final[dict[str, Any]] = {
    "trunks": {"carrier": {"transfer": "refer"}},
    "phones": {"3001": {"permissions": "senior"}},
}


async def sent_out(house: House) -> Phone:
    """A caller from the carrier chose the number outside in the menu."""
    caller = await house.caller()
    caller.dial("1000")
    await house.later(1.5)
    house.press(house.call.leg, "3")
    return caller


@in_virtual_time
async def test_the_carrier_takes_its_caller_back(tmp_path: Path) -> None:
    async with House(tmp_path, changes=BY_REFER) as house:
        caller = await sent_out(house)
        asked = await caller.until(Referred)
        assert isinstance(asked, Referred)
        assert asked.target == f"sip:900@{CARRIER}:5070"
        caller.leg.accept_refer()
        caller.leg.refer_progress(180)
        await house.later(3.0)
        assert house.count(CallEnded) == 0
        caller.leg.refer_progress(200)
        await caller.until(HungUp)
        transferred = house.the(CallTransferred)
        assert (transferred.by, transferred.target_kind) == (Side.SYSTEM, "trunk")
        await over(house)
        ended = house.the(CallEnded)
        assert (ended.outcome, ended.cause) == (Outcome.ANSWERED, "transferred")
        assert house.count(LegDialled) == 0, "no second line of the trunk"


@pytest.mark.parametrize("refusal", ["of the REFER", "of the number", "silence"])
@in_virtual_time
async def test_a_refusal_is_made_good_by_a_bridge(tmp_path: Path, refusal: str) -> None:
    async with House(tmp_path, changes=BY_REFER) as house:
        (await house.gateway()).on_ring = pick_up
        caller = await sent_out(house)
        await caller.until(Referred)
        if refusal == "of the REFER":
            caller.leg.refuse_refer(603)
        else:
            caller.leg.accept_refer()
        if refusal == "of the number":
            caller.leg.refer_progress(486)
        await house.until(CallBridged)
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_a_caller_may_hang_up_meanwhile(tmp_path: Path) -> None:
    async with House(tmp_path, changes=BY_REFER) as house:
        caller = await sent_out(house)
        await caller.until(Referred)
        caller.leg.accept_refer()
        caller.hang_up()
        await over(house)
        assert house.count(CallTransferred) == 0


@in_virtual_time
async def test_without_the_setting_it_is_bridged(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        (await house.gateway()).on_ring = pick_up
        caller = await sent_out(house)
        await house.until(CallBridged)
        assert not caller.has(Referred)
        caller.hang_up()
        await over(house)


@pytest.mark.parametrize("taken", [True, False])
@in_virtual_time
async def test_an_agent_s_transfer_goes_the_same_way(tmp_path: Path, taken: bool) -> None:
    async with House(tmp_path, changes=BY_REFER) as house:
        (await house.gateway()).on_ring = pick_up
        caller, agent = await served(house)
        agent.refer("0900")
        await caller.until(Referred)
        await house.later(1.0)
        assert house.talk_to_each_other, "until the carrier has the caller"
        if taken:
            caller.leg.accept_refer()
            caller.leg.refer_progress(200)
            await caller.until(HungUp)
        else:
            caller.leg.refuse_refer(405)
        await agent.until(HungUp)
        assert agent.referral[-1] == 200
        assert house.state("1") is AgentState.WRAP_UP
        assert passed_on(house) == 1
        if not taken:
            assert house.talk_to_each_other
            caller.hang_up()
        await over(house)
        assert house.count(QueueAnswered) == 1
