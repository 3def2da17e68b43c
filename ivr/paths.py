"""What follows from all nodes of one flow together: reachable, able to end, never in circles."""

from collections.abc import Collection, Mapping

from ivr.names import END
from ivr.node import Node

Graph = Mapping[str, set[str]]
"""A node's name to the names that may follow it; `end` is one of those, and leads nowhere."""


def graph_of(nodes: Mapping[str, Node]) -> Graph:
    return {name: {str(target) for _, target in node.targets()} for name, node in nodes.items()}


def silent_graph_of(nodes: Mapping[str, Node]) -> Graph:
    """Only where a caller who does nothing gets to."""
    return {name: set(map(str, node.silent_targets())) for name, node in nodes.items()}


def closure(start: set[str], leads_to: Mapping[str, set[str]]) -> set[str]:
    """`start` and all that it leads to."""
    seen, waiting = set(start), list(start)
    while waiting:
        new = leads_to.get(waiting.pop(), set()) - seen
        seen |= new
        waiting.extend(new)
    return seen


def unable_to_end(nodes: Mapping[str, Node], leads_to: Graph) -> set[str]:
    """Nodes from which no way leads to an end, whatever the caller does."""
    endings = {name for name, node in nodes.items() if node.ends_flow() or node.leaves_flow} | {
        str(END)
    }
    return set(nodes) - closure(endings, reversed_graph(leads_to))


def reversed_graph(leads_to: Graph) -> Graph:
    led_to_by: dict[str, set[str]] = {}
    for name, targets in leads_to.items():
        for target in targets:
            led_to_by.setdefault(target, set()).add(name)
    return led_to_by


def silent_circles(nodes: Mapping[str, Node]) -> list[list[str]]:
    """Circles that a caller who does nothing can never leave, each in the order walked."""
    leads_to = silent_graph_of(nodes)
    leaves = {name for name, node in nodes.items() if node.ends_flow() or not leads_to[name]}
    trapped = set(nodes) - closure(leaves | {str(END)}, reversed_graph(leads_to))
    circles: list[list[str]] = []
    placed: set[str] = set()
    for name in nodes:
        if name in trapped and name not in placed:
            walk = _walk(name, leads_to)
            if not placed & set(walk):
                circles.append(walk)
            placed |= closure({name}, leads_to)
    return circles


def _walk(start: str, leads_to: Graph) -> list[str]:
    """Follow the first way out of each node until one is met again; that circle alone."""
    walked = [start]
    while (following := min(leads_to[walked[-1]])) not in walked:
        walked.append(following)
    return walked[walked.index(following) :]


def menus_before(
    entries: Collection[str], nodes: Mapping[str, Node], leads_to: Graph
) -> Mapping[str, int]:
    """How many menus a caller has been through, at the least, when each node is done."""
    depth: dict[str, int] = {}
    level = {name for name in entries if name in nodes}
    menus = 0
    while level:
        flat = _through_others(level - depth.keys(), nodes, leads_to)
        asked = {name for name in flat if nodes[name].is_menu and name not in depth}
        for name in flat - depth.keys():
            depth[name] = menus + (name in asked)
        level = {after for name in asked for after in leads_to[name] if after in nodes}
        level -= depth.keys()
        menus += 1
    return depth


def _through_others(start: set[str], nodes: Mapping[str, Node], leads_to: Graph) -> set[str]:
    """What `start` leads to without passing through a menu, menus themselves included."""
    others = {
        name: {after for after in targets if after in nodes}
        for name, targets in leads_to.items()
        if not nodes[name].is_menu
    }
    return closure(start, others)
