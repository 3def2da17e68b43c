"""Sounds that parties say in tests: told apart by ear and by correlation. 8 kHz, mono, 16 bit."""

import wave
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.int16]

RATE_HZ: Final = 8000
LOUD: Final = 12_000
"""Amplitude well below clipping, well above the quantising noise of G.711."""


def tone(hz: float, seconds: float) -> Samples:
    """A steady sine: good for hearing who speaks, useless for finding how late it came."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(LOUD * np.sin(2 * np.pi * hz * at), dtype=np.int16)


def voice(seed: int, seconds: float) -> Samples:
    """Noise in the telephone band, swelling like syllables; unlike any other seed's.

    Its correlation with itself has one sharp peak, so an alignment by correlation is unambiguous.
    """
    count = round(seconds * RATE_HZ)
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(frequencies < 300) | (frequencies > 3000)] = 0
    noise = np.fft.irfft(spectrum, count)
    at = np.arange(count) / RATE_HZ
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * (3 + seed % 3) * at + seed)
    shaped = noise * swell
    return np.asarray(shaped / np.abs(shaped).max() * LOUD * 2, dtype=np.int16)


def write_wav(path: Path, samples: Samples) -> Path:
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE_HZ)
        target.writeframes(samples.astype("<i2").tobytes())
    return path


def read_wav(path: Path) -> Samples:
    with wave.open(str(path), "rb") as source:
        assert (source.getframerate(), source.getnchannels()) == (RATE_HZ, 1)
        return np.frombuffer(source.readframes(source.getnframes()), dtype="<i2").astype(np.int16)


def dominant_hz(samples: Samples) -> float:
    """The strongest frequency, for telling one party's tone from another's."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE_HZ)[int(spectrum.argmax())])
