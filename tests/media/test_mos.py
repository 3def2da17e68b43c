"""The E-model estimate against values that G.107 and its tables give."""

import math

import pytest

from media.mos import R_DEFAULT, estimate_mos, rating_to_mos


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


def power_sum(*levels_db: float) -> float:
    return 10 * math.log10(sum(10 ** (level / 10) for level in levels_db))


def test_the_best_rating_follows_from_the_default_values() -> None:
    """G.107 §7.2 to §7.4 with the default values of §7.7 and no delay: R = Ro - Is - Idle."""
    send_db, receive_db, sidetone_db, room_db = 8.0, 2.0, 15.0, 35.0  # SLR, RLR, STMR; Ps and Pr
    whole_db, echo_db, distortion_units, echo_path_db = 10.0, 65.0, 1, 110  # OLR, TELR, qdu, WEPL
    heard_db = room_db + power_sum(0, 10 - 18)
    noise_db = power_sum(
        -70,  # of the circuit
        room_db - send_db - 3 - 100 + 0.004 * (room_db - whole_db - 3 - 14) ** 2,
        receive_db - 121 + heard_db + 0.008 * (heard_db - 35) ** 2,
        -64 + receive_db,
    )
    signal = 15 - 1.5 * (send_db + noise_db)  # Ro
    x = (whole_db + 0.2 * (64 + noise_db - receive_db)) / 8
    loudness = 20 * ((1 + x**8) ** (1 / 8) - x)
    masked_db = -power_sum(-sidetone_db, -echo_db)
    sidetone = (
        12 * (1 + ((masked_db - 13) / 6) ** 8) ** (1 / 8)
        - 28 * (1 + ((masked_db + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((masked_db - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )
    q = 37 - 15 * math.log10(distortion_units)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y, z = (signal - 100) / 15 + 46 / 8.4 - g / 9, 46 / 30 - g / 40
    quantizing = 15 * math.log10(1 + 10**y + 10**z)
    gap = signal - 10.5 * (echo_path_db + 7)
    listener_echo = gap / 2 + math.sqrt(gap**2 / 4 + 169)
    rating = signal - loudness - sidetone - quantizing - listener_echo
    assert rating == pytest.approx(R_DEFAULT, abs=0.05)


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
