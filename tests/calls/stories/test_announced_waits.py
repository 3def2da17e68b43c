"""The expected wait as callers hear it: recomputed whenever it is said, silent when unknown."""

from pathlib import Path

from calls.call import Call
from events.queues import CallQueued, QueueAnswered, QueueCallHandled
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.virtual_time import in_virtual_time

FLOWS = {
    "main": """
languages: [en]
start: wait
nodes:
  wait: {kind: queue, queue: support, waiting: beside, next: bye, otherwise: bye}
  bye: {kind: hang_up, prompt: bye}
""",
    "beside": """
languages: [en]
start: known
nodes:
  known:
    kind: branch
    cases:
      - {when: queue.expected_minutes == 1, then: one_minute}
      - {when: queue.expected_minutes == 2, then: two_minutes}
    otherwise: unknown
  one_minute: {kind: say, prompt: part_1, next: music}
  two_minutes: {kind: say, prompt: part_2, next: music}
  unknown: {kind: say, prompt: hint, next: music}
  music: {kind: wait, seconds: 5, next: end}
""",
}
HANDLED_S = 15.0
ROUND_S = 9.0
"""Longer than the flow takes from one announcement to the next."""


def house(tmp_path: Path) -> House:
    return House(tmp_path, flows=FLOWS, changes={"queues": {"support": {"wrap_up_s": 0}}})


async def calling(centre: House, number: int) -> tuple[Phone, Call]:
    """The next caller, in the queue."""
    before = set(centre.parts.centre.calls)
    caller = await centre.caller(f"6281{number}", port=5060 + number)
    caller.dial("1000")
    await centre.until(CallQueued, count=number)
    (name,) = set(centre.parts.centre.calls) - before
    return caller, centre.parts.centre.calls[name]


async def served(centre: House, count: int) -> None:
    """So many calls, one after the other, each handled in `HANDLED_S`."""
    agent = await centre.phone("3001")
    agent.on_ring = pick_up
    for number in range(1, count + 1):
        caller, _ = await calling(centre, number)
        await centre.until(QueueAnswered, count=number)
        await centre.later(HANDLED_S)
        caller.hang_up()
        await centre.until(QueueCallHandled, count=number)


async def heard(centre: House, call: Call) -> set[str]:
    """In one round of the flow; music, and the silence before the answer, left out."""
    found = set()
    for _ in range(round(ROUND_S / 0.5)):
        found.add(centre.hears(call.leg))
        await centre.later(0.5)
    return found - {"music.wav", "nothing"}


@in_virtual_time
async def test_a_caller_hears_the_wait_shrink_as_the_queue_does(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        await served(centre, 12)
        talks, _ = await calling(centre, 13)
        await centre.until(QueueAnswered, count=13)
        for number in range(14, 18):
            await calling(centre, number)
        _, fifth = await calling(centre, 18)
        assert await heard(centre, fifth) == {"part_2.wav"}, "five times 15 s"
        talks.hang_up()
        await centre.until(QueueAnswered, count=14)
        assert "part_1.wav" in await heard(centre, fifth), "four times 15 s"


@in_virtual_time
async def test_nothing_is_said_of_a_wait_that_nobody_knows(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        _, call = await calling(centre, 1)
        assert await heard(centre, call) == {"hint.wav"}
