"""Attended transfers and pick-ups: dialogs that take the place of others, RFC 3891."""

from pathlib import Path

import pytest

from events.agents import AgentState
from events.calls import (
    CallEnded,
    CallerReplaced,
    CallTransferred,
    LegJoined,
    LegRang,
    Outcome,
    Side,
)
from events.queues import CallQueued, QueueAnswered, QueueCallHandled
from media.leg import MediaLeg
from sip.dialogs.leg_events import Answered, HungUp, Rejected
from sip.edges.sip_leg import SipLeg
from sip.headers.replaces import Replaces, parse_replaces
from sip.message import header, header_or_none
from tests.calls.house import House
from tests.calls.phone import Phone, named, pick_up
from tests.calls.stories.test_transfer import over, passed_on, served
from tests.virtual_time import in_virtual_time

PICKING_UP = {"phones": {"3002": {"picks_up": ["staff", "senior"]}}}


def in_all(house: House) -> int:
    return len(house.parts.centre.calls)


async def consulting(house: House, number: str = "3002") -> tuple[Phone, Phone, SipLeg]:
    """Ayu talks with a caller, holds them, and has called somebody else from the same phone."""
    caller, agent = await served(house)
    customer = agent.leg
    agent.hold()
    await house.later(1.0)
    agent.dial(number)
    await agent.until(Answered)
    await house.later(4.0)
    return caller, agent, customer


# REFER with Replaces


@pytest.mark.parametrize("direction", ["of the caller to the colleague", "the other way"])
@in_virtual_time
async def test_an_agent_asks_a_colleague_first(tmp_path: Path, direction: str) -> None:
    async with House(tmp_path) as house:
        colleague = await house.phone("3002")
        colleague.on_ring = pick_up
        caller, agent, customer = await consulting(house)
        consultation = agent.leg
        assert house.hears(next(iter(house.parts.centre.calls.values())).leg) == "music.wav"
        if direction == "the other way":
            agent.refer("3002", replaces=named(customer), leg=consultation)
        else:
            agent.refer("3002", replaces=named(consultation), leg=customer)
        await house.later(1.0)
        assert in_all(house) == 1
        assert house.talk_to_each_other
        assert house.state("1") is AgentState.WRAP_UP
        assert customer.ended
        assert consultation.ended
        assert passed_on(house) == 1
        colleague.hang_up()
        await caller.until(HungUp)
        await house.until(CallEnded, count=2)
        await over(house)
        assert {each.outcome for each in house.all(CallEnded)} == {Outcome.ANSWERED}
        assert house.the(QueueCallHandled).talk_s == pytest.approx(5.0, abs=0.3)


