"""A message: what the caller alone says, until a key, a silence, the time or the hang-up."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from calls.stories.flow_caller import FlowCaller
from events.calls import CallAnswered, CallEnded
from events.recordings import Purpose, RecordingFailed, RecordingStarted, RecordingStopped
from ivr.caller import Recorded
from media.leg import MediaLeg
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.media.scripted_engine import ScriptedRecording
from tests.virtual_time import in_virtual_time

FLOWS = {
    "main": """
languages: [en]
start: answer
nodes:
  answer: {kind: answer, next: wait}
  wait: {kind: wait, seconds: 300, next: bye}
  bye: {kind: hang_up}
""",
}


async def answered(house: House) -> Phone:
    """A caller whose flow only waits: the test records them."""
    caller = await house.caller()
    caller.dial("1000")
    await house.until(CallAnswered)
    return caller


async def record(house: House) -> Recorded:
    caller = FlowCaller(house.call)
    return await caller.record(at_most_s=60, silence_s=4, label="2001")


def written(house: House) -> ScriptedRecording:
    (only,) = house.media.script.recordings.values()
    return only


@pytest.mark.parametrize(("ended_by", "seconds"), [("key", 9.0), ("silence", 9.0), ("limit", 60.0)])
@in_virtual_time
async def test_a_message_ends(tmp_path: Path, ended_by: str, seconds: float) -> None:
    async with House(tmp_path, flows=FLOWS) as house:
        await answered(house)
        recording = asyncio.create_task(record(house))
        await house.until(RecordingStarted)
        leg = cast(MediaLeg, house.call.leg.media)
        assert (written(house).left, written(house).channels) == (leg.id, 1)
        house.press(house.call.leg, "5")
        await house.later(9)
        if ended_by == "key":
            house.press(house.call.leg, "#")
        elif ended_by == "silence":
            (number,) = house.media.script.recordings
            house.media.script.stay_silent(number)
        recorded = await recording
        started, stopped = house.the(RecordingStarted), house.the(RecordingStopped)
        assert recorded == Recorded(started.recording, stopped.duration_s, ended_by)
        assert recorded.seconds == pytest.approx(seconds, abs=0.5)
        assert (started.purpose, started.label) == (Purpose.MESSAGE, "2001")
        assert not house.call.digits.waiting


@in_virtual_time
async def test_who_hangs_up_has_left_a_message(tmp_path: Path) -> None:
    async with House(tmp_path, flows=FLOWS) as house:
        caller = await answered(house)
        recording = asyncio.create_task(record(house))
        await house.until(RecordingStarted)
        await house.later(7)
        caller.hang_up()
        await house.until(CallEnded)
        recording.cancel()  # as the end of its story does
        stopped = await house.until(RecordingStopped)
        assert stopped.duration_s == pytest.approx(7, abs=0.5)


@in_virtual_time
async def test_a_full_disk_is_no_message(tmp_path: Path) -> None:
    async with House(tmp_path, flows=FLOWS) as house:
        await answered(house)
        recording = asyncio.create_task(record(house))
        await house.until(RecordingStarted)
        (number,) = house.media.script.recordings
        house.media.script.fill_disk(number)
        assert await recording == Recorded("", 0.0, "failed")
        assert house.count(RecordingFailed) == 1
