"""What a flow knows of the caller, over a restart too."""

from pathlib import Path

from events.calls import CallEnded, NodeVisited
from events.queues import CallQueued
from sip.dialogs.leg_events import Answered
from tests.calls.house import House
from tests.virtual_time import in_virtual_time

REMEMBERS = {
    "main": """
languages: [en]
start: hear
on_error: bye
nodes:
  hear: {kind: menu, prompt: menu, attempts: 3, no_input: {prompts: [hint]},
         choices: {1: who}, otherwise: bye}
  who:
    kind: branch
    cases:
      - {when: "caller.diverted_by == '62855' and caller.diverted_why == 'no-answer'", then: wait}
    otherwise: bye
  wait: {kind: queue, queue: support, next: bye, otherwise: bye}
  bye: {kind: hang_up}
"""
}


@in_virtual_time
async def test_who_passed_the_caller_on_is_known_after_a_restart(tmp_path: Path) -> None:
    async with House(tmp_path, flows=REMEMBERS) as house:
        caller = await house.caller()
        caller.dial("1000", headers=(("Diversion", "<sip:62855@far.example>;reason=no-answer"),))
        await caller.until(Answered)
        await house.later(0.5)
        await house.crash()
        assert await house.restart() == 1
        await house.later(1.0)
        house.press(house.call.leg, "1")
        await house.until(CallQueued)
        assert all("62855" not in str(visit.position) for visit in house.all(NodeVisited))
        caller.hang_up()
        await house.until(CallEnded)
