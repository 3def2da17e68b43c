"""Histories: what is drawn from them is what was seen."""

from math import exp, inf, isinf
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.histories import History

WAITS = st.lists(st.tuples(st.floats(0, 1e4), st.booleans()), min_size=1, max_size=30)


def test_times_are_drawn_as_often_as_they_were_seen() -> None:
    history, chance = History.of([30.0, 10.0, 10.0, 90.0]), Random(1)
    drawn = [history.draw(chance) for _ in range(8000)]
    for seconds, share in ((10.0, 0.5), (30.0, 0.25), (90.0, 0.25)):
        assert drawn.count(seconds) / 8000 == pytest.approx(share, abs=0.03)


def test_nothing_seen_is_no_history() -> None:
    with pytest.raises(ValueError, match="empty"):
        History.of([])


def test_who_was_answered_would_have_stayed_longer() -> None:
    """Kaplan and Meier by hand: of 4, one hangs up at 10; of 2 still there, one at 30."""
    history = History.of_patience([(10.0, True), (20.0, False), (30.0, True), (40.0, False)])
    assert history.seconds == (10.0, 30.0)
    assert history.shares == pytest.approx((1 / 4, 1 - 3 / 4 * 1 / 2))
    assert history.beyond_s == 100 / 2, "a hundred seconds of waiting, two hung up"


def test_at_one_instant_hanging_up_comes_before_being_answered() -> None:
    history = History.of_patience([(10.0, False), (10.0, True)])
    assert history.shares == (0.5,)


def test_if_nobody_hangs_up_nobody_will() -> None:
    history = History.of_patience([(5.0, False), (60.0, False)])
    assert isinf(history.draw(Random(1)))
    assert history.beyond_s == inf


@given(WAITS, st.integers(0, 99))
def test_any_waits_give_a_distribution(waits: list[tuple[float, bool]], seed: int) -> None:
    history = History.of_patience(waits)
    assert list(history.seconds) == sorted(history.seconds)
    assert list(history.shares) == sorted(history.shares)
    assert all(0 <= share <= 1 for share in history.shares)
    assert history.draw(Random(seed)) >= 0


def test_patience_is_found_again_behind_answers() -> None:
    """Callers of 60 s patience in the mean, a good part of them answered before it was over."""
    chance = Random(4)
    seen = []
    for _ in range(20_000):
        patience_s, answered_s = chance.expovariate(1 / 60), chance.uniform(0, 90)
        seen.append((min(patience_s, answered_s), patience_s < answered_s))
    assert mean(wait_s for wait_s, gave_up in seen if gave_up) < 40, "the naive mean is far off"
    history = History.of_patience(seen)
    drawn = [history.draw(chance) for _ in range(20_000)]
    assert mean(drawn) == pytest.approx(60, rel=0.05)
    for limit_s in (20, 60, 150):
        share = sum(each > limit_s for each in drawn) / 20_000
        assert share == pytest.approx(exp(-limit_s / 60), abs=0.02)


def test_nobody_knows_how_long_is_longer_than_no_time() -> None:
    history = History.of_patience([(0.0, True), (0.0, False)])
    assert (history.shares, history.beyond_s) == ((0.5,), 0.0)
    assert {history.draw(Random(seed)) for seed in range(9)} == {0.0}
