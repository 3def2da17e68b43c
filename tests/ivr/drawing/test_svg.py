"""SVG: well-formed, complete, and counts where there are some."""

from xml.etree import ElementTree

from ivr.drawing.graph import Arrow, Box, Picture
from ivr.drawing.svg import svg

NS = "{http://www.w3.org/2000/svg}"
PLAIN = Picture(
    "a <b>",
    (Box("ask", "menu"), Box("bye", "hang_up")),
    (Arrow("ask", "bye", ("1", "2")), Arrow("ask", "ask", ("*",))),
)


def texts(picture: Picture) -> list[str]:
    root = ElementTree.fromstring(svg(picture))
    return [element.text or "" for element in root.iter(f"{NS}text")]


def test_every_box_and_arrow_is_drawn() -> None:
    root = ElementTree.fromstring(svg(PLAIN))
    assert len(list(root.iter(f"{NS}g"))) == 2
    assert len([path for path in root.iter(f"{NS}path") if path.get("marker-end")]) == 2
    assert texts(PLAIN) == ["a <b>", "1, 2", "*", "ask", "menu", "bye", "hang_up"]


def test_real_calls_are_counted_and_drop_outs_marked() -> None:
    counted = Picture(
        "main",
        (Box("ask", "menu", 9, 2), Box("bye", "hang_up", 7), Box("lost", "say", 0)),
        (Arrow("ask", "bye", (), 7), Arrow("bye", "lost", (), 0)),
    )
    assert texts(counted) == [
        *("main", "7×", "0×", "ask", "menu · 9", "✕ 2"),
        *("bye", "hang_up · 7", "lost", "say · 0"),
    ]
    assert "stroke-width:7.0" in svg(counted)
    assert svg(counted).count('class="never"') == 2
