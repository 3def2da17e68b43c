"""Brings a database to the newest shape of the tables."""

from typing import Final

from sqlalchemy import Connection, inspect, text

HEAD: Final = "0002"
"""The newest migration. Known here so that a database that has it needs no Alembic at start."""


def upgrade(connection: Connection) -> None:
    """Run the missing migrations inside the connection's transaction.

    Raises:
        NewerDatabase: a newer Sentral has written here.
    """
    found = revision(connection)
    if found == HEAD:
        return
    from alembic import command
    from alembic.util.exc import CommandError

    try:
        command.upgrade(alembic_config(connection), HEAD)
    except CommandError as error:
        raise NewerDatabase(
            f"the database is at revision {found}, which this Sentral does not know"
        ) from error


def revision(connection: Connection) -> str | None:
    """The database's migration, None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def alembic_config(connection: Connection | None = None):  # type: ignore[no-untyped-def]
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "records:migrations")
    config.attributes["connection"] = connection
    return config


class NewerDatabase(Exception):
    """The database was migrated by a newer program; writing to it could harm it."""
