"""Sounds to play: any common audio file as mono samples, decoded once and kept in the engine.

A file that is 8 or 16 kHz mono 16-bit WAV already (every rendered prompt is) is read in a fraction
of a millisecond. Everything else goes through PyAV, which takes long enough to belong in a thread.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from media.errors import SoundError

RATE_HZ: Final = 8000
WIDE_RATE_HZ: Final = 16000
"""Of a wideband codec; an engine that speaks none needs no more than `RATE_HZ`."""
SAMPLE_BYTES: Final = 2
LONGEST_S: Final = 3600.0
"""A longer file is refused: it would take 58 MB decoded."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Something the engine keeps and can play on any leg."""

    id: int
    """The engine's name for it."""
    name: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Samples:
    """16-bit little-endian mono samples."""

    data: bytes
    rate_hz: int

    @property
    def duration_s(self) -> float:
        return len(self.data) / SAMPLE_BYTES / self.rate_hz


def decode(path: Path) -> bytes:
    """16-bit little-endian mono samples at 8000 Hz. Blocks: anything but plain WAV needs a thread.

    Raises:
        SoundError: the file is missing, is no sound, is empty, or longer than `LONGEST_S`.
    """
    return _decoded(path, (RATE_HZ,), RATE_HZ).data


def decode_at(path: Path, rate_hz: int) -> Samples:
    """The file's sound at that rate (8000 or 16000 Hz), or at the other one if it is a WAV of that,
    as the engine takes both; else as `decode`."""
    return _decoded(path, (RATE_HZ, WIDE_RATE_HZ), rate_hz)


def _decoded(path: Path, plain_hz: Sequence[int], rate_hz: int) -> Samples:
    try:
        samples = _plain_wav(path, plain_hz) or _any_format(path, rate_hz)
    except OSError as error:
        raise SoundError(path, error.strerror or "cannot be read") from error
    if not samples.data:
        raise SoundError(path, "no sound in it")
    return samples


def decode_content(content: bytes, name: str, rate_hz: int) -> Samples:
    """As `decode_at`, of a file's content. Blocks."""
    path, plain_hz = Path(name), (RATE_HZ, WIDE_RATE_HZ)
    samples = _plain_wav(path, plain_hz, BytesIO(content)) or _any_format(
        path, rate_hz, BytesIO(content)
    )
    if not samples.data:
        raise SoundError(path, "no sound in it")
    return samples


def write_wav(path: Path, samples: bytes, rate_hz: int = RATE_HZ) -> None:
    """Write 16-bit mono samples; whoever looks sees the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    with wave.open(str(unfinished), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(rate_hz)
        file.writeframes(samples)
    unfinished.replace(path)


def _plain_wav(
    path: Path, plain_hz: Sequence[int], source: BinaryIO | None = None
) -> Samples | None:
    """The samples of a WAV of one of these rates; None if it is anything else."""
    try:
        with wave.open(source or str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth())
            rate_hz = file.getframerate()
            if shape != (1, SAMPLE_BYTES) or rate_hz not in plain_hz:
                return None
            if file.getnframes() > LONGEST_S * rate_hz:
                raise SoundError(path, f"longer than {LONGEST_S:g} s")
            return Samples(file.readframes(file.getnframes()), rate_hz)
    except (wave.Error, EOFError):
        return None


def _any_format(path: Path, rate_hz: int, source: BinaryIO | None = None) -> Samples:
    import av  # half a second and 20 MB: only when a file needs it

    samples = bytearray()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
    try:
        with av.open(source or str(path), "r") as container:
            if not container.streams.audio:
                raise SoundError(path, "no sound in it")
            frames = container.decode(container.streams.audio[0])
            for frame in chain(frames, (None,)):  # None: give what the resampler still holds
                for resampled in resampler.resample(frame):
                    samples += bytes(resampled.planes[0])[: resampled.samples * SAMPLE_BYTES]
                if len(samples) > LONGEST_S * rate_hz * SAMPLE_BYTES:
                    raise SoundError(path, f"longer than {LONGEST_S:g} s")
    except av.FFmpegError as error:
        raise SoundError(path, error.strerror or "cannot be read") from error
    except ValueError as error:  # its format changes midway
        raise SoundError(path, str(error)) from error
    return Samples(bytes(samples), rate_hz)
