"""Somebody hangs up at every instant of a queue call: nothing is left, and every count is right."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from events.agents import AgentState
from events.calls import CallEnded, Outcome, Side
from events.queues import CallAbandoned, CallQueued, QueueAnswered
from tests.calls.house import House
from tests.scenario.queue_story import LEAVES_AT_S, begun
from tests.sip.memory_network import LATENCY_S, Datagram
from tests.virtual_time import in_virtual_time, run

HAIR_S: Final = 1e-7
"""Less than anything takes: just before, in the same turn of the loop, just after."""

SHIFTS_S: Final = {
    "just before": -HAIR_S,
    "in the same turn": 0.0,
    "just after": HAIR_S,
    "a moment later": LATENCY_S / 2,
}


async def instants(folder: Path) -> list[float]:
    """When something reaches the centre or leaves it in an undisturbed call, or is logged."""
    loop = asyncio.get_running_loop()
    seen: list[float] = []

    def note(datagram: Datagram) -> Sequence[float]:
        seen.append(loop.time())
        return (LATENCY_S,)

    async with House(folder) as house:
        house.network.hook = note
        began_at = loop.time()
        story = await begun(house)
        await story.over()
        await house.until(CallEnded)
        assert house.the(CallEnded).outcome is Outcome.ANSWERED
        logged = [recorded.steady for recorded in house.recorded]
        arrivals = [at + LATENCY_S for at in seen]
    times = {round(at - began_at, 9) for at in (*seen, *arrivals, *logged)}
    return sorted(at for at in times if 0.0 <= at <= LEAVES_AT_S + 1.0)


@pytest.fixture(scope="module")
def all_instants(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    found = run(instants(tmp_path_factory.mktemp("reference")))
    assert len(found) >= 30, "a whole call has many instants"
    return found


async def disturbed(folder: Path, who: str, at_s: float) -> None:
    async with House(folder) as house:
        story = await begun(house)
        phone = story.caller if who == "caller" else story.agent
        story.at(at_s, lambda: phone.hang_up() if phone.legs else None)
        await story.over()
        await house.until(CallEnded)
        await house.quiet()
        await house.later(60.0)
        check(house)


def check(house: House) -> None:
    house.assert_counts_balance()
    ended = house.the(CallEnded)
    assert house.state("1") is AgentState.AVAILABLE
    assert house.count(CallQueued) == house.count(QueueAnswered) + house.count(CallAbandoned)
    assert all(leg.ended for phone in house.phones for leg in phone.legs)
    if house.count(QueueAnswered):
        assert ended.outcome is Outcome.ANSWERED
    else:
        assert ended.outcome in (Outcome.ABANDONED, Outcome.CANCELLED)
        assert ended.hung_up_by is Side.CALLER


@pytest.mark.parametrize("shift", SHIFTS_S)
@pytest.mark.parametrize("who", ["caller", "agent"])
def test_at_every_instant(tmp_path: Path, all_instants: list[float], who: str, shift: str) -> None:
    """The word arrives at the centre at the instant: it was spoken one latency before."""
    for number, instant in enumerate(all_instants):
        at_s = max(0.0, instant + SHIFTS_S[shift] - LATENCY_S)
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            run(disturbed(folder, who, at_s))
        except BaseException as error:
            error.add_note(f"the {who} hung up {shift} the instant {instant:.6f} s")
            raise


@in_virtual_time
async def test_the_caller_drops_out_while_a_reinvite_is_open(tmp_path: Path) -> None:
    """The agent holds, and before our 200 to that has been acknowledged the caller is gone."""
    async with House(tmp_path) as house:
        story = await begun(house)
        await house.until(QueueAnswered)
        await house.later(2.0)
        story.agent.hold()
        story.caller.hang_up()
        await house.until(CallEnded)
        await story.over()
        await house.quiet()
        await house.later(60.0)
        check(house)
