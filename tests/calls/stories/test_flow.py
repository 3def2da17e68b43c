"""Calls in flows, end to end but for packets: keys, queues, transfers, and every way to leave."""

from pathlib import Path

import pytest

from events.calls import (
    CallAnswered,
    CallBridged,
    CallEnded,
    CallTransferred,
    FlowLeft,
    LegRang,
    NodeVisited,
    Outcome,
    Side,
)
from events.ids import AgentId, TrunkName
from events.queues import CallAbandoned, CallFlowedOut, CallQueued, QueueAnswered
from sip.dialogs.leg_events import Answered, HungUp
from tests.calls.house import House
from tests.calls.phone import Phone, ignore, pick_up, refuse, sdp
from tests.calls.plan import FLOWS
from tests.virtual_time import in_virtual_time


async def in_the_menu(house: House, number: str = "62811") -> Phone:
    caller = await house.caller(number)
    caller.dial("1000")
    await house.until(NodeVisited)  # the greeting
    await house.later(0.1)
    return caller


def path(house: House) -> list[tuple[str, str]]:
    """Nodes and how each was left."""
    return [(visit.node, visit.outcome) for visit in house.all(NodeVisited)]


def variables(house: House) -> dict[str, object]:
    return dict(house.all(NodeVisited)[-1].position["variables"])


# Keys


@in_virtual_time
async def test_a_key_leads_to_the_queue_and_the_agent(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await in_the_menu(house)
        assert house.hears(house.call.leg) == "menu.wav"
        house.press(house.call.leg, "1")
        await house.until(QueueAnswered)
        assert path(house) == [("hello", "next"), ("menu", "1")]
        assert house.talk_to_each_other
        agent.hang_up()
        ended = await house.until(CallEnded)
        assert path(house)[2:] == [("wait", "next"), ("bye", "hung_up")]
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, Side.SYSTEM)
        assert house.the(FlowLeft).contained is False
        await caller.until(HungUp)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_key_stops_the_prompt_and_is_kept_for_the_menu(tmp_path: Path) -> None:
    async with House(tmp_path, lengths_s={"hello": 30.0, "menu": 30.0}) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallAnswered)
        await house.later(5.0)
        house.press(house.call.leg, "1")
        await house.until(CallQueued)
        assert house.at(CallQueued) - house.at(CallAnswered) == pytest.approx(5.0, abs=0.1)
        await house.later(0.1)
        assert house.hears(house.call.leg) == "music.wav"


@in_virtual_time
async def test_the_prompt_ends_with_the_first_key_though_more_may_come(tmp_path: Path) -> None:
    async with House(tmp_path, lengths_s={"number": 30.0}) as house:
        await in_the_menu(house)
        house.press(house.call.leg, "4")
        await house.until(NodeVisited, count=2)
        await house.later(1.0)
        assert house.hears(house.call.leg) == "number.wav"
        house.press(house.call.leg, "7")
        await house.later(1.0)
        assert house.hears(house.call.leg) == "nothing"


@in_virtual_time
async def test_what_is_typed_ahead_serves_node_after_node(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallAnswered)
        house.press(house.call.leg, "4123#")
        await house.until(NodeVisited, count=3)
        assert path(house) == [("hello", "next"), ("menu", "4"), ("account", "next")]
        assert variables(house)["account"] == "123"
        assert house.at(NodeVisited, count=3) - house.at(CallAnswered) < 0.1


