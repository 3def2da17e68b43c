"""Tones have the frequencies and the rhythm that a country's callers know."""

import numpy as np
import pytest

from media.tones import LEVEL_DB, render_tone, tone_for
from tests.sound import RATE_HZ, level_db, samples_of, tones_heard

HZ = (400, 425, 440, 450, 480, 620, 1000)


@pytest.mark.parametrize(
    ("name", "country", "frequencies_hz", "on_s", "cycle_s"),
    [
        ("ringback", "id", {425}, 1.0, 5.0),
        ("ringback", "es", {425}, 1.5, 4.5),
        ("ringback", "US", {440, 480}, 2.0, 6.0),
        ("ringback", "gb", {400, 450}, 0.4, 3.0),
        ("ringback", "zz", {425}, 1.0, 5.0),
        ("busy", "id", {425}, 0.5, 1.0),
        ("busy", "us", {480, 620}, 0.5, 1.0),
        ("congestion", "us", {480, 620}, 0.25, 0.5),
        ("beep", "id", {1000}, 0.3, 0.4),
    ],
)
def test_tone(
    name: str, country: str, frequencies_hz: set[float], on_s: float, cycle_s: float
) -> None:
    samples = samples_of(render_tone(tone_for(name, country)))
    on = round(on_s * RATE_HZ)
    assert samples.size == round(cycle_s * RATE_HZ)
    assert tones_heard(samples[:on], HZ) == frequencies_hz
    assert level_db(samples[:on]) == pytest.approx(LEVEL_DB, abs=0.3)
    assert not np.any(samples[on : on + 500])


def test_it_starts_and_ends_without_a_click() -> None:
    samples = samples_of(render_tone(tone_for("busy", "us")))
    assert float(np.max(np.abs(np.diff(samples[:40])))) < 0.05
    assert abs(samples[3999]) < 0.01


def test_an_unknown_tone_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        tone_for("dial", "id")
