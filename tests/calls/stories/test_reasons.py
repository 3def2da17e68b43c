"""What one side says, told to the other: why it ended (RFC 3326), and who it is now (RFC 4916)."""

from pathlib import Path

import pytest

from events.calls import CallEnded, LegRang
from sip.dialogs.leg_events import Answered, HungUp, IdentityChanged, Rejected
from sip.edges.sip_leg import SipLeg
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.virtual_time import in_virtual_time

CLEARED = ("Reason", "Q.850;cause=16")
ELSEWHERE = ("Reason", 'SIP;cause=200;text="Call completed elsewhere"')


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
