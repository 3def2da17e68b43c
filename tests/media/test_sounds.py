"""Any common audio file becomes 8 kHz mono samples; anything else a message that names the file."""

import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from media import sounds
from media.errors import SoundError
from media.sounds import RATE_HZ, decode, decode_at, write_wav
from tests.sound import babble, compare, samples_of

SPEECH = babble(1.0)


def encode(path: Path, codec: str, *, rate_hz: int = 44100, layout: str = "stereo") -> Path:
    """`SPEECH` as another program would have saved it, by PyAV."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(SPEECH) // 2)
    frame.sample_rate = RATE_HZ
    frame.planes[0].update(SPEECH)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate_hz, layout=layout)
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=layout, rate=rate_hz
        )
        fifo = av.AudioFifo()
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            fifo.write(resampled)
        size = stream.codec_context.frame_size or 1024
        while (chunk := fifo.read(size, partial=True)) is not None:
            container.mux(stream.encode(chunk))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "layout"),
    [
        ("a.wav", "pcm_s16le", 44100, "stereo"),
        ("a.wav", "pcm_s16le", 8000, "stereo"),
        ("a.wav", "pcm_mulaw", 8000, "mono"),
        ("a.flac", "flac", 48000, "mono"),
        ("a.ogg", "libopus", 48000, "stereo"),
        ("a.opus", "libopus", 48000, "mono"),
        ("a.mp3", "libmp3lame", 44100, "stereo"),
        ("a.m4a", "aac", 44100, "stereo"),
        ("a.au", "pcm_s16be", 16000, "mono"),
    ],
)
def test_common_formats_sound_as_they_should(
    tmp_path: Path, name: str, codec: str, rate_hz: int, layout: str
) -> None:
    match = compare(decode(encode(tmp_path / name, codec, rate_hz=rate_hz, layout=layout)), SPEECH)
    assert match.correlation > 0.95
    assert match.longest_gap_ms <= 40
    panned_db = -3 if layout == "stereo" else 0  # of each side, by the encoder of this test
    assert match.level_db == pytest.approx(panned_db, abs=1)


@pytest.mark.parametrize("rate_hz", [11025, 44100, 48000])
def test_conversion_keeps_the_length(tmp_path: Path, rate_hz: int) -> None:
    path = encode(tmp_path / "a.wav", "pcm_s16le", rate_hz=rate_hz)
    assert abs(len(decode(path)) - len(SPEECH)) <= 4


def test_plain_wav_is_taken_bit_by_bit(tmp_path: Path) -> None:
    write_wav(tmp_path / "deep" / "a.wav", SPEECH)
    assert decode(tmp_path / "deep" / "a.wav") == SPEECH


def test_plain_wav_does_not_load_the_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise AssertionError("slow path taken")

    monkeypatch.setattr(sounds, "_any_format", refuse)
    write_wav(tmp_path / "a.wav", SPEECH)
    assert decode(tmp_path / "a.wav") == SPEECH
    write_wav(tmp_path / "wide.wav", SPEECH, 16_000)
    for wanted_hz in (8000, 16_000):
        taken = decode_at(tmp_path / "wide.wav", wanted_hz)
        assert (taken.data, taken.rate_hz) == (SPEECH, 16_000)


def test_a_wide_file_is_narrow_where_that_is_needed(tmp_path: Path) -> None:
    wide = np.repeat(np.frombuffer(SPEECH, dtype="<i2"), 2).tobytes()
    write_wav(tmp_path / "wide.wav", wide, 16_000)
    narrow = decode(tmp_path / "wide.wav")
    assert abs(len(narrow) - len(SPEECH)) <= 4
    assert compare(narrow, SPEECH).correlation > 0.95


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file"),
        (b"", "Invalid data"),
        (b"this is no sound", "Invalid data"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "Invalid data"),
        (bytes(range(256)) * 40, "Invalid data"),
    ],
)
def test_what_is_no_sound_is_told_with_the_files_name(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "welcome.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SoundError, match=problem) as refused:
        decode(path)
    assert str(refused.value).startswith(f"{path}: ")


def test_an_empty_recording_is_no_sound(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", b"")
    with pytest.raises(SoundError, match="no sound in it"):
        decode(tmp_path / "a.wav")


@pytest.mark.parametrize("channels", [1, 2])
def test_an_endless_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    monkeypatch.setattr(sounds, "LONGEST_S", 0.5)
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.repeat(samples_of(SPEECH), channels).astype("<i2").tobytes())
    with pytest.raises(SoundError, match=r"longer than 0\.5 s"):
        decode(path)


def test_a_file_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", rate_hz=8000, layout="mono")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 0.3 * len(SPEECH) < len(decode(path)) < 0.7 * len(SPEECH)
