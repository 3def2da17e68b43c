"""Starting twice, from a snapshot, and from a log that lost its end."""

from dataclasses import replace
from pathlib import Path

import pytest

from events.agents import AgentState, PhoneLost
from events.calls import (
    CallAnswered,
    CallArrived,
    CallCheckpointed,
    CallEnded,
    CallResumed,
    CallUnbridged,
    Outcome,
)
from events.event import Event
from events.ids import AgentId
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)
from sip.dialogs.leg_events import HungUp
from tests.calls.house import House
from tests.calls.phone import pick_up, ring
from tests.scenario.stages import DOWN_S, STAGES, bridged, dies, held
from tests.virtual_time import in_virtual_time


@pytest.mark.parametrize("stage", STAGES)
@in_virtual_time
async def test_dying_twice_is_like_dying_once(tmp_path: Path, stage: str) -> None:
    async with House(tmp_path) as house:
        caller, _ = await STAGES[stage](house)
        for phone in house.phones:
            phone.on_ring = ring
        assert await dies(house) == 1
        await house.later(1.0)
        assert await dies(house) == 1
        await house.later(1.0)
        caller.hang_up()
        await house.until(CallEnded)
        await house.later(120.0)
        house.assert_counts_balance()
        assert not any(house.left().values())


@pytest.mark.parametrize("stage", STAGES)
@in_virtual_time
async def test_a_snapshot_and_the_events_since_are_the_whole_log(
    tmp_path: Path, stage: str
) -> None:
    async with House(tmp_path) as house:
        house.parts.desk.make_not_available(AgentId("1"), "meeting")
        house.keep()
        house.parts.desk.make_available(AgentId("1"))
        caller, _ = await STAGES[stage](house)
        assert await dies(house) == 1
        before = house.parts.distributor.snapshot()
        house.keep()
        assert await dies(house, down_s=0.0) == 1
        after = house.parts.distributor.snapshot()
        kept = ("entries", "phones", "next_offer")
        if stage != "offered":  # there the call is offered anew
            assert {name: len(before[name]) for name in kept[:2]} == {
                name: len(after[name]) for name in kept[:2]
            }
        assert after["next_offer"] >= before["next_offer"]
        caller.hang_up()
        await house.until(CallEnded)
        await house.later(120.0)
        house.assert_counts_balance()


@in_virtual_time
async def test_registrations_survive_by_the_snapshot(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"phones": {"3001": {"agent": None}}}) as house:
        softphone = await house.phone("3003")
        await softphone.register()
        softphone.on_ring = pick_up
        house.keep()
        await dies(house)
        caller = await house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)
        assert house.count(PhoneLost) == 0


@in_virtual_time
async def test_a_phone_of_unknown_whereabouts_is_lost_until_it_registers(tmp_path: Path) -> None:
    async with House(tmp_path, changes={"phones": {"3001": {"agent": None}}}) as house:
        softphone = await house.phone("3003")
        await softphone.register()
        softphone.on_ring = pick_up
        await dies(house)
        assert house.the(PhoneLost).reason == "restart"
        caller = await house.caller()
        caller.dial("1001")
        await house.until(QueueAnswered)  # when the softphone refreshes its registration
        assert house.state("2") is AgentState.TALKING


@in_virtual_time
async def test_a_call_whose_ports_are_taken_is_told_good_bye(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        caller, agent = await bridged(house)
        await house.crash()
        await house.later(DOWN_S)
        log = list(house.recorded)
        house.recorded = [replace(entry, event=_without_sound(entry.event)) for entry in log]
        assert await house.restart() == 0
        await caller.until(HungUp)
        await agent.until(HungUp)
        ended = house.the(CallEnded)
        assert (ended.outcome, ended.cause) == (Outcome.FAILED, "restart")
        assert house.count(CallUnbridged) == 1
        await house.quiet()
        await house.later(60.0)
        house.assert_counts_balance()


@in_virtual_time
async def test_every_prefix_of_the_log_is_a_place_to_start_from(tmp_path: Path) -> None:
    """A crash may lose the newest events: whatever is left, the centre comes to rest."""
    async with House(tmp_path) as house:
        caller, agent = await held(house)
        agent.resume()
        await house.until(CallResumed)
        caller.hang_up()
        await house.until(QueueCallHandled)
        log = list(house.recorded)
    for length in range(1, len(log)):
        folder = tmp_path / str(length)
        folder.mkdir()
        house = House(folder)
        house.recorded = log[:length]
        await house.restart()
        await house.later(120.0)
        assert house.count(CallArrived) == house.count(CallEnded), f"after {length} events"
        house.assert_counts_balance()
        assert not any(house.left().values())
        answers = house.count(QueueAnswered) + house.count(CallAbandoned)
        assert house.count(CallQueued) == answers + house.count(CallFlowedOut)
        assert house.count(CallAnswered) <= 1
        await house.__aexit__(None, None, None)


def _without_sound(event: Event) -> Event:
    """A checkpoint whose ports nobody can bind any more."""
    if not isinstance(event, CallCheckpointed):
        return event
    caller = {**event.state["caller"], "media": {}}
    return replace(event, state={**event.state, "caller": caller})
