"""Recordings as files: who is left and right, pauses, kills and full disks."""

import os
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from sentral_media_engine import Engine

from tests.media.engine.peer import Events, Peer, connect, port_range, running
from tests.media.engine.tones import FREQUENCIES_HZ, LEVEL, RATE_HZ, converse

ROOT: Final = Path(__file__).parents[3]
SETTLED: Final = 2000
"""Samples after which both jitter buffers have begun."""


def sides(path: Path, rate_hz: int = RATE_HZ) -> NDArray[np.int16]:
    """Two rows, left and right; of a file of another rate every so many samples."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, rate_hz)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples.reshape(-1, 2)[:: rate_hz // RATE_HZ].T


def level(samples: NDArray[np.int16], frequency_hz: float) -> float:
    turns = np.exp(-2j * np.pi * frequency_hz / RATE_HZ * np.arange(len(samples)))
    return float(2 * abs(turns @ samples) / len(samples))


def has_only(samples: NDArray[np.int16], index: int) -> bool:
    found = [level(samples, frequency) / LEVEL for frequency in FREQUENCIES_HZ[:2]]
    return 0.89 < found[index] < 1.12 and found[1 - index] < 0.05


@pytest.mark.parametrize(("mixed", "rate_hz"), [(False, 8000), (True, 8000), (False, 16_000)])
def test_the_caller_is_left_and_the_agent_right(tmp_path: Path, mixed: bool, rate_hz: int) -> None:
    path = tmp_path / "call.wav"
    with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
        caller, agent = connect(engine, a), connect(engine, b)
        if mixed:
            engine.mix({caller: [agent], agent: [caller]})
        else:
            engine.bridge(caller, agent)
        recording = engine.start_recording(path, rate_hz=rate_hz)
        engine.assign_recording(recording, left=caller, right=agent)
        converse([a, b], 60)
        engine.stop_recording(recording)
        _, told, duration_ms, _ = Events(engine).next("recording_finished")
        assert told == recording
        left, right = sides(path, rate_hz)
        assert isinstance(duration_ms, int)
        assert len(left) == duration_ms * 8
        assert duration_ms >= 1180
        assert has_only(left[SETTLED:], 0)
        assert has_only(right[SETTLED:], 1)
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_pause_is_silence_in_place_and_sides_may_change(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        recording = engine.start_recording(path)
        engine.assign_recording(recording, left=a.leg, right=None)
        converse([a, b], 40)
        engine.pause_recording(recording, True)
        converse([a, b], 40)
        engine.pause_recording(recording, False)
        engine.assign_recording(recording, left=None, right=a.leg)
        converse([a, b], 40)
        engine.stop_recording(recording)
        Events(engine).next("recording_finished")
        left, right = sides(path)
        third = 40 * 160
        assert has_only(left[SETTLED : third - 400], 0)
        paused = slice(third + 1200, 2 * third - 400)
        assert not left[paused].any()
        assert not right[: paused.stop].any()
        assert has_only(right[2 * third + SETTLED : 3 * third - 800], 0)
        assert not left[2 * third + SETTLED :].any()


KILLED = """
import os, sys, time
from sentral_media_engine import Engine
from tests.media.engine.peer import Peer, connect, port_range
from tests.media.engine.tones import converse
engine, a, b = Engine(*port_range()), Peer(ssrc=1), Peer(ssrc=2)
engine.bridge(connect(engine, a), connect(engine, b))
recording = engine.start_recording(sys.argv[1])
engine.assign_recording(recording, left=a.leg, right=b.leg)
converse([a, b], 60)
print("recorded", flush=True)
converse([a, b], 3000)
"""


def test_a_killed_process_leaves_a_file_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recorded\n"
        os.kill(process.pid, signal.SIGKILL)
    left, right = sides(path)
    assert len(left) >= RATE_HZ * 0.8
    assert has_only(left[SETTLED:], 0)
    assert has_only(right[SETTLED:], 1)


FULL = """
import resource, sys
from sentral_media_engine import Engine
from tests.media.engine.peer import Events, Peer, connect, port_range, running
from tests.media.engine.tones import converse
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
    engine.bridge(connect(engine, a), connect(engine, b))
    recording = engine.start_recording(sys.argv[1])
    engine.assign_recording(recording, left=a.leg, right=b.leg)
    heard = converse([a, b], 60)
    _, told, problem, _ = Events(engine).next("recording_failed")
    assert told == recording and problem, problem
    assert len(heard[0]) >= 58 and len(heard[1]) >= 58, "the call goes on"
    engine.stop_recording(recording)
print("the call went on")
"""


def test_a_full_disk_is_an_event_and_the_call_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    command = [sys.executable, "-c", FULL, str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout == "the call went on\n", done.stderr
    assert sides(path).shape[1] > 0


def test_closing_a_leg_or_the_engine_keeps_the_file(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with running(Engine(*port_range())) as engine, Peer(ssrc=1) as a, Peer(ssrc=2) as b:
        engine.bridge(connect(engine, a), connect(engine, b))
        recording = engine.start_recording(path)
        engine.assign_recording(recording, left=a.leg, right=b.leg)
        converse([a, b], 30)
        engine.close_leg(a.leg)
        engine.assign_recording(recording, left=None, right=b.leg)
        with pytest.raises(FileExistsError):
            engine.start_recording(path)
        with pytest.raises(ValueError, match="both sides"):
            engine.assign_recording(recording, left=b.leg, right=b.leg)
        with pytest.raises(KeyError, match="no leg"):
            engine.assign_recording(recording, left=a.leg, right=None)
    assert sides(path).shape[1] >= 28 * 160
    with pytest.raises(RuntimeError, match="closed"):
        engine.start_recording(tmp_path / "late.wav")


@pytest.mark.parametrize("in_both", [True, False])
def test_a_guest_is_heard_on_the_sides_of_those_who_hear_them(
    tmp_path: Path, in_both: bool
) -> None:
    path = tmp_path / "call.wav"
    peers = (Peer(ssrc=1), Peer(ssrc=2), Peer(ssrc=3))
    with running(Engine(*port_range())) as engine, peers[0] as a, peers[1] as b, peers[2] as c:
        caller, agent, supervisor = (connect(engine, each) for each in (a, b, c))
        engine.mix({caller: [agent], agent: [caller], supervisor: []})
        recording = engine.start_recording(path)
        engine.assign_recording(
            recording, left=caller, right=agent, guest=supervisor, guest_in_both=in_both
        )
        with pytest.raises(ValueError, match="both sides"):
            engine.assign_recording(recording, left=caller, right=agent, guest=agent)
        converse([a, b, c], 60)
        engine.stop_recording(recording)
        Events(engine).next("recording_finished")
    left, right = (each[SETTLED:8000] for each in sides(path))
    found = [[level(side, hz) / LEVEL > 0.5 for hz in FREQUENCIES_HZ[:3]] for side in (left, right)]
    assert found == [[True, False, in_both], [False, True, True]]
