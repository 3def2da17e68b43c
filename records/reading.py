"""What reports, the API and a restart read back. Every call blocks: use a thread."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, Select, select

from events.event import Recorded
from events.ids import CallId, PartyId, RecordingId
from records.database import is_away, open_engine
from records.items import SnapshotTaken
from records.past import (
    CallDetail,
    CallFilter,
    CallRow,
    DatabaseAway,
    RecordingFilter,
    RecordingRow,
)
from records.recordings import query as recordings_query
from records.rows import recorded_from
from records.settings import StoreSettings
from records.tables import calls, events, parties, recordings, snapshots
from records.writing import log_of

PAGE: Final = 5_000
"""Events read from the database at a time."""


class Reader:
    """Over connections of its own. Everything raises `DatabaseAway` when it cannot be read."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._engine: Engine | None = None

    def calls(self, wanted: CallFilter) -> list[CallRow]:
        """Newest first, at most `wanted.limit`."""
        with self._connected() as connection:
            return [_call_row(row) for row in connection.execute(_query(wanted)).mappings()]

    def call(self, call: CallId) -> CallDetail | None:
        with self._connected() as connection:
            row = connection.execute(_ROWS.where(calls.c.id == call)).mappings().first()
            if row is None:
                return None
            return CallDetail(_call_row(row), log_of(connection, call))

    def recordings(self, wanted: RecordingFilter) -> list[RecordingRow]:
        """Newest first, at most `wanted.limit`."""
        with self._connected() as connection:
            found = connection.execute(recordings_query(wanted)).mappings()
            return [RecordingRow(**row) for row in found]

    def recording(self, recording: RecordingId) -> RecordingRow | None:
        with self._connected() as connection:
            statement = select(recordings).where(recordings.c.id == recording)
            row = connection.execute(statement).mappings().first()
            return RecordingRow(**row) if row is not None else None

    def events(
        self,
        *,
        after_seq: int = 0,
        utc_from: float | None = None,
        utc_to: float | None = None,
        kinds: Sequence[str] = (),
    ) -> Iterator[Recorded]:
        """In the order of the log; `utc_from` is included, `utc_to` is not."""
        statement = select(events).order_by(events.c.seq).limit(PAGE)
        if utc_from is not None:
            statement = statement.where(events.c.utc >= utc_from)
        if utc_to is not None:
            statement = statement.where(events.c.utc < utc_to)
        if kinds:
            statement = statement.where(events.c.kind.in_(kinds))
        return self._paged(statement, after_seq)

    def events_of_open_calls(self) -> list[Recorded]:
        """What a restart resumes from: every event of the calls that have not ended."""
        open_calls = select(calls.c.id).where(calls.c.ended.is_(False))
        statement = select(events).where(events.c.call.in_(open_calls)).order_by(events.c.seq)
        with self._connected() as connection:
            return [recorded_from(row) for row in connection.execute(statement).mappings()]

    def parties_of_open_calls(self) -> dict[PartyId, tuple[str, str]]:
        """Number and name of those callers who are not erased."""
        statement = (
            select(parties.c.id, parties.c.number, parties.c.name)
            .join(calls, calls.c.caller == parties.c.id)
            .where(calls.c.ended.is_(False))
        )
        with self._connected() as connection:
            return {PartyId(row[0]): (row[1], row[2]) for row in connection.execute(statement)}

    def parties_named(self, ids: Collection[PartyId]) -> dict[PartyId, tuple[str, str]]:
        """Number and name of those who are not erased."""
        statement = select(parties.c.id, parties.c.number, parties.c.name).where(
            parties.c.id.in_(list(ids))
        )
        with self._connected() as connection:
            return {PartyId(row[0]): (row[1], row[2]) for row in connection.execute(statement)}

    def snapshot(self, name: str) -> SnapshotTaken | None:
        with self._connected() as connection:
            statement = select(snapshots).where(snapshots.c.name == name)
            row = connection.execute(statement).mappings().first()
            return SnapshotTaken(row["name"], row["seq"], row["utc"], row["body"]) if row else None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _paged(self, statement: Select[Any], after_seq: int) -> Iterator[Recorded]:
        while True:
            with self._connected() as connection:
                page = statement.where(events.c.seq > after_seq)
                found = [recorded_from(row) for row in connection.execute(page).mappings()]
            yield from found
            if len(found) < PAGE:
                return
            after_seq = found[-1].seq

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        settings = self._settings
        if self._engine is None:
            self._engine = open_engine(
                settings.url, busy_s=settings.busy_s, connections=settings.readers
            )
        try:
            with self._engine.connect() as connection:
                yield connection
        except Exception as error:
            if is_away(error):
                raise DatabaseAway("the database cannot be read just now") from error
            raise


_ROWS: Final = select(
    calls, parties.c.number.label("caller_number"), parties.c.name.label("caller_name")
).select_from(calls.outerjoin(parties, calls.c.caller == parties.c.id))


def _query(wanted: CallFilter) -> Select[Any]:
    statement = _ROWS.order_by(calls.c.first_seq.desc()).limit(wanted.limit)
    for column, value in (
        (calls.c.queue, wanted.queue),
        (calls.c.agent, wanted.agent),
        (calls.c.trunk, wanted.trunk),
        (calls.c.direction, wanted.direction),
        (calls.c.outcome, wanted.outcome),
        (parties.c.number, wanted.number),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.arrived_from is not None:
        statement = statement.where(calls.c.arrived_at >= wanted.arrived_from)
    if wanted.arrived_to is not None:
        statement = statement.where(calls.c.arrived_at < wanted.arrived_to)
    if wanted.before is not None:
        statement = statement.where(calls.c.first_seq < wanted.before)
    return statement


def _call_row(row: RowMapping) -> CallRow:
    fields = dict(row)
    fields["caller_number"] = fields["caller_number"] or ""
    fields["caller_name"] = fields["caller_name"] or ""
    return CallRow(**fields)
