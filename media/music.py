"""Music on hold of our own: an arpeggio over four chords, computed, so nobody has a right in it.

The same every time. It ends as it begins, so that a loop has no seam.
"""

import math
from array import array
from pathlib import Path
from typing import Final

from media.sounds import RATE_HZ, write_wav
from media.tones import little_endian

BEAT_S: Final = 0.375
CHORDS: Final = (
    (57, 64, 69, 72, 76),  # A minor; MIDI note numbers, the first one is the bass
    (53, 60, 65, 69, 72),  # F major
    (48, 60, 64, 67, 72),  # C major
    (55, 59, 62, 67, 71),  # G major
)
PATTERNS: Final = (
    (1, 2, 3, 4, 3, 2, 3, 2),  # which note of the chord on each beat of a bar
    (4, 3, 2, 1, 2, 3, 2, 4),
)
PARTIALS: Final = ((1, 1.0, 2.2), (2, 0.35, 3.5), (3, 0.12, 5.5), (4, 0.05, 8.0))
"""(multiple of the note's frequency, strength, decay per second): a soft plucked string."""
RING_S: Final = 2.0
"""How long a note is heard."""
PEAK: Final = 0.25
"""Of full scale: music on hold is quieter than a voice."""


def render_music(path: Path) -> bool:
    """Write the piece, 24 s, as 8 kHz mono WAV, unless a file is there. Takes a second of CPU.

    Returns:
        Whether it was written.
    """
    if path.exists():
        return False
    write_wav(path, compose())
    return True


def compose() -> bytes:
    """The piece as 16-bit little-endian mono samples at 8000 Hz."""
    notes = _score()
    length = round(len(PATTERNS) * len(CHORDS) * 8 * BEAT_S * RATE_HZ)
    mix = [0.0] * length
    plucked = {note: _pluck(note) for note in {note for _, note, _ in notes}}
    for beat, note, strength in notes:
        start = round(beat * BEAT_S * RATE_HZ)
        for n, value in enumerate(plucked[note], start):
            mix[n % length] += strength * value  # what rings beyond the end rings into the start
    scale = PEAK * 32767 / max(map(abs, mix))
    return little_endian(array("h", (round(value * scale) for value in mix)))


def _score() -> list[tuple[int, int, float]]:
    """(beat, MIDI note, strength) of every note."""
    notes = []
    beat = 0
    for pattern in PATTERNS:
        for chord in CHORDS:
            notes.append((beat, chord[0] - 12, 0.9))
            for index in pattern:
                notes.append((beat, chord[index], 0.6 if index == pattern[0] else 0.45))
                beat += 1
    return notes


def _pluck(note: int) -> list[float]:
    frequency_hz = 440 * 2 ** ((note - 69) / 12)
    steps = [
        (2 * math.pi * multiple * frequency_hz / RATE_HZ, strength, decay / RATE_HZ)
        for multiple, strength, decay in PARTIALS
        if multiple * frequency_hz < 0.45 * RATE_HZ  # no alias
    ]
    count = round(RING_S * RATE_HZ)
    return [
        min(1.0, n / 40, (count - n) / 400)
        * sum(
            strength * math.exp(-decay * n) * math.sin(step * n) for step, strength, decay in steps
        )
        for n in range(count)
    ]
