"""Flows that ring, speak and refuse before anybody has answered, and pays."""

from pathlib import Path

import pytest

from events.calls import CallAnswered, CallEnded, CallRang, Outcome, Side
from sip.dialogs.leg_events import Rejected, Ringing
from tests.calls.house import House
from tests.virtual_time import in_virtual_time

UNANSWERED = {
    "main": """
languages: [en]
start: ring
nodes:
  ring: {kind: ring, seconds: 130, next: refuse}
  refuse: {kind: hang_up, cause: busy}
""",
}
EARLY = {
    "main": """
languages: [en]
start: open
nodes:
  open: {kind: progress, next: hello}
  hello: {kind: say, prompt: hello, next: refuse}
  refuse: {kind: hang_up, cause: unavailable}
""",
}


@in_virtual_time
async def test_a_flow_rings_again_every_minute_and_refuses(tmp_path: Path) -> None:
    async with House(tmp_path, flows=UNANSWERED) as house:
        caller = await house.caller()
        caller.dial("1000")
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert rejected.status == 486
        assert [e.status for e in caller.heard if isinstance(e, Ringing)] == [180, 180, 180]
        ended = house.the(CallEnded)
        assert (ended.outcome, ended.status) == (Outcome.CONTAINED, 486)
        assert house.count(CallRang) == 1
        assert house.count(CallAnswered) == 0
        await house.quiet()


@in_virtual_time
async def test_a_flow_speaks_before_anybody_pays(tmp_path: Path) -> None:
    async with House(tmp_path, flows=EARLY, lengths_s={"hello": 90.0}) as house:
        caller = await house.caller()
        caller.dial("1000")
        ringing = await caller.until(Ringing)
        assert isinstance(ringing, Ringing)
        assert (ringing.status, bool(ringing.sdp)) == (183, True)
        assert house.hears(house.call.leg) == "hello.wav"
        rejected = await caller.until(Rejected)
        assert isinstance(rejected, Rejected)
        assert rejected.status == 480
        assert sum(isinstance(e, Ringing) for e in caller.heard) == 2, "repeated after a minute"
        assert house.count(CallAnswered) == 0
        await house.quiet()


@in_virtual_time
async def test_a_late_offer_has_no_early_sound_so_the_flow_answers(tmp_path: Path) -> None:
    async with House(tmp_path, flows=EARLY) as house:
        caller = await house.caller()
        caller.dial("1000", offer=b"")
        await house.until(CallAnswered)
        await house.later(0.5)
        assert house.hears(house.call.leg) == "hello.wav"


@pytest.mark.parametrize("flows", [UNANSWERED, EARLY])
@in_virtual_time
async def test_a_caller_gives_up_before_the_flow_answers(
    tmp_path: Path, flows: dict[str, str]
) -> None:
    async with House(tmp_path, flows=flows, lengths_s={"hello": 20.0}) as house:
        caller = await house.caller()
        caller.dial("1000")
        await caller.until(Ringing)
        caller.hang_up()
        ended = await house.until(CallEnded)
        assert (ended.outcome, ended.status) == (Outcome.CANCELLED, 487)
        assert ended.hung_up_by is Side.CALLER
        await house.quiet()
