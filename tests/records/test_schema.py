"""Migrations: one line of them, ending where the tables are."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade
from alembic.command import upgrade as migrate
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from records.database import open_engine
from records.schema import HEAD, NewerDatabase, alembic_config, revision, upgrade
from records.tables import metadata


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Engine:
    return open_engine(url, busy_s=5, connections=1, writes=True)


def test_there_is_one_head_and_it_is_the_one_that_is_named() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


def shape(connection: Connection) -> dict[str, object]:
    """All that the database tells of its tables."""
    found = inspect(connection)
    return {
        table: (
            [{**column, "type": str(column["type"])} for column in found.get_columns(table)],
            found.get_pk_constraint(table),
            sorted(found.get_indexes(table), key=lambda index: str(index["name"])),
            found.get_foreign_keys(table),
            found.get_unique_constraints(table),
            found.get_check_constraints(table),
        )
        for table in sorted(found.get_table_names())
    }


def test_an_empty_database_gets_at_once_what_the_migrations_make(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection)
        at_once = shape(connection)
        assert revision(connection) == HEAD
    with engine.begin() as connection:
        downgrade(alembic_config(connection), "base")
        connection.exec_driver_sql("DROP TABLE alembic_version")
        migrate(alembic_config(connection), HEAD)
        assert shape(connection) == at_once
    engine.dispose()


def test_an_older_database_is_migrated(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(alembic_config(connection), "0001")
        assert "recordings" not in inspect(connection).get_table_names()
    with engine.begin() as connection:
        upgrade(connection)
        assert revision(connection) == HEAD
        assert "recordings" in inspect(connection).get_table_names()
    engine.dispose()


def test_migrations_end_at_the_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(alembic_config(connection), HEAD)
        assert revision(connection) == HEAD
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_an_upgraded_database_is_left_alone(engine: Engine) -> None:
    for _ in range(2):
        with engine.begin() as connection:
            upgrade(connection)
            assert revision(connection) == HEAD
    engine.dispose()


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection)
    with engine.begin() as connection:
        downgrade(alembic_config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.create_index", fail)
        with pytest.raises(InterruptedError), engine.begin() as connection:
            migrate(alembic_config(connection), HEAD)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
        upgrade(connection)
        assert revision(connection) == HEAD
    engine.dispose()


def test_an_unknown_revision_is_a_newer_programs(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")
        with pytest.raises(NewerDatabase, match="revision later"):
            upgrade(connection)
    engine.dispose()
