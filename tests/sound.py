"""Sounds compared by number: is what arrived what was played, and how much of it is missing?

    match = compare(heard, played)
    assert match.correlation >= 0.95 and match.longest_gap_ms <= 40

All sounds here are 8 kHz mono: 16-bit little-endian bytes, or float arrays of -1 to 1.
"""

import math
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float64]
Sound: TypeAlias = bytes | Samples

RATE_HZ: Final = 8000
FRAME_MS: Final = 5
"""How finely gaps are measured."""
SILENCE_DB: Final = -50.0
"""Below this level against full scale nothing is said."""
GAP_DB: Final = 15.0
"""A frame that arrives this much weaker than it was played counts as missing."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a played sound was found in what was heard."""

    offset_s: float
    """Where in the heard sound the played one begins; negative if its start was cut off."""
    correlation: float
    """Of the whole played sound with its place in the heard one: 1 is a perfect copy."""
    longest_gap_ms: float
    """Longest stretch that was played as sound and heard as silence."""
    level_db: float
    """How much louder it was heard than played."""


def samples_of(sound: Sound) -> Samples:
    if isinstance(sound, bytes):
        return np.frombuffer(sound, dtype="<i2").astype(np.float64) / 32768
    return sound


def bytes_of(samples: Samples) -> bytes:
    return np.clip(np.rint(samples * 32767), -32768, 32767).astype("<i2").tobytes()


def read_wav(path: Path) -> Samples:
    """The samples of a 16-bit WAV file; of several channels the first. Other rates are refused."""
    with wave.open(str(path), "rb") as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, RATE_HZ), file.getparams()
        channels = file.getnchannels()
        return samples_of(file.readframes(file.getnframes()))[::channels]


def compare(heard: Sound, played: Sound) -> Match:
    """Find `played` in `heard`, however much comes before and after, and tell how good it is."""
    full, wanted = samples_of(heard), samples_of(played)
    assert level_db(wanted) > SILENCE_DB, "silence is found everywhere"
    offset = _best_offset(full, wanted)
    found = _cut(full, offset, wanted.size)
    return Match(
        offset_s=offset / RATE_HZ,
        correlation=_correlation(found, wanted),
        longest_gap_ms=longest_gap_ms(found, wanted),
        level_db=level_db(found) - level_db(wanted),
    )


def longest_gap_ms(found: Samples, wanted: Samples) -> float:
    """Of two sounds sample by sample: the longest stretch played as sound and heard as silence.

    Frames that were played as silence neither count nor end a gap.
    """
    width = RATE_HZ * FRAME_MS // 1000
    longest = run = 0
    for start in range(0, wanted.size - width + 1, width):
        played = level_db(wanted[start : start + width])
        if played < SILENCE_DB:
            continue
        missing = level_db(found[start : start + width]) < played - GAP_DB
        run = run + 1 if missing else 0
        longest = max(longest, run)
    return float(longest * FRAME_MS)


def level_db(sound: Sound) -> float:
    """Root mean square against full scale; -120 for digital silence."""
    samples = samples_of(sound)
    mean_square = float(np.mean(samples**2)) if samples.size else 0.0
    return 10 * math.log10(max(mean_square, 1e-12))


def tone_level_db(sound: Sound, frequency_hz: float) -> float:
    """Level of one frequency (Goertzel): of a pure tone, that of the tone itself."""
    samples = samples_of(sound)
    turn = 2 * math.cos(2 * math.pi * frequency_hz / RATE_HZ)
    before = last = 0.0
    for sample in samples:
        before, last = last, float(sample) + turn * last - before
    power = before**2 + last**2 - turn * before * last
    return 10 * math.log10(max(2 * power / max(samples.size, 1) ** 2, 1e-12))


def tones_heard(sound: Sound, candidates_hz: Iterable[float]) -> set[float]:
    """Which of these frequencies carry most of the sound: each within 10 dB of the whole."""
    whole = level_db(sound)
    if whole < SILENCE_DB:
        return set()
    return {hz for hz in candidates_hz if tone_level_db(sound, hz) > whole - 10}


def tone(frequency_hz: float, seconds: float, *, at_db: float = -12.0) -> bytes:
    """A pure tone at this level."""
    n = np.arange(round(seconds * RATE_HZ))
    amplitude = math.sqrt(2) * 10 ** (at_db / 20)
    return bytes_of(amplitude * np.sin(2 * math.pi * frequency_hz * n / RATE_HZ))


def babble(seconds: float, *, seed: int = 1) -> bytes:
    """Sound with the spectrum and rhythm of speech that matches itself in one place only.

    Equal seeds give equal sounds; different seeds do not correlate.
    """
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(noise.size, 1 / RATE_HZ)
    voice = np.fft.irfft(spectrum * ((hz > 200) & (hz < 3000)) / (1 + hz / 500), noise.size)
    syllables = 0.55 + 0.45 * np.sin(2 * math.pi * 4 * np.arange(noise.size) / RATE_HZ + seed)
    shaped = voice * syllables
    return bytes_of(shaped * 0.1 / math.sqrt(float(np.mean(shaped**2))))


def talk(seconds: float, *, seed: int = 1) -> bytes:
    """Babble in syllables of 80 to 300 ms with as long pauses: its rhythm too differs by seed."""
    voice, random = samples_of(babble(seconds, seed=seed)).copy(), np.random.default_rng(seed)
    at = 0
    while at < voice.size:
        pause = int(random.integers(640, 2_400))
        voice[at : at + pause] *= 0.003
        at += pause + int(random.integers(640, 2_400))
    return bytes_of(voice)


def _best_offset(full: Samples, wanted: Samples) -> int:
    """Where cross-correlation peaks, of all offsets at which the two overlap."""
    size = 1 << (full.size + wanted.size).bit_length()
    spectrum = np.fft.rfft(full, size) * np.conj(np.fft.rfft(wanted, size))
    correlation = np.fft.irfft(spectrum, size)
    offset = int(np.argmax(correlation))
    return offset - size if offset > size // 2 else offset


def _cut(full: Samples, offset: int, length: int) -> Samples:
    """`full[offset:offset + length]`, with silence where there is nothing."""
    found = np.zeros(length)
    start, end = max(offset, 0), min(offset + length, full.size)
    if end > start:
        found[start - offset : end - offset] = full[start:end]
    return found


def _correlation(a: Samples, b: Samples) -> float:
    scale = math.sqrt(float(np.sum(a**2) * np.sum(b**2)))
    return float(np.sum(a * b)) / scale if scale else 0.0
