"""A tone for each party: who hears whom in the three modes, and what a recording holds of it."""

import asyncio
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from events.calls import CallBridged, CallEnded
from events.recordings import RecordingStored
from events.supervision import Mode, SupervisionBegan, SupervisionEnded, SupervisionSwitched
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears_exactly, listen
from tests.e2e.stage import CALM, at_rest, phone
from tests.rig.centre import Centre, merged
from tests.sound import RATE_HZ, Samples, level_db, tone, tones_heard

pytestmark = pytest.mark.softphone

CALLER, AGENT, SUPERVISOR = 500.0, 1100.0, 1900.0
TONES = (CALLER, AGENT, SUPERVISOR)

MATRIX: dict[Mode, tuple[set[float], set[float]]] = {
    Mode.LISTEN: ({AGENT}, {CALLER}),
    Mode.WHISPER: ({AGENT}, {CALLER, SUPERVISOR}),
    Mode.BARGE: ({AGENT, SUPERVISOR}, {CALLER, SUPERVISOR}),
}
"""What the caller hears, and what the agent hears; the supervisor hears both."""

FRAME = RATE_HZ // 50
RECORDED = merged(CALM, {"recording": {"queues": {"support": {"record": "always"}}}})


@pytest.mark.slow
async def test_each_hears_exactly_what_the_mode_says(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=RECORDED) as centre,
        EventStream(centre) as events,
        phone("baresip", "2002", centre, tmp_path, answers=True) as agent,
        phone("baresip", "2001", centre, tmp_path) as caller,
        phone("baresip", "2009", centre, tmp_path) as supervisor,
    ):
        for one, hz in ((agent, AGENT), (caller, CALLER), (supervisor, SUPERVISOR)):
            await one.register()
            await one.say(tone(hz, 1.0, at_db=-14))
        await caller.call(f"sip:1001@{centre.sip}")
        bridged = await events.expect(CallBridged, agent="102")
        await supervisor.call(f"sip:*84102@{centre.sip}")
        await events.expect(SupervisionBegan, call=bridged.call, mode=Mode.LISTEN)
        for key, mode in (("", Mode.LISTEN), ("5", Mode.WHISPER), ("6", Mode.BARGE)):
            if key:
                await supervisor.press(key)
                await events.expect(SupervisionSwitched, mode=mode)
            by_caller, by_agent = MATRIX[mode]
            await hears_exactly(supervisor, {CALLER, AGENT}, of=TONES)
            await hears_exactly(caller, by_caller, of=TONES)
            await hears_exactly(agent, by_agent, of=TONES)
        await supervisor.hang_up()
        await events.expect(SupervisionEnded, cause="hung_up")
        await hears_exactly(caller, {AGENT}, of=TONES)
        await hears_exactly(agent, {CALLER}, of=TONES)
        await caller.hang_up()
        await events.expect(CallEnded, call=bridged.call)
        stored = await events.expect(RecordingStored)
        await at_rest(centre)
        left, right = channels(centre.folder / "var" / "recordings" / stored.file)
        barges = []
        for second in range(1, len(left) // RATE_HZ - 1):
            here = slice(second * RATE_HZ, (second + 1) * RATE_HZ)
            by_side = [tones_heard(side[here], TONES) for side in (left, right)]
            assert [tones - {SUPERVISOR} for tones in by_side] == [{CALLER}, {AGENT}]
            barges.append(all(SUPERVISOR in tones for tones in by_side))
        assert any(barges), "while the caller heard the supervisor"
        assert not barges[0], "not while only the agent did"


async def test_a_recording_is_silent_where_it_was_paused_and_survives_the_process(
    tmp_path: Path,
) -> None:
    changes = merged(RECORDED, {"recording": {"key_env": "RECORDING_KEY"}})
    async with (
        Centre(tmp_path, changes=changes, environ={"RECORDING_KEY": "5a" * 32}) as centre,
        EventStream(centre) as events,
        phone("baresip", "2002", centre, tmp_path, answers=True) as agent,
        phone("baresip", "2001", centre, tmp_path) as caller,
    ):
        for one, hz in ((agent, AGENT), (caller, CALLER)):
            await one.register()
            await one.say(tone(hz, 1.0, at_db=-14))
        await caller.call(f"sip:1001@{centre.sip}")
        call = (await events.expect(CallBridged, agent="102")).call
        await hears_exactly(caller, {AGENT}, of=TONES)
        await hears_exactly(agent, {CALLER}, of=TONES)
        for wish in ("pause", "resume"):
            body = {"do": wish}
            await centre.api(f"/api/v1/calls/{call}/recording", method="POST", body=body)
            await listen(caller, 3.0)
        await centre.kill()
        await centre.start_again()
        (row,) = await recordings(centre, call, state="stored", count=1)
        assert row["sealed"]
        sound = await sound_of(centre, row["id"])
        path = tmp_path / "sound.wav"
        path.write_bytes(sound)
        left, right = channels(path)
        assert len(left) / RATE_HZ == pytest.approx(row["duration_s"], abs=0.01)
        places = {part["mark"]: part["at_s"] for part in row["parts"]}
        begin, end = (round(places[mark] * RATE_HZ) for mark in ("paused", "resumed"))
        quarter = RATE_HZ // 4
        for side, hz in ((left, CALLER), (right, AGENT)):
            first, last = silence_near(side, begin, end)
            assert tones_heard(side[first - 2 * quarter : first - quarter], TONES) == {hz}
            assert tones_heard(side[last + quarter : last + 3 * quarter], TONES) == {hz}


async def recordings(centre: Centre, call: str, *, state: str, count: int) -> list[dict[str, Any]]:
    """Those of a call that have come to a state, once there are so many."""
    found: list[dict[str, Any]] = []
    for _ in range(200):
        listed = (await centre.api(f"/api/v1/recordings?call={call}"))["recordings"]
        found = [each for each in listed if each["state"] == state]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.1)  # the store can only be asked again
    raise AssertionError(f"{listed}\n{centre.last_log()}")


async def sound_of(centre: Centre, recording: str) -> bytes:
    headers = {"Authorization": f"Bearer {centre.token_file.read_text().strip()}"}
    url = f"{centre.url}/api/v1/recordings/{recording}/sound"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


def silence_near(side: Samples, begin: int, end: int) -> tuple[int, int]:
    """Where its longest silence begins and ends, in samples: about where the marks tell.

    Marks are set by the clock of the process; on a busy machine the engine is told a little later.
    """
    frames = side[: len(side) // FRAME * FRAME].reshape(-1, FRAME)
    sounding = [-1, *(at for at in range(len(frames)) if level_db(frames[at]) >= -80), len(frames)]
    first, last = max(pairwise(sounding), key=lambda run: run[1] - run[0])
    found = (first + 1) * FRAME, last * FRAME
    assert abs(found[0] - begin) < RATE_HZ, (found, begin, end)
    assert abs(found[1] - end) < RATE_HZ, (found, begin, end)
    return found


def channels(path: Path) -> tuple[Samples, Samples]:
    """Left and right, from -1 to 1."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate()) == (2, RATE_HZ)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
    return samples[0::2], samples[1::2]
