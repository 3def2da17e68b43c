"""What of the past a new process can use."""

from calls.past import Kept, Past, Replayed
from calls.resumption import bindings_of
from events.calls import (
    CallArrived,
    Direction,
)
from events.event import Recorded
from events.ids import CallId, PartyId


def arrived(call: str) -> CallArrived:
    return CallArrived(CallId(call), Direction.INBOUND, PartyId("p"), "1000", f"sip-{call}")


def test_events_that_two_readers_brought_are_told_once() -> None:
    log = [Recorded(n, 0.0, 0.0, arrived(call)) for n, call in enumerate("ab")]
    past = Past(events=log[1:], open_calls=log)
    assert past.log_of_calls == log


def test_registrations_hold_for_phones_that_are_there_and_need_no_connection() -> None:
    def binding(user: str, transport: str) -> dict[str, object]:
        return {"user": user, "source": [transport, "192.0.2.9", 5060]}

    there, gone = binding("3001", "UDP"), binding("3002", "UDP")
    connected = binding("3003", "TCP")
    past = Past(Kept(1, 0.0, 0.0, {}, {}, [there, gone, connected]))
    replayed = Replayed(None, None, {"reachable": ["3001", "3003"]})  # type: ignore[arg-type]
    assert bindings_of(past, replayed) == [there]
    assert bindings_of(Past(), replayed) == []
