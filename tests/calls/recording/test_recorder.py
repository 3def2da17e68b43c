"""Recordings in a whole centre: when they begin, what they hear, and what is told of them."""

from pathlib import Path
from typing import Any, cast

import pytest

from calls.recording.recordings import Take
from events.calls import (
    CallAnswered,
    CallBridged,
    CallEnded,
    CallerReplaced,
    CallHeld,
    CallResumed,
    CallUnbridged,
    LegRang,
)
from events.queues import QueueAnswered
from events.recordings import (
    Mark,
    Purpose,
    RecordingAsked,
    RecordingFailed,
    RecordingMarked,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from media.leg import MediaLeg
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.media.scripted_engine import ScriptedRecording
from tests.virtual_time import in_virtual_time


def of(tmp_path: Path, **recording: Any) -> House:
    return House(tmp_path, changes={"recording": recording}, flows=FLOWS)


FLOWS = {
    "main": """
languages: [en]
start: answer
on_error: bye
nodes:
  answer: {kind: say, prompt: hello, next: menu}
  menu:
    kind: menu
    prompt: menu
    choices: {1: yes, 2: no, 3: start, 4: wait}
    otherwise: bye
  yes: {kind: record, do: consent, next: wait}
  no: {kind: record, do: refuse, next: wait}
  start: {kind: record, do: start, next: wait, otherwise: bye}
  wait: {kind: queue, queue: support, next: again, otherwise: bye}
  again: {kind: queue, queue: support, next: bye, otherwise: bye}
  bye: {kind: hang_up, prompt: bye}
""",
}


def written(house: House) -> ScriptedRecording:
    """What the engine was told of the one file that is being written."""
    (only,) = house.media.script.recordings.values()
    return only


def heard(house: House) -> tuple[int | None, int | None, bool]:
    file = written(house)
    return file.left, file.right, file.suspended


async def talking(house: House, number: str = "1001", keys: str = "") -> tuple[Phone, Phone]:
    agent = await house.phone("3001")
    agent.on_ring = pick_up
    caller = await house.caller()
    caller.dial(number)
    if keys:
        await house.until(CallAnswered)
        house.press(house.call.leg, keys)
    await house.until(QueueAnswered)
    return caller, agent


def marks(house: House) -> list[tuple[Mark, str]]:
    return [(event.mark, event.agent or "") for event in house.all(RecordingMarked)]


@in_virtual_time
async def test_a_queue_that_is_always_recorded(tmp_path: Path) -> None:
    async with of(tmp_path, queues={"support": {"record": "always"}}) as house:
        caller, _ = await talking(house)
        caller_leg, agent_leg = cast(MediaLeg, house.call.leg.media), house.other.media
        assert heard(house) == (caller_leg.id, cast(MediaLeg, agent_leg).id, False)
        await house.later(60)
        caller.hang_up()
        stopped = await house.until(RecordingStopped)
        started = house.the(RecordingStarted)
        assert (started.purpose, started.reason) == (Purpose.CALL, "queue")
        assert (started.queue, started.agent) == ("support", "1")
        assert "62811" not in started.file
        assert stopped.duration_s == pytest.approx(60, abs=0.5)
        assert (tmp_path / "recordings" / f"{started.file}.wav").exists()
        assert marks(house) == [(Mark.TALK, "1"), (Mark.ALONE, "")]


@pytest.mark.parametrize(("offered", "rate_hz"), [("PCMU", 8_000), ("G722", 16_000)])
@in_virtual_time
async def test_a_file_has_the_better_rate_of_those_who_talk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offered: str, rate_hz: int
) -> None:
    monkeypatch.setattr(MediaLeg, "codec", offered)
    async with of(tmp_path, record="always") as house:
        caller, _ = await talking(house)
        assert written(house).rate_hz == rate_hz
        caller.hang_up()
        await house.until(RecordingStopped)


