"""Sub-flows in which a failing node ends the call without a word: nobody there names an `on_error`.

What fails in a flow without one goes to the flow that entered it; see `ivr.handlers`.
"""

from collections.abc import Collection, Iterator, Mapping

from ivr.entering import Entering
from ivr.node import Node
from ivr.paths import closure


def uncaught_entries(
    flows: Mapping[str, Mapping[str, Node]], catching: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """Each way into such a flow: (flow, its node, the flow that is entered).

    Args:
        flows: the nodes of each flow.
        catching: flows that need no `on_error` of others.
    """
    ways = [
        (name, node_name, node)
        for name, nodes in flows.items()
        for node_name, node in nodes.items()
        if isinstance(node, Entering) and str(node.flow) not in catching
    ]
    passing = [  # what fails beyond these is left to the flow in which they stand
        (name, node_name, str(node.flow))
        for name, node_name, node in ways
        if not node.leaves_flow and node.on_error is None
    ]
    entered = {str(node.flow) for _, _, node in ways if not node.leaves_flow}
    alone = {name for name in flows if name not in catching and name not in entered}
    alone |= {str(node.flow) for _, _, node in ways if node.leaves_flow}
    leads_to: dict[str, set[str]] = {}
    for name, _, flow in passing:
        leads_to.setdefault(name, set()).add(flow)
    uncaught = closure(alone, leads_to)
    return (way for way in passing if way[0] in uncaught)
