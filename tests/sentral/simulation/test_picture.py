"""The drawings of a simulated day."""

from typing import Any

from sentral.simulation.drawing import slots
from sentral.simulation.picture import COLOURS, GREEN, VIOLET, WIDTH, picture
from tests.sentral.simulation.test_canvas import read


def interval(start_s: float, queue: str, answered: int, level: float | None) -> dict[str, Any]:
    return {
        "queue": queue,
        "start_s": start_s,
        **{"answered": answered, "abandoned": 0, "flowed_out": 0},
        **{"service_level": level, "occupancy": 0.5},
    }


DAY = [
    interval(0.0, "a", 30, 1.0),
    interval(0.0, "b", 10, 0.2),
    interval(1800.0, "a", 20, 0.5),
    interval(3600.0, "a", 0, None),
]


def test_queues_are_drawn_together_weighted_by_their_calls() -> None:
    first, second, third = slots(DAY)
    assert (first.ended, second.ended, third.ended) == (40, 20, 0)
    assert first.service_level == (30 * 1.0 + 10 * 0.2) / 40
    assert third.service_level is None


def test_a_bar_is_as_tall_as_its_calls() -> None:
    _, _, rows = read(picture({"intervals": DAY}))
    bars = rows[50:270]
    tall = [
        _pixels([row[3 * x : 3 * x + 3] for row in bars], COLOURS["answered"])
        for x in (200, 600, 1000)
    ]
    assert tall[0] == 2 * tall[1] > 0 == tall[2]


def test_both_shares_are_drawn() -> None:
    width, height, rows = read(picture({"intervals": DAY}))
    assert (width, height) == (WIDTH, 600)
    pixels = [row[at : at + 3] for row in rows[350:570] for at in range(0, 3 * width, 3)]
    assert _pixels(pixels, GREEN) > 300
    assert _pixels(pixels, VIOLET) > 700


def test_a_day_without_calls_is_an_empty_frame() -> None:
    assert read(picture({"intervals": []}))[0] == WIDTH


def _pixels(pixels: list[bytes], colour: tuple[int, int, int]) -> int:
    return sum(pixel == bytes(colour) for pixel in pixels)
