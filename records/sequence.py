"""Where numbering goes on after a restart, asked once and within a bounded time."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from records.journal import Journal
from records.mark import Mark
from records.settings import SQLITE, StoreSettings


def last_seq(
    settings: StoreSettings, journal: Journal, mark: Mark, *, utc: Callable[[], float] = time.time
) -> int:
    """The highest number that may have been used.

    Exact when the database can be read within `busy_s`. Otherwise from the mark, which runs
    ahead after a crash; and without a mark so far ahead that nothing can have reached it.
    """
    in_journal = max((_seq_of(entry) for entry in journal.read()), default=0)
    try:
        in_database = _from_database(settings)
    except Exception:  # whatever it is, the writer meets it too and reports it
        marked = mark.read()
        return max(in_journal, int(utc() * 1000) if marked is None else marked)
    return max(in_journal, in_database)


def _seq_of(entry: dict[str, object]) -> int:
    event = entry.get("event")
    seq = event.get("seq") if isinstance(event, dict) else None
    return seq if isinstance(seq, int) else 0


def _from_database(settings: StoreSettings) -> int:
    if settings.url.startswith(SQLITE):
        return _from_sqlite(Path(settings.url.removeprefix(SQLITE)), settings.busy_s)
    from sqlalchemy import func, inspect, select

    from records import tables
    from records.database import open_engine

    engine = open_engine(settings.url, busy_s=settings.busy_s, connections=1)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("events"):
                return 0
            return connection.execute(select(func.max(tables.events.c.seq))).scalar() or 0
    finally:
        engine.dispose()


def _from_sqlite(path: Path, busy_s: float) -> int:
    """Without SQLAlchemy, whose import would hold up the start."""
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy_s)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'events'")
        if tables.fetchone() is None:
            return 0
        found = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
        return int(found or 0)
    finally:
        connection.close()
