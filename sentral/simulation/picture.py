"""A simulated day as a picture: what became of the calls, service level and occupancy."""

from typing import Any, Final

from sentral.simulation.canvas import Canvas, Colour
from sentral.simulation.drawing import KINDS, Slot, slots
from sentral.simulation.summary import clock

WIDTH: Final = 1200
PANEL: Final = 300
LEFT: Final = 70
TOP: Final = 50
BOTTOM: Final = 30

INK: Final[Colour] = (34, 34, 34)
GRID: Final[Colour] = (221, 221, 221)
GREEN: Final[Colour] = (46, 125, 79)
VIOLET: Final[Colour] = (122, 79, 163)
COLOURS: Final[dict[str, Colour]] = {
    "answered": (74, 144, 194),
    "abandoned": (217, 130, 43),
    "flowed_out": (153, 153, 153),
}


def picture(found: dict[str, Any]) -> bytes:
    """PNG of what `summary` gives."""
    rows = slots(found["intervals"])
    canvas = Canvas(WIDTH, 2 * PANEL)
    _legend(canvas, 0, {kind.replace("_", " "): COLOURS[kind] for kind in KINDS}, "calls")
    _bars(canvas, rows)
    _legend(canvas, PANEL, {"service level": GREEN, "occupancy": VIOLET}, "shares")
    _shares(canvas, rows)
    return canvas.png()


def _bars(canvas: Canvas, rows: list[Slot]) -> None:
    most = max((row.ended for row in rows), default=0) or 1
    step = _frame(canvas, 0, rows, f"{most}")
    tall = PANEL - TOP - BOTTOM
    for number, row in enumerate(rows):
        top = float(PANEL - BOTTOM)
        for kind in KINDS:
            height = row.counts[kind] / most * tall
            top -= height
            canvas.fill(LEFT + number * step + 1, top, max(1, step - 2), height, COLOURS[kind])


def _shares(canvas: Canvas, rows: list[Slot]) -> None:
    step = _frame(canvas, PANEL, rows, "100 %")
    for colour, shares in (
        (GREEN, [row.service_level for row in rows]),
        (VIOLET, [row.occupancy for row in rows]),
    ):
        points = [
            (LEFT + (number + 0.5) * step, 2 * PANEL - BOTTOM - share * (PANEL - TOP - BOTTOM))
            for number, share in enumerate(shares)
            if share is not None
        ]
        canvas.line(points, colour)


def _frame(canvas: Canvas, top: int, rows: list[Slot], highest: str) -> float:
    """Scale and hours; the width of an interval."""
    step = (WIDTH - LEFT) / max(1, len(rows))
    for share in (0.0, 0.5, 1.0):
        canvas.fill(LEFT, top + PANEL - BOTTOM - share * (PANEL - TOP - BOTTOM), WIDTH, 1, GRID)
    canvas.text(4, top + TOP - 4, highest, INK)
    every = max(1, len(rows) // 12)
    for number in range(0, len(rows), every):
        canvas.text(LEFT + number * step, top + PANEL - 20, clock(rows[number].start_s), INK)
    return step


def _legend(canvas: Canvas, top: int, names: dict[str, Colour], title: str) -> None:
    canvas.text(4, top + 10, title, INK, scale=3)
    x = 200.0
    for name, colour in names.items():
        canvas.fill(x, top + 10, 14, 14, colour)
        canvas.text(x + 22, top + 12, name, INK)
        x += 60 + 8 * len(name)
