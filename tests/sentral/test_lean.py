"""What serving loads: nothing large that only some centres, or only one moment, need."""

import json
import subprocess
import sys
from typing import Final

import pytest

SERVED: Final = """
import json, sys
from sentral.commands.serve import load_structlog
load_structlog()
import sentral.server
from ivr.hours import is_holiday
from datetime import date
assert is_holiday(date(2026, 8, 17), "ID") and not is_holiday(date(2026, 8, 18), "ID")
import records.writer
from sqlalchemy import create_engine
from records.schema import HEAD, revision, upgrade
with create_engine("sqlite://").begin() as connection:
    upgrade(connection)
    assert revision(connection) == HEAD
print(json.dumps(sorted(sys.modules)))
"""
"""A start with an empty store, and a calendar."""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    done = subprocess.run([sys.executable, "-c", SERVED], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("module", "until"),
    [
        ("alembic", "a store is of an older shape"),
        ("av", "a sound is no plain WAV"),
        ("dns", "a peer has a name"),
        ("holidays.countries.france", "it is France whose holidays are asked for"),
        ("rich", "somebody looks at a table"),
        ("psycopg", "the store is PostgreSQL"),
        ("sqlalchemy.dialects.postgresql", "the store is PostgreSQL"),
    ],
)
def test_it_is_not_loaded_before_it_is_needed(loaded: set[str], module: str, until: str) -> None:
    assert module not in loaded, f"only when {until}"


def test_what_is_needed_is_there(loaded: set[str]) -> None:
    assert {"holidays.countries.indonesia", "sqlalchemy.dialects.sqlite"} <= loaded
