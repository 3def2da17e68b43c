"""Which nodes of a flow were visited, and which ways between them were taken."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.engine import NodeVisit
from ivr.flow import Flow, Flows
from ivr.names import END

Edge = tuple[str, str]
"""From a node to a node or `end`."""


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
            own = self._own(visit, "on_hangup")
            if own is not None:
                walked.taken[visit.node, own] += 1
            return
        target = self._target(visit)
        if target is not None:
            walked.taken[visit.node, target] += 1

    def _target(self, visit: NodeVisit) -> str | None:
        after = visit.position
        if visit.outcome == "error":
            own = self._own(visit, "on_error")
            return own if own == (after.node or str(END)) else None
        if after.flow == visit.flow and after.node:
            return after.node
        node = self.flows.current[visit.flow].nodes.get(visit.node)
        targets = {str(target) for _, target in node.targets()} if node else set()
        if after.node:  # another flow was entered: it comes back to the one way on
            return next(iter(targets), None)
        return str(END) if str(END) in targets else None

    def _own(self, visit: NodeVisit, field: str) -> str | None:
        """Where the node's own `on_error` or `on_hangup` leads, if it has one."""
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
