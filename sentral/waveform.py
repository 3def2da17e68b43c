"""A recording as text: how loud each side is over time, in blocks."""

import io
from collections.abc import Iterator
from typing import Any, Final

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
QUIET_DB: Final = -50.0
LOUD_DB: Final = -10.0
PIECE: Final = 160
"""Samples of 20 ms."""

LONGEST_S: Final = 4 * 3600.0


def waveform(sound: bytes, columns: int) -> list[str]:
    """One line for each channel, so many columns wide.

    Raises:
        ValueError: it is no sound, or longer than `LONGEST_S`.
    """
    channels = _channels(sound)
    return ["".join(map(_block, _levels(samples, columns))) for samples in channels]


def parts_line(parts: list[dict[str, Any]], duration_s: float, columns: int) -> str:
    """Where each part begins, as far as there is room: agents, hold and pauses."""
    line = [" "] * columns
    at = 0
    for part in parts:
        if part["mark"] in ("alone", "resumed") or not duration_s:
            continue
        name = part.get("agent") or part["mark"]
        start = max(at, min(columns - 1, int(part["at_s"] / duration_s * columns)))
        text = f"|{name} "[: columns - start]
        line[start : start + len(text)] = text
        at = start + len(text)
    return "".join(line).rstrip()


def _channels(sound: bytes) -> list[list[int]]:
    """Peaks of each channel, one for each 20 ms."""
    import av

    try:
        with av.open(io.BytesIO(sound), "r") as container:
            stream = container.streams.audio[0]
            mono = stream.channels == 1
            resampler = av.AudioResampler(
                format="s16p", layout="mono" if mono else "stereo", rate=8000
            )
            peaks: list[list[int]] = [[] for _ in range(1 if mono else 2)]
            rests = [bytearray() for _ in peaks]
            for frame in (*_bounded(container.decode(stream)), None):
                for resampled in resampler.resample(frame):
                    for channel, rest, plane in zip(peaks, rests, resampled.planes, strict=False):
                        rest += bytes(plane)[: 2 * resampled.samples]
                        channel += _peaks(rest)
            return peaks
    except (av.FFmpegError, IndexError) as error:
        raise ValueError("it is no sound") from error


def _bounded(frames: Iterator[Any]) -> Iterator[Any]:
    for frame in frames:
        if frame.time is not None and frame.time > LONGEST_S:
            raise ValueError(f"it is longer than {LONGEST_S:g} s")
        yield frame


def _peaks(samples: bytearray) -> list[int]:
    """Of each whole 20 ms, which are taken away."""
    whole = len(samples) - len(samples) % (2 * PIECE)
    values = memoryview(bytes(samples[:whole])).cast("h")
    del samples[:whole]
    pieces = (values[at : at + PIECE] for at in range(0, len(values), PIECE))
    return [max(max(piece), -min(piece)) for piece in pieces]


def _levels(peaks: list[int], columns: int) -> list[int]:
    """The loudest of each column."""
    count = min(columns, len(peaks))
    edges = [len(peaks) * column // count for column in range(count + 1)] if count else []
    return [max(peaks[edges[n] : edges[n + 1]], default=0) for n in range(count)]


def _block(peak: int) -> str:
    from math import log10

    if peak == 0:
        return BLOCKS[0]
    level_db = 20 * log10(peak / 32768)
    share = (level_db - QUIET_DB) / (LOUD_DB - QUIET_DB)
    return BLOCKS[min(len(BLOCKS) - 1, max(0, round(share * (len(BLOCKS) - 1))))]
