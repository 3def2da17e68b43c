"""Where boxes stand: layers from top to bottom by distance from the start, few crossings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.drawing.graph import Arrow, Picture

LETTER: Final = 7.3
"""Width of a letter of the names, in pixels."""
BOX_HEIGHT: Final = 40.0
LAYER_GAP: Final = 70.0
BOX_GAP: Final = 28.0
MARGIN: Final = 24.0
_SWEEPS: Final = 8


@dataclass(frozen=True, slots=True)
class Spot:
    """Upper left corner and size, in pixels."""

    x: float
    y: float
    width: float
    height: float = BOX_HEIGHT

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Layout:
    spots: Mapping[str, Spot]
    width: float
    height: float


def laid_out(picture: Picture) -> Layout:
    layers = ordered(layers_of(picture), picture.arrows)
    widths = {
        box.name: max(len(box.name), len(box.kind) + 8) * LETTER + 20 for box in picture.boxes
    }
    rows = [sum(widths[name] + BOX_GAP for name in layer) - BOX_GAP for layer in layers]
    widest = max(rows)
    spots: dict[str, Spot] = {}
    for depth, (layer, row) in enumerate(zip(layers, rows, strict=True)):
        x = MARGIN + (widest - row) / 2
        for name in layer:
            spots[name] = Spot(x, MARGIN + 20 + depth * (BOX_HEIGHT + LAYER_GAP), widths[name])
            x += widths[name] + BOX_GAP
    height = MARGIN * 2 + 20 + len(layers) * (BOX_HEIGHT + LAYER_GAP) - LAYER_GAP
    return Layout(spots, widest + 2 * MARGIN, height)


def layers_of(picture: Picture) -> list[list[str]]:
    """Boxes by distance from the first one; what only an error leads to comes after it."""
    leads_to: dict[str, list[str]] = {box.name: [] for box in picture.boxes}
    for arrow in picture.arrows:
        leads_to[arrow.start].append(arrow.end)
    depth: dict[str, int] = {}
    for box in picture.boxes:  # the first reaches most; the rest are entries of their own
        if box.name not in depth:
            _measure(box.name, 1 if depth else 0, leads_to, depth)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for box in picture.boxes:
        layers[depth[box.name]].append(box.name)
    return layers


def _measure(
    start: str, at: int, leads_to: Mapping[str, Sequence[str]], depth: dict[str, int]
) -> None:
    level = [start]
    while level:
        depth.update((name, at) for name in level)
        after = (name for each in level for name in leads_to[each] if name not in depth)
        level = list(dict.fromkeys(after))
        at += 1


def ordered(layers: list[list[str]], arrows: Sequence[Arrow]) -> list[list[str]]:
    """Each layer by the mean place of its neighbours above, then below, a few times over."""
    neighbours: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    for arrow in arrows:
        neighbours[arrow.start].append(arrow.end)
        neighbours[arrow.end].append(arrow.start)
    best, fewest = layers, crossings(layers, arrows)
    for sweep in range(_SWEEPS):
        layers = _swept(layers, neighbours, down=sweep % 2 == 0)
        found = crossings(layers, arrows)
        if found < fewest:
            best, fewest = layers, found
    return best


def _swept(
    layers: list[list[str]], neighbours: Mapping[str, Sequence[str]], *, down: bool
) -> list[list[str]]:
    rows = [list(layer) for layer in layers]
    order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
    for row in order:
        beside = {name: at for at, name in enumerate(rows[row - 1 if down else row + 1])}
        places = {
            name: [beside[other] for other in neighbours[name] if other in beside]
            for name in rows[row]
        }
        here = {name: at for at, name in enumerate(rows[row])}
        rows[row].sort(
            key=lambda name: (
                sum(places[name]) / len(places[name]) if places[name] else here[name],
                here[name],
            )
        )
    return rows


def crossings(layers: Sequence[Sequence[str]], arrows: Sequence[Arrow]) -> int:
    """How many pairs of arrows between neighbouring layers cross."""
    place = {name: (row, at) for row, layer in enumerate(layers) for at, name in enumerate(layer)}
    between: dict[int, list[tuple[int, int]]] = {}
    for arrow in arrows:
        (row, start), (end_row, end) = sorted((place[arrow.start], place[arrow.end]))
        if end_row == row + 1:
            between.setdefault(row, []).append((start, end))
    return sum(
        (a - c) * (b - d) < 0
        for pairs in between.values()
        for index, (a, b) in enumerate(pairs)
        for c, d in pairs[index + 1 :]
    )
