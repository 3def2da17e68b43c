"""WAV files as the engine writes them."""

import wave
from pathlib import Path

import numpy as np

RATE_HZ = 8000


def stereo_tones(path: Path, left_hz: float, right_hz: float, *, seconds: float) -> Path:
    """A tone in each channel."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    tones = [np.sin(2 * np.pi * hz * at) * 8000 for hz in (left_hz, right_hz)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.stack(tones, axis=1).astype("<i2").tobytes())
    return path
