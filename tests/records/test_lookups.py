"""Questions to other people's databases: SQLite and PostgreSQL, read-only and bounded."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from records.lookups import Lookups
from records.past import LookupFailed
from records.settings import LookupSettings

TABLE = (
    "create table clients (id integer, name text, balance numeric(10, 2), since date)",
    "insert into clients values (1, 'Ayu', 12.50, '2020-01-31')",
    "insert into clients values (2, 'Budi', 0, null)",
)


@pytest.fixture
def address(url: str) -> str:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in TABLE:
            connection.execute(text(statement))
    engine.dispose()
    return url


@pytest.fixture
def lookups(address: str) -> Iterator[Lookups]:
    found = Lookups({"crm": LookupSettings(url=address)})
    yield found
    found.close()


def test_values_are_bound_and_rows_are_json(lookups: Lookups) -> None:
    sql = "select name, balance, since from clients where id = :id"
    (row,) = lookups.rows("crm", sql, {"id": 1})
    assert row == {"name": "Ayu", "balance": 12.5, "since": "2020-01-31"}
    assert lookups.rows("crm", "select * from clients where name = :n", {"n": "x' or 1=1"}) == []


@pytest.mark.parametrize(
    "sql",
    [
        "delete from clients",
        "with gone as (select 1) insert into clients select 3, 'C', 0, null",
        "select nothing from nowhere",
        "selec",
    ],
)
def test_what_is_refused_changes_nothing(lookups: Lookups, sql: str) -> None:
    with pytest.raises(LookupFailed):
        lookups.rows("crm", sql, {})
    (count,) = lookups.rows("crm", "select count(*) as n from clients", {})
    assert count == {"n": 2}


def test_no_more_than_two_rows_are_read(lookups: Lookups) -> None:
    sql = "select a.id from clients a, clients b"
    assert len(lookups.rows("crm", sql, {})) == 2


@pytest.mark.parametrize(
    "settings",
    [
        LookupSettings(url="mysql://nowhere/x"),
        LookupSettings(url_env="SENTRAL_TEST_NOT_SET"),
        LookupSettings(),
        LookupSettings(url="postgresql+psycopg://127.0.0.1:1/x", busy_s=0.2),
    ],
    ids=["kind", "not set", "nothing", "away"],
)
def test_a_database_that_is_not_there(settings: LookupSettings) -> None:
    lookups = Lookups({"crm": settings})
    with pytest.raises(LookupFailed):
        lookups.rows("crm", "select 1", {})
    with pytest.raises(LookupFailed, match="no database other"):
        lookups.rows("other", "select 1", {})
    lookups.close()


def test_the_address_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "crm.db"
    sqlite3.connect(file).close()
    monkeypatch.setenv("CRM_DATABASE", f"sqlite:///{file}")
    lookups = Lookups({"crm": LookupSettings(url_env="CRM_DATABASE")})
    assert lookups.rows("crm", "select 1 as one", {}) == [{"one": 1}]
    lookups.close()
