"""Customers who keep their place and are called: who is rung when, and what is counted."""

from pathlib import Path
from typing import Any

import pytest

from events.agents import AgentState
from events.callbacks import (
    CallBackEnd,
    CallBackEnded,
    CallBackLeft,
    CallBackQueued,
    CallBackRequested,
)
from events.calls import CallAnswered, CallArrived, CallEnded, Direction, LegRang, Outcome
from events.ids import AgentId
from events.queues import (
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferPickedUp,
    QueueAnswered,
)
from sip.dialogs.leg_events import HungUp
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up, refuse, ring
from tests.virtual_time import in_virtual_time

FLOW = """
languages: [en]
start: callback
on_error: bye
nodes:
  callback:
    kind: callback
    queue: support
    number_is: number_is
    confirm: confirm
    enter: enter
    next: bye
    duplicate: sorry
    otherwise: sorry
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: called_back}
"""
WAITING = """
languages: [en]
start: wait
on_error: bye
nodes:
  wait:
    kind: queue
    queue: support
    waiting: meanwhile
    next: bye
    flowed_out: {callback: back}
    otherwise: bye
  back:
    kind: callback
    queue: support
    number_is: number_is
    confirm: confirm
    enter: enter
    next: bye
    otherwise: bye
  bye: {kind: hang_up, prompt: bye}
"""
MEANWHILE = """
languages: [en]
start: offer
on_error: again
nodes:
  offer: {kind: menu, prompt: menu, choices: {1: leave}, otherwise: again}
  leave: {kind: leave_queue, reason: callback}
  again: {kind: wait, seconds: 10, next: end}
"""
NUMBERS = [
    {"dial": "1001", "queue": "support"},
    {"dial": "1007", "flow": "back"},
    {"dial": "1008", "flow": "waiting"},
    {"dial": "962.", "trunk": "carrier", "strip": 1, "allow": ["called"]},
]


def changes(**settings: Any) -> dict[str, Any]:
    callback = {"permissions": "called", "prefix": "9", **settings}
    phones = {"3004": {"permissions": "called"}}
    return {
        "calls": {"callback": callback},
        "numbers": NUMBERS,
        "phones": phones,
        "queues": {"support": {"wrap_up_s": 0, "callback_ring_s": 20}},
    }


def house(tmp_path: Path, flow: str = FLOW, **settings: Any) -> House:
    flows = {"back": flow, "waiting": WAITING, "meanwhile": MEANWHILE}
    return House(tmp_path, changes=changes(**settings), flows=flows)


async def asks(house: House, number: str = "62811", *, keys: str = "1", port: int = 5060) -> Phone:
    """A caller who confirms their number, or keys in another one."""
    caller = await house.caller(number, port=port)
    before = house.count(CallEnded)
    caller.dial("1007")
    await house.until(CallAnswered, count=house.count(CallAnswered) + 1)
    house.press(house.call.leg, keys)
    await house.until(CallEnded, count=before + 1)
    return caller


async def customer_rings(house: House) -> None:
    await house.until(LegRang, where=lambda rang: rang.leg.endswith("-0"))


