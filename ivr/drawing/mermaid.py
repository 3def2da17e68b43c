"""A flow's picture as Mermaid text, for pages that draw it themselves."""

from collections.abc import Iterator
from typing import Final

from ivr.drawing.graph import Arrow, Box, Picture

_SHAPES: Final = {"menu": ("{{", "}}"), "branch": ("{", "}"), "end": ("((", "))")}


def mermaid(picture: Picture) -> str:
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart TD"
    ids = {box.name: f"n{number}" for number, box in enumerate(picture.boxes)}
    for box in picture.boxes:
        opening, closing = _SHAPES.get(box.kind, ("[", "]"))
        yield f'  {ids[box.name]}{opening}"{_said(box)}"{closing}'
    for arrow in picture.arrows:
        label = _label(arrow)
        middle = f'-->|"{label}"|' if label else "-->"
        yield f"  {ids[arrow.start]} {middle} {ids[arrow.end]}"


def _said(box: Box) -> str:
    lines = [_quoted(box.name)]
    if box.kind != "end":
        lines.append(f"<small>{box.kind}</small>")
    if box.visits is not None:
        lines.append(f"{box.visits} visits" + (f", {box.left} hung up" if box.left else ""))
    return "<br>".join(lines)


def _label(arrow: Arrow) -> str:
    words = ", ".join(arrow.labels)
    counted = "" if arrow.taken is None else f"{arrow.taken}×"
    return _quoted(" · ".join(filter(None, (words, counted))))


def _quoted(text: str) -> str:
    """Mermaid's own way to write what it would read as syntax."""
    return "".join(f"#{ord(letter)};" if letter in '"#<>|' else letter for letter in text)
