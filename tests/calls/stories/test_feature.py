"""Feature codes: what an agent dials to sign in, rest, come back and leave."""

from pathlib import Path

import pytest

from events.agents import AgentSignedIn, AgentState, PhoneReached
from events.calls import CallAnswered, CallEnded, Outcome
from events.queues import CallQueued, QueueAnswered
from sip.dialogs.leg_events import Answered, HungUp
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.virtual_time import in_virtual_time


async def dials(house: House, phone: Phone, code: str) -> str:
    """What is said; returns when the call is over."""
    ended = house.count(CallEnded)
    phone.dial(code)
    await phone.until(Answered)
    await house.later(0.1)
    said = house.hears(house.call.leg)
    await house.until(CallEnded, count=ended + 1)
    return said


async def hears(house: House, prompt: str) -> None:
    """Wait until this is said."""
    for _ in range(1000):
        if house.hears(house.call.leg) == f"{prompt}.wav":
            return
        await house.later(0.01)
    raise AssertionError(f"{prompt} is not said, but {house.hears(house.call.leg)}")


async def identifies(house: House, agent: str, pin: str) -> None:
    await hears(house, "feature_enter_id")
    house.press(house.call.leg, f"{agent}#")
    await hears(house, "feature_enter_pin")
    house.press(house.call.leg, f"{pin}#")
    await house.later(0.01)


@in_virtual_time
async def test_an_agent_rests_comes_back_and_leaves(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3001")
        assert house.state("1") is AgentState.AVAILABLE
        assert await dials(house, phone, "*71") == "feature_not_available.wav"
        assert house.state("1") is AgentState.NOT_AVAILABLE
        assert await dials(house, phone, "*70") == "feature_available.wav"
        assert house.state("1") is AgentState.AVAILABLE
        assert await dials(house, phone, "*73") == "feature_signed_out.wav"
        assert house.state("1") is AgentState.SIGNED_OUT
        assert await dials(house, phone, "*70") == "feature_signed_in.wav"
        assert house.state("1") is AgentState.AVAILABLE
        assert {ended.outcome for ended in house.all(CallEnded)} == {Outcome.CONTAINED}
        await house.quiet()


@pytest.mark.parametrize(
    ("code", "reason"), [("*71", ""), ("*711", "break"), ("*712", "lunch"), ("*714", "training")]
)
@in_virtual_time
async def test_a_reason_is_dialled_behind_the_code(tmp_path: Path, code: str, reason: str) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3001")
        await dials(house, phone, code)
        (ayu, _) = house.parts.distributor.agents()
        assert (ayu.state, ayu.reason) == (AgentState.NOT_AVAILABLE, reason)


@in_virtual_time
async def test_a_reason_that_nobody_configured_is_refused(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3001")
        assert await dials(house, phone, "*719") == "feature_refused.wav"
        assert house.state("1") is AgentState.AVAILABLE


@pytest.mark.parametrize("code", ["*71", "*72", "*73"])
@in_virtual_time
async def test_a_phone_where_nobody_sits_has_nobody_to_act_for(tmp_path: Path, code: str) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        assert await dials(house, phone, code) == "feature_refused.wav"


@in_virtual_time
async def test_wrap_up_ends_when_the_agent_says_so(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"queues": {"support": {"wrap_up_s": 300}}}) as house:
        phone = await house.phone("3001")
        phone.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)
        caller.hang_up()
        await house.until(CallEnded)
        assert house.state("1") is AgentState.WRAP_UP
        assert await dials(house, phone, "*72") == "feature_wrap_up_ended.wav"
        assert house.state("1") is AgentState.AVAILABLE


