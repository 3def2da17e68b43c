"""What one side says, told to the other: why it ended (RFC 3326), and who it is now (RFC 4916)."""

from pathlib import Path

import pytest

from events.calls import CallEnded, LegRang
from events.queues import QueueAnswered
from sip.dialogs.leg_events import Answered, HungUp, IdentityChanged, Rejected
from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.virtual_time import in_virtual_time

CLEARED = ("Reason", "Q.850;cause=16")
ELSEWHERE = ("Reason", 'SIP;cause=200;text="Call completed elsewhere"')

FLOW = """
languages: [en]
start: wait
on_error: bye
nodes:
  wait: {kind: queue, queue: support, next: bye, otherwise: bye}
  bye: {kind: hang_up}
"""


async def heard(phone: Phone) -> HungUp:
    event = await phone.until(HungUp)
    assert isinstance(event, HungUp)
    return event


@in_virtual_time
async def test_a_refusal_says_why_and_when_to_try_again(tmp_path: Path) -> None:
    def refuse(phone: Phone, leg: SipLeg) -> None:
        leg.reject(486, headers=(("Retry-After", "30"), ("Reason", "Q.850;cause=17"), ("X-A", "1")))

    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = refuse
        caller = await house.phone("3002")
        caller.dial("3001")
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        told = dict(rejected.headers)
        assert (told["Retry-After"], told["Reason"]) == ("30", "Q.850;cause=17")
        assert "X-A" not in told


@in_virtual_time
async def test_a_caller_who_was_answered_elsewhere_leaves_no_missed_call(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001")
        await house.until(LegRang)
        caller.leg.hang_up(headers=(ELSEWHERE,))
        assert (await heard(called)).headers == (ELSEWHERE,)


@pytest.mark.parametrize("who", ["caller", "called"])
@in_virtual_time
async def test_who_hangs_up_is_heard_out(tmp_path: Path, who: str) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("3001")
        await caller.until(Answered)
        await house.later(0.1)
        leaving, left = (caller, called) if who == "caller" else (called, caller)
        leaving.leg.hang_up(headers=(CLEARED,))
        assert (await heard(left)).headers == (CLEARED,)
        await house.until(CallEnded)


@pytest.mark.parametrize("policy", ["unless_answered", "never"])
@in_virtual_time
async def test_a_phone_that_rang_for_a_queue_hears_why_its_caller_left(
    tmp_path: Path, policy: str
) -> None:
    changes = {"calls": {"presentation": {"missed_calls": policy}}}
    async with House(tmp_path, changes=changes) as house:
        agent = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1001")
        await house.until(LegRang)
        caller.leg.hang_up(headers=(CLEARED,))
        told = (await heard(agent)).headers
        assert told == ((CLEARED,) if policy == "unless_answered" else (ELSEWHERE,))
        await house.until(CallEnded)


@pytest.mark.parametrize("who", ["caller", "agent"])
@pytest.mark.parametrize("dialled", ["1000", "1001"], ids=["through a flow", "straight"])
@in_virtual_time
async def test_a_queue_s_call_is_heard_out_too(tmp_path: Path, dialled: str, who: str) -> None:
    flow = {"main": FLOW}
    async with House(tmp_path, flows=flow) as house:
        agent, caller = await house.phone("3001"), await house.caller()
        agent.on_ring = pick_up
        caller.dial(dialled)
        await house.until(QueueAnswered)
        await house.later(0.1)
        leaving, left = (caller, agent) if who == "caller" else (agent, caller)
        leaving.leg.hang_up(headers=(CLEARED,))
        assert (await heard(left)).headers == (CLEARED,)
        await house.until(CallEnded)


@pytest.mark.parametrize("whose", ["carrier", "phone"])
@in_virtual_time
async def test_news_of_who_is_there_now_is_a_carriers_alone(tmp_path: Path, whose: str) -> None:
    async with House(tmp_path) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        phone = await house.phone("3002")
        phone.dial("0900")
        await phone.until(Answered)
        await house.later(0.1)
        teller, hearer = (gateway, phone) if whose == "carrier" else (phone, gateway)
        teller.leg.show("62899", "Dewi")
        await house.later(1.0)
        news = [event for event in hearer.heard if isinstance(event, IdentityChanged)]
        assert news == ([IdentityChanged("62899", "Dewi")] if whose == "carrier" else [])
        phone.hang_up()
        await house.until(CallEnded)
