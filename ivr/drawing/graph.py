"""A flow as boxes and arrows, with what callers did where that is known."""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.flow import Flow
from ivr.names import END
from ivr.node import Node
from ivr.rehearsal.coverage import Walked
from ivr.yaml_lines import Place


@dataclass(frozen=True, slots=True)
class Box:
    """A node, or the end of the flow.

    Attributes:
        visits: how often callers were there; None when nobody counted.
        left: how often they hung up there.
    """

    name: str
    kind: str
    visits: int | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Arrow:
    """`labels`: the choices that lead this way; `taken`: how often."""

    start: str
    end: str
    labels: tuple[str, ...]
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes in the order in which they are written, the first node first, `end` last."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def picture_of(flow: Flow, walked: Walked | None = None) -> Picture:
    names = [flow.start, *(name for name in flow.nodes if name != flow.start)]
    boxes = [_box(name, flow.nodes[name], walked) for name in names]
    arrows = [arrow for name in names for arrow in _arrows(name, flow.nodes[name], walked)]
    if any(arrow.end == END for arrow in arrows):
        boxes.append(Box(str(END), "end"))
    return Picture(flow.name, tuple(boxes), tuple(arrows))


def _box(name: str, node: Node, walked: Walked | None) -> Box:
    kind = type(node).model_fields["kind"].default
    if walked is None:
        return Box(name, kind)
    return Box(name, kind, walked.visits[name], walked.left[name])


def _arrows(name: str, node: Node, walked: Walked | None) -> Iterator[Arrow]:
    labels: dict[str, list[str]] = {}
    for place, way in node.targets():
        labels.setdefault(str(way), []).append(label_of(place))
    for target, said in labels.items():
        shown = tuple(dict.fromkeys(filter(None, said)))
        yield Arrow(name, target, shown, None if walked is None else walked.taken[name, target])


def label_of(place: Place) -> str:
    """("choices", "1") is "1", ("cases", 0, "then") is "case 1", and "next" needs no word."""
    words = [part for part in place if part not in ("choices", "flowed_out", "then", "next")]
    said = [f"{part + 1}" if isinstance(part, int) else part.replace("_", " ") for part in words]
    return " ".join(said).replace("cases", "case").replace("shares", "share")
