"""Questions of flows to other people's databases: read-only, bounded in time and in rows."""

import datetime
import decimal
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from records.database import open_engine
from records.past import LookupFailed
from records.settings import LookupSettings

MOST_ROWS: Final = 2
"""One is the answer; a second one tells that the question was too wide."""


class Lookups:
    """One per process; every call blocks: use a thread."""

    def __init__(self, databases: Mapping[str, LookupSettings]) -> None:
        self._settings = databases
        self._engines: dict[str, Engine] = {}

    def rows(self, database: str, sql: str, values: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
        """The first `MOST_ROWS`, as JSON values.

        Raises:
            LookupFailed: no such database, it is away or too slow, or the question is refused.
        """
        try:
            with self._engine(database).connect() as connection:
                found = connection.execute(text(sql), dict(values)).mappings().fetchmany(MOST_ROWS)
                return [{name: _plain(value) for name, value in row.items()} for row in found]
        except (SQLAlchemyError, OSError, ValueError) as error:
            raise LookupFailed(str(error).splitlines()[0][:200]) from error

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def _engine(self, database: str) -> Engine:
        engine = self._engines.get(database)
        if engine is None:
            settings = self._settings.get(database)
            if settings is None:
                raise LookupFailed(f"there is no database {database}")
            engine = self._engines[database] = open_engine(
                settings.address(),
                busy_s=settings.busy_s,
                connections=settings.connections,
                read_only=True,
            )
        return engine


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case decimal.Decimal():
            return float(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)
