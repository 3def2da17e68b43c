"""A disk that takes no more, in the real engine: the recording ends, the legs do not."""

import json
import subprocess
import sys
import wave
from pathlib import Path

from tests.media.full_disk import LIMIT_BYTES
from tests.rig.ports import free_ports


def test_a_full_disk_ends_the_recording_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.media.full_disk", str(tmp_path), str(free_ports(20))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert json.loads(done.stdout) == {"event": "RecordingFailed", "alive": True, "more": 0}
    path = tmp_path / "call.wav"
    assert path.stat().st_size <= LIMIT_BYTES
    with wave.open(str(path), "rb") as file:  # what fitted plays
        assert file.getnframes() >= 8000
