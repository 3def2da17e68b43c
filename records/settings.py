"""What can be set about the store, and about databases that flows may ask."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from annotated_types import Ge, Gt

SQLITE: Final = "sqlite:///"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    url: str = "sqlite:///var/sentral.db"
    """SQLAlchemy address of the database: `sqlite:///FILE` or `postgresql+psycopg://…`."""

    journal: str = ""
    """File that keeps events while the database is away; empty: beside the SQLite file,
    or `var/sentral.journal` for another database."""

    queue_limit: Annotated[int, Ge(1)] = 20_000
    """Events kept in memory while the database is away; more go to the journal."""

    spill_after_s: Annotated[float, Ge(0)] = 1.0
    """How long the database may be away before events in memory go to the journal too."""

    memory_limit: Annotated[int, Ge(1)] = 200_000
    """Events in memory when not even the journal can be written; more are lost, and counted."""

    journal_limit_bytes: Annotated[int, Ge(4096)] = 2_000_000_000
    """Largest journal; what it cannot take stays in memory."""

    batch: Annotated[int, Ge(1)] = 500
    """Most events in one transaction."""

    linger_s: Annotated[float, Ge(0)] = 0.05
    """How long the writer gathers events before it begins a transaction."""

    busy_s: Annotated[float, Gt(0)] = 2.0
    """Longest wait for a database that is locked, or for one statement or connection."""

    retry_first_s: Annotated[float, Gt(0)] = 0.25
    """First pause before a database that is away is tried again; it doubles each time."""

    retry_longest_s: Annotated[float, Gt(0)] = 10.0

    readers: Annotated[int, Ge(1)] = 4
    """Connections that reports and the API may use at once."""

    def journal_path(self) -> Path:
        """Where the journal is."""
        if self.journal:
            return Path(self.journal)
        if self.url.startswith(SQLITE) and (file := self.url.removeprefix(SQLITE)):
            return Path(f"{file}.journal")
        return Path("var/sentral.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupSettings:
    """A database that flows may ask (`kind: data` with `sql:`); Sentral only reads it."""

    url: str = ""
    """SQLAlchemy address: `sqlite:///FILE` or `postgresql+psycopg://…`."""

    url_env: str = ""
    """The environment variable that holds the address, where it has a password in it."""

    busy_s: Annotated[float, Gt(0)] = 1.0
    """Longest wait for a connection or a lock; a question may take five times as long."""

    connections: Annotated[int, Ge(1)] = 4

    def address(self) -> str:
        """Raises ValueError: neither is given, or the variable is not set."""
        address = self.url or os.environ.get(self.url_env, "")
        if not address:
            missing = f"the environment variable {self.url_env} is not set"
            raise ValueError(missing if self.url_env else "neither `url` nor `url_env` is given")
        return address
