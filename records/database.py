"""Opening a database so that no use of it can hang, and telling "away" from "wrong"."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

AWAY: Final = (OperationalError, InterfaceError, OSError)
"""Trouble that passes by itself: locked, unreachable, full, restarting."""


def open_engine(
    url: str, *, busy_s: float, connections: int, writes: bool = False, read_only: bool = False
) -> Engine:
    """An engine whose every wait is bounded by a small multiple of `busy_s`.

    `read_only`: the database itself refuses to change anything.

    Raises:
        ValueError: the address is not one of a database that Sentral writes to.
    """
    address = checked_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address, busy_s, writes)
    return create_engine(
        address,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=busy_s,
        pool_pre_ping=True,
        connect_args=_postgresql_limits(busy_s, read_only=read_only),
    )


def checked_url(url: str) -> URL:
    """The address, if it is one that Sentral can use.

    Raises:
        ValueError: it is not; the text never shows the password.
    """
    try:
        address = make_url(url)
    except Exception as error:
        raise ValueError("not a database address such as sqlite:///var/sentral.db") from error
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError(
            f"{address.render_as_string()}: use sqlite:///FILE or postgresql+psycopg://…"
        )
    return address


def is_away(error: Exception) -> bool:
    """Whether trying again later can help."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, AWAY)


def _sqlite(address: URL, busy_s: float, writes: bool) -> Engine:
    if writes and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": busy_s, "check_same_thread": False})

    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def really_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # sqlite3 would begin late, and never before DDL
        cursor = connection.cursor()
        if writes:
            cursor.execute("PRAGMA journal_mode=WAL")  # readers never wait for the writer
            cursor.execute("PRAGMA synchronous=NORMAL")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return engine


def _postgresql_limits(busy_s: float, *, read_only: bool) -> dict[str, object]:
    busy_ms = max(1, int(busy_s * 1000))
    return {
        "connect_timeout": max(1, round(busy_s)),
        "tcp_user_timeout": busy_ms,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "options": f"-c statement_timeout={busy_ms * 5} -c lock_timeout={busy_ms}"
        + (" -c default_transaction_read_only=on" if read_only else ""),
    }
