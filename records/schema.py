"""Brings a database to the newest shape of the tables."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from records.tables import metadata

HEAD: Final = "0002"
"""The newest migration. Known here so that a database that has it needs no Alembic at start."""

_VERSION_TABLE: Final = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As Alembic makes it."""


def upgrade(connection: Connection) -> None:
    """Make the tables, or run the missing migrations, inside the connection's transaction.

    An empty database gets its newest shape at once: Alembic takes 9 MB that stay with the process.

    Raises:
        NewerDatabase: a newer Sentral has written here.
    """
    found = revision(connection)
    if found == HEAD:
        return
    if found is None and not inspect(connection).get_table_names():
        _create(connection)
        return
    from alembic import command
    from alembic.util.exc import CommandError

    try:
        command.upgrade(alembic_config(connection), HEAD)
    except CommandError as error:
        raise NewerDatabase(
            f"the database is at revision {found}, which this Sentral does not know"
        ) from error


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


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
