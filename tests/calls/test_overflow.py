"""A caller who waits for too long moves on to another queue."""

from pathlib import Path

import pytest

from events.calls import CallEnded
from events.queues import CallFlowedOut, CallQueued, QueueAnswered
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_an_overflow_moves_the_caller_who_keeps_the_clock(tmp_path: Path) -> None:
    ease = [{"after_s": 30, "overflow": "second"}]
    changes = {"queues": {"support": {"skills": {"rare": 9}, "relaxation": ease}, "second": {}}}
    async with House(tmp_path, changes=changes) as house:
        agent = await house.phone("3001")
        agent.on_ring = pick_up
        caller = await house.caller()
        caller.dial("1001")
        answered = await house.until(QueueAnswered)
        assert answered.queue == "second"
        first, second = house.all(CallQueued)
        assert (first.queue, second.queue) == ("support", "second")
        assert second.waited_s == pytest.approx(30.0)
        assert house.the(CallFlowedOut).reason == "overflow"
        caller.hang_up()
        await house.until(CallEnded)
