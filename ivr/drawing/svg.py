"""A flow's picture as SVG that stands alone: no scripts, no fonts of its own."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from ivr.drawing.graph import Arrow, Box, Picture
from ivr.drawing.layout import Layout, Spot, laid_out

_STYLE: Final = """\
  text { font: 12px sans-serif; fill: #1c2733; text-anchor: middle }
  .kind { font-size: 10px; fill: #5b6b7c }
  .title { font-size: 15px; font-weight: bold; text-anchor: start }
  .label { font-size: 10px; fill: #35506b; paint-order: stroke; stroke: #fff; stroke-width: 3px }
  .beside { text-anchor: start }
  .left { fill: #b3261e; font-size: 10px; text-anchor: end }
  rect { fill: #eef3f8; stroke: #7d93a8 }
  .ask rect { fill: #fdf3d9; stroke: #b9923a }
  .people rect { fill: #e0f2e6; stroke: #4b8d63 }
  .over rect { fill: #f1e4e4; stroke: #a47272 }
  .never { opacity: .45 }
  path { fill: none; stroke: #7d93a8; stroke-width: 1.2 }
  path.never { stroke-dasharray: 3 3 }"""

_CLASS: Final = {
    **dict.fromkeys(("menu", "collect", "survey", "authenticate"), "ask"),
    **dict.fromkeys(("queue", "transfer"), "people"),
    **dict.fromkeys(("hang_up", "end"), "over"),
}
_THICKEST: Final = 7.0
_FIRST_LABEL: Final = 0.26
_LABEL_STEP: Final = 0.17
_LABEL_STEPS: Final = 4
"""Labels of arrows that leave one box stand at different heights."""


def svg(picture: Picture) -> str:
    layout = laid_out(picture)
    return "\n".join(_lines(picture, layout)) + "\n"


def _lines(picture: Picture, layout: Layout) -> Iterator[str]:
    width, height = layout.width + 60, layout.height
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}">'
    )
    yield f"<title>{escape(picture.title)}</title>"
    yield f"<style>\n{_STYLE}\n</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0 8 4 0 8z" style="fill:#7d93a8;stroke:none"/></marker></defs>'
    )
    yield '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>'
    yield f'<text class="title" x="16" y="24">{escape(picture.title)}</text>'
    most = max((arrow.taken or 0 for arrow in picture.arrows), default=0)
    drawn: Counter[str] = Counter()
    for arrow in picture.arrows:
        yield from _arrow(arrow, layout, most, drawn[arrow.start])
        drawn[arrow.start] += 1
    for box in picture.boxes:
        yield from _box(box, layout.spots[box.name])
    yield "</svg>"


def _box(box: Box, spot: Spot) -> Iterator[str]:
    classes = " ".join(filter(None, (_CLASS.get(box.kind, ""), "never" if box.visits == 0 else "")))
    yield f'<g class="{classes}">'
    yield (
        f'<rect x="{spot.x:.1f}" y="{spot.y:.1f}" width="{spot.width:.1f}"'
        f' height="{spot.height:.1f}" rx="6"/>'
    )
    yield f'<text x="{spot.middle:.1f}" y="{spot.y + 17:.1f}">{escape(box.name)}</text>'
    said = box.kind if box.visits is None else f"{box.kind} · {box.visits}"
    yield f'<text class="kind" x="{spot.middle:.1f}" y="{spot.y + 32:.1f}">{said}</text>'
    if box.left:
        right = spot.x + spot.width - 4
        yield f'<text class="left" x="{right:.1f}" y="{spot.y - 4:.1f}">✕ {box.left}</text>'
    yield "</g>"


def _arrow(arrow: Arrow, layout: Layout, most: int, sibling: int) -> Iterator[str]:
    """`sibling`: how many arrows of the same box were drawn before; their labels keep apart."""
    start, end = layout.spots[arrow.start], layout.spots[arrow.end]
    if end.y > start.y:
        path, x, y = _down(start, end, _FIRST_LABEL + _LABEL_STEP * (sibling % _LABEL_STEPS))
        beside = ""
    elif end.y == start.y and start is not end:
        path, x, y = _sideways(start, end)
        beside = ""
    else:
        path, x, y = _back(start, end, layout.width)
        beside = " beside"
    classes = ' class="never"' if arrow.taken == 0 else ""
    thick = f' style="stroke-width:{_thickness(arrow.taken, most):.1f}"' if arrow.taken else ""
    yield f'<path{classes}{thick} marker-end="url(#tip)" d="{path}"/>'
    counted = "" if arrow.taken is None else f"{arrow.taken}×"
    words = " · ".join(filter(None, (", ".join(arrow.labels), counted)))
    if words:
        yield f'<text class="label{beside}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _down(start: Spot, end: Spot, near: float) -> tuple[str, float, float]:
    """To a lower layer; the label stands at the share `near` of the way."""
    top, bottom = start.y + start.height, end.y
    bend = (bottom - top) * 0.55
    path = (
        f"M{start.middle:.1f} {top:.1f}C{start.middle:.1f} {top + bend:.1f}"
        f" {end.middle:.1f} {bottom - bend:.1f} {end.middle:.1f} {bottom:.1f}"
    )
    along = near * near * (3 - 2 * near)  # the curve is slow at its ends
    return path, start.middle + (end.middle - start.middle) * along, top + (bottom - top) * near


def _sideways(start: Spot, end: Spot) -> tuple[str, float, float]:
    """Within a layer: below the boxes, out of the way of those between."""
    to_right = end.x > start.x
    from_x = start.middle + (start.width if to_right else -start.width) / 4
    to_x = end.middle + (-end.width if to_right else end.width) / 4
    y = start.y + start.height
    deep = y + 34
    path = f"M{from_x:.1f} {y:.1f}C{from_x:.1f} {deep:.1f} {to_x:.1f} {deep:.1f} {to_x:.1f} {y:.1f}"
    return path, (from_x + to_x) / 2, deep - 4


def _back(start: Spot, end: Spot, width: float) -> tuple[str, float, float]:
    """Up, or to itself: around the right-hand side of both boxes."""
    from_x, from_y = start.x + start.width, start.y + start.height / 2
    to_x, to_y = end.x + end.width, end.y + end.height / 2 + (8 if start is end else 0)
    out = min(max(from_x, to_x) + 24 + abs(from_y - to_y) / 8, width + 40)
    path = (
        f"M{from_x:.1f} {from_y:.1f}C{out:.1f} {from_y:.1f} {out:.1f} {to_y:.1f}"
        f" {to_x:.1f} {to_y:.1f}"
    )
    return path, from_x + 6, from_y - 5


def _thickness(taken: int, most: int) -> float:
    return 1.0 + (_THICKEST - 1.0) * taken / max(most, 1)
