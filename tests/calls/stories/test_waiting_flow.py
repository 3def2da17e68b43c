"""A flow beside a wait, end to end but for packets: music beneath, words above, keys."""

from pathlib import Path
from typing import Any

from events.calls import CallCheckpointed, CallEnded, LegRang, NodeVisited
from events.queues import CallFlowedOut, CallQueued, QueueAnswered
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.virtual_time import in_virtual_time

FLOWS = {
    "main": """
languages: [en]
start: wait
nodes:
  wait:
    kind: queue
    queue: support
    waiting: beside
    next: bye
    flowed_out: {key: hello}
    otherwise: sorry
  hello: {kind: hang_up, prompt: hello}
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
""",
    "beside": """
languages: [en]
start: place
nodes:
  place:
    kind: branch
    cases: [{when: queue.position == 1, then: comfort}]
    otherwise: hint
  comfort: {kind: say, prompt: comfort, next: music}
  hint: {kind: say, prompt: hint, next: music}
  music: {kind: wait, seconds: 10, next: ask}
  ask:
    kind: menu
    prompt: number
    attempts: 1
    choices: {9: leave}
    otherwise: end
  leave: {kind: leave_queue}
""",
}


def house(tmp_path: Path, **more: Any) -> House:
    return House(tmp_path, flows=FLOWS, lengths_s={"comfort": 4.0, "number": 2.0}, **more)


async def waiting(centre: House, *, count: int = 1) -> Phone:
    """The next caller, in the queue."""
    caller = await centre.caller(f"6281{count}", port=5059 + count)
    caller.dial("1000")
    await centre.until(CallQueued, count=count)
    return caller


@in_virtual_time
async def test_music_is_heard_whenever_nothing_is_said(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        await waiting(centre)
        await centre.later(1.0)
        heard = []
        for _ in range(9):
            heard.append(centre.hears(centre.call.leg))
            await centre.later(2.0)
        comfort, music, number = "comfort.wav", "music.wav", "number.wav"
        assert heard == [comfort, comfort, *[music] * 5, number, music]


@in_virtual_time
async def test_it_goes_on_while_a_phone_rings_and_stops_with_the_bridge(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        agent = await centre.phone("3001")
        await waiting(centre)
        await centre.until(LegRang)
        await centre.later(1.0)
        assert centre.hears(centre.call.leg) == "comfort.wav"
        agent.answer()
        await centre.until(QueueAnswered)
        assert centre.talk_to_each_other
        visits = centre.count(NodeVisited)
        await centre.later(60.0)
        assert centre.talk_to_each_other
        assert centre.count(NodeVisited) == visits
        agent.hang_up()
        await centre.until(CallEnded)
        await centre.quiet()
        centre.assert_counts_balance()


@in_virtual_time
async def test_a_key_gives_up_the_place(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        await waiting(centre)
        await centre.later(15.0)
        centre.press(centre.call.leg, "9")
        left = await centre.until(CallFlowedOut)
        assert (left.reason, round(left.wait_s)) == ("key", 15)
        await centre.later(0.5)
        assert centre.hears(centre.call.leg) == "hello.wav"
        await centre.until(CallEnded)
        await centre.quiet()
        centre.assert_counts_balance()


@in_virtual_time
async def test_the_second_in_line_hears_that_they_move_up(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        await waiting(centre)
        first = centre.call
        await waiting(centre, count=2)
        second = next(call for call in centre.parts.centre.calls.values() if call is not first)
        await centre.later(0.5)
        assert centre.hears(second.leg) == "hint.wav"
        agent = await centre.phone("3001")
        agent.on_ring = pick_up
        await centre.until(QueueAnswered)
        await centre.later(19.0)
        assert centre.hears(second.leg) == "comfort.wav"


@in_virtual_time
async def test_after_a_restart_the_caller_waits_on_and_hears_it_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as centre:
        await waiting(centre)
        await centre.until(CallCheckpointed)
        await centre.later(17.0)
        await centre.crash()
        assert await centre.restart() == 1
        await centre.later(1.0)
        assert centre.hears(centre.call.leg) == "comfort.wav"
        assert centre.call.state.position is None  # of the call itself: at its first node
        assert centre.count(CallQueued) == 1
