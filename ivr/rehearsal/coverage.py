"""Which nodes of a flow were visited, and which ways between them were taken."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ivr.engine import NodeVisit
from ivr.flow import Flow, Flows
from ivr.names import END

Edge = tuple[str, str]
"""From a node to a node or `end`."""

HANDLED: Final = (("on_error",), ("on_hangup",))
"""Ways that no node takes by itself."""


@dataclass
class Walked:
    """Counts for one flow.

    Attributes:
        left: how often callers hung up in a node.
    """

    visits: Counter[str] = field(default_factory=Counter)
    taken: Counter[Edge] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


class Coverage:
    """Of all flows; fed with visits in their order on each call."""

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        self.walked: Mapping[str, Walked] = {name: Walked() for name in flows}

    def visited(self, visit: NodeVisit) -> None:
        walked = self.walked.get(visit.flow)
        if walked is None:
            return
        walked.visits[visit.node] += 1
        if visit.outcome == "hang_up":
            walked.left[visit.node] += 1
        if visit.outcome in ("hang_up", "error"):
            self._handed_over(visit)
            return
        target = self._target(visit)
        if target is not None:
            walked.taken[visit.node, target] += 1

    def _handed_over(self, visit: NodeVisit) -> None:
        """By a node's own `on_error` or `on_hangup`: of this one, or of one that entered its flow.

        Visits read from events do not tell whose it was: then only this node's own is counted.
        """
        target = visit.position.node or str(END)
        flow, node = visit.caught or (visit.flow, visit.node)
        walked = self.walked.get(flow)
        if walked is not None and (visit.caught or target == self._own(visit)):
            walked.taken[node, target] += 1

    def _target(self, visit: NodeVisit) -> str | None:
        after = visit.position
        if after.flow == visit.flow and after.node:
            return after.node
        node = self.flows.current[visit.flow].nodes.get(visit.node)
        ways = node.targets() if node else ()
        targets = {str(target) for place, target in ways if place not in HANDLED}
        if after.node:  # another flow was entered: it comes back to the one way on
            return next(iter(targets), None)
        return str(END) if str(END) in targets else None

    def _own(self, visit: NodeVisit) -> str | None:
        """Where the node's own `on_error` or `on_hangup` leads, if it has one."""
        field = "on_error" if visit.outcome == "error" else "on_hangup"
        node = self.flows.current[visit.flow].nodes.get(visit.node)
        target = getattr(node, field, None)
        return None if target is None else str(target)

    def unvisited(self, flow: str) -> list[str]:
        return [
            name for name in self.flows.current[flow].nodes if not self.walked[flow].visits[name]
        ]

    def untaken(self, flow: str) -> list[Edge]:
        taken = self.walked[flow].taken
        return [edge for edge in edges_of(self.flows.current[flow]) if not taken[edge]]


def edges_of(flow: Flow) -> list[Edge]:
    """Every way from node to node, once however many choices lead that way; in written order."""
    ways = (
        (name, str(target)) for name, node in flow.nodes.items() for _, target in node.targets()
    )
    return list(dict.fromkeys(ways))
