"""Sounds compared by what the ear compares: how loud each band of pitches is from moment to moment.

For what has been through a codec that keeps no waveform (Opus), or through a browser, whose jitter
buffer stretches time. 1 is the same sound; other speech with another rhythm stays below 0.7.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tests.sound import RATE_HZ, Samples, Sound, samples_of

Picture: TypeAlias = NDArray[np.float64]
"""Decibels by moment and band."""

WINDOW: Final = 256
HOP: Final = RATE_HZ // 100
BINS_A_BAND: Final = 5
FIRST_BIN, LAST_BIN = 6, 106
"""From 190 to 3300 Hz: what every codec here passes on."""
DEPTH_DB: Final = 40.0
"""What is so much weaker than the loudest band is noise of a codec."""
PIECE: Final = 100
"""Moments (1 s) that are placed together."""
REACH: Final = 30


def likeness(heard: Sound, played: Sound) -> float:
    """How well `played` is found in `heard`, wherever it begins, each second placed for itself."""
    full, wanted = picture(samples_of(heard)), picture(samples_of(played))
    if len(full) < len(wanted):
        return 0.0
    at = best_place(full, wanted)
    pieces = []
    for start in range(0, len(wanted) - PIECE + 1, PIECE):
        near = at + start
        places = range(max(0, near - REACH), min(len(full) - PIECE, near + REACH) + 1)
        pieces.append(_best(full, wanted[start : start + PIECE], places)[1])
    return float(np.mean(pieces)) if pieces else _best(full, wanted, range(at, at + 1))[1]


def best_place(full: Picture, wanted: Picture) -> int:
    """The moment of `full` at which all of `wanted` fits best."""
    return _best(full, wanted, range(len(full) - len(wanted) + 1))[0]


def picture(samples: Samples) -> Picture:
    """Shape (moments, bands), a moment every `HOP` samples; nothing below `DEPTH_DB`."""
    starts = range(0, max(samples.size - WINDOW, 0) + 1, HOP)
    frames = np.stack([np.resize(samples[at : at + WINDOW], WINDOW) for at in starts])
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW))) ** 2
    bands = power[:, FIRST_BIN:LAST_BIN].reshape(len(frames), -1, BINS_A_BAND).sum(axis=2)
    loudness = 10 * np.log10(bands + 1e-9)
    found: Picture = np.maximum(loudness, loudness.max() - DEPTH_DB)
    return found


def _best(full: Picture, wanted: Picture, places: range) -> tuple[int, float]:
    fits = [(_alike(full[at : at + len(wanted)], wanted), -at) for at in places]
    best, at = max(fits)
    return -at, best


def _alike(a: Picture, b: Picture) -> float:
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)  # what changes, not how it sounds on the whole
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale else 0.0
