"""What is personal stays in the house."""

from dataclasses import fields

import pytest

from events.calls import CallArrived, CallTransferred, Direction, NodeVisited, Side
from events.codec import UnknownEvent, from_json, known_kinds, to_json
from events.event import Event, Recorded
from events.ids import CallId, EntryId, FlowName, NodeName, PartyId, QueueName
from events.impersonal import PLAIN, without_personal
from events.queues import CallQueued

CALL = CallId("c-1")
SECRET = "+62 811 2345"


@pytest.mark.parametrize(
    "event",
    [
        CallArrived(CALL, Direction.INBOUND, PartyId("p-1"), SECRET, f"1@{SECRET}"),
        NodeVisited(CALL, FlowName("f"), NodeName("n"), "done", {"variables": {"account": SECRET}}),
        CallTransferred(CALL, Side.AGENT, "number", SECRET, number=SECRET),
        UnknownEvent("PaymentMade", {"card": SECRET}),
    ],
    ids=lambda event: event.kind,
)
def test_what_callers_said_and_dialled_is_left_out(event: Event) -> None:
    assert SECRET in to_json(Recorded(1, 0.0, 0.0, event))
    line = to_json(Recorded(1, 0.0, 0.0, without_personal(event)))
    assert SECRET not in line
    assert from_json(line).event == without_personal(event), "it can be read again"


def test_who_and_when_stay() -> None:
    event = without_personal(CallArrived(CALL, Direction.INBOUND, PartyId("p-1"), "1", "2"))
    assert event == CallArrived(CALL, Direction.INBOUND, PartyId("p-1"), "", "")


def test_what_decisions_are_made_of_stays() -> None:
    event = CallQueued(CALL, EntryId("e"), QueueName("q"), {"visa": 2}, ("id",), tiers=(1,))
    assert without_personal(event) is event


@pytest.mark.parametrize("kind", sorted(known_kinds()))
def test_no_text_is_kept_that_nobody_thought_of(kind: str) -> None:
    """Every field of text, filled: what is not named plain is empty."""
    cls = known_kinds()[kind]
    event = object.__new__(cls)
    for each in fields(cls):
        object.__setattr__(event, each.name, SECRET)
    kept = without_personal(event)
    told = {each.name for each in fields(cls) if getattr(kept, each.name)}
    assert told == {each.name for each in fields(cls)} & PLAIN
