"""Callers sent up a tier: with their age, and without being asked again."""

from pathlib import Path
from typing import Any

import pytest

from calls.open_calls import records_of
from calls.problems import Refused
from events.agents import AgentState
from events.calls import CallEnded, CallTransferred, NodeVisited
from events.ids import AgentId, CallId
from events.queues import CallEscalated, CallQueued, OfferPickedUp, QueueAnswered
from sip.message import header, header_or_none
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time

TIERS: dict[str, Any] = {
    "calls": {"escalation_code": "*9"},
    "agents": {"2": {"tier": 2}},
    "queues": {"support": {"tiers": [1]}},
}


async def talking(house: House, number: str = "1001") -> None:
    """Ayu, of the first tier, has a caller; Budi, of the second, has a phone."""
    ayu, budi = await house.phone("3001"), await house.phone("3003")
    ayu.on_ring = budi.on_ring = pick_up
    await budi.register()
    caller = await house.caller()
    caller.dial(number)
    if number == "1000":
        await house.later(1)
        house.press(house.call.leg, "1")
    await house.until(QueueAnswered)
    await house.later(20)


@pytest.mark.parametrize("number", ["1001", "1000"], ids=["queue", "flow"])
@in_virtual_time
async def test_the_agents_keys_send_the_caller_to_the_next_tier(
    number: str, tmp_path: Path
) -> None:
    async with House(tmp_path, changes=TIERS) as house:
        await talking(house, number)
        visited = house.count(NodeVisited)
        house.press(house.other, "*9")
        await house.until(QueueAnswered, count=2)
        up = house.the(CallEscalated)
        assert (up.agent, up.to, up.tiers, up.spoke) == ("1", "support", (2,), ("1",))
        first, second = house.all(CallQueued)
        assert (second.tiers, second.excluded) == ((2,), ("1",))
        assert second.waited_s == pytest.approx(first.waited_s, abs=0.1)
        assert [each.agent for each in house.all(QueueAnswered)] == ["1", "2"]
        assert house.the(CallTransferred).agent == AgentId("1")
        assert house.count(NodeVisited) == visited, "the flow asks nothing again"
        assert house.state("1") is AgentState.WRAP_UP
        assert house.talk_to_each_other
        with pytest.raises(Refused, match="no agent"):
            house.parts.centre.escalations.escalate(CallId("nowhere"))
        house.call.drop("enough", 480)
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_topic_has_a_path_of_its_own_and_an_end(tmp_path: Path) -> None:
    queues = {
        "support": {"tiers": [1], "escalates_to": "second"},
        "second": {"tiers": [2, 3]},
    }
    agents = {"2": {"tier": 3}}
    async with House(tmp_path, changes={**TIERS, "queues": queues, "agents": agents}) as house:
        await talking(house)
        house.parts.centre.escalations.escalate(house.call.id)
        await house.until(QueueAnswered, count=2)
        assert [each.queue for each in house.all(CallQueued)] == ["support", "second"]
        with pytest.raises(Refused, match="no tier above"):
            house.parts.centre.escalations.escalate(house.call.id)
        assert house.talk_to_each_other
        house.call.drop("enough", 480)
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()


FLOW = """
languages: [en]
start: ask
on_error: bye
nodes:
  ask: {kind: collect, prompt: number, into: account, max_digits: 4, next: wait, otherwise: bye}
  wait: {kind: queue, queue: support, next: bye, otherwise: bye}
  bye: {kind: hang_up}
"""


@in_virtual_time
async def test_the_next_agent_is_told_who_spoke_and_what_was_collected(tmp_path: Path) -> None:
    told = {
        "calls": {"escalation_code": "*3", "presentation": {"collected": ["account"]}},
        "queues": {"support": {"tiers": [1], "whisper": ["colleague"]}},
        "numbers": [{"dial": "1007", "flow": "asks"}],
    }
    async with House(tmp_path, changes={**TIERS, **told}, flows={"asks": FLOW}) as house:
        ayu, budi = await house.phone("3001"), await house.phone("3003")
        ayu.on_ring = budi.on_ring = pick_up
        await budi.register()
        caller = await house.caller()
        caller.dial("1007")
        await house.later(1)
        house.press(house.call.leg, "4711")
        await house.until(QueueAnswered)
        first = ayu.leg.invite
        assert header_or_none(first, "X-Sentral-Collected") == "account=4711"
        assert header_or_none(first, "X-Sentral-Spoke") is None
        assert house.count(OfferPickedUp) == 0, "nothing to whisper"
        house.press(house.other, "*3")
        await house.until(OfferPickedUp)
        record = records_of(house.recorded)[house.call.id]
        assert record.state.spoke == ("1",), "it outlives the process"
        await house.until(QueueAnswered, count=2)
        invite = budi.leg.invite
        assert header_or_none(invite, "X-Sentral-Collected") == "account=4711"
        assert header_or_none(invite, "X-Sentral-Spoke") == "Ayu"
        assert "Ayu" in header(invite, "From")
        house.call.drop("enough", 480)
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_from_the_first_tier_to_the_third(tmp_path: Path) -> None:
    """Nobody gets the caller twice, though both are free again."""
    three = {
        **TIERS,
        "agents": {"1": {}, "2": {"tier": 2}, "3": {"name": "Citra", "tier": 3}},
        "phones": {"3002": {"agent": "3"}},
        "queues": {"support": {"tiers": [1], "wrap_up_s": 0}},
    }
    async with House(tmp_path, changes=three) as house:
        citra = await house.phone("3002")
        citra.on_ring = pick_up
        await talking(house)
        for count in (2, 3):
            house.press(house.other, "*9")
            await house.until(QueueAnswered, count=count)
            await house.later(5)
        assert [each.agent for each in house.all(QueueAnswered)] == ["1", "2", "3"]
        assert [each.tiers for each in house.all(CallEscalated)] == [(2,), (3,)]
        assert house.all(CallEscalated)[-1].spoke == ("1", "2")
        assert header_or_none(citra.leg.invite, "X-Sentral-Spoke") == "Ayu, Budi"
        assert [house.state(agent) for agent in "12"] == [AgentState.AVAILABLE] * 2
        house.press(house.other, "*9")
        await house.later(5)
        assert house.count(CallEscalated) == 2, "there is no fourth tier"
        assert house.talk_to_each_other
        house.call.drop("enough", 480)
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()
