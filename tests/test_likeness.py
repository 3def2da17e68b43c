import numpy as np
import pytest

from tests.likeness import likeness
from tests.sound import RATE_HZ, Samples, samples_of, talk

SAID = samples_of(talk(3.0, seed=1))


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
        samples_of(talk(5.0, seed=2)),
        np.zeros(5 * RATE_HZ),
        np.sin(np.arange(5 * RATE_HZ) * 2 * np.pi * 440 / RATE_HZ),
        SAID[: SAID.size // 2],
    ],
)
def test_another_sound_is_not(heard: Samples) -> None:
    assert likeness(heard, SAID) < 0.7
