"""Recordings as rows: each event of one moves its row on. What is in a file, never the file."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Select, select

from events.event import Event, Recorded
from events.recordings import (
    RecordingDeleted,
    RecordingFailed,
    RecordingMarked,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    RecordingStored,
)
from records.past import RecordingFilter
from records.tables import recordings

Row: TypeAlias = dict[str, Any]

TOLD: Final = (
    RecordingStarted,
    RecordingMarked,
    RecordingPaused,
    RecordingResumed,
    RecordingStopped,
    RecordingFailed,
    RecordingStored,
    RecordingDeleted,
)
"""Events that a row is made of; each names its `recording`."""

PARTS_TOLD: Final = 500
"""Marks kept of one recording."""


def rows_after(connection: Connection, news: Sequence[Recorded]) -> list[Row]:
    """The rows that the events change, as they are then; telling an event again changes nothing."""
    told = [recorded for recorded in news if isinstance(recorded.event, TOLD)]
    if not told:
        return []
    names = {_name(recorded.event) for recorded in told}
    found = connection.execute(select(recordings).where(recordings.c.id.in_(names)))
    rows = {row["id"]: dict(row) for row in found.mappings()}
    for recorded in told:
        name = _name(recorded.event)
        row = rows.get(name)
        if row is None and isinstance(recorded.event, RecordingStarted):
            rows[name] = _begun(recorded, recorded.event)
        elif row is not None and row["last_seq"] < recorded.seq:
            rows[name] = {**row, **_change(row, recorded), "last_seq": recorded.seq}
    return list(rows.values())


def query(wanted: RecordingFilter) -> Select[Any]:
    """Newest first."""
    c = recordings.c
    statement = select(recordings).order_by(c.first_seq.desc()).limit(wanted.limit)
    for column, value in (
        (c.call, wanted.call),
        (c.queue, wanted.queue),
        (c.agent, wanted.agent),
        (c.purpose, wanted.purpose),
        (c.label, wanted.label),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.states:
        statement = statement.where(c.state.in_(wanted.states))
    if wanted.started_to is not None:
        statement = statement.where(c.started_at < wanted.started_to)
    if wanted.before is not None:
        statement = statement.where(c.first_seq < wanted.before)
    return statement


def _name(event: Any) -> str:
    return str(event.recording)


def _begun(recorded: Recorded, event: RecordingStarted) -> Row:
    return {
        "id": event.recording,
        "call": event.call,
        "first_seq": recorded.seq,
        "last_seq": recorded.seq,
        "purpose": event.purpose.value,
        "label": event.label,
        "reason": event.reason,
        "queue": event.queue,
        "agent": event.agent,
        "started_at": recorded.utc,
        "ended_at": None,
        "duration_s": None,
        "state": "recording",
        "problem": "",
        "file": f"{event.file}.wav",
        "form": "wav",
        "size_bytes": None,
        "sealed": False,
        "parts": [],
    }


def _change(row: Row, recorded: Recorded) -> Row:
    event: Event = recorded.event
    match event:
        case RecordingMarked(at_s=at_s, mark=mark, leg=leg, agent=agent):
            part = {"at_s": at_s, "mark": mark.value, "leg": leg, "agent": agent}
            return {"parts": [*row["parts"], part][:PARTS_TOLD]}
        case RecordingPaused(at_s=at_s, by=by) | RecordingResumed(at_s=at_s, by=by):
            word = "paused" if isinstance(event, RecordingPaused) else "resumed"
            return {"parts": [*row["parts"], {"at_s": at_s, "mark": word, "by": by}][:PARTS_TOLD]}
        case RecordingStopped(duration_s=duration_s):
            return {"state": "stopped", "duration_s": duration_s, "ended_at": recorded.utc}
        case RecordingFailed(problem=problem):
            return {"state": "failed", "problem": problem[:500], "ended_at": recorded.utc}
        case RecordingStored(file=file, form=form, size_bytes=size_bytes, sealed=sealed):
            return {
                "state": "stored",
                "file": file,
                "form": form,
                "size_bytes": size_bytes,
                "sealed": sealed,
            }
        case RecordingDeleted(by=by):
            return {"state": "deleted", "problem": f"by {by}"[:500]}
        case _:
            return {}
