"""Direct calls: phone to phone, out through the trunk, and every way in which they fail."""

from pathlib import Path

import pytest

from events.agents import AgentEngaged, AgentReleased, AgentState
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallRang,
    Direction,
    LegDialled,
    LegEnded,
    LegRang,
    Outcome,
    Side,
)
from events.queues import CallOffered, CallQueued, OfferClosed, OfferOutcome, QueueAnswered
from sip.dialogs.leg_events import Answered, HungUp, Rejected, Ringing
from sip.edges.sip_leg import SipLeg
from sip.message import header, header_or_none
from tests.calls.house import House
from tests.calls.phone import Phone, ignore, pick_up, refuse, sdp
from tests.virtual_time import in_virtual_time


async def rejected(phone: Phone) -> Rejected:
    event = await phone.until(Rejected)
    assert isinstance(event, Rejected)
    return event


async def talking(house: House) -> tuple[Phone, Phone]:
    """3002 has called 3001, where Ayu sits."""
    called = await house.phone("3001")
    called.on_ring = pick_up
    caller = await house.phone("3002")
    caller.dial("3001")
    await house.until(CallBridged)
    return caller, called


# Phone to phone


@in_virtual_time
async def test_two_phones_talk(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001")
        ringing = await caller.until(Ringing)
        assert isinstance(ringing, Ringing)
        assert (ringing.status, ringing.sdp) == (180, b"")
        assert header(called.leg.invite, "From").startswith('"3002" <sip:3002@')
        assert header_or_none(called.leg.invite, "X-Sentral-Call") == house.call.id
        called.answer()
        await caller.until(Answered)
        assert house.talk_to_each_other
        arrived = house.the(CallArrived)
        assert (arrived.direction, arrived.phone) == (Direction.INTERNAL, "3002")
        called.hang_up()
        await caller.until(HungUp)
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, Side.AGENT)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_password_is_asked_for(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        stranger = Phone(house, house.network.open, "192.0.2.99", "3001")
        await stranger.agent.start()
        house.phones.append(stranger)
        stranger.dial("3002")
        assert (await rejected(stranger)).status == 401
        assert house.count(CallArrived) == 0


@in_virtual_time
async def test_early_media_of_the_called_side_is_passed_on(tmp_path: Path) -> None:
    def announce(phone: Phone, leg: SipLeg) -> None:
        leg.progress(sdp(phone.host))
        leg.ring()  # many gateways say both; the announcement is heard on

    async with House(tmp_path) as house:
        gateway = await house.gateway()
        gateway.on_ring = announce
        caller = await house.phone("3002")
        caller.dial("0900")
        await house.until(LegRang)
        await house.later(0.2)
        assert not caller.has(Ringing)
        house.media.sound_begins(2)
        ringing = await caller.until(Ringing)
        assert isinstance(ringing, Ringing)
        assert ringing.status == 183
        assert ringing.sdp
        await house.later(1.0)
        assert house.hears(house.call.leg) == "leg 2"
        assert house.count(CallAnswered) == 0
        assert house.the(CallRang).early_media
        assert house.count(LegRang) == 1
        gateway.answer()
        await caller.until(Answered)
        assert house.talk_to_each_other
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_the_caller_who_holds_is_heard_of(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, _ = await talking(house)
        await house.later(0.1)
        caller.hold(connection="0.0.0.0")
        assert (await house.until(CallHeld)).by is Side.CALLER


@pytest.mark.parametrize(
    ("said", "heard", "outcome"),
    [
        (486, 486, Outcome.REJECTED),
        (600, 486, Outcome.REJECTED),
        (603, 603, Outcome.REJECTED),
        (480, 480, Outcome.REJECTED),
        (500, 480, Outcome.REJECTED),
        (404, 480, Outcome.REJECTED),
    ],
)
@in_virtual_time
async def test_a_refusal_is_passed_on(
    tmp_path: Path, said: int, heard: int, outcome: Outcome
) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = refuse(said)
        caller = await house.phone("3002")
        caller.dial("3001")
        assert (await rejected(caller)).status == heard
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.status) == (outcome, heard)
        assert house.the(LegEnded).status == said
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_phone_that_nobody_answers(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001")
        assert (await rejected(caller)).status == 480
        await called.until(HungUp)
        assert (await house.until(CallEnded)).cause == "no_answer"
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_phone_that_is_switched_off(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller = await house.phone("3002")
        caller.dial("3003")  # never registered
        assert (await rejected(caller)).status == 480
        assert house.count(LegDialled) == 0
        caller.dial("3001")  # at its contact nobody answers
        assert (await rejected(caller)).status == 480
        await house.quiet()


@in_virtual_time
async def test_a_phone_that_answers_in_a_language_we_do_not_speak(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = lambda phone, leg: leg.answer(sdp(phone.host, formats="18"))
        caller = await house.phone("3002")
        caller.dial("3001")
        assert (await rejected(caller)).status == 480
        await called.until(HungUp)
        await house.quiet()


# Busy


@in_virtual_time
async def test_a_phone_in_use_gets_no_second_call(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        _, called = await talking(house)
        other = await house.phone("3004")
        other.dial("3001")
        assert (await rejected(other)).status == 486
        assert len(called.legs) == 1


@in_virtual_time
async def test_a_phone_that_dials_itself_is_busy(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3001")
        phone.dial("3001")
        assert (await rejected(phone)).status == 486


@in_virtual_time
async def test_an_agent_on_a_direct_call_is_not_offered_any_other(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, called = await talking(house)
        assert house.state("1") is AgentState.BUSY
        customer = await house.caller()
        customer.dial("1001")
        await house.until(CallQueued)
        await house.later(30.0)
        assert house.count(CallOffered) == 0
        caller.hang_up()
        await house.until(QueueAnswered)
        assert len(called.legs) == 2
        customer.hang_up()
        await house.until(CallEnded, count=2)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_an_agent_who_calls_somebody_is_busy_too(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        called = await house.phone("3002")
        agent.dial("3002")
        await house.until(LegRang)
        assert house.state("1") is AgentState.BUSY
        called.leg.reject(486)
        await house.until(AgentReleased)
        assert house.state("1") is AgentState.AVAILABLE
        assert isinstance(house.events[-1], CallEnded), "nothing of a call follows its end"


@in_virtual_time
async def test_a_direct_call_to_an_agent_on_a_queues_call_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        customer = await house.caller()
        customer.dial("1001")
        await house.until(QueueAnswered)
        colleague = await house.phone("3002")
        colleague.dial("3001")
        assert (await rejected(colleague)).status == 486
        assert house.count(AgentEngaged) == 0
        assert house.talk_to_each_other


@in_virtual_time
async def test_a_phone_that_listens_to_a_flow_is_not_rung_for_a_queue(tmp_path: Path) -> None:
    """Somebody at Ayu's phone signs off, say: her offer must not ring into it."""
    async with House(tmp_path, lengths_s={"feature_wrap_up_ended": 20.0}) as house:
        agent = await house.phone("3001")
        agent.dial("*72")
        await agent.until(Answered)
        customer = await house.caller()
        customer.dial("1001")
        assert (await house.until(OfferClosed)).outcome is OfferOutcome.BUSY
        assert house.count(LegDialled) == 0


# Hanging up while it rings


@pytest.mark.parametrize("after_s", [0.0, 0.0005, 0.0015, 0.003, 1.0])
@in_virtual_time
async def test_a_caller_who_gives_up_leaves_nothing(tmp_path: Path, after_s: float) -> None:
    async with House(tmp_path) as house:
        await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001")
        await house.until(CallArrived)
        await house.later(after_s)
        caller.hang_up()
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.status) == (Outcome.CANCELLED, 487)
        await house.quiet()
        house.assert_counts_balance()
        assert house.state("1") is AgentState.AVAILABLE


@pytest.mark.parametrize("ahead_s", [0.0, 0.0002, 0.001, 0.002])
@pytest.mark.parametrize("who", ["caller", "called"])
@in_virtual_time
async def test_answer_and_hang_up_cross(tmp_path: Path, who: str, ahead_s: float) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001")
        await caller.until(Ringing)
        called.answer()
        await house.later(ahead_s)
        (caller if who == "caller" else called).hang_up()
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()
        assert house.state("1") is AgentState.AVAILABLE


# Out, and who may


@in_virtual_time
async def test_a_call_out_shows_the_number_and_who_calls(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("0900555")
        await house.until(CallBridged)
        assert gateway.leg.invite.uri == "sip:900555@192.0.2.200:5070"
        assert house.the(CallArrived).direction is Direction.OUTBOUND
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@pytest.mark.parametrize(
    ("phone", "number", "status"),
    [
        ("3001", "0900", 403),  # staff
        ("3004", "*70", 403),
        ("3001", "5555", 404),
        ("3001", "3008", 404),  # the pattern fits, but there is no such phone
        ("3001", "9" * 80, 404),
    ],
)
@in_virtual_time
async def test_a_number_that_is_unknown_or_forbidden(
    tmp_path: Path, phone: str, number: str, status: int
) -> None:
    async with House(tmp_path) as house:
        caller = await house.phone(phone)
        caller.dial(number)
        assert (await rejected(caller)).status == status
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.status) == (Outcome.REJECTED, status)
        await house.quiet()


@in_virtual_time
async def test_a_trunk_carries_only_so_many_calls(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"trunks": {"carrier": {"max_calls": 1}}}) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("0900")
        await house.until(CallBridged)
        outside = await house.caller()
        outside.dial("1001")
        assert (await rejected(outside)).status == 486
        caller.hang_up()
        await house.until(CallEnded, count=2)
        outside.dial("3001")
        await house.until(CallArrived, count=3)
        caller.dial("0900")
        assert (await rejected(caller)).status == 480


@pytest.mark.parametrize(
    "changes", [{"trunks": {"carrier": {"max_calls": 1}}}, {"calls": {"max_calls": 1}}]
)
@in_virtual_time
async def test_an_emergency_call_always_goes_out(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    async with House(tmp_path, changes=changes) as house:
        outside = await house.caller()
        outside.dial("1001")  # the one call that there may be
        await house.until(CallQueued)
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        guest = await house.phone("3004")
        guest.dial("112")
        await house.until(CallBridged)
        assert gateway.leg.invite.uri.startswith("sip:112@")


@in_virtual_time
async def test_a_centre_that_is_full_says_when_to_come_back(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"calls": {"max_calls": 1}}) as house:
        first = await house.caller(port=5061)
        first.dial("1001")
        await house.until(CallQueued)
        second = await house.caller(port=5062)
        second.dial("1001")
        refusal = await rejected(second)
        assert refusal.status == 503
        assert dict(refusal.headers)["Retry-After"] == "5"
        assert house.the(CallEnded).cause == "full"


@in_virtual_time
async def test_the_ports_run_out(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        house.media.script._free.clear()
        caller = await house.caller()
        caller.dial("1001")
        refusal = await rejected(caller)
        assert (refusal.status, house.the(CallEnded).cause) == (503, "no_ports")


# Session descriptions


@pytest.mark.parametrize("formats", ["18", "96"])
@in_virtual_time
async def test_an_offer_that_we_cannot_take(tmp_path: Path, formats: str) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001", offer=sdp(caller.host, formats=formats))
        assert (await rejected(caller)).status == 488
        assert not called.legs, "it must not even ring"
        await house.quiet()


@in_virtual_time
async def test_a_late_offer_is_answered_in_the_ack(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("3001", offer=b"")
        answered = await caller.until(Answered)
        assert isinstance(answered, Answered)
        assert b"m=audio" in answered.sdp
        await house.later(0.1)
        assert house.talk_to_each_other
        caller.hang_up()
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_a_late_offer_whose_ack_brings_nothing_usable_ends_the_call(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = pick_up
        caller = await house.phone("3002")
        caller.answers_with = sdp(caller.host, formats="18")
        caller.dial("3001", offer=b"")
        await caller.until(HungUp)
        await called.until(HungUp)
        assert (await house.until(CallEnded)).cause == "media"
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_silent_called_phone_is_given_up(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        called = await house.phone("3001")
        called.on_ring = ignore
        caller = await house.phone("3002")
        caller.dial("3001")
        assert (await rejected(caller)).status == 480
        await house.quiet()
