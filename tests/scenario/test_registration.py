"""A phone that registers comes and goes; its agent is offered calls only while it is there."""

from pathlib import Path

from events.agents import AgentSignedIn, AgentState, PhoneLost, PhoneReached
from events.calls import CallEnded, CallUnbridged, Outcome, Side
from events.ids import PhoneId
from events.queues import CallOffered, CallQueued, OfferClosed, OfferOutcome, QueueAnswered
from sip.dialogs.leg_events import Answered, HungUp
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up, ring
from tests.virtual_time import in_virtual_time

AYU_RESTS = {"phones": {"3001": {"agent": None}}}


async def softphone(house: House) -> Phone:
    """Budi's, registered, and ringing by itself."""
    phone = await house.phone("3003")
    await phone.register()
    await house.until(AgentSignedIn)
    return phone


async def registered(house: House, count: int) -> None:
    await house.until(PhoneReached, count=count, where=lambda event: event.phone == "3003")


@in_virtual_time
async def test_a_phone_that_unregisters_is_offered_nothing(tmp_path: Path) -> None:
    async with House(tmp_path, changes=AYU_RESTS) as house:
        phone = await softphone(house)
        await phone.unregister()
        lost = await house.until(PhoneLost)
        assert lost == PhoneLost(PhoneId("3003"), "unregistered")
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallQueued)
        await house.later(60.0)
        assert house.count(CallOffered) == 0
        assert house.state("2") is AgentState.AVAILABLE, "apart from the phone"


@in_virtual_time
async def test_who_waits_is_offered_as_soon_as_the_phone_is_back(tmp_path: Path) -> None:
    async with House(tmp_path, changes=AYU_RESTS) as house:
        phone = await softphone(house)
        await phone.unregister()
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallQueued)
        phone.on_ring = pick_up
        await phone.register()
        await house.until(QueueAnswered)
        assert house.count(AgentSignedIn) == 1, "Budi never left"
        assert house.at(QueueAnswered) - house.at(PhoneReached, count=house.count(PhoneReached)) < 1


@in_virtual_time
async def test_a_phone_that_vanishes_expires(tmp_path: Path) -> None:
    async with House(tmp_path, changes=AYU_RESTS) as house:
        phone = await softphone(house)
        await phone.unplug()
        lost = await house.until(PhoneLost)
        assert lost.reason == "expired"
        assert house.at(PhoneLost) - house.at(AgentSignedIn) <= 301


@in_virtual_time
async def test_losing_the_phone_takes_its_offer_back(tmp_path: Path) -> None:
    async with House(tmp_path, changes=AYU_RESTS) as house:
        phone = await softphone(house)
        phone.on_ring = ring
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallOffered)
        await house.later(1.0)
        await phone.unregister()
        closed = await house.until(OfferClosed)
        assert closed.outcome is OfferOutcome.WITHDRAWN
        await phone.until(HungUp)
        assert house.state("2") is AgentState.AVAILABLE
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_refresh_during_a_call_never_touches_it(tmp_path: Path) -> None:
    async with House(tmp_path, changes=AYU_RESTS) as house:
        phone = await softphone(house)
        phone.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)
        told = len(house.recorded)
        await house.later(900.0)  # three registrations long
        assert house.recorded[told:] == []
        assert house.talk_to_each_other
        assert house.state("2") is AgentState.TALKING


@in_virtual_time
async def test_losing_the_registration_during_a_call_does_not_end_it(tmp_path: Path) -> None:
    async with House(tmp_path, changes=AYU_RESTS) as house:
        phone = await softphone(house)
        phone.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)
        await phone.unregister()
        await house.until(PhoneLost)
        await house.later(60.0)
        assert house.talk_to_each_other
        await phone.register()
        await registered(house, 2)
        assert house.talk_to_each_other
        caller.hang_up()
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, Side.CALLER)
        assert house.count(CallUnbridged) == 1
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_phone_without_registration_cannot_be_called_but_can_call(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3003")
        colleague = await house.phone("3002")
        colleague.on_ring = pick_up
        phone.dial("3002")
        await phone.until(Answered)
        assert house.talk_to_each_other
