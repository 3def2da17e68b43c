import numpy as np
import pytest

from tests.sound import RATE_HZ, Samples, samples_of, talk
from tests.spectra import FARTHEST_DB, compare_spectra

SAID = samples_of(talk(3.0, seed=1))


def _late(sound: Samples) -> Samples:
    return np.concatenate([np.zeros(5_003), sound, np.zeros(3_000)])


def _noisy(sound: Samples, below_db: float) -> Samples:
    noise = np.random.default_rng(3).standard_normal(sound.size)
    return sound + noise * 0.07 * 10 ** (-below_db / 20)


def _slipping(sound: Samples) -> Samples:
    """Ten milliseconds left out in the middle, as a jitter buffer does."""
    return np.concatenate([sound[:12_000], sound[12_080:]])


@pytest.mark.parametrize(
    ("heard", "most_db"),
    [
        (SAID, 0.01),
        (_late(SAID), 0.5),
        (-_late(SAID), 0.5),  # a codec may turn phases
        (_late(0.5 * SAID), 0.5),  # the level is told apart
        (_late(_slipping(SAID)), 2.5),
        (_late(_noisy(SAID, 25)), FARTHEST_DB),
    ],
)
def test_the_same_sound_is_near(heard: Samples, most_db: float) -> None:
    assert compare_spectra(heard, SAID).distance_db <= most_db


@pytest.mark.parametrize(
    "heard",
    [
        samples_of(talk(5.0, seed=2)),
        np.zeros(5 * RATE_HZ),
        np.sin(np.arange(5 * RATE_HZ) * 2 * np.pi * 440 / RATE_HZ),
        _late(SAID)[::2],  # at twice the speed
        np.repeat(_late(SAID), 2),  # at half of it
        np.cumsum(_late(SAID)),  # dull
        _late(SAID)[: SAID.size // 2],
    ],
)
def test_another_sound_is_far(heard: Samples) -> None:
    assert compare_spectra(heard, SAID).distance_db > FARTHEST_DB


def test_level_and_gaps_are_told_apart() -> None:
    loud = int(np.argmax(np.convolve(SAID**2, np.ones(800), mode="valid")))
    holed = 2 * SAID
    holed[loud + 100 : loud + 500] = 0
    match = compare_spectra(_late(holed), SAID)
    assert 40 <= match.longest_gap_ms <= 50
    assert 5 < match.level_db < 6.1
    whole = compare_spectra(_late(2 * SAID), SAID)
    assert whole.longest_gap_ms <= 5  # placed to the millisecond
    assert abs(whole.level_db - 6.02) < 0.05
