"""What a call's record says of its end."""

import pytest

from calls.ending import Ending, outcome_of
from calls.state import CallState
from events.calls import Direction, Outcome, Side
from events.ids import CallId, PartyId

NEW = CallState(CallId("c"), Direction.INBOUND, PartyId("p"), "1000", route_kind="flow")
ANSWERED = NEW._replace(answered=True)
CALLER = Ending(Side.CALLER, "hung_up", 487)
FLOW = Ending(Side.SYSTEM, "normal", 480)
AGENT = Ending(Side.AGENT, "hung_up", 480)


@pytest.mark.parametrize(
    ("state", "ending", "outcome"),
    [
        (NEW, CALLER, Outcome.CANCELLED),
        (ANSWERED, CALLER, Outcome.ABANDONED),
        (ANSWERED._replace(served=True), CALLER, Outcome.ANSWERED),
        (ANSWERED._replace(served=True), AGENT, Outcome.ANSWERED),
        (ANSWERED._replace(served=True), Ending(Side.SYSTEM, "rtp_timeout", 500), Outcome.ANSWERED),
        (NEW, FLOW, Outcome.REJECTED),
        (NEW._replace(contained=True), FLOW, Outcome.CONTAINED),
        (ANSWERED._replace(contained=True), FLOW, Outcome.CONTAINED),
        (ANSWERED._replace(route_kind="feature"), FLOW, Outcome.CONTAINED),
        (ANSWERED, FLOW, Outcome.UNSERVED),
        (ANSWERED, Ending(Side.SYSTEM, "stopping", 503), Outcome.FAILED),
    ],
)
def test_the_outcome(state: CallState, ending: Ending, outcome: Outcome) -> None:
    assert outcome_of(state, ending, node_failed=False) is outcome


def test_a_node_that_failed_is_not_the_callers_bad_luck() -> None:
    assert outcome_of(ANSWERED, FLOW, node_failed=True) is Outcome.FAILED
