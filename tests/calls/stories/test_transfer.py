"""A party that passes the other one on (REFER): to whom, how it may fail, and who is left then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from events.agents import AgentState
from events.calls import (
    CallBridged,
    CallEnded,
    CallTransferred,
    CallUnbridged,
    FlowEntered,
    LegEnded,
    LegRang,
    Outcome,
    Side,
)
from events.event import Event
from events.queue_report import QueueReport
from events.queues import CallQueued, QueueAnswered, QueueCallHandled
from sip.dialogs.leg_events import HungUp
from sip.edges.sip_leg import SipLeg
from sip.message import header_or_none
from tests.calls.house import House
from tests.calls.phone import Phone, ignore, pick_up, refuse
from tests.virtual_time import in_virtual_time

Answering = Callable[[Phone, SipLeg], None]


async def served(house: House) -> tuple[Phone, Phone]:
    """A caller from the carrier talks with Ayu, by way of the queue."""
    agent, caller = await house.phone("3001"), await house.caller()
    agent.on_ring = pick_up
    caller.dial("1001")
    await house.until(QueueAnswered)
    await house.later(5.0)
    return caller, agent


async def called(house: House, number: str = "3001") -> tuple[Phone, Phone]:
    """3002 has called another phone, or out; it may dial everything."""
    other = await house.gateway() if number.startswith("09") else await house.phone(number)
    other.on_ring = pick_up
    caller = await house.phone("3002")
    caller.dial(number)
    await house.until(CallBridged)
    await house.later(5.0)
    return caller, other


async def over(house: House) -> None:
    """The last call has ended, and nothing is left of any."""
    await house.until(CallEnded)
    await house.quiet()
    house.assert_counts_balance()


def passed_on(house: House) -> int:
    """What the queue's statistics say of it."""
    report = QueueReport()
    for recorded in house.recorded:
        report.observe(recorded)
    return sum(counts.transferred for counts in report.totals().values())


# An agent passes a caller on


