"""Which calls can be started again, and from where."""

from calls.open_calls import records_of
from calls.state import Stage
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallCheckpointed,
    CallEnded,
    CallRouted,
    Direction,
    Outcome,
    Side,
)
from events.event import Event, Recorded
from events.ids import CallId, PartyId

A, B = CallId("a"), CallId("b")


def arrived(call: CallId) -> CallArrived:
    return CallArrived(call, Direction.INBOUND, PartyId("p"), "1000", f"sip-{call}")


def log_of(*events: Event) -> list[Recorded]:
    return [Recorded(n, 100.0 + n, float(n), event) for n, event in enumerate(events, 1)]


def test_only_calls_that_have_not_ended_are_resumed() -> None:
    ended = CallEnded(A, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")
    assert list(records_of(log_of(arrived(A), arrived(B), ended))) == [B]


def test_a_call_that_was_never_written_down_has_no_legs_but_an_end_to_tell() -> None:
    (record,) = records_of(log_of(arrived(A), CallRouted(A, "flow", "main", "1000"))).values()
    assert record.caller is None
    assert record.state.stage is Stage.IN_FLOW
    assert record.arrived_at == 101.0


def test_the_newest_legs_and_every_event_count() -> None:
    checkpoints = [
        CallCheckpointed(A, "in_flow", {"language": "en", "caller": {"n": 1}, "other": None}),
        CallCheckpointed(A, "bridged", {"language": "es", "caller": {"n": 2}, "other": {"n": 3}}),
    ]
    log = log_of(
        arrived(A),
        CallRouted(A, "flow", "main", "1000"),
        CallAnswered(A, 0.1),
        checkpoints[0],
        CallBridged(A, "a-1"),
        checkpoints[1],
    )
    (record,) = records_of(log).values()
    assert (record.language, record.caller, record.other) == ("es", {"n": 2}, {"n": 3})
    assert record.state.stage is Stage.BRIDGED
    assert record.state.answered


def test_a_checkpoint_of_a_call_from_before_the_log_is_left_out() -> None:
    assert records_of(log_of(CallCheckpointed(A, "queued", {}), CallAnswered(A, 0.1))) == {}
