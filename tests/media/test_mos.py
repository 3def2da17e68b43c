"""The E-model estimate against values that G.107 and its tables give."""

import pytest

from media.mos import estimate_mos, rating_to_mos


@pytest.mark.parametrize(
    ("rating", "mos"),
    [
        (93.2, 4.41),
        (90, 4.34),
        (80, 4.03),
        (70, 3.60),
        (60, 3.10),
        (50, 2.58),
        (0, 1.0),
        (100, 4.5),
    ],
)
def test_ratings_map_to_the_published_scores(rating: float, mos: float) -> None:
    """G.107 annex B, table B.1."""
    assert rating_to_mos(rating) == pytest.approx(mos, abs=0.01)


def test_no_rating_scores_below_one() -> None:
    assert min(rating_to_mos(r / 10) for r in range(-100, 1100)) == 1.0


def mos(loss: float = 0.0, jitter_s: float = 0.0, delay_s: float = 0.0) -> float:
    return estimate_mos(loss=loss, jitter_s=jitter_s, one_way_delay_s=delay_s, ptime_s=0.02)


def test_a_perfect_line_scores_what_g711_can() -> None:
    assert mos() == pytest.approx(4.41, abs=0.005)


def test_short_delays_cost_nothing_and_long_ones_much() -> None:
    assert mos(delay_s=0.07) == mos()
    assert mos(delay_s=0.38) == pytest.approx(3.52, abs=0.1)  # 400 ms in all: Idd is about 24


def test_loss_costs_as_g113_says() -> None:
    """4.3 % loss halves what is left of 95: R = 93.2 - 47.5."""
    assert mos(loss=0.043) == pytest.approx(rating_to_mos(45.7), abs=0.001)


@pytest.mark.parametrize(
    ("codec", "is_concealed", "rating"),
    [
        ("PCMU", False, 93.2 - 95 * 5 / 9.3),
        ("PCMA", True, 93.2 - 95 * 5 / 30.1),
        ("G722", False, 93.2 - 95 * 5 / 9.3),
        ("G722", True, 93.2 - 95 * 5 / 30.1),
        ("OPUS", False, 93.2 - 95 * 5 / 30.1),
        ("OPUS", True, 93.2 - 95 * 5 / 30.1),
    ],
)
def test_what_loss_costs_depends_on_who_covers_it(
    codec: str, is_concealed: bool, rating: float
) -> None:
    score = estimate_mos(
        loss=0.05,
        jitter_s=0.0,
        one_way_delay_s=0.0,
        ptime_s=0.02,
        codec=codec,
        is_concealed=is_concealed,
    )
    assert score == pytest.approx(rating_to_mos(rating), abs=0.001)


def test_a_codec_that_looks_ahead_adds_its_delay() -> None:
    def late(codec: str) -> float:
        return estimate_mos(loss=0.0, jitter_s=0.0, one_way_delay_s=0.3, ptime_s=0.02, codec=codec)

    assert late("PCMU") == late("PCMA") > late("G722") > late("OPUS") > late("PCMU") - 0.1


def test_worse_is_never_better() -> None:
    for kind in ("loss", "jitter_s", "delay_s"):
        scores = [mos(**{kind: step / 50}) for step in range(51)]
        assert scores == sorted(scores, reverse=True)
        assert scores[-1] < 3
