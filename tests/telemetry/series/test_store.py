"""The store: what waits, what was lost."""

from telemetry.face import Gauges
from tests.telemetry.observing import Observed


def test_queue_length_and_losses() -> None:
    state = {"length": 7, "lost": 2}
    gauges = Gauges(store_queue_length=lambda: state["length"], store_lost=lambda: state["lost"])
    observed = Observed(gauges=gauges)
    assert observed.value("sentral_store_queue_length") == 7
    assert observed.value("sentral_store_lost_events_total") == 2
    state.update(length=0, lost=3)
    assert observed.value("sentral_store_queue_length") == 0
    assert observed.value("sentral_store_lost_events_total") == 3