@in_virtual_time
async def test_an_agent_passes_a_caller_on_to_a_phone(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        agent.refer("3002")
        await house.until(LegRang, count=2)
        await house.later(3.0)
        assert house.hears(house.call.leg) == "ringback"
        assert house.state("1") is AgentState.TALKING, "until somebody else has the caller"
        target.answer()
        await agent.until(HungUp)
        assert agent.referral == [100, 180, 200]
        assert house.talk_to_each_other
        assert house.state("1") is AgentState.WRAP_UP
        transferred = house.the(CallTransferred)
        assert (transferred.by, transferred.target, transferred.agent) == (Side.AGENT, "3002", "1")
        assert passed_on(house) == 1
        caller.hang_up()
        await over(house)
        handled = house.the(QueueCallHandled)
        assert handled.talk_s == pytest.approx(8.0, abs=0.2)
        assert house.the(CallEnded).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("number", "proof", "hears"),
    [
        ("1000", FlowEntered, "hello.wav"),
        ("1001", CallQueued, "music.wav"),
    ],
)
@in_virtual_time
async def test_an_agent_passes_a_caller_on_to_a_flow_or_a_queue(
    tmp_path: Path, number: str, proof: type[Event], hears: str
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        agent.refer(number)
        await agent.until(HungUp)
        assert agent.referral == [100, 200]
        await house.later(0.2)
        assert house.events.index(house.the(CallTransferred)) < house.events.index(
            house.all(proof)[-1]
        )
        assert house.hears(house.call.leg) == hears
        assert house.state("1") is AgentState.WRAP_UP
        caller.hang_up()
        await over(house)
        assert passed_on(house) == 1


@in_virtual_time
async def test_the_next_agent_s_handling_is_counted_apart(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        other = await house.phone("3003")
        other.on_ring = pick_up
        await other.register()
        agent.refer("1001")
        await house.until(QueueAnswered, count=2)
        await house.later(7.0)
        caller.hang_up()
        await over(house)
        talks = [(each.agent, round(each.talk_s)) for each in house.all(QueueCallHandled)]
        assert talks == [("1", 5), ("2", 7)]
        assert passed_on(house) == 1


@in_virtual_time
async def test_a_caller_passed_on_to_an_agent_s_phone_engages_that_agent(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        other = await house.phone("3003")
        other.on_ring = pick_up
        await other.register()
        agent.refer("3003")
        await house.until(CallBridged, count=2)
        assert house.state("2") is AgentState.BUSY
        other.hang_up()
        await caller.until(HungUp)
        assert house.state("2") is AgentState.AVAILABLE
        await over(house)


@pytest.mark.parametrize(
    ("number", "status"), [("0900", 403), ("5555", 404), ("*72", 403), ("9" * 80, 404)]
)
@in_virtual_time
async def test_nobody_is_sent_where_one_may_not_call(
    tmp_path: Path, number: str, status: int
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        agent.refer(number)
        await house.later(1.0)
        assert agent.referral == [status]
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)
        assert passed_on(house) == 0


@pytest.mark.parametrize(
    ("answering", "status"),
    [(refuse(486), 486), (refuse(603), 603), (refuse(500), 480), (ignore, 480), (None, 480)],
)
@in_virtual_time
async def test_who_cannot_be_passed_on_is_given_back(
    tmp_path: Path, answering: Answering | None, status: int
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        if answering is not None:
            target = await house.phone("3002")
            target.on_ring = answering
        agent.refer("3002" if answering else "3003")
        await house.later(70.0)
        assert agent.referral[-1] == status
        assert house.talk_to_each_other
        assert house.count(CallTransferred) == 0
        agent.hang_up()
        await caller.until(HungUp)
        await over(house)
        assert house.the(QueueCallHandled).talk_s == pytest.approx(75.0, abs=0.5)


@in_virtual_time
async def test_a_second_try_after_a_failure_succeeds(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        target.on_ring = refuse(486)
        agent.refer("3002")
        await house.later(1.0)
        target.on_ring = pick_up
        agent.refer("3002")
        await agent.until(HungUp)
        assert agent.referral == [100, 486, 100, 180, 200]
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@pytest.mark.parametrize("answering", [pick_up, refuse(486), ignore])
@in_virtual_time
async def test_a_phone_that_hangs_up_at_once_has_passed_the_caller_on(
    tmp_path: Path, answering: Answering
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        target.on_ring = answering
        agent.refer("3002")
        agent.hang_up()
        await house.later(1.0)
        assert house.state("1") is AgentState.WRAP_UP
        assert passed_on(house) == 1
        if answering is pick_up:
            assert house.talk_to_each_other
            target.hang_up()
        await caller.until(HungUp)
        await over(house)


@in_virtual_time
async def test_after_a_failed_transfer_without_anybody_left_the_flow_goes_on(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        agent, caller = await house.phone("3001"), await house.caller()
        agent.on_ring = pick_up
        caller.dial("1000")
        await house.later(1.5)
        house.press(house.call.leg, "1")
        await house.until(QueueAnswered)
        target = await house.phone("3002")
        target.on_ring = refuse(486)
        agent.refer("3002")
        agent.hang_up()
        await house.later(0.5)
        assert house.hears(house.call.leg) == "bye.wav"
        await over(house)


@pytest.mark.parametrize("who", ["caller", "agent", "target"])
@pytest.mark.parametrize("when_s", [0.0, 0.001, 3.0])
@in_virtual_time
async def test_whoever_hangs_up_while_it_rings_nobody_is_stuck(
    tmp_path: Path, who: str, when_s: float
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        agent.refer("3002")
        await house.later(when_s)
        match who:
            case "caller":
                caller.hang_up()
            case "agent":
                agent.hang_up()
                await house.until(LegRang, count=2)
                caller.hang_up()
            case "target":
                await house.until(LegRang, count=2)
                target.leg.reject(480)
                await house.later(1.0)
                assert house.talk_to_each_other
                agent.hang_up()
        await over(house)
        assert house.count(CallUnbridged) == 1
        assert passed_on(house) == (who == "agent")


@in_virtual_time
async def test_a_second_refer_has_to_wait(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        await house.phone("3002")
        agent.refer("3002")
        await house.until(LegRang, count=2)
        caller.refer("1001")  # the caller, too, wants to leave
        await house.later(1.0)
        assert caller.referral == [603]
        caller.hang_up()
        await over(house)


@in_virtual_time
async def test_hold_before_and_music_after_a_failed_transfer(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await served(house)
        target = await house.phone("3002")
        agent.hold()
        await house.later(1.0)
        assert house.hears(house.call.leg) == "music.wav"
        agent.refer("3002")
        await house.until(LegRang, count=2)
        assert house.hears(house.call.leg) == "ringback"
        target.leg.reject(486)
        await house.later(1.0)
        assert house.hears(house.call.leg) == "music.wav"
        agent.resume()
        await house.later(1.0)
        assert house.talk_to_each_other
        caller.hang_up()
        await over(house)


@pytest.mark.parametrize(
    ("target", "by", "told"),
    [
        ("3002", "<sip:3001@192.0.2.1>", "<sip:3001@192.0.2.1>"),
        ("0900", "<sip:3001@192.0.2.1>", None),
        ("3002", "<<", 400),
    ],
)
@in_virtual_time
async def test_a_phone_may_say_who_sent_the_caller(
    tmp_path: Path, target: str, by: str, told: str | int | None
) -> None:
    async with House(tmp_path, changes={"phones": {"3001": {"permissions": "senior"}}}) as house:
        caller, agent = await served(house)
        rung = await house.gateway() if target == "0900" else await house.phone(target)
        agent.refer(target, headers=(("Referred-By", by),))
        await house.later(1.0)
        if told == 400:
            assert agent.referral == [400]
        else:
            assert header_or_none(rung.leg.invite, "Referred-By") == told
        caller.hang_up()
        await over(house)


# Nobody to be passed on


@in_virtual_time
async def test_who_speaks_with_nobody_passes_nobody_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.later(0.5)
        caller.refer("1001")
        await house.later(0.5)
        assert caller.referral == [603]
        caller.hang_up()
        await over(house)


# A caller passes on whom they called


@pytest.mark.parametrize("dialled", ["3001", "0900"])
@pytest.mark.parametrize("number", ["3003", "1000", "1001", "0977"])
@in_virtual_time
async def test_a_caller_passes_on_whom_they_called(
    tmp_path: Path, dialled: str, number: str
) -> None:
    async with House(tmp_path) as house:
        caller, other = await called(house, dialled)
        third = await house.phone("3003")
        third.on_ring = pick_up
        await third.register()
        if dialled != "0900":
            (await house.gateway()).on_ring = pick_up
        caller.refer(number)
        await caller.until(HungUp)
        assert caller.referral[-1] == 200
        await house.later(8.0 if number == "1001" else 1.5)
        transferred = house.the(CallTransferred)
        assert transferred.by is Side.CALLER
        if number == "1000":
            assert house.hears(house.call.leg) == "menu.wav"
        else:
            assert house.talk_to_each_other
        if dialled == "3001":
            assert house.state("1") is AgentState.BUSY
        other.legs[0].hang_up()
        await over(house)
        assert house.state("1") is AgentState.AVAILABLE


@in_virtual_time
async def test_a_caller_whose_transfer_fails_goes_on_talking(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, other = await called(house)
        caller.refer("3003")
        await house.later(1.0)
        assert caller.referral == [100, 480]
        assert house.talk_to_each_other
        caller.hang_up()
        await other.until(HungUp)
        await over(house)
        assert house.count(LegEnded) >= 1


@pytest.mark.parametrize("who", ["caller", "other"])
@in_virtual_time
async def test_a_hang_up_while_the_caller_s_target_rings(tmp_path: Path, who: str) -> None:
    async with House(tmp_path) as house:
        caller, other = await called(house)
        target = await house.phone("3004")
        caller.refer("3004")
        await house.until(LegRang, count=2)
        if who == "caller":
            caller.hang_up()
            await house.later(1.0)
            target.answer()
            await house.later(1.0)
            assert house.talk_to_each_other
            other.hang_up()
            await target.until(HungUp)
        else:
            other.hang_up()
            await caller.until(HungUp)
        await over(house)


@in_virtual_time
async def test_a_caller_passes_their_agent_on(tmp_path: Path) -> None:
    """The queue's part ends there; the agent is busy with the call until it is over."""
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("1001")
        await house.until(QueueAnswered)
        target = await house.phone("3004")
        target.on_ring = pick_up
        caller.refer("3004")
        await caller.until(HungUp)
        assert house.state("1") is AgentState.BUSY
        assert house.talk_to_each_other
        target.hang_up()
        await agent.until(HungUp)
        await over(house)
