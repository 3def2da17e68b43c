"""A simulated day as one HTML page with its drawings inside; it loads nothing from anywhere."""

from html import escape
from typing import Any, Final

from sentral.simulation.drawing import KINDS, Slot, slots
from sentral.simulation.summary import clock

WIDTH: Final = 960
HEIGHT: Final = 220
LEFT: Final = 56
BOTTOM: Final = 28

STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; color: #222 }
table { border-collapse: collapse } td, th { padding: .2rem .8rem; text-align: right }
th { border-bottom: 1px solid #888 } td:first-child, th:first-child { text-align: left }
svg { width: 100%; height: auto } svg text { font-size: 12px; fill: #555 }
.answered { fill: #4a90c2 } .abandoned { fill: #d9822b } .flowed_out { fill: #999 }
.line { fill: none; stroke: #2e7d4f; stroke-width: 2 } .second { stroke: #7a4fa3 }
.grid { stroke: #ddd }
"""


def page(found: dict[str, Any]) -> str:
    """Of what `summary` gives."""
    rows = slots(found["intervals"])
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><meta charset="utf-8"><title>Simulated day</title>',
            f"<style>{STYLE}</style>",
            f"<h1>Simulated day: {found['calls']} calls</h1>",
            _table(found),
            "<h2>Calls by what became of them</h2>",
            _bars(rows),
            "<h2>Service level (green) and occupancy (violet)</h2>",
            _lines(rows),
            "</html>",
            "",
        )
    )


def _table(found: dict[str, Any]) -> str:
    head = ("queue", "offered", "answered", "abandoned", "in target", "mean wait", "p90 wait")
    rows = [("all", found), *found["queues"].items()]
    lines = ["<table><tr>", *(f"<th>{name}</th>" for name in head), "</tr>"]
    for name, row in rows:
        cells = (
            escape(name),
            *(str(row[key]) for key in ("offered", "answered", "abandoned")),
            _percent(row["service_level"]),
            _seconds(row["asa_s"]),
            _seconds(row["wait_s"]["p90"]),
        )
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "".join((*lines, "</table>"))


def _bars(rows: list[Slot]) -> str:
    most = max((row.ended for row in rows), default=0) or 1
    step = (WIDTH - LEFT) / max(1, len(rows))
    shapes = []
    for number, row in enumerate(rows):
        top = float(HEIGHT - BOTTOM)
        for kind in KINDS:
            tall = row.counts[kind] / most * (HEIGHT - BOTTOM - 10)
            top -= tall
            what = f"{row.counts[kind]} {kind.replace('_', ' ')}"
            title = f"<title>{clock(row.start_s)}: {what}</title>"
            shapes.append(
                f'<rect class="{kind}" x="{LEFT + number * step + 1:.1f}" y="{top:.1f}" '
                f'width="{max(1.0, step - 2):.1f}" height="{tall:.1f}">{title}</rect>'
            )
    return _svg([*_scale(f"{most}"), *shapes, *_hours(rows, step)])


def _lines(rows: list[Slot]) -> str:
    step = (WIDTH - LEFT) / max(1, len(rows))
    levels: list[tuple[float, float]] = []
    occupied: list[tuple[float, float]] = []
    for number, row in enumerate(rows):
        middle = LEFT + (number + 0.5) * step
        if row.service_level is not None:
            levels.append((middle, row.service_level))
        if row.occupancy is not None:
            occupied.append((middle, row.occupancy))
    lines = [_line("line", levels), _line("line second", occupied)]
    return _svg([*_scale("100 %"), *lines, *_hours(rows, step)])


def _line(kind: str, points: list[tuple[float, float]]) -> str:
    at = " ".join(f"{x:.1f},{_height(share):.1f}" for x, share in points)
    return f'<polyline class="{kind}" points="{at}"/>'


def _height(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 10)


def _scale(top: str) -> list[str]:
    lines = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{_height(share)}" y2="{_height(share)}"/>'
        for share in (0.0, 0.5, 1.0)
    ]
    return [*lines, f'<text x="4" y="{_height(1.0) + 4}">{top}</text>']


def _hours(rows: list[Slot], step: float) -> list[str]:
    every = max(1, len(rows) // 12)
    return [
        f'<text x="{LEFT + number * step:.1f}" y="{HEIGHT - 8}">{clock(row.start_s)}</text>'
        for number, row in enumerate(rows)
        if number % every == 0
    ]


def _svg(shapes: list[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(shapes)}</svg>'


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"
