"""The final form of a recording: the same sound, sealed or not, and nothing half done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from media.sealing import CHUNK_BYTES, KEY_BYTES, NotOurs, read_key, seal, unsealed
from media.storing import Form, store
from tests.media.wav_files import stereo_tones

KEY = bytes(range(KEY_BYTES))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Three seconds: 440 Hz left, 1000 Hz right."""
    return stereo_tones(tmp_path / "call.wav", 440, 1000, seconds=3.0)


def channels(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    import av

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=8000)
        blocks = [
            each.to_ndarray().reshape(-1, 2)
            for frame in (*container.decode(stream), None)
            for each in resampler.resample(frame)
        ]
    samples = np.concatenate(blocks).astype(float)
    return samples[:, 0], samples[:, 1], len(samples)


def loudest_hz(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound[4000:20000]))
    return float(np.argmax(spectrum) * 8000 / 16000)


@pytest.mark.parametrize("form", ["wav", "opus", "mp3"])
def test_both_channels_keep_their_sound(recording: Path, form: Form) -> None:
    stored = store(recording, form, None)
    left, right, length = channels(stored)
    assert loudest_hz(left) == pytest.approx(440, abs=2)
    assert loudest_hz(right) == pytest.approx(1000, abs=2)
    assert length == pytest.approx(24_000, rel=0.06)
    assert [path.name for path in recording.parent.iterdir()] == [f"call.{form}"]
    assert stored.stat().st_mode & 0o077 == 0 or form == "wav"


def test_a_sealed_recording_opens_with_its_key_alone(recording: Path) -> None:
    plain = recording.read_bytes()
    stored = store(recording, "wav", KEY)
    assert stored.name == "call.wav.sealed"
    assert plain[:4000] not in stored.read_bytes()
    assert not recording.exists()
    assert b"".join(unsealed(stored, KEY)) == plain
    with pytest.raises(NotOurs):
        b"".join(unsealed(stored, bytes(KEY_BYTES)))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 5])
def test_any_length_comes_back(tmp_path: Path, size: int) -> None:
    source, target = tmp_path / "plain", tmp_path / "sealed"
    source.write_bytes(os.urandom(size))
    with source.open("rb") as plain, target.open("wb") as file:
        seal(plain, file, KEY)
    assert b"".join(unsealed(target, KEY)) == source.read_bytes()


@pytest.mark.parametrize("harm", ["flipped", "cut", "swapped", "doubled", "empty"])
def test_what_was_changed_is_refused(tmp_path: Path, harm: str) -> None:
    source, target = tmp_path / "plain", tmp_path / "sealed"
    source.write_bytes(os.urandom(3 * CHUNK_BYTES))
    with source.open("rb") as plain, target.open("wb") as file:
        seal(plain, file, KEY)
    head, sealed, chunk = 24, target.read_bytes(), CHUNK_BYTES + 16
    first, rest = sealed[head : head + chunk], sealed[head + chunk :]
    changed = {
        "flipped": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "cut": sealed[: head + chunk],
        "swapped": sealed[:head] + rest[:chunk] + first + rest[chunk:],
        "doubled": sealed + first,
        "empty": sealed[:head],
    }[harm]
    target.write_bytes(changed)
    with pytest.raises(NotOurs):
        b"".join(unsealed(target, KEY))


@pytest.mark.parametrize("text", ["", "00" * 31, "zz" * 32, "00" * 33])
def test_a_bad_key_is_not_told(text: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits") as caught:
        read_key(text)
    assert not text or text not in str(caught.value)


def test_as_a_process_of_its_own(recording: Path) -> None:
    command = [sys.executable, "-m", "media.storing", str(recording), "opus"]
    done = subprocess.run(
        command, input=KEY.hex(), capture_output=True, text=True, timeout=60, check=True
    )
    told = json.loads(done.stdout)
    sealed = recording.with_name(told["name"])
    assert (told["name"], told["size_bytes"]) == ("call.opus.sealed", sealed.stat().st_size)
    assert b"".join(unsealed(sealed, KEY)).startswith(b"OggS")


def test_what_is_no_sound_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"nonsense" * 100)
    command = [sys.executable, "-m", "media.storing", str(path), "mp3"]
    failed = subprocess.run(
        command, input="", capture_output=True, text=True, timeout=60, check=False
    )
    assert failed.returncode == 1
    assert failed.stderr.strip()
    assert [each.name for each in tmp_path.iterdir()] == ["call.wav"]
