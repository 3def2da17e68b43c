"""The ruler itself: what it must find, and what it must not let pass."""

import numpy as np
import pytest

from tests.e2e.hearing import LONGEST_GAP_MS, Ear, follow
from tests.sound import RATE_HZ, Samples, babble, samples_of

SAID = samples_of(babble(2, seed=1))
BEFORE, AFTER = np.zeros(1000), samples_of(babble(1, seed=2))


def test_a_copy_is_found_wherever_it_begins() -> None:
    found = follow(np.concatenate([BEFORE, SAID, AFTER]), SAID)
    assert found.correlation > 0.999
    assert found.longest_gap_ms == 0
    assert abs(found.level_db) < 0.01


@pytest.mark.parametrize("where", [4_000, 7_000, 7_250, 7_500])
def test_a_slip_of_a_packet_is_forgiven_and_measured(where: int) -> None:
    left_out = np.concatenate([BEFORE, SAID[:where], SAID[where + 160 :], AFTER])
    repeated = np.concatenate([BEFORE, SAID[:where], SAID[where - 160 :], AFTER])
    for slipped in (left_out, repeated):
        found = follow(slipped, SAID)
        assert found.correlation > 0.97
        assert found.longest_gap_ms == 20


def test_two_slips_are_followed() -> None:
    slipped = np.concatenate([BEFORE, SAID[:4100], SAID[4260:9500], SAID[9200:], AFTER])
    found = follow(slipped, SAID)
    assert found.correlation > 0.97
    assert found.longest_gap_ms == 37.5


def test_a_hole_is_a_gap() -> None:
    holed = SAID.copy()
    holed[8000 : 8000 + RATE_HZ // 10] = 0
    assert follow(np.concatenate([BEFORE, holed, AFTER]), SAID).longest_gap_ms > LONGEST_GAP_MS


def test_a_longer_slip_costs_the_correlation() -> None:
    missing = np.concatenate([BEFORE, SAID[:4000], SAID[4000 + RATE_HZ // 5 :], AFTER])
    assert follow(missing, SAID).correlation < 0.9


def test_another_voice_is_not_taken_for_it() -> None:
    assert follow(samples_of(babble(4, seed=9)), SAID).correlation < 0.5


def test_a_doubled_path_is_too_loud() -> None:
    assert follow(np.concatenate([BEFORE, SAID * 2]), SAID).level_db > 5


async def test_an_ear_hears_sounds_in_their_order_only() -> None:
    first, second = SAID[:RATE_HZ], AFTER

    async def heard() -> Samples:
        return np.concatenate([second, BEFORE, first])

    ear = Ear(heard, over=lambda: True)
    await ear.hears(first)
    with pytest.raises(AssertionError, match="the second was heard as"):
        await ear.hears(second, "the second")