@in_virtual_time
async def test_the_consulted_call_knows_where_its_caller_came_from(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        (await house.phone("3002")).on_ring = pick_up
        caller, agent, customer = await consulting(house)
        first, second = list(house.parts.centre.calls.values())
        first.recorder.permit("consented")
        agent.refer("3002", replaces=named(agent.leg), leg=customer)
        await house.later(1.0)
        replaced = house.the(CallerReplaced)
        assert (replaced.call, replaced.came_from) == (second.id, first.id)
        assert replaced.caller == first.state.caller
        assert replaced.trunk == "carrier"
        assert second.state.recording.basis == "consented"
        assert second.number == "62811"
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_a_consulted_queue_keeps_the_place_for_the_caller(tmp_path: Path) -> None:
    """The agent waits in a queue for the caller, and leaves before anybody answers."""
    async with House(tmp_path) as house:
        caller, agent, customer = await consulting(house, "1001")
        agent.refer("1001", replaces=named(agent.leg), leg=customer)
        await house.later(1.0)
        assert house.hears(house.call.leg) == "music.wav"
        other = await house.phone("3003")
        other.on_ring = pick_up
        await other.register()
        await house.until(QueueAnswered, count=2)
        assert house.talk_to_each_other
        assert house.count(CallQueued) == 2
        caller.hang_up()
        await over(house)
        assert passed_on(house) == 1


@in_virtual_time
async def test_a_consulted_flow_goes_on_with_the_caller(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent, customer = await consulting(house, "1000")
        agent.refer("1000", replaces=named(agent.leg), leg=customer)
        await house.later(0.5)
        house.press(house.call.leg, "5")  # echo
        await house.later(1.0)
        assert isinstance(house.call.leg.media, MediaLeg)
        assert house.media.script.legs[house.call.leg.media.id].echoes
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_a_consulted_phone_that_still_rings_rings_for_the_caller(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        colleague = await house.phone("3002")
        caller, agent = await served(house)
        customer = agent.leg
        consultation = agent.dial("3002")
        await house.until(LegRang, count=2)
        await house.later(1.0)
        consult = list(house.parts.centre.calls.values())[1]
        agent.refer("3002", replaces=early(consult.leg.sip, consultation), leg=customer)
        await house.later(1.0)
        assert house.hears(house.call.leg) == "ringback"
        colleague.answer()
        await house.later(1.0)
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


def early(ours: object, theirs: SipLeg) -> str:
    """Names a dialog that is not answered yet, by the tags that both ends know."""
    assert isinstance(ours, SipLeg)
    return f"{theirs.call_id};to-tag={ours.local_tag};from-tag={theirs.local_tag}"


@in_virtual_time
async def test_an_agent_joins_two_callers_who_called_them(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        customer = agent.leg
        agent.hold()
        other = await house.phone("3004")
        other.on_ring = pick_up
        agent.dial("3004")
        await agent.until(Answered)
        agent.refer("3004", replaces=named(customer), leg=agent.leg)
        await house.later(1.0)
        assert house.talk_to_each_other
        assert house.state("1") is AgentState.WRAP_UP
        caller.hang_up()
        await other.until(HungUp)
        await over(house)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [("garbage", 400), ("x;to-tag=1", 400), ("nobody@here;to-tag=1;from-tag=2", 404)],
)
@in_virtual_time
async def test_a_dialog_that_is_none_is_not_joined(tmp_path: Path, wrong: str, status: int) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        agent.refer("1001", replaces=wrong)
        await house.later(1.0)
        assert agent.referral == [status]
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_nobody_joins_the_dialogs_of_others(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        other = await house.phone("3002")
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        other.dial("0900")
        await other.until(Answered)
        agent.refer("3002", replaces=named(other.leg))
        await house.later(1.0)
        assert agent.referral == [403]
        assert in_all(house) == 2
        caller.hang_up()
        other.hang_up()
        await house.until(CallEnded, count=2)
        await over(house)


@in_virtual_time
async def test_a_dialog_with_another_exchange_is_named_to_whom_it_belongs(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        target.on_ring = pick_up
        foreign = "abc@elsewhere;to-tag=1;from-tag=2"
        agent.refer("3002", replaces=foreign)
        await agent.until(HungUp)
        assert header(target.leg.invite, "Replaces") == foreign
        assert header_or_none(target.leg.invite, "Require") == "replaces"
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_an_attended_transfer_meets_a_re_invite(tmp_path: Path) -> None:
    """Glare: both sides of the dialog offer at once, and the transfer is not its victim."""
    async with House(tmp_path) as house:
        colleague = await house.phone("3002")
        colleague.on_ring = pick_up
        caller, agent, customer = await consulting(house)
        first = next(iter(house.parts.centre.calls.values()))
        assert first.conversation is not None
        first.conversation.other.refresh()
        first.leg.refresh()
        agent.refer("3002", replaces=named(agent.leg), leg=customer)
        caller.hold()
        await house.later(10.0)
        assert in_all(house) == 1
        assert not any(isinstance(event, Rejected) for event in agent.heard)
        caller.resume()
        await house.later(5.0)
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@pytest.mark.parametrize("who", ["caller", "colleague", "agent"])
@in_virtual_time
async def test_whoever_hangs_up_just_then_nobody_is_stuck(tmp_path: Path, who: str) -> None:
    async with House(tmp_path) as house:
        colleague = await house.phone("3002")
        colleague.on_ring = pick_up
        caller, agent, customer = await consulting(house)
        consultation = agent.leg
        agent.refer("3002", replaces=named(consultation), leg=customer)
        match who:
            case "caller":
                caller.hang_up()
            case "colleague":
                colleague.hang_up()
            case "agent":
                consultation.hang_up()
                customer.hang_up()
        await house.later(5.0)
        for leg in (caller.leg, colleague.leg, consultation, customer):
            leg.hang_up()
        await house.until(CallEnded, count=2)
        await over(house)


# INVITE with Replaces


async def rejected_with(phone: Phone) -> int:
    event = await phone.until(Rejected)
    assert isinstance(event, Rejected)
    return event.status


@in_virtual_time
async def test_a_manager_picks_up_what_rings_at_a_colleague(tmp_path: Path) -> None:
    async with House(tmp_path, changes=PICKING_UP) as house:
        rings, manager = await house.phone("3001"), await house.phone("3002")
        caller = await house.phone("3004")
        caller.dial("3001")
        await house.until(LegRang)
        manager.dial("3001", headers=(("Replaces", ringing(house)),))
        await manager.until(Answered)
        await caller.until(Answered)
        assert house.talk_to_each_other
        cancelled = await rings.until(HungUp)
        assert isinstance(cancelled, HungUp)
        assert cancelled.cancelled
        assert house.state("1") is AgentState.AVAILABLE
        assert house.the(LegJoined).target == "3002"
        manager.hang_up()
        await caller.until(HungUp)
        await over(house)


def ringing(house: House) -> str:
    """Names the dialog that rings for the one call, as its phone and a watcher of it know it."""
    assert house.call.ringing is not None
    return early(house.call.ringing.leg.sip, house.phones[0].leg)


@in_virtual_time
async def test_a_manager_takes_a_conversation_over(tmp_path: Path) -> None:
    async with House(tmp_path, changes=PICKING_UP) as house:
        caller, agent = await served(house)
        manager = await house.phone("3002")
        manager.dial("3001", headers=(("Replaces", named(agent.leg)),))
        await agent.until(HungUp)
        assert house.talk_to_each_other
        assert house.state("1") is AgentState.WRAP_UP
        assert house.the(CallTransferred).by is Side.AGENT
        manager.hang_up()
        await caller.until(HungUp)
        await over(house)
        assert passed_on(house) == 1


@in_virtual_time
async def test_a_trunk_replaces_its_own_caller(tmp_path: Path) -> None:
    """The carrier's subscriber was passed on over there, and comes back by another dialog."""
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        newcomer = await house.caller("62822", port=5061)
        newcomer.dial("1001", headers=(("Replaces", named(caller.leg)),))
        await caller.until(HungUp)
        assert house.talk_to_each_other
        assert house.call.number == "62822"
        newcomer.hang_up()
        await agent.until(HungUp)
        assert house.state("1") is AgentState.WRAP_UP
        await over(house)


@in_virtual_time
async def test_a_caller_changes_phones_in_the_queue(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller = await house.caller()
        caller.dial("1001")
        await house.later(1.0)
        newcomer = await house.caller("62822", port=5061)
        newcomer.dial("1001", headers=(("Replaces", named(caller.leg)),))
        await caller.until(HungUp)
        assert house.hears(house.call.leg) == "music.wav"
        newcomer.hang_up()
        await over(house)


@pytest.mark.parametrize(
    ("replaces", "status"),
    [
        ("nobody@here;to-tag=1;from-tag=2", 481),
        ("garbage", 400),
        ("of the agent", 403),
        ("of the agent;early-only", 403),
        ("of the caller", 403),
    ],
)
@in_virtual_time
async def test_a_place_that_one_may_not_take(tmp_path: Path, replaces: str, status: int) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        value = replaces.replace("of the agent", named(agent.leg))
        value = value.replace("of the caller", named(caller.leg))
        stranger = await house.phone("3004")
        stranger.dial("3001", headers=(("Replaces", value),))
        assert await rejected_with(stranger) == status
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_early_only_means_early_only(tmp_path: Path) -> None:
    async with House(tmp_path, changes=PICKING_UP) as house:
        caller, agent = await served(house)
        manager = await house.phone("3002")
        manager.dial("3001", headers=(("Replaces", named(agent.leg, ";early-only")),))
        assert await rejected_with(manager) == 486
        two = (("Replaces", named(agent.leg)), ("Replaces", named(caller.leg)))
        manager.dial("3001", headers=two)
        assert await rejected_with(manager) == 400
        caller.hang_up()
        await over(house)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a@b;to-tag=1;from-tag=2", Replaces("a@b", "1", "2")),
        ("a@b ; from-tag=2;to-tag=1;early-only", Replaces("a@b", "1", "2", True)),
    ],
)
def test_a_replaces_value(text: str, read: Replaces) -> None:
    assert parse_replaces(text) == read
