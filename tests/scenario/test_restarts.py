"""The process dies at each stage of a story and starts again from the log alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from events.agents import AgentState
from events.calls import (
    CallBridged,
    CallCheckpointed,
    CallEnded,
    CallHeld,
    CallResumed,
    CallUnbridged,
    FlowEntered,
    LegEnded,
    LegRang,
    Outcome,
    Side,
)
from events.centre import CentreStarted
from events.ids import AgentId, QueueName
from events.queues import (
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
)
from sip.dialogs.leg_events import HungUp
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.scenario.stages import (
    DOWN_S,
    STAGES,
    Stage,
    being_transferred,
    bridged,
    dies,
    direct,
    held,
    in_menu,
    in_prompt,
    offered,
    queued,
    transferred,
    wrapping_up,
)
from tests.virtual_time import in_virtual_time

# Going on


@pytest.mark.parametrize("stage", [in_prompt, in_menu])
@in_virtual_time
async def test_a_flow_goes_on_at_its_node(tmp_path: Path, stage: Stage) -> None:
    async with House(tmp_path) as house:
        caller, agent = await stage(house)
        agent.on_ring = pick_up
        assert await dies(house) == 1
        await house.later(0.1)
        playing = {"in_prompt": "hello.wav", "in_menu": "menu.wav"}[stage.__name__]
        assert house.hears(house.call.leg) == playing
        house.press(house.call.leg, "1")
        await house.until(QueueAnswered)
        assert house.talk_to_each_other
        assert house.count(FlowEntered) == 1
        agent.hang_up()
        await caller.until(HungUp)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_caller_keeps_their_place_and_age(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await queued(house)
        assert await dies(house) == 1
        await house.later(0.1)
        assert house.hears(house.call.leg) == "music.wav"
        (waiting,) = house.parts.distributor.waiting(house.the(CallQueued).queue)
        assert house.clock() - waiting.queued_at == pytest.approx(8.1, abs=0.05)
        (ayu, _) = house.parts.distributor.agents()
        assert (ayu.state, ayu.reason) == (AgentState.NOT_AVAILABLE, "lunch")
        agent.on_ring = pick_up
        house.parts.desk.make_available(AgentId("1"))
        answered = await house.until(QueueAnswered)
        assert answered.wait_s == pytest.approx(8.1, abs=0.05)
        assert answered.entry == house.the(CallQueued).entry
        assert house.talk_to_each_other
        agent.hang_up()
        await caller.until(HungUp)
        await house.quiet()
        house.assert_counts_balance()


@pytest.mark.parametrize("down_s", [0.0, 3.0, 100.0])
@in_virtual_time
async def test_an_open_offer_is_withdrawn_and_the_call_offered_again(
    tmp_path: Path, down_s: float
) -> None:
    async with House(tmp_path) as house:
        caller, agent = await offered(house)
        agent.on_ring = pick_up
        assert await dies(house, down_s=down_s) == 1
        answered = await house.until(QueueAnswered)
        first, second = house.all(CallOffered)
        assert first.offer < second.offer == answered.offer
        outcomes = [closed.outcome for closed in house.all(OfferClosed)]
        assert outcomes == [OfferOutcome.WITHDRAWN, OfferOutcome.ANSWERED]
        assert house.all(LegEnded)[0].cause == "restart"
        assert house.talk_to_each_other
        caller.hang_up()
        await house.until(CallEnded)
        await house.later(120.0)
        assert house.state("1") is AgentState.AVAILABLE
        house.assert_counts_balance()


@pytest.mark.parametrize("who", ["caller", "agent"])
@in_virtual_time
async def test_a_conversation_goes_on(tmp_path: Path, who: str) -> None:
    async with House(tmp_path) as house:
        caller, agent = await bridged(house)
        assert await dies(house) == 1
        await house.later(1.0)
        assert house.talk_to_each_other
        assert house.state("1") is AgentState.TALKING
        assert house.is_in_use("3001")
        (caller if who == "caller" else agent).hang_up()
        await (agent if who == "caller" else caller).until(HungUp)
        ended = await house.until(CallEnded)
        assert ended.outcome is Outcome.ANSWERED
        handled = await house.until(QueueCallHandled)
        assert handled.talk_s == pytest.approx(5.0 + DOWN_S + 1.0, abs=0.1)
        assert house.count(CallBridged) == house.count(CallUnbridged) == 1
        assert house.count(QueueAnswered) == 1
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_hold_goes_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await held(house)
        assert await dies(house) == 1
        await house.later(1.0)
        assert house.hears(house.call.leg) == "music.wav"
        assert house.hears(house.other) == "nothing"
        agent.resume()
        assert (await house.until(CallResumed)).by is Side.AGENT
        assert house.talk_to_each_other
        caller.hang_up()
        handled = await house.until(QueueCallHandled)
        assert handled.hold_s == pytest.approx(5.0 + DOWN_S + 1.0, abs=0.1)
        assert house.count(CallHeld) == house.count(CallResumed) == 1
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_bridge_that_breaks_later_takes_the_whole_wait_along(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await bridged(house)
        await dies(house)
        await house.later(1.0)
        house.fall_silent(house.other)
        again = await house.until(CallQueued, count=2)
        assert again.returned
        assert again.waited_s == pytest.approx(house.the(QueueAnswered).wait_s, abs=0.001)


@in_virtual_time
async def test_wrap_up_ends_on_time(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await wrapping_up(house)
        assert await dies(house) == 0
        assert house.state("1") is AgentState.WRAP_UP
        handled = await house.until(QueueCallHandled)
        assert handled.wrap_up_s == pytest.approx(10.0, abs=0.01)
        assert house.state("1") is AgentState.AVAILABLE
        house.assert_counts_balance()


@in_virtual_time
async def test_wrap_up_that_ended_meanwhile_is_over(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await wrapping_up(house)
        await dies(house, down_s=60.0)
        assert house.state("1") is AgentState.AVAILABLE
        assert house.the(QueueCallHandled).wrap_up_s == pytest.approx(10.0, abs=0.01)


@pytest.mark.parametrize("stage", [transferred, direct])
@in_virtual_time
async def test_a_conversation_without_a_queue_goes_on(tmp_path: Path, stage: Stage) -> None:
    async with House(tmp_path) as house:
        caller, other = await stage(house)
        assert await dies(house) == 1
        await house.later(1.0)
        assert house.talk_to_each_other
        assert house.is_in_use(other.user)
        if stage is direct:
            assert house.state("1") is AgentState.BUSY
        other.hang_up()
        await caller.until(HungUp)
        assert (await house.until(CallEnded)).outcome is Outcome.ANSWERED
        await house.quiet()
        house.assert_counts_balance()
        assert house.state("1") is AgentState.AVAILABLE


@in_virtual_time
async def test_a_transfer_that_rang_rings_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        _, other = await being_transferred(house)
        other.on_ring = pick_up
        assert await dies(house) == 1
        await house.until(CallBridged)
        assert house.all(LegEnded)[0].cause == "restart"
        assert house.talk_to_each_other


@in_virtual_time
async def test_a_caller_who_was_never_answered_is_told_off_in_the_record(tmp_path: Path) -> None:
    """Their INVITE died with the process; nobody can answer it any more."""
    async with House(tmp_path) as house:
        await house.phone("3001")
        caller = await house.phone("3002")
        caller.dial("3001")
        await house.until(LegRang)
        assert await dies(house) == 0
        ended = house.the(CallEnded)
        assert (ended.outcome, ended.cause) == (Outcome.FAILED, "restart")
        assert house.the(LegEnded).cause == "restart"
        assert house.state("1") is AgentState.AVAILABLE
        house.assert_counts_balance()


@pytest.mark.parametrize("stage", STAGES)
@in_virtual_time
async def test_a_caller_may_hang_up_after_any_restart(tmp_path: Path, stage: str) -> None:
    async with House(tmp_path) as house:
        caller, _ = await STAGES[stage](house)
        assert await dies(house) == 1
        await house.later(1.0)
        caller.hang_up()
        await house.until(CallEnded)
        assert caller.leg.ended
        await house.later(120.0)
        house.assert_counts_balance()
        assert not any(house.left().values())


@pytest.mark.parametrize("stage", STAGES)
@in_virtual_time
async def test_a_caller_who_is_gone_meanwhile_is_found_out(tmp_path: Path, stage: str) -> None:
    """Their BYE met nobody; our re-INVITE meets nobody either."""
    async with House(tmp_path) as house:
        caller, _ = await STAGES[stage](house)
        await house.crash()
        await caller.unplug()
        await house.later(DOWN_S)
        assert await house.restart() == 1
        ended = await house.until(CallEnded)
        if stage not in ("in_prompt", "in_menu"):  # there the flow says good-bye before
            assert ended.hung_up_by is Side.CALLER
        await house.later(120.0)
        house.assert_counts_balance()
        assert not any(house.left().values())


@in_virtual_time
async def test_an_agent_who_is_gone_meanwhile_is_found_out(tmp_path: Path) -> None:
    """The caller goes back to the queue, and does not talk to nobody for a minute."""
    async with House(tmp_path) as house:
        _, agent = await bridged(house)
        await house.crash()
        await agent.unplug()
        assert await house.restart() == 1
        again = await house.until(CallQueued, count=2)
        assert again.returned
        assert house.at(CallQueued, count=2) - house.at(CentreStarted, count=2) < 33.0


@in_virtual_time
async def test_whoever_goes_on_is_written_down_anew(tmp_path: Path) -> None:
    """Their sound jumps ahead at each restart: the next jump must start from there."""
    async with House(tmp_path) as house:
        await bridged(house)
        before = house.count(CallCheckpointed)
        await dies(house)
        assert house.count(CallCheckpointed) > before
        newest = house.all(CallCheckpointed)[-1]
        assert newest.stage == "bridged"
        assert newest.state["other"] is not None


@in_virtual_time
async def test_a_call_that_no_record_tells_of_holds_nobody(tmp_path: Path) -> None:
    """The snapshot was kept, but the events of the calls in it are lost."""
    async with House(tmp_path, changes={"phones": {"3002": {"agent": "2"}}}) as house:
        await bridged(house)
        house.parts.desk.make_not_available(AgentId("2"))
        waiting = await house.caller(port=5061)
        waiting.dial("1001")
        await house.until(CallQueued, count=2)
        house.keep()
        await house.crash()
        house.recorded = house.recorded[:5]
        assert await house.restart() == 0
        assert house.state("1") is AgentState.WRAP_UP
        assert house.parts.distributor.waiting(QueueName("support")) == []
        left = house.the(CallFlowedOut)
        assert left.reason == "restart"


@in_virtual_time
async def test_two_sides_that_vanish_in_one_moment_leave_nobody_queued(tmp_path: Path) -> None:
    """Both re-INVITEs of the restart go unanswered for the same 32 s."""
    async with House(tmp_path) as house:
        caller, agent = await bridged(house)
        await house.crash()
        for phone in (caller, agent):
            await phone.unplug()
        assert await house.restart() == 1
        assert (await house.until(CallEnded)).cause == "lost"
        assert house.count(CallQueued) == 1
        await house.later(120.0)
        house.assert_counts_balance()
        assert not any(house.left().values())


@in_virtual_time
async def test_who_can_take_a_call_by_a_new_configuration_rings_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    usual, ayu = house.settings, house.settings.agents["1"]
    speaks_other = replace(ayu, languages={"id": 5})
    house.settings = usual.model_copy(update={"agents": {**usual.agents, "1": speaks_other}})
    async with house:
        caller, agent = await in_menu(house)
        house.press(house.call.leg, "1")
        await house.until(CallQueued)
        await house.later(5.0)
        assert house.count(CallOffered) == 0
        house.keep()
        house.settings = usual
        assert await dies(house) == 1
        await house.until(LegRang)
        await house.later(1.0)
        assert (house.count(CallOffered), house.count(OfferClosed)) == (1, 0)
        assert house.count(LegEnded) == 0
        agent.answer()
        assert (await house.until(QueueAnswered)).wait_s == pytest.approx(8.0, abs=1.5)
        caller.hang_up()
        await house.until(CallEnded)
        await house.later(120.0)
        house.assert_counts_balance()
