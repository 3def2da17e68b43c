"""How far apart two sounds are to the ear: log-spectral distance, the gaps and the level.

    match = compare_spectra(heard, played)
    assert match.distance_db <= FARTHEST_DB

For codecs that keep no waveform (Opus), where correlation says little. Moments of 32 ms are
compared band by band in dB, each where its second of sound was found: first by the rhythm of the
bands, then to the millisecond. What both sounds differ in on the whole is the level, told apart.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.likeness import HOP, PIECE, REACH, Picture, best_place, picture
from tests.sound import RATE_HZ, Samples, Sound, level_db, longest_gap_ms, samples_of

MILLISECOND: Final = RATE_HZ // 1000
FINE: Final = HOP
"""The rhythm tells the place to so many samples."""
FARTHEST_DB: Final = 5.0
"""A codec that does its work, phones included, stays below; other speech is twice as far."""
QUIET_DB: Final = 30.0
"""A moment so much weaker than the loudest is a pause."""


@dataclass(frozen=True, slots=True)
class SpectralMatch:
    """How a played sound was found in what was heard."""

    distance_db: float
    """Root mean square over the bands, mean over the moments: 0 is the same sound."""
    longest_gap_ms: float
    """Longest stretch that was played as sound and heard as silence."""
    level_db: float
    """How much louder it was heard than played."""


def compare_spectra(heard: Sound, played: Sound) -> SpectralMatch:
    """Find `played`, at least 0.3 s of it, in `heard`, wherever it begins."""
    full, wanted = samples_of(heard), samples_of(played)
    if full.size < wanted.size:
        full = np.concatenate([full, np.zeros(wanted.size - full.size)])
    at = best_place(picture(full), picture(wanted)) * HOP
    parts = [(start, wanted[start:end]) for start, end in _seconds(wanted.size)]
    places = [_placed(full, part, at + start) for start, part in parts]
    heard_bands = np.concatenate([picture(found) for found in places])
    played_bands = np.concatenate([picture(part) for _, part in parts])
    told = played_bands.max(axis=1) > played_bands.max() - QUIET_DB
    apart = (heard_bands - played_bands)[told]
    apart -= np.median(apart)
    found = np.concatenate(places)
    return SpectralMatch(
        distance_db=float(np.mean(np.sqrt(np.mean(apart**2, axis=1)))),
        longest_gap_ms=longest_gap_ms(found, wanted),
        level_db=level_db(found) - level_db(wanted),
    )


def _seconds(samples: int) -> list[tuple[int, int]]:
    """Where each second begins and ends; what is left over belongs to the last."""
    starts = [index * PIECE * HOP for index in range(max(samples // (PIECE * HOP), 1))]
    return list(zip(starts, [*starts[1:], samples], strict=True))


def _placed(full: Samples, part: Samples, near: int) -> Samples:
    """What was heard of a part, where it is least far from it."""
    bands = picture(part)
    rough = range(near - REACH * HOP, near + REACH * HOP + 1, FINE)
    at = min(rough, key=lambda place: _apart(_cut(full, place, part.size), bands))
    fine = range(at - FINE, at + FINE + 1, MILLISECOND)
    at = min(fine, key=lambda place: _apart(_cut(full, place, part.size), bands))
    return _cut(full, at, part.size)


def _apart(heard: Samples, bands: Picture) -> float:
    apart = picture(heard) - bands
    return float(np.sqrt(np.mean((apart - np.median(apart)) ** 2)))


def _cut(full: Samples, start: int, length: int) -> Samples:
    """`full[start:start + length]`, with silence where there is nothing."""
    found = np.zeros(length)
    first, last = max(start, 0), min(start + length, full.size)
    if last > first:
        found[first - start : last - start] = full[first:last]
    return found
