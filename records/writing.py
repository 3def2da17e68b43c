"""One transaction's worth of items becomes rows. Writing the same item twice changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import Connection, Insert, Table, bindparam, delete, select

from events.calls import CallArrived, CallCheckpointed
from events.event import Recorded
from events.ids import CallId
from records import tables
from records.items import Item, PartyErased, PartyNamed, SnapshotTaken
from records.recordings import rows_after
from records.rows import call_row, event_row, party_row, recorded_from, snapshot_row
from records.stories import Log, Stories, has_ended

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

_DROP_CHECKPOINTS: Final = delete(tables.events).where(
    tables.events.c.call == bindparam("ended"), tables.events.c.kind == CallCheckpointed.kind
)
"""An ended call is never resumed, and its checkpoints are large and name the caller."""

_ERASE_PARTY: Final = delete(tables.parties).where(tables.parties.c.id == bindparam("erased"))

Untold: TypeAlias = list[tuple[CallId, Exception]]
"""Calls whose events make no story, and why."""


def write(connection: Connection, items: Sequence[Item], stories: Stories) -> Untold:
    """Put the items into their tables, inside the connection's transaction."""
    recorded = _needed([item for item in items if isinstance(item, Recorded)])
    untold: Untold = []
    if recorded:
        rows = [event_row(each) for each in recorded]
        connection.execute(_ignoring(connection.dialect.name, tables.events), rows)
        untold = _write_calls(connection, recorded, stories)
        if rows_of := rows_after(connection, recorded):
            _put(connection, tables.recordings, "id", rows_of)
    others = (item for item in items if not isinstance(item, Recorded))
    for kind, alike in groupby(others, key=type):  # in order: a party may be erased and named again
        _WRITERS[kind](connection, list(alike))
    return untold


def _name(connection: Connection, named: list[PartyNamed]) -> None:
    _put(connection, tables.parties, "id", [party_row(each) for each in named])


def _erase(connection: Connection, erased: list[PartyErased]) -> None:
    connection.execute(_ERASE_PARTY, [{"erased": each.party} for each in erased])


def _keep(connection: Connection, taken: list[SnapshotTaken]) -> None:
    _put(connection, tables.snapshots, "name", [snapshot_row(each) for each in taken])


_WRITERS: Final[Mapping[type[Item], Callable[[Connection, list[Any]], None]]] = {
    PartyNamed: _name,
    PartyErased: _erase,
    SnapshotTaken: _keep,
}


def _needed(recorded: Sequence[Recorded]) -> list[Recorded]:
    """All but checkpoints that a newer one replaces already: a quick call makes some at once."""
    newest = {
        each.event.call: each for each in recorded if isinstance(each.event, CallCheckpointed)
    }
    return [
        each
        for each in recorded
        if not isinstance(each.event, CallCheckpointed) or newest[each.event.call] is each
    ]


def _write_calls(connection: Connection, recorded: Sequence[Recorded], stories: Stories) -> Untold:
    """A row when a call arrives, again when it ends, and whenever more is told after that.

    A call-back's place names a call that is yet to be, or never will: no row before it arrives.
    """
    by_call: dict[CallId, list[Recorded]] = {}
    for each in recorded:
        call = getattr(each.event, "call", None)
        if call is not None:
            by_call.setdefault(call, []).append(each)
    rows: list[Mapping[str, Any]] = []
    untold: Untold = []
    for call, news in by_call.items():
        log = stories.add(call, news, lambda call: log_of(connection, call))
        if has_ended(log) or any(isinstance(each.event, CallArrived) for each in news):
            try:
                rows.append(call_row(log))
            except Exception as error:
                untold.append((call, error))
    if rows:
        _put(connection, tables.calls, "id", rows)
    if ended := [{"ended": row["id"]} for row in rows if row["ended"]]:
        connection.execute(_DROP_CHECKPOINTS, ended)
    return untold


def log_of(connection: Connection, call: CallId) -> Log:
    """Every event of one call, in the order of the log."""
    found = connection.execute(
        select(tables.events).where(tables.events.c.call == call).order_by(tables.events.c.seq)
    )
    return tuple(recorded_from(row) for row in found.mappings())


@cache
def _ignoring(dialect: str, table: Table) -> Insert:
    """INSERT that leaves rows alone whose key is there already."""
    return _insert(dialect, table).on_conflict_do_nothing()


def _put(connection: Connection, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT, or replace the whole row that has the key."""
    connection.execute(_replacing(connection.dialect.name, table, key), rows)


@cache
def _replacing(dialect: str, table: Table, key: str) -> Insert:
    statement = _insert(dialect, table)
    new = {column.name: statement.excluded[column.name] for column in table.c if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=new)


def _insert(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Of the dialect that the connection speaks: the other one takes 2 MB for nothing."""
    made: sqlite.Insert | postgresql.Insert
    made = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    return made
