"""Flows: visits and calls that needed nobody else."""

from events.calls import FlowLeft, NodeVisited
from events.ids import CallId, FlowName, NodeName
from tests.telemetry.observing import Observed

C, F = CallId("c"), FlowName("main")


def test_visits_by_how_the_node_was_left() -> None:
    observed = Observed()
    observed.tell(
        NodeVisited(C, F, NodeName("menu"), "1"), NodeVisited(C, F, NodeName("menu"), "1")
    )
    visits = observed.value("sentral_ivr_visits_total", flow="main", node="menu", outcome="1")
    assert visits == 2


def test_only_contained_calls_count_as_contained() -> None:
    observed = Observed()
    observed.tell(FlowLeft(C, F, "queue"), FlowLeft(C, F, "hang_up", contained=True))
    assert observed.value("sentral_ivr_contained_total", flow="main") == 1
