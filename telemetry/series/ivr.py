"""Flows: which nodes callers pass, how they leave them, and who needed nobody else."""

from typing import Final

from prometheus_client import Counter

from events.calls import FlowLeft, NodeVisited
from telemetry.face import Series, Surroundings
from telemetry.labels import Children, FewWords

MOST_NODES: Final = 2_000
MOST_OUTCOMES: Final = 50


class IvrSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._visits = Children(
            Counter(
                "sentral_ivr_visits",
                "Nodes left, by how they were left.",
                ["flow", "node", "outcome"],
                registry=surroundings.registry,
            )
        )
        self._contained = Children(
            Counter(
                "sentral_ivr_contained",
                "Calls that the flow ended without needing anybody.",
                ["flow"],
                registry=surroundings.registry,
            )
        )
        self._node = FewWords(MOST_NODES)
        self._outcome = FewWords(MOST_OUTCOMES)
        self.on(NodeVisited, self._visited)
        self.on(FlowLeft, self._left)

    def _visited(self, event: NodeVisited, at: float) -> None:
        self._visits(event.flow, self._node(event.node), self._outcome(event.outcome)).inc()

    def _left(self, event: FlowLeft, at: float) -> None:
        if event.contained:
            self._contained(event.flow).inc()
