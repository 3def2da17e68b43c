"""How loud a prompt is, and whether it was cut off: what a listener would complain of."""

import warnings
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from media.sounds import RATE_HZ, SAMPLE_BYTES

if TYPE_CHECKING:
    from pydub import AudioSegment

LOUDNESS_DB: Final = -22.0
"""Of the spoken parts against full scale: every prompt is as loud as every other, a little louder
than people on the line (ITU-T P.56 puts them at -26)."""
PEAK_DB: Final = -1.5
"""Nothing is louder: a loud prompt gives way rather than clip."""
QUIET_DB: Final = -45.0
"""What is weaker is a pause, not speech."""

_FULL_SCALE: Final = 32_767
_CLIPPED_RUN: Final = 3
"""Samples in a row at full scale; fewer may be a lucky peak."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Of one prompt, in dB against full scale; `loudness_db` is None when all of it is silence.

    Attributes:
        clipped: places at which the wave is cut off.
        silence_s: longest of the silences before and after.
    """

    duration_s: float
    loudness_db: float | None
    peak_db: float
    clipped: int
    silence_s: float


def levels_of(samples: bytes) -> Levels:
    """Of 8 kHz mono 16-bit samples."""
    whole = segment(samples)
    start, end = edges(whole)
    voiced = voiced_part(whole)
    return Levels(
        duration_s=len(samples) / SAMPLE_BYTES / RATE_HZ,
        loudness_db=None if voiced is None else voiced.dBFS,
        peak_db=whole.max_dBFS,
        clipped=_clipped(samples),
        silence_s=max(start, end) / 1000,
    )


def segment(samples: bytes, rate_hz: int = RATE_HZ) -> "AudioSegment":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydub misses a program that is not needed here
        from pydub import AudioSegment

    return AudioSegment(samples, sample_width=SAMPLE_BYTES, frame_rate=rate_hz, channels=1)


def edges(whole: "AudioSegment") -> tuple[int, int]:
    """Silence before and after, in milliseconds."""
    from pydub.silence import detect_leading_silence

    return (
        detect_leading_silence(whole, QUIET_DB, 10),
        detect_leading_silence(whole.reverse(), QUIET_DB, 10),
    )


def voiced_part(whole: "AudioSegment") -> "AudioSegment | None":
    """All that is no pause, or None: the level of speech must not depend on how much is said."""
    spoken = [part for part in whole[::20] if part.dBFS > QUIET_DB]
    return sum(spoken[1:], spoken[0]) if spoken else None


def _clipped(samples: bytes) -> int:
    places = run = 0
    for value in array("h", samples):
        run = run + 1 if abs(value) >= _FULL_SCALE else 0
        places += run == _CLIPPED_RUN
    return places
