import numpy as np
import pytest

from tests.likeness import likeness
from tests.sound import RATE_HZ, Samples, babble, samples_of


def talk(seed: int, seconds: float = 3.0) -> Samples:
    """Syllables of 80 to 300 ms with as long pauses, which differ by seed."""
    voice, random = samples_of(babble(seconds, seed=seed)).copy(), np.random.default_rng(seed)
    at = 0
    while at < voice.size:
        pause = int(random.integers(640, 2_400))
        voice[at : at + pause] *= 0.003
        at += pause + int(random.integers(640, 2_400))
    return voice


SAID = talk(1)


def _late(sound: Samples) -> Samples:
    return np.concatenate([np.zeros(5_000), sound, np.zeros(3_000)])


def _stretched(sound: Samples) -> Samples:
    """Ten milliseconds said twice, every half second."""
    pieces = [sound[at : at + 4_000] for at in range(0, sound.size, 4_000)]
    return np.concatenate([part for piece in pieces for part in (piece[:80], piece)])


@pytest.mark.parametrize(
    ("heard", "least"),
    [
        (SAID, 0.999),
        (_late(SAID), 0.95),
        (_late(0.7 * SAID), 0.95),
        (-_late(SAID), 0.95),  # a codec may turn phases
        (_late(_stretched(SAID)), 0.9),
    ],
)
def test_the_same_sound_is_known_again(heard: Samples, least: float) -> None:
    assert likeness(heard, SAID) >= least


@pytest.mark.parametrize(
    "heard",
    [
        talk(2, 5.0),
        np.zeros(5 * RATE_HZ),
        np.sin(np.arange(5 * RATE_HZ) * 2 * np.pi * 440 / RATE_HZ),
        SAID[: SAID.size // 2],
    ],
)
def test_another_sound_is_not(heard: Samples) -> None:
    assert likeness(heard, SAID) < 0.7