@in_virtual_time
async def test_a_silent_caller_is_asked_again_and_then_sent_off(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller = await in_the_menu(house)
        await house.later(6.5)  # the question and its five seconds of silence
        assert house.hears(house.call.leg) == "hint.wav, menu.wav"
        ended = await house.until(CallEnded)
        assert path(house)[1:] == [("menu", "no_input"), ("bye", "hung_up")]
        assert (ended.outcome, ended.hung_up_by) == (Outcome.CONTAINED, Side.SYSTEM)
        await caller.until(HungUp)
        await house.quiet()


# Queues


@in_virtual_time
async def test_a_caller_whom_the_customers_file_calls_vip_goes_first(tmp_path: Path) -> None:
    customers = tmp_path / "customers.csv"
    customers.write_text("number,name,vip\n+62 899,Citra,yes\n", encoding="utf-8")
    async with House(tmp_path, changes={"customers": str(customers)}) as house:
        agent = await house.phone("3001")
        agent.on_ring = refuse(486)
        callers = [await house.caller("62811", port=5061), await house.caller("62899", port=5062)]
        for caller in callers:
            caller.dial("1000")
            await caller.until(Answered)
            house.press(list(house.parts.centre.calls.values())[-1].leg, "1")
            await house.later(10.0)
        agent.on_ring = pick_up
        answered = await house.until(QueueAnswered)
        plain, vip = house.all(CallQueued)
        assert (plain.priority, vip.priority) == (0, 5)
        assert answered.call == vip.call


@in_virtual_time
async def test_a_caller_whom_the_queue_gives_back_takes_the_other_branch(tmp_path: Path) -> None:
    changes = {"queues": {"support": {"max_wait_s": 30}}}
    async with House(tmp_path, changes=changes, lengths_s={"sorry": 3.0}) as house:
        await in_the_menu(house)
        house.press(house.call.leg, "1")
        left = await house.until(CallFlowedOut)
        assert left.reason == "timeout"
        assert left.wait_s == pytest.approx(30.0)
        await house.later(1.0)
        assert house.hears(house.call.leg) == "sorry.wav"
        ended = await house.until(CallEnded)
        assert ended.outcome is Outcome.UNSERVED, "they wanted somebody and got nobody"
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_comfort_message_interrupts_the_music(tmp_path: Path) -> None:
    async with House(tmp_path, lengths_s={"comfort": 4.0}) as house:
        await in_the_menu(house)
        house.press(house.call.leg, "1")
        await house.until(CallQueued)
        await house.later(29.0)
        assert house.hears(house.call.leg) == "music.wav"
        await house.later(2.0)
        assert house.hears(house.call.leg) == "comfort.wav"
        await house.later(4.0)
        assert house.hears(house.call.leg) == "music.wav"


@in_virtual_time
async def test_an_agent_who_answers_during_the_comfort_message_is_heard_at_once(
    tmp_path: Path,
) -> None:
    async with House(tmp_path, lengths_s={"comfort": 4.0}) as house:
        agent = await house.phone("3001")
        house.parts.desk.make_not_available(AgentId("1"))
        await in_the_menu(house)
        house.press(house.call.leg, "1")
        await house.until(CallQueued)
        await house.later(31.0)
        assert house.hears(house.call.leg) == "comfort.wav"
        agent.on_ring = pick_up
        house.parts.desk.make_available(AgentId("1"))
        await house.until(QueueAnswered)
        await house.later(1.0)
        assert house.talk_to_each_other


@in_virtual_time
async def test_an_agent_who_answers_on_hold_leaves_the_music_to_the_caller(
    tmp_path: Path,
) -> None:
    """The comfort message that is cut short must not take the music on hold along."""
    async with House(tmp_path, lengths_s={"comfort": 4.0}) as house:
        agent = await house.phone("3001")
        house.parts.desk.make_not_available(AgentId("1"))
        await in_the_menu(house)
        house.press(house.call.leg, "1")
        await house.until(CallQueued)
        await house.later(31.0)
        agent.on_ring = lambda phone, leg: leg.answer(sdp(phone.host, direction="sendonly"))
        house.parts.desk.make_available(AgentId("1"))
        await house.until(QueueAnswered)
        await house.later(1.0)
        assert house.hears(house.call.leg) == "music.wav"


@in_virtual_time
async def test_keys_pressed_to_an_agent_are_nobody_elses(tmp_path: Path) -> None:
    flow = """
languages: [en]
start: wait
nodes:
  wait: {kind: queue, queue: support, comfort: comfort, next: survey, otherwise: end}
  survey: {kind: menu, prompt: menu, choices: {5: end}, otherwise: end}
"""
    async with House(tmp_path, flows={"main": flow}) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1000")
        await house.until(QueueAnswered)
        house.press(house.call.leg, "5")
        await house.later(1.0)
        agent.hang_up()
        await house.until(NodeVisited)
        await house.later(0.5)
        assert house.hears(house.call.leg) == "menu.wav"


# Transfers


async def transferred(house: House, key: str = "2") -> Phone:
    caller = await in_the_menu(house)
    house.press(house.call.leg, key)
    return caller


@in_virtual_time
async def test_a_transfer_that_is_answered_comes_back_when_the_other_side_hangs_up(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        other = await house.phone("3002")
        await transferred(house)
        await house.until(LegRang)
        assert house.hears(house.call.leg) == "ringback"
        other.answer()
        passed_on = await house.until(CallTransferred)
        assert (passed_on.by, passed_on.target) == (Side.SYSTEM, "3002")
        assert house.talk_to_each_other
        other.hang_up()
        await house.until(NodeVisited, count=3)
        assert path(house)[2] == ("away", "next")
        assert (await house.until(CallEnded)).outcome is Outcome.ANSWERED
        await house.quiet()


@pytest.mark.parametrize(
    ("status", "outcome", "then"),
    [
        (486, "busy", "number.wav"),
        (480, "failed", "sorry.wav"),
        (500, "failed", "sorry.wav"),
        (603, "failed", "sorry.wav"),
    ],
)
@in_virtual_time
async def test_a_transfer_that_is_refused(
    tmp_path: Path, status: int, outcome: str, then: str
) -> None:
    async with House(tmp_path, lengths_s={"sorry": 5.0, "number": 5.0}) as house:
        other = await house.phone("3002")
        other.on_ring = refuse(status)
        await transferred(house)
        await house.until(NodeVisited, count=3)
        assert path(house)[2] == ("away", outcome)
        await house.later(0.5)
        assert house.hears(house.call.leg) == then
        assert house.count(CallTransferred) == 0
        assert not house.is_in_use("3002")


@in_virtual_time
async def test_a_transfer_that_nobody_answers_stops_ringing_for_both(tmp_path: Path) -> None:
    async with House(tmp_path, lengths_s={"menu": 5.0}) as house:
        other = await house.phone("3002")
        caller = await transferred(house)
        await house.until(NodeVisited, count=3)
        assert path(house)[2] == ("away", "no_answer")
        waited_s = house.at(NodeVisited, count=3) - house.at(LegRang)
        assert waited_s == pytest.approx(house.settings.calls.ring_phone_s, abs=0.1)
        await other.until(HungUp)  # our CANCEL
        await house.later(0.5)
        assert house.hears(house.call.leg) == "menu.wav"
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_a_transfer_to_a_phone_that_is_not_there_fails(tmp_path: Path) -> None:
    """The phone is silent, and Timer B says so in the end."""
    async with House(tmp_path) as house:
        other = await house.phone("3002")
        other.on_ring = ignore
        await other.unplug()
        await transferred(house)
        await house.until(NodeVisited, count=3)
        assert path(house)[2] == ("away", "failed")


@in_virtual_time
async def test_a_flow_may_dial_out_for_callers_whom_the_plan_allows(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        await transferred(house, "3")
        await house.until(CallBridged)
        assert gateway.leg.invite.uri.startswith("sip:900@")
        assert house.parts.trunks.calls_active(TrunkName("carrier")) == 2


@in_virtual_time
async def test_a_phone_calls_a_flow_with_its_own_permissions(tmp_path: Path) -> None:
    async with House(tmp_path, lengths_s={"sorry": 5.0}) as house:
        staff = await house.phone("3001")
        staff.dial("1000")
        await house.until(NodeVisited)
        house.press(house.call.leg, "3")
        await house.until(NodeVisited, count=3)
        assert path(house)[2] == ("out", "failed"), "3001 may not dial out"
        staff.hang_up()
        await house.until(CallEnded)
        manager = await house.phone("3002")
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        manager.dial("1000")
        await house.until(CallAnswered, count=2)
        house.press(house.call.leg, "3")
        await house.until(CallBridged)


# Hanging up

LONG = {"hello": 20.0, "menu": 20.0, "number": 20.0, "bye": 20.0, "sorry": 20.0}
KEYS_TO = {"hello": "", "menu": "", "wait": "1", "away": "2", "account": "4", "listen": "5"}


@pytest.mark.parametrize("node", KEYS_TO)
@in_virtual_time
async def test_a_caller_hangs_up_in_every_node(tmp_path: Path, node: str) -> None:
    flow = {"main": house_flow_with_on_hangup()}
    async with House(tmp_path, flows=flow, lengths_s=LONG) as house:
        other = await house.phone("3002")
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallAnswered)
        await house.later(25.0 if node == "menu" else 1.0)
        house.press(house.call.leg, KEYS_TO[node])
        await house.later(1.0)
        caller.hang_up()
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ABANDONED, Side.CALLER)
        assert path(house)[-2:] == [(node, "hang_up"), ("note", "next")]
        assert variables(house)["noted"] == "yes"
        assert house.the(FlowLeft).outcome == "hang_up"
        if node == "wait":
            assert house.count(CallAbandoned) == 1
        if node == "away":
            await other.until(HungUp)
        await house.quiet()
        house.assert_counts_balance()


def house_flow_with_on_hangup() -> str:
    note = "  note: {kind: set, values: {noted: 'yes'}, next: end}\n"
    return FLOWS["main"].replace("on_error: bye", "on_error: bye\non_hangup: note") + note


@in_virtual_time
async def test_what_follows_a_hang_up_has_a_time_limit(tmp_path: Path) -> None:
    flow = """
languages: [en]
start: hello
on_hangup: dawdle
nodes:
  hello: {kind: say, prompt: hello, next: end}
  dawdle: {kind: ring, seconds: 100, next: end}
"""
    async with House(tmp_path, flows={"main": flow}, lengths_s=LONG) as house:
        caller = await house.caller()
        caller.dial("1000")
        await caller.until(Answered)
        await house.later(1.0)
        caller.hang_up()
        await house.until(CallEnded)
        over_s = house.at(CallEnded) - house.at(NodeVisited)
        assert over_s == pytest.approx(house.settings.calls.hang_up_s, abs=0.1)
        await house.quiet()


# Errors


@in_virtual_time
async def test_a_node_that_fails_leads_to_on_error(tmp_path: Path) -> None:
    flow = """
languages: [en]
start: wait
on_error: sorry
nodes:
  wait:
    kind: queue
    queue: support
    priority: "{{ 1 / (customer.number | length) }}"
    otherwise: end
  sorry: {kind: hang_up, prompt: sorry}
"""
    async with House(tmp_path, flows={"main": flow}, lengths_s=LONG) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.until(NodeVisited)
        assert path(house) == [("wait", "error")]
        await house.later(1.0)
        assert house.hears(house.call.leg) == "sorry.wav"
        ended = await house.until(CallEnded)
        assert ended.outcome is Outcome.FAILED
        assert house.count(CallQueued) == 0
        await caller.until(HungUp)
        await house.quiet()
