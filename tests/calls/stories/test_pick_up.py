"""A queue's call that rings at one agent's phone, picked up at another: INVITE with Replaces."""

from pathlib import Path

import pytest

from events.agents import AgentState
from events.calls import LegEnded, LegJoined, LegRang
from events.ids import AgentId
from events.queues import OfferClosed, OfferOutcome, QueueAnswered, QueueCallHandled
from sip.dialogs.leg_events import Answered, HungUp, Rejected
from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone, named, pick_up
from tests.calls.stories.test_transfer import over
from tests.virtual_time import in_virtual_time

COLLEAGUES = {"phones": {"3002": {"picks_up": ["staff"], "agent": "2"}}}
NOBODY_SITS_THERE = {"phones": {"3002": {"picks_up": ["staff"]}}}
NOT_ALLOWED = {"phones": {"3002": {"agent": "2"}}}
WITH_A_WORD = {**COLLEAGUES, "queues": {"support": {"accept_key": "1"}}}


async def offered(house: House) -> tuple[Phone, Phone, Phone]:
    """A caller waits and Ayu's phone rings; beside it stands another one."""
    agent, colleague = await house.phone("3001"), await house.phone("3002")
    caller = await house.caller()
    caller.dial("1001")
    await house.until(LegRang)
    return caller, agent, colleague


def rings(house: House, phone: Phone, more: str = "") -> tuple[tuple[str, str]]:
    """The dialog that rings there, as a watcher of the phone knows it."""
    ((_, leg),) = house.parts.centre.offers.ringing()
    assert isinstance(leg.sip, SipLeg)
    ours, theirs = leg.sip.local_tag, phone.leg.local_tag
    return (("Replaces", f"{phone.leg.call_id};to-tag={ours};from-tag={theirs}{more}"),)


@in_virtual_time
async def test_a_colleague_takes_what_rings_at_an_agent_s_phone(tmp_path: Path) -> None:
    async with House(tmp_path, changes=COLLEAGUES) as house:
        caller, agent, colleague = await offered(house)
        colleague.dial("3001", headers=rings(house, agent))
        await colleague.until(Answered)
        cancelled = await agent.until(HungUp)
        assert isinstance(cancelled, HungUp)
        assert cancelled.cancelled
        assert house.talk_to_each_other
        assert house.the(QueueAnswered).agent == "2"
        assert house.the(OfferClosed).outcome is OfferOutcome.WITHDRAWN
        assert house.all(LegEnded)[0].cause == "answered_elsewhere"
        assert house.the(LegJoined).target == "3002"
        assert house.state("1") is AgentState.AVAILABLE
        assert house.state("2") is AgentState.TALKING
        caller.hang_up()
        await colleague.until(HungUp)
        assert house.state("2") is AgentState.WRAP_UP
        await over(house)
        assert house.the(QueueCallHandled).agent == "2"


@in_virtual_time
async def test_who_is_offered_another_call_meanwhile_gives_it_back(tmp_path: Path) -> None:
    async with House(tmp_path, changes=COLLEAGUES) as house:
        first, agent, colleague = await offered(house)
        replaces = rings(house, agent)
        second = await house.caller("62822", port=5061)
        second.dial("1001")
        await house.until(LegRang, count=2)
        colleague.dial("3001", headers=replaces)
        await house.until(QueueAnswered)
        agent.on_ring = pick_up  # the second caller is offered to who is free again
        await house.until(QueueAnswered, count=2)
        assert [each.agent for each in house.all(QueueAnswered)] == ["2", "1"]
        first.hang_up()
        second.hang_up()
        await house.quiet()


@in_virtual_time
async def test_who_is_paused_may_help_and_is_paused_again(tmp_path: Path) -> None:
    async with House(tmp_path, changes=COLLEAGUES) as house:
        caller, agent, colleague = await offered(house)
        house.parts.centre.services.desk.make_not_available(AgentId("2"))
        colleague.dial("3001", headers=rings(house, agent))
        await house.until(QueueAnswered)
        assert house.state("2") is AgentState.TALKING
        caller.hang_up()
        await over(house)
        assert house.state("2") is AgentState.NOT_AVAILABLE


@pytest.mark.parametrize(
    ("changes", "status"), [(NOBODY_SITS_THERE, 403), (NOT_ALLOWED, 403)], ids=["nobody", "class"]
)
@in_virtual_time
async def test_it_is_an_agent_who_may_that_picks_up(
    tmp_path: Path, changes: dict[str, object], status: int
) -> None:
    async with House(tmp_path, changes=changes) as house:
        caller, agent, colleague = await offered(house)
        colleague.dial("3001", headers=rings(house, agent))
        assert await refused_with(colleague) == status
        agent.answer()
        await house.until(QueueAnswered)
        assert house.the(QueueAnswered).agent == "1"
        caller.hang_up()
        await over(house)


async def refused_with(phone: Phone) -> int:
    event = await phone.until(Rejected)
    assert isinstance(event, Rejected)
    return event.status


@in_virtual_time
async def test_who_talks_with_somebody_cannot_have_a_second_one(tmp_path: Path) -> None:
    async with House(tmp_path, changes=COLLEAGUES) as house:
        other, colleague = await house.phone("3004"), await house.phone("3002")
        colleague.on_ring = pick_up
        other.dial("3002")
        await other.until(Answered)
        caller, agent = await house.caller(), await house.phone("3001")
        caller.dial("1001")
        await house.until(LegRang, count=2)
        colleague.dial("3001", headers=rings(house, agent))
        assert await refused_with(colleague) == 486
        caller.hang_up()
        other.hang_up()
        await house.quiet()


@pytest.mark.parametrize(("more", "status"), [(";early-only", 486), ("", 403)])
@in_virtual_time
async def test_who_hears_whom_they_get_has_the_call(tmp_path: Path, more: str, status: int) -> None:
    async with House(tmp_path, changes=WITH_A_WORD) as house:
        caller, agent, colleague = await offered(house)
        agent.answer()
        await house.later(0.5)
        ((_, leg),) = house.parts.centre.offers.ringing()
        assert leg.answered
        colleague.dial("3001", headers=(("Replaces", named(agent.leg, more)),))
        assert await refused_with(colleague) == status
        house.press(leg, "1")
        await house.until(QueueAnswered)
        assert house.the(QueueAnswered).agent == "1"
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_what_rings_no_more_cannot_be_picked_up(tmp_path: Path) -> None:
    async with House(tmp_path, changes=COLLEAGUES) as house:
        caller, agent, colleague = await offered(house)
        replaces = rings(house, agent)
        caller.hang_up()
        await house.later(0.1)
        colleague.dial("3001", headers=replaces)
        assert await refused_with(colleague) == 481
        await house.quiet()
