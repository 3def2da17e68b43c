"""Both databases, for tests that must hold on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.records.databases import Cluster, postgresql, sqlite_url


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with postgresql() as running:
        if running is None:
            pytest.skip("PostgreSQL is not installed here, or may not be started")
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    running: Cluster = request.getfixturevalue("cluster")
    _empty(running.url)
    return running.url


def _empty(url: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