@in_virtual_time
async def test_the_agent_is_called_first_and_then_the_customer(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        customer = await home.gateway()
        await asks(home)
        asked = home.the(CallBackRequested)
        assert (asked.queue, asked.customer_first) == ("support", False)
        await home.later(100)
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await home.until(OfferPickedUp)
        await customer_rings(home)
        assert customer.leg.invite.uri.startswith("sip:62811@")
        customer.answer()
        answered = await home.until(QueueAnswered)
        assert home.talk_to_each_other
        assert answered.wait_s == pytest.approx(0.0, abs=0.1), "they did not wait on the line"
        assert home.the(CallQueued).waited_s > 90
        assert home.the(CallBackEnded).outcome is CallBackEnd.REACHED
        agent.hang_up()
        await home.until(CallEnded, count=2)
        ended = home.all(CallEnded)[-1]
        assert (ended.direction, ended.outcome) == (Direction.OUTBOUND, Outcome.ANSWERED)
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_the_customer_is_called_first_and_the_agent_kept_for_them(tmp_path: Path) -> None:
    async with house(tmp_path, first="customer") as home:
        customer = await home.gateway()
        agent = await home.phone("3001")
        agent.on_ring = ring
        await asks(home)
        await home.until(CallOffered)
        await home.until(LegRang)
        assert agent.legs == [], "not before the customer is there"
        assert home.state("1") is AgentState.OFFERED
        customer.answer()
        await home.until(CallQueued)
        await home.until(LegRang, count=2)
        agent.answer()
        await home.until(QueueAnswered)
        assert home.talk_to_each_other
        customer.hang_up()
        await home.until(CallEnded, count=2)
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_a_place_is_kept_by_its_age(tmp_path: Path) -> None:
    """Who waited longest is served first, whether they hold the line or not."""
    async with house(tmp_path) as home:
        customer = await home.gateway()
        customer.on_ring = pick_up
        waiter = await home.caller("62811")
        waiter.dial("1008")
        await home.until(CallQueued)
        await home.later(30)
        home.press(home.call.leg, "1")
        left = await home.until(CallFlowedOut)
        assert left.reason == "callback"
        await home.later(2)
        home.press(home.call.leg, "1")
        await home.until(CallBackQueued)
        assert home.the(CallBackQueued).waited_s >= 30
        younger = await home.caller("62822", port=5062)
        younger.dial("1001")
        await home.until(CallQueued, count=2)
        before = home.count(CallOffered)
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        offered = await home.until(CallOffered, count=before + 1)
        assert offered.call == home.the(CallBackQueued).call
        await home.until(QueueAnswered)
        agent.hang_up()
        younger.hang_up()
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_a_customer_who_does_not_answer_is_tried_again_and_then_no_more(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, attempts=2, retry_s=600) as home:
        customer = await home.gateway()
        customer.on_ring = ring
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await asks(home)
        left = await home.until(CallBackLeft)
        assert (left.reason, left.attempted) == ("no_answer", True)
        await home.later(1)
        assert home.state("1") is AgentState.AVAILABLE
        customer.on_ring = refuse(486)
        second = await home.until(CallBackLeft, count=2)
        assert second.reason == "busy"
        assert home.at(CallBackLeft, count=2) - home.at(CallBackLeft) >= 600
        assert (await home.until(CallBackEnded)).outcome is CallBackEnd.EXHAUSTED
        assert home.count(CallQueued) == 0, "nobody was ever in the queue"
        outbound = [each for each in home.all(CallArrived) if each.direction is Direction.OUTBOUND]
        assert len(outbound) == 2
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_one_wish_at_a_time_and_only_numbers_that_may_be_called(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await asks(home)
        await asks(home, port=5062)
        assert home.count(CallBackRequested) == 1
        await asks(home, "62833", keys="2" + "0900#" + "1", port=5064)
        assert home.count(CallBackRequested) == 1
        await asks(home, "62833", keys="2" + "62844#" + "1", port=5066)
        assert home.count(CallBackRequested) == 2


@in_virtual_time
async def test_nobody_is_called_at_night_or_after_too_long(tmp_path: Path) -> None:
    closed = {"zone": "UTC", "week": {}}
    async with house(tmp_path, hours=closed, expires_s=1800) as home:
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await asks(home)
        assert (await home.until(CallBackEnded)).outcome is CallBackEnd.EXPIRED
        assert home.at(CallBackEnded) - home.at(CallBackRequested) >= 1800
        assert home.count(CallOffered) == 0


@in_virtual_time
async def test_a_wish_outlives_the_process(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        customer = await home.gateway()
        customer.on_ring = pick_up
        await asks(home)
        await home.until(CallBackQueued)
        home.keep()
        await home.crash()
        await home.later(50)
        await home.restart()
        assert home.count(CallBackEnded) == 0
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await home.until(QueueAnswered)
        assert home.the(CallQueued).waited_s >= 50
        agent.hang_up()
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_a_crash_while_the_customers_phone_rings_is_a_failed_attempt(tmp_path: Path) -> None:
    async with house(tmp_path, retry_s=60) as home:
        customer = await home.gateway()
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await asks(home)
        await customer_rings(home)
        await home.crash()
        customer.on_ring = pick_up
        await home.restart()
        await home.until(QueueAnswered)
        assert home.count(CallBackQueued) == 2
        customer.hang_up()
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_an_agent_who_leaves_while_the_customer_rings_stops_that(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        customer = await home.gateway()
        agent = await home.phone("3001")
        agent.on_ring = pick_up
        await asks(home)
        await customer_rings(home)
        agent.hang_up()
        left = await home.until(CallBackLeft)
        assert (left.reason, left.attempted) == ("cancelled", False)
        await customer.until(HungUp)
        await home.quiet()
        assert home.all(CallEnded)[-1].cause == "cancelled"


@pytest.mark.parametrize(
    ("wish", "first", "second", "told"),
    [
        ("any_of: [{cards: 9}, {loans: 2}]", {}, {"skills": {"loans": 3}}, {}),
        ("tiers: [2]", {}, {"tier": 2}, {"tiers": (2,)}),
        ("sites: [north]", {}, {"site": "north"}, {"sites": ("north",)}),
        (
            "customer_type: gold",
            {"customer_types": ["silver"]},
            {"customer_types": ["gold"]},
            {"customer_type": "gold"},
        ),
        ('excluded: ["1"]', {}, {}, {"excluded": ("1",)}),
    ],
)
@in_virtual_time
async def test_who_is_called_back_keeps_all_that_the_flow_asked_for(
    tmp_path: Path,
    wish: str,
    first: dict[str, Any],
    second: dict[str, Any],
    told: dict[str, Any],
) -> None:
    flows = {"back": FLOW.replace("queue: support", f"queue: support\n    {wish}")}
    wanted = changes()
    wanted["agents"] = {"1": first, "2": second}
    wanted["phones"] = {"3002": {"agent": "2"}, **wanted["phones"]}
    async with House(tmp_path, changes=wanted, flows=flows) as home:
        customer = await home.gateway()
        for phone in [customer, await home.phone("3001"), await home.phone("3002")]:
            phone.on_ring = pick_up
        both = (AgentId("1"), AgentId("2"))
        for agent in both:
            home.parts.desk.make_not_available(agent, "break")
        await asks(home)
        await home.until(CallBackQueued)
        home.keep()
        await home.crash()
        await home.restart()
        for agent in both:
            home.parts.desk.make_available(agent)
        assert (await home.until(QueueAnswered)).agent == "2"
        queued = home.the(CallQueued)
        assert {name: getattr(queued, name) for name in told} == told
        customer.hang_up()
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_a_customer_whose_agent_fails_keeps_their_place_but_waits_no_longer_than_others(
    tmp_path: Path,
) -> None:
    wanted = changes(first="customer")
    wanted["queues"]["support"] |= {"max_wait_s": 120, "ring_s": 10}
    wanted["queues"]["support"] |= {"after_failure": {"no_answer": "not_answering"}}
    async with House(tmp_path, changes=wanted, flows={"back": FLOW}) as home:
        customer, agent = await home.gateway(), await home.phone("3001")
        customer.on_ring, agent.on_ring = pick_up, ring
        home.parts.desk.make_not_available(AgentId("1"), "break")
        await asks(home)
        await home.later(400)
        home.parts.desk.make_available(AgentId("1"))
        came = await home.until(CallQueued)
        younger = await home.caller("62822", port=5062)
        younger.dial("1001")
        await home.until(CallQueued, count=2)
        await home.until(OfferClosed)
        home.parts.desk.make_available(AgentId("1"))
        again = await home.until(CallOffered, count=2)
        assert again.call == came.call, "who is older comes first"
        left = await home.until(CallFlowedOut, where=lambda flowed: flowed.call == came.call)
        assert left.reason == "timeout"
        assert left.wait_s == pytest.approx(120, abs=0.1), "from when they were on the line"
        younger.hang_up()
        await home.quiet()
        home.assert_counts_balance()


@in_virtual_time
async def test_who_is_called_back_is_spoken_to_in_the_language_they_chose(tmp_path: Path) -> None:
    flow = FLOW.replace("languages: [en]", "languages: [en, id]").replace(
        "start: callback", "start: tongue"
    )
    tongue = "nodes:\n  tongue: {kind: language, language: id, next: callback}"
    wanted = {**changes(), "languages": ["en", "id"], "agents": {"1": {"languages": {"id": 5}}}}
    flows = {"back": flow.replace("nodes:", tongue)}
    async with House(tmp_path, changes=wanted, flows=flows) as home:
        customer, agent = await home.gateway(), await home.phone("3001")
        customer.on_ring = agent.on_ring = pick_up
        await asks(home)
        await home.until(QueueAnswered)
        assert home.call.language == "id"
        agent.hang_up()
        await home.quiet()
