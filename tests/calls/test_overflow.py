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


FLOW = """\
languages: [en]
start: wait
nodes:
  wait:
    kind: queue
    queue: support
    languages: []
    any_of: [{rare: 9}, {odd: 9}]
    tiers: [3, 1]
    sites: [north, "*"]
    customer_type: gold
    preferred: "1"
    preferred_s: 5
    excluded: ["2"]
    otherwise: bye
  bye: {kind: hang_up}
"""


@in_virtual_time
async def test_what_a_flow_asks_for_reaches_the_distributor(tmp_path: Path) -> None:
    changes = {"numbers": [{"dial": "1009", "flow": "asking"}]}
    async with House(tmp_path, changes=changes, flows={"asking": FLOW}) as house:
        caller = await house.caller()
        caller.dial("1009")
        queued = await house.until(CallQueued)
        assert queued.any_of == ({"rare": 9}, {"odd": 9})
        assert (queued.tiers, queued.sites) == ((3, 1), ("north", "*"))
        assert (queued.customer_type, queued.excluded) == ("gold", ("2",))
        assert (queued.preferred, queued.preferred_s) == ("1", 5)
        caller.hang_up()
        await house.until(CallEnded)
