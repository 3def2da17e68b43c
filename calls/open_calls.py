"""The calls that had not ended when a process did, read from the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from calls.state import CallState, advance, arrived
from events.calls import CallArrived, CallCheckpointed, CallEnded
from events.event import Recorded
from events.ids import CallId


@dataclass(frozen=True, slots=True)
class Record:
    """An open call: its state after its last event, and its legs as last written down.

    `caller` is None of a call that was never answered: it cannot be taken along.
    """

    state: CallState
    arrived_at: float
    language: str = ""
    caller: Mapping[str, Any] | None = None
    other: Mapping[str, Any] | None = None


def records_of(log: Iterable[Recorded]) -> dict[CallId, Record]:
    """The calls that have not ended, from a log in its order."""
    records: dict[CallId, Record] = {}
    for recorded in log:
        event = recorded.event
        call = getattr(event, "call", None)
        if isinstance(event, CallArrived):
            records[event.call] = Record(arrived(event), recorded.utc)
        elif isinstance(event, CallEnded):
            records.pop(event.call, None)
        elif call not in records:
            continue
        elif isinstance(event, CallCheckpointed):
            records[call] = _with_checkpoint(records[call], event.state)
        else:
            state = advance(records[call].state, event, recorded.utc)
            records[call] = replace(records[call], state=state)
    return records


def _with_checkpoint(record: Record, saved: Mapping[str, Any]) -> Record:
    """The legs as they were; the state follows from the events alone."""
    return replace(
        record,
        language=str(saved.get("language") or record.language),
        caller=saved.get("caller"),
        other=saved.get("other"),
    )
