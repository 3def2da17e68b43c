"""Between values and rows. Text from the network is made storable: no NUL, no lone surrogate."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import RowMapping

from events.calls import CallArrived
from events.codec import body_from_json, body_to_json, kind_of
from events.event import SCHEMA_VERSION, Recorded
from events.story import tell
from records.items import PartyNamed, SnapshotTaken

LONGEST: Final = 4_096
"""Characters of a text column; an event's body keeps the whole."""

CAUSE: Final = 64
"""Characters of a cause, which is a short word."""


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
    return {
        "name": snapshot.name,
        "seq": snapshot.seq,
        "utc": snapshot.utc,
        "body": snapshot.body,
    }


def _with_escaped_surrogates(text: str) -> str:
    """The same JSON in characters that UTF-8 knows."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def storable(text: str | None) -> str | None:
    """Text that every database takes."""
    if text is None:
        return None
    shown = text[:LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    if shown.isascii():
        return shown
    return shown.encode("utf-8", "replace").decode("utf-8")


def call_row(log: Sequence[Recorded]) -> dict[str, Any]:
    """The row of a call, from its events.

    Raises:
        NoStory: the call never arrived.
    """
    story = tell(log)
    return {
        "id": story.call,
        "first_seq": next(each.seq for each in log if isinstance(each.event, CallArrived)),
        "last_seq": log[-1].seq,
        "direction": story.direction.value,
        "caller": story.caller,
        "dialled": storable(story.dialled),
        "sip_call_id": storable(story.sip_call_id),
        "trunk": story.trunk,
        "phone": storable(story.phone),
        "target_kind": story.target_kind,
        "target": storable(story.target),
        "queue": story.queue,
        "agent": story.agent,
        "outcome": story.outcome and story.outcome.value,
        "hung_up_by": story.hung_up_by and story.hung_up_by.value,
        "cause": storable(story.cause[:CAUSE]),
        "status": story.status,
        "arrived_at": story.arrived_at,
        "answered_at": story.answered_at,
        "bridged_at": story.bridged_at,
        "ended_at": story.ended_at,
        "ended": story.has_ended,
        "wait_s": story.wait_s,
        "talk_s": story.talk_s,
        "hold_s": story.hold_s,
        "wrap_up_s": story.wrap_up_s,
        "story": story.as_json(),
    }
