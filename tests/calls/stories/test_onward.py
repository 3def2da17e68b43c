"""Flows that send their callers on: to an agent, into a queue, to another flow."""

from pathlib import Path

import pytest

from calls.stories.onward import MAX_PASSED_ON
from events.calls import (
    CallAnswered,
    CallBridged,
    CallEnded,
    CallRouted,
    CallTransferred,
    FlowEntered,
    FlowLeft,
    NodeVisited,
    Outcome,
    Side,
)
from events.event import Event
from events.ids import AgentId, FlowName
from events.queues import CallQueued, QueueAnswered
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.calls.plan import NUMBERS
from tests.virtual_time import in_virtual_time

ELSEWHERE = {
    "main": """
languages: [en]
start: hello
nodes:
  hello: {kind: say, prompt: hello, next: away}
  away: {kind: transfer, to: "4100", otherwise: sorry}
  sorry: {kind: hang_up, prompt: sorry}
""",
    "other": """
languages: [en]
start: menu
nodes:
  menu: {kind: say, prompt: menu, next: back}
  back: {kind: transfer, to: "1000", otherwise: bye}
  bye: {kind: hang_up, prompt: bye}
""",
}
TO_AGENT = {
    "main": """
languages: [en]
start: away
nodes:
  away: {kind: transfer, agent: "{{ 1 + 0 }}", failed: bye, otherwise: sorry}
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
"""
}
GIVES = {
    "main": """
languages: [en, es]
start: hello
nodes:
  hello: {kind: set, values: {account: "{{ 40 + 2 }}", language_was: "{{ language }}"}, next: asked}
  asked: {kind: secure, prompt: hello, into: card, max_digits: 4, next: spanish, otherwise: spanish}
  spanish: {kind: language, language: es, next: away}
  away: {kind: transfer, to: "4100", otherwise: sorry}
  sorry: {kind: hang_up, prompt: sorry}
""",
    "other": """
languages: [en, es]
start: known
nodes:
  known:
    kind: branch
    cases:
      - {when: card, then: leaked}
      - {when: account == 42 and language == "es" and language_was == "en", then: menu}
    otherwise: bye
  menu: {kind: collect, prompt: menu, into: keys, max_digits: 4, next: bye, otherwise: bye}
  leaked: {kind: hang_up, prompt: bye}
  bye: {kind: hang_up, prompt: bye}
""",
}
INTO_QUEUE = {"main": ELSEWHERE["main"].replace("4100", "1001")}
NUMBERED = {"numbers": [{"dial": "4100", "flow": "other"}, *NUMBERS]}


def path(house: House) -> list[tuple[str, str]]:
    return [(visit.node, visit.outcome) for visit in house.all(NodeVisited)]


@in_virtual_time
async def test_an_agent_is_rung_at_the_phone_where_they_sit(tmp_path: Path) -> None:
    async with House(tmp_path, flows=TO_AGENT) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1000")
        bridged = await house.until(CallBridged)
        assert bridged.agent == AgentId("1")
        assert house.talk_to_each_other
        agent.hang_up()
        await house.until(CallEnded)
        assert path(house) == [("away", "next")]
        await house.quiet()


@in_virtual_time
async def test_an_agent_who_sits_nowhere_is_not_reached(tmp_path: Path) -> None:
    async with House(tmp_path, flows=TO_AGENT) as house:
        house.parts.desk.sign_out(AgentId("1"))
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallEnded)
        assert path(house) == [("away", "failed"), ("bye", "hung_up")]


@in_virtual_time
async def test_a_number_of_a_queue_takes_the_caller_there(tmp_path: Path) -> None:
    async with House(tmp_path, flows=INTO_QUEUE) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1000")
        await house.until(QueueAnswered)
        assert house.the(CallQueued).queue == "support"
        passed_on = house.the(CallTransferred)
        assert (passed_on.by, passed_on.target_kind, passed_on.target) == (
            *(Side.SYSTEM, "queue"),
            "support",
        )
        assert path(house) == [("hello", "next"), ("away", "transferred")]
        assert house.the(FlowLeft).outcome == "transferred"
        agent.hang_up()
        assert (await house.until(CallEnded)).outcome is Outcome.ANSWERED
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_flows_that_send_a_call_to_each_other_come_to_an_end(tmp_path: Path) -> None:
    async with House(tmp_path, flows=ELSEWHERE, changes=NUMBERED) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallEnded)
        entered = [event.flow for event in house.all(FlowEntered)]
        assert entered == ["main", "other"] * (MAX_PASSED_ON // 2) + ["main"]
        assert path(house)[-2:] == [("away", "failed"), ("sorry", "hung_up")]
        assert house.count(CallTransferred) == MAX_PASSED_ON
        await house.quiet()


@pytest.mark.parametrize("crashes_after", [None, NodeVisited, CallRouted, FlowEntered])
@in_virtual_time
async def test_the_other_flow_sees_what_the_first_one_found_out(
    tmp_path: Path, crashes_after: type[Event] | None
) -> None:
    """But no secret; and the same wherever the process is killed on the way."""
    async with House(tmp_path, flows=GIVES, changes=NUMBERED) as house:
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallAnswered)
        house.press(house.call.leg, "4929#")
        while FlowName("other") not in [entered.flow for entered in house.all(FlowEntered)]:
            await house.next_change()
        if crashes_after is not None:
            passed_on = next(
                recorded.seq
                for recorded in reversed(house.recorded)
                if isinstance(recorded.event, crashes_after)
            )
            await house.crash()
            assert await house.restart(upto=passed_on) == 1
        await house.until(CallEnded)
        assert path(house)[-3:] == [("known", "case_2"), ("menu", "no_input"), ("bye", "hung_up")]
