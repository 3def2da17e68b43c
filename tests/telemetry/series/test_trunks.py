"""Trunks: up or down, and each call counted once."""

from events.agents import TrunkDown, TrunkUp
from events.calls import (
    CallBridged,
    CallEnded,
    Direction,
    LegDialled,
    LegEnded,
    Outcome,
    Side,
)
from events.ids import CallId, TrunkName
from telemetry.face import Gauges
from telemetry.series import trunks
from tests.telemetry.observing import Observed

C, T = CallId("c"), TrunkName("carrier")
CALLS = "sentral_trunk_calls_total"


def ended(direction: Direction, status: int | None = None) -> CallEnded:
    return CallEnded(C, direction, Outcome.ANSWERED, Side.CALLER, "hung_up", status, T)


def test_up_and_down() -> None:
    observed = Observed(trunks=("carrier",))
    observed.tell(TrunkUp(T))
    assert observed.value("sentral_trunk_up", trunk="carrier") == 1
    observed.tell(TrunkDown(T, "no answer"))
    assert observed.value("sentral_trunk_up", trunk="carrier") == 0


def test_an_inbound_call_counts_when_it_ends() -> None:
    observed = Observed()
    observed.tell(ended(Direction.INBOUND), ended(Direction.INBOUND, 404))
    assert observed.value(CALLS, trunk="carrier", direction="inbound", code="200") == 1
    assert observed.value(CALLS, trunk="carrier", direction="inbound", code="404") == 1


def test_an_outbound_call_counts_once_whatever_follows() -> None:
    observed = Observed()
    observed.tell(
        LegDialled(C, "c-1", "trunk", "carrier"),
        CallBridged(C, "c-1"),
        LegEnded(C, "c-1", "hung_up"),
        ended(Direction.OUTBOUND),
    )
    assert observed.value(CALLS, trunk="carrier", direction="outbound", code="200") == 1
    assert observed.value(CALLS, trunk="carrier", direction="inbound", code="200") is None


def test_an_outbound_call_that_failed_shows_its_status() -> None:
    observed = Observed()
    for leg, cause, status in (("1", "busy", 486), ("2", "cancelled", None), ("3", "failed", None)):
        observed.tell(LegDialled(C, leg, "trunk", "carrier"), LegEnded(C, leg, cause, status))
    for code in ("486", "487", "500"):
        assert observed.value(CALLS, trunk="carrier", direction="outbound", code=code) == 1


def test_legs_to_phones_are_no_trunk_calls() -> None:
    observed = Observed()
    observed.tell(LegDialled(C, "c-1", "phone", "2001"), CallBridged(C, "c-1"))
    assert b"sentral_trunk_calls_total{" not in observed.metrics.render()


def test_legs_that_never_end_are_forgotten() -> None:
    observed = Observed()
    for number in range(trunks.MOST_LEGS + 1):
        observed.tell(LegDialled(C, f"leg-{number}", "trunk", "carrier"))
    observed.tell(CallBridged(C, "leg-0"), CallBridged(C, "leg-1"))
    assert observed.value(CALLS, trunk="carrier", direction="outbound", code="200") == 1


def test_calls_on_a_trunk_now() -> None:
    active = {"carrier": 4}
    observed = Observed(trunks=("carrier",), gauges=Gauges(trunk_calls_active=lambda: active))
    assert observed.value("sentral_trunk_calls_active", trunk="carrier") == 4
    active.clear()
    assert observed.value("sentral_trunk_calls_active", trunk="carrier") == 0
