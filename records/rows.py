"""Between values and rows. Text from the network is made storable: no NUL, no lone surrogate."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import RowMapping

from events.calls import CallAnswered, CallArrived, CallBridged, CallEnded
from events.codec import body_from_json, body_to_json, kind_of
from events.event import SCHEMA_VERSION, Recorded
from events.queues import CallQueued
from records import tables
from records.items import PartyNamed, SnapshotTaken

LONGEST: Final = 4_096
"""Characters of a text column; an event's body keeps the whole."""


def event_row(recorded: Recorded) -> dict[str, Any]:
    return {
        "seq": recorded.seq,
        "utc": recorded.utc,
        "steady": recorded.steady,
        "version": recorded.version,
        "kind": kind_of(recorded.event),
        "call": storable(getattr(recorded.event, "call", None)),
        "body": _with_escaped_surrogates(body_to_json(recorded.event)),
    }


def recorded_from(row: RowMapping) -> Recorded:
    """The event as it was written, upgraded if its version is older.

    Raises:
        UnreadableEvent: somebody has changed the row.
    """
    event = body_from_json(row["kind"], row["body"], version=row["version"])
    version = max(row["version"], SCHEMA_VERSION)
    return Recorded(row["seq"], row["utc"], row["steady"], event, version)


def party_row(party: PartyNamed) -> dict[str, Any]:
    return {
        "id": party.party,
        "number": storable(party.number),
        "name": storable(party.name),
    }


def snapshot_row(snapshot: SnapshotTaken) -> dict[str, Any]:
    return asdict(snapshot)


def _with_escaped_surrogates(text: str) -> str:
    """The same JSON in characters that UTF-8 knows."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def storable(text: str | None) -> str | None:
    """Text that every database takes."""
    if text is None:
        return None
    shown = text[:LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return shown.encode("utf-8", "replace").decode("utf-8")


def call_row(log: Sequence[Recorded]) -> dict[str, Any]:
    """The row of a call from its events, the first of which says that it arrived."""
    first, last = log[0], log[-1]
    arrived = first.event
    assert isinstance(arrived, CallArrived), f"the log of a call begins with {first.event.kind}"
    row: dict[str, Any] = dict.fromkeys(column.name for column in tables.calls.c)
    row.update(
        id=arrived.call,
        first_seq=first.seq,
        last_seq=last.seq,
        direction=arrived.direction.value,
        caller=arrived.caller,
        dialled=storable(arrived.dialled),
        sip_call_id=storable(arrived.sip_call_id),
        trunk=arrived.trunk,
        arrived_at=first.utc,
        ended=False,
        story={},
    )
    for recorded in log:
        match recorded.event:
            case CallAnswered():
                row["answered_at"] = recorded.utc
            case CallQueued(queue=queue):
                row["queue"] = queue
            case CallBridged(agent=agent):
                row["bridged_at"] = row["bridged_at"] or recorded.utc
                row["agent"] = agent or row["agent"]
            case CallEnded(outcome=outcome, hung_up_by=by, cause=cause, status=status):
                row.update(ended=True, ended_at=recorded.utc, outcome=outcome.value)
                row.update(hung_up_by=by.value, cause=storable(cause), status=status)
    return row