@in_virtual_time
async def test_hold_is_left_out_of_the_file(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, agent = await talking(house)
        await house.later(10)
        agent.hold()
        await house.until(CallHeld)
        assert heard(house) == (None, None, True)
        await house.later(30)
        agent.resume()
        await house.until(CallResumed)
        assert heard(house)[2] is False
        assert None not in heard(house)
        await house.later(5)
        caller.hang_up()
        await house.until(RecordingStopped)
        places = [event.at_s for event in house.all(RecordingMarked)]
        assert places == pytest.approx([0, 10, 10, 15], abs=0.2)
        assert [mark for mark, _ in marks(house)] == [Mark.TALK, Mark.HOLD, Mark.TALK, Mark.ALONE]


@in_virtual_time
async def test_hold_is_recorded_where_that_is_wanted(tmp_path: Path) -> None:
    async with of(tmp_path, record="always", during_hold=True) as house:
        caller, agent = await talking(house)
        agent.hold()
        await house.until(CallHeld)
        assert heard(house)[2] is False
        assert heard(house)[0] is not None
        caller.hang_up()
        await house.until(RecordingStopped)


@in_virtual_time
async def test_one_recording_goes_on_with_the_next_agent(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, agent = await talking(house, "1000", "4")
        await house.later(5)
        agent.hang_up()
        await house.until(CallUnbridged)
        assert heard(house) == (None, None, True)
        await house.until(CallBridged, count=2)
        assert heard(house)[2] is False
        caller.hang_up()
        await house.until(RecordingStopped)
        house.the(RecordingStarted)
        assert [mark for mark, _ in marks(house)] == [
            *(Mark.TALK, Mark.ALONE, Mark.TALK, Mark.ALONE)
        ]


@pytest.mark.parametrize(
    ("notice", "keys", "recorded"),
    [
        ("consent", "1", 1),
        ("consent", "2", 0),
        ("consent", "4", 0),
        ("none", "2", 0),
        ("none", "4", 1),
    ],
)
@in_virtual_time
async def test_only_who_agreed_is_recorded(
    tmp_path: Path, notice: str, keys: str, recorded: int
) -> None:
    async with of(tmp_path, record="always", notice=notice) as house:
        caller, _ = await talking(house, "1000", keys)
        caller.hang_up()
        await house.until(CallEnded)
        assert house.count(RecordingStarted) == recorded


@pytest.mark.parametrize(
    ("notice", "basis", "stopped"),
    [("consent", "", 1), ("consent", "announced", 1), ("consent", "consented", 0), ("none", "", 0)],
)
@in_virtual_time
async def test_who_takes_the_caller_s_place_was_not_asked_with_them(
    tmp_path: Path, notice: str, basis: str, stopped: int
) -> None:
    async with of(tmp_path, record="always", notice=notice) as house:
        caller, _ = await talking(house, "1000", "1")
        call = house.call
        assert call.recorder.is_recording
        call.happened(CallerReplaced(call.id, call.leg.name, call.state.caller, basis=basis))
        assert call.state.recording.basis == basis
        await house.later(1.0)
        assert house.count(RecordingStopped) == stopped
        assert call.recorder.is_recording is not bool(stopped)
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_a_flow_records_the_caller_before_anybody_answers(tmp_path: Path) -> None:
    async with of(tmp_path) as house:
        agent = await house.phone("3001")
        caller = await house.caller()
        caller.dial("1000")
        await house.until(CallAnswered)
        house.press(house.call.leg, "3")
        await house.until(RecordingStarted)
        leg = cast(MediaLeg, house.call.leg.media)
        assert heard(house) == (leg.id, None, False)
        await house.until(LegRang)
        agent.answer()
        await house.until(CallBridged)
        assert heard(house)[1] is not None
        assert house.the(RecordingStarted).reason == "flow"
        caller.hang_up()
        await house.until(RecordingStopped)


@in_virtual_time
async def test_silence_takes_the_place_of_card_data(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, _ = await talking(house)
        await house.later(4)
        recorder = house.call.recorder
        assert recorder.pause("api")
        assert recorder.pause("api")
        assert written(house).paused
        assert not written(house).suspended
        await house.later(6)
        assert recorder.resume("api")
        assert not written(house).paused
        assert house.the(RecordingPaused).at_s == pytest.approx(4, abs=0.2)
        assert house.the(RecordingResumed).at_s == pytest.approx(10, abs=0.2)
        caller.hang_up()
        await house.until(RecordingStopped)
        assert not recorder.pause("api")


@in_virtual_time
async def test_a_full_disk_ends_the_recording_and_not_the_call(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, _ = await talking(house)
        (number,) = house.media.script.recordings
        house.media.script.fill_disk(number)
        await house.until(RecordingFailed)
        assert house.talk_to_each_other
        assert not house.call.recorder.is_recording
        caller.hang_up()
        await house.until(CallEnded)
        assert house.count(RecordingStopped) == 0


@in_virtual_time
async def test_a_folder_that_cannot_be_written_costs_the_recording_alone(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file where the folder should be")
    async with of(tmp_path, record="always") as house:
        caller, _ = await talking(house)
        assert house.the(RecordingFailed).recording == house.the(RecordingStarted).recording
        assert house.talk_to_each_other
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_somebody_stops_it_for_good(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, agent = await talking(house, "1000", "4")
        house.call.recorder.ask(False, "api")
        await house.until(RecordingStopped)
        assert house.the(RecordingAsked).by == "api"
        agent.hang_up()
        await house.until(CallBridged, count=2)
        assert house.count(RecordingStarted) == 1
        caller.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_after_a_restart_another_file_goes_on(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, _ = await talking(house)
        await house.later(8)
        house.call.recorder.pause("api")
        first = house.the(RecordingStarted)
        file = tmp_path / "recordings" / f"{first.file}.wav"
        await house.crash()
        file.write_bytes(wav_of(seconds=8, told=5))
        await house.restart()
        recovered = await house.until(RecordingStopped)
        assert (recovered.recording, recovered.recovered) == (first.recording, True)
        assert recovered.duration_s == pytest.approx(8)
        second = house.all(RecordingStarted)[1]
        assert (second.reason, second.recording) == ("restart", f"{first.call}-r2")
        assert written(house).paused
        caller.hang_up()
        await house.until(RecordingStopped, count=2)


@in_virtual_time
async def test_a_transferred_caller_is_recorded_on(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, agent = await talking(house)
        manager = await house.phone("3002")
        manager.on_ring = pick_up
        agent.refer("3002")
        await house.until(CallBridged, count=2)
        other = cast(MediaLeg, house.other.media)
        assert heard(house) == (cast(MediaLeg, house.call.leg.media).id, other.id, False)
        caller.hang_up()
        await house.until(RecordingStopped)
        house.the(RecordingStarted)


@pytest.mark.parametrize("internal", [False, True])
@in_virtual_time
async def test_calls_among_colleagues_are_left_out(tmp_path: Path, internal: bool) -> None:
    async with of(tmp_path, record="always", internal=internal) as house:
        colleague = await house.phone("3002")
        colleague.on_ring = pick_up
        phone = await house.phone("3001")
        phone.dial("3002")
        await house.until(CallBridged)
        assert house.count(RecordingStarted) == int(internal)
        phone.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_no_take_is_left_behind(tmp_path: Path) -> None:
    async with of(tmp_path, record="always") as house:
        caller, _ = await talking(house)
        caller.hang_up()
        await house.until(CallEnded)
        recordings = house.parts.centre.services.recordings
        await recordings.all_told(5.0)
        assert house.count(RecordingStopped) == 1
        assert takes_of(recordings) == {}


def takes_of(recordings: Any) -> dict[str, Take]:
    return dict(recordings._open)


def wav_of(*, seconds: int, told: int) -> bytes:
    """A stereo recording whose header tells of fewer seconds than are there, and half a frame."""
    header = bytearray(44)
    frame, rate = 4, 8000
    fields = [
        (0, b"RIFF"),
        (4, (told * rate * frame + 36).to_bytes(4, "little")),
        (8, b"WAVEfmt "),
        (16, (16).to_bytes(4, "little")),
        (20, (1).to_bytes(2, "little")),
        (22, (2).to_bytes(2, "little")),
        (24, rate.to_bytes(4, "little")),
        (28, (rate * frame).to_bytes(4, "little")),
        (32, frame.to_bytes(2, "little")),
        (34, (16).to_bytes(2, "little")),
        (36, b"data"),
        (40, (told * rate * frame).to_bytes(4, "little")),
    ]
    for at, value in fields:
        header[at : at + len(value)] = value
    return bytes(header) + bytes(seconds * rate * frame) + b"\1\2\3"
