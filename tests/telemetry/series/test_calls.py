"""Calls: how many, how they end."""

from events.calls import CallAnswered, CallEnded, Direction, Outcome, Side
from events.ids import CallId
from telemetry.face import Gauges
from tests.telemetry.observing import Observed

C = CallId("c")


def test_every_end_is_counted_by_direction_and_outcome() -> None:
    observed = Observed()
    observed.tell(CallEnded(C, Direction.INBOUND, Outcome.ANSWERED, Side.AGENT, "hung_up"))
    ended = "sentral_calls_total"
    assert observed.value(ended, direction="inbound", outcome="answered") == 1
    assert observed.value(ended, direction="outbound", outcome="failed") == 0


def test_set_up_time() -> None:
    observed = Observed()
    observed.tell(CallAnswered(C, 0.04), CallAnswered(C, 0.2))
    assert observed.value("sentral_call_setup_seconds_count") == 2
    assert observed.value("sentral_call_setup_seconds_bucket", le="0.05") == 1


def test_active_calls_go_back_to_zero() -> None:
    active = {"internal": 3}
    observed = Observed(gauges=Gauges(calls_active=lambda: active))
    assert observed.value("sentral_calls_active", direction="internal") == 3
    active.clear()
    assert observed.value("sentral_calls_active", direction="internal") == 0
