"""What experts would not do: warnings about flows that run all the same."""

from collections.abc import Mapping
from typing import Final

from ivr.mistakes import Mistakes
from ivr.node import Node
from ivr.paths import graph_of, menus_before

DEEPEST: Final = 3
"""Menus one inside the other that callers bear."""


def advise(start: str, nodes: Mapping[str, Node], mistakes: Mistakes) -> None:
    """Add to `mistakes` what a caller will not like; `nodes` are right in themselves."""
    for name, node in nodes.items():
        for place, text in node.advice():
            mistakes.add(("nodes", name, *place), text)
    depths = menus_before([start], nodes, graph_of(nodes))
    for name, depth in depths.items():
        if nodes[name].is_menu and depth > DEEPEST:
            text = f"the caller has come through {depth - 1} menus; callers bear {DEEPEST} in all"
            mistakes.add(("nodes", name), text)