@in_virtual_time
async def test_an_agent_signs_in_anywhere_by_id_and_pin(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        phone.dial("*70")
        await phone.until(Answered)
        await identifies(house, "2", "2222")
        assert house.hears(house.call.leg) == "feature_signed_in.wav"
        await house.until(CallEnded)
        signed_in = house.all(AgentSignedIn)[-1]
        assert (signed_in.agent, signed_in.phone) == ("2", "3002")
        assert house.state("2") is AgentState.AVAILABLE


@in_virtual_time
async def test_digits_are_typed_ahead_of_the_prompts(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        phone.dial("*70")
        await phone.until(Answered)
        house.press(house.call.leg, "2#2222#")
        await house.until(CallEnded)
        assert house.all(AgentSignedIn)[-1].phone == "3002"


@in_virtual_time
async def test_an_agent_sits_at_one_phone_at_a_time(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        phone.dial("*70")
        await phone.until(Answered)
        await identifies(house, "1", "1111")
        await house.until(CallEnded)
        (ayu, _) = house.parts.distributor.agents()
        assert ayu.phone == "3002"
        old = await house.phone("3001")
        assert await dials(house, old, "*71") == "feature_refused.wav"


@in_virtual_time
async def test_a_wrong_pin_may_be_tried_three_times(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        before = house.count(AgentSignedIn)
        phone.dial("*70")
        await phone.until(Answered)
        for agent, pin in (("2", "1111"), ("9", "2222"), ("2", "")):
            await identifies(house, agent, pin)
            await hears(house, "feature_wrong_pin")
        await hears(house, "feature_refused")
        await phone.until(HungUp)
        assert house.count(AgentSignedIn) == before
        await house.quiet()


@in_virtual_time
async def test_the_third_attempt_may_be_right(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        phone = await house.phone("3002")
        phone.dial("*70")
        await phone.until(Answered)
        for pin in ("0", "1", "2222"):
            await identifies(house, "2", pin)
        await house.until(CallEnded)
        assert house.state("2") is AgentState.AVAILABLE


@pytest.mark.parametrize(
    ("code", "state"), [("*71", AgentState.NOT_AVAILABLE), ("*73", AgentState.SIGNED_OUT)]
)
@in_virtual_time
async def test_hanging_up_on_the_announcement_does_not_undo_the_request(
    tmp_path: Path, code: str, state: AgentState
) -> None:
    lengths_s = {"feature_not_available": 10.0, "feature_signed_out": 10.0}
    async with House(tmp_path, lengths_s=lengths_s) as house:
        phone = await house.phone("3001")
        phone.dial(code)
        await phone.until(Answered)
        await house.later(1.0)
        phone.hang_up()
        await house.until(CallEnded)
        assert house.state("1") is state
        await house.quiet()


@in_virtual_time
async def test_who_comes_back_is_rung_when_the_phone_is_free_again(tmp_path: Path) -> None:
    async with House(tmp_path, lengths_s={"feature_available": 5.0}) as house:
        phone = await house.phone("3001")
        await dials(house, phone, "*71")
        caller = await house.caller()
        caller.dial("1001")
        await house.until(CallQueued)
        phone.on_ring = pick_up
        phone.dial("*70")
        answered = await house.until(QueueAnswered)
        assert house.at(QueueAnswered) > house.at(CallEnded, count=2)
        assert answered.agent == "1"
        caller.hang_up()
        await house.until(CallEnded, count=3)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_caller_from_outside_has_no_feature_codes(tmp_path: Path) -> None:
    numbers = [{"dial": "*71", "feature": "not_available"}]
    async with House(tmp_path, changes={"numbers": numbers}) as house:
        caller = await house.caller()
        caller.dial("*71")
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.status) == (Outcome.REJECTED, 403)


# Registration


@in_virtual_time
async def test_registering_signs_the_default_agent_in(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        softphone = await house.phone("3003")
        await softphone.register()
        await house.until(PhoneReached, where=lambda event: event.phone == "3003")
        assert house.state("2") is AgentState.AVAILABLE
        softphone.on_ring = pick_up
        caller = await house.phone("3002")
        caller.dial("3003")
        await house.until(CallAnswered)
