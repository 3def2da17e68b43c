"""A recording drawn in blocks."""

import math
import struct
import wave
from io import BytesIO
from pathlib import Path

import pytest

from sentral.waveform import parts_line, waveform


def wav(*channels: list[float]) -> bytes:
    """Each channel's amplitude second by second, as a 300 Hz tone."""
    seconds = len(channels[0])
    frames = b"".join(
        struct.pack("<h", round(32767 * side[at // 8000] * math.sin(at * 0.2356)))
        for at in range(seconds * 8000)
        for side in channels
    )
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(frames)
    return file.getvalue()


def test_each_side_has_its_line() -> None:
    left, right = waveform(wav([0.9, 0.0, 0.9, 0.0], [0.0, 0.9, 0.0, 0.02]), 8)
    assert left == "██  ██  "
    assert right[:6] == "  ██  "
    assert " " < right[7] < "█"


def test_a_message_has_one_line_and_a_short_one_is_short() -> None:
    (line,) = waveform(wav([0.9]), 500)
    assert 45 <= len(line) <= 52


def test_parts_stand_where_they_begin() -> None:
    parts = [
        {"at_s": 0.0, "mark": "talk", "agent": "101"},
        {"at_s": 5.0, "mark": "hold"},
        {"at_s": 5.0, "mark": "talk", "agent": "102"},
        {"at_s": 10.0, "mark": "alone"},
    ]
    assert parts_line(parts, 10.0, 30) == "|101           |hold |102"
    assert parts_line(parts, 0.0, 30) == ""


@pytest.mark.parametrize("sound", [b"", b"nonsense" * 50])
def test_what_is_no_sound_is_not_drawn(sound: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sound"):
        waveform(sound, 10)
