"""Mermaid text."""

from ivr.drawing.graph import Arrow, Box, Picture
from ivr.drawing.mermaid import mermaid


def test_boxes_arrows_and_counts_are_written() -> None:
    picture = Picture(
        "main",
        (Box("ask", "menu", 9, 2), Box("end", "end")),
        (Arrow("ask", "end", ("#", "otherwise"), 7), Arrow("ask", "ask", ())),
    )
    assert mermaid(picture) == (
        "flowchart TD\n"
        '  n0{{"ask<br><small>menu</small><br>9 visits, 2 hung up"}}\n'
        '  n1(("end"))\n'
        '  n0 -->|"#35;, otherwise · 7×"| n1\n'
        "  n0 --> n0\n"
    )
