"""Sound as numbers: what the demo's people say, and whether that is what the others hear.

All sound is 8 kHz mono; samples are -32768 to 32767, levels are dB against full scale.
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

from media.sounds import RATE_HZ
from media.tones import little_endian

LEVEL_DB: Final = -15.0
SILENCE_DB: Final = -50.0
MOST_OF_IT: Final = 0.5
"""A tone with this share of the power is what is heard, and not something among other things."""

TRACE: Final = 0.05
"""A tone with a smaller share is no part of what is heard."""

SWEEP_S: Final = 0.8
SWEEP_HZ: Final = (300.0, 3000.0)
_AMPLITUDE: Final = 32767 * math.sqrt(2) * 10 ** (LEVEL_DB / 20)
_ANCHOR: Final = 480  # samples by which a sweep is first looked for


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a played sound was found in what was heard: `correlation` 1 is a perfect copy."""

    correlation: float
    offset_s: float


def tone(hz: float) -> list[int]:
    """Whole cycles of a steady voice, about half a second: it can be looped without a click."""
    cycles = round(hz / 2)
    count = round(cycles * RATE_HZ / hz)
    return [round(_AMPLITUDE * math.sin(2 * math.pi * cycles * n / count)) for n in range(count)]


def sweep() -> list[int]:
    """From low to high: it is like itself at one place only, so its delay can be measured."""
    low, high = SWEEP_HZ
    count = round(SWEEP_S * RATE_HZ)
    return [
        round(_AMPLITUDE * math.sin(2 * math.pi * (low + (high - low) * t / SWEEP_S / 2) * t))
        for t in (n / RATE_HZ for n in range(count))
    ]


def as_bytes(samples: Sequence[int]) -> bytes:
    """16-bit little-endian, as the media engine takes them."""
    return little_endian(array("h", samples))


def decoded(mu_law: bytes) -> list[int]:
    """G.711 μ-law, as the engine hands it on, to samples."""
    return [_MU_LAW[byte] for byte in mu_law]


def level_db(samples: Sequence[int]) -> float:
    """Root mean square; -120 for silence and for nothing at all."""
    if not samples:
        return -120.0
    mean_square = sum(map(mul, samples, samples)) / len(samples) / 32768**2
    return 10 * math.log10(max(mean_square, 1e-12))


def tone_db(samples: Sequence[int], hz: float) -> float:
    """Level of one frequency (Goertzel): of a pure tone, that of the tone itself."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE_HZ)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = before**2 + last**2 - turn * before * last
    return 10 * math.log10(max(2 * power / max(len(samples), 1) ** 2 / 32768**2, 1e-12))


def tone_share(samples: Sequence[int], hz: float) -> float:
    """Share of the sound's power, 0 to 1, that this tone has."""
    whole = level_db(samples)
    return min(1.0, 10 ** ((tone_db(samples, hz) - whole) / 10)) if whole > SILENCE_DB else 0.0


def is_tone(samples: Sequence[int], hz: float) -> bool:
    """Whether this tone, and hardly anything else, is heard."""
    return tone_share(samples, hz) > MOST_OF_IT


def is_other_sound(samples: Sequence[int], hz: float) -> bool:
    """Whether something is heard, and this tone is no noticeable part of it."""
    return level_db(samples) > SILENCE_DB and tone_share(samples, hz) < TRACE


def likeness(heard: Sequence[int], played: Sequence[int]) -> Likeness:
    """Find a played sweep in what was heard.

    Takes some tenths of a second for some seconds of sound: call it in a thread.
    """
    if len(heard) < len(played):
        return Likeness(0.0, 0.0)
    middle = len(played) // 2
    anchor = played[middle : middle + _ANCHOR]
    starts = range(len(heard) - len(played) + 1)
    start = max(
        starts,
        key=lambda n: sum(map(mul, anchor, heard[n + middle : n + middle + _ANCHOR])),
    )
    found = heard[start : start + len(played)]
    scale = math.sqrt(sum(map(mul, found, found)) * sum(map(mul, played, played)))
    together = sum(map(mul, found, played))
    return Likeness(together / scale if scale else 0.0, start / RATE_HZ)


def _expanded(byte: int) -> int:
    """ITU-T G.711 §3.2: inverted bits; sign, segment of three bits, step of four."""
    bits = byte ^ 0xFF
    magnitude = (((bits & 0x0F) << 3) + 0x84 << (bits >> 4 & 7)) - 0x84
    return -magnitude if bits & 0x80 else magnitude


_MU_LAW: Final = tuple(_expanded(byte) for byte in range(256))
