"""Where numbering goes on: never a number twice, without a gap where one can know."""

from pathlib import Path

from records.journal import Journal
from records.mark import AHEAD, Mark
from records.sequence import last_seq
from records.settings import StoreSettings
from tests.records.databases import settings, sqlite_url

NOW = 1_800_000_000.0


def asked(wanted: StoreSettings, folder: Path) -> int:
    journal = Journal(folder / "journal", limit_bytes=10_000)
    return last_seq(wanted, journal, Mark(folder / "mark"), utc=lambda: NOW)


def away(folder: Path) -> StoreSettings:
    """A database that cannot be opened: its file is a folder."""
    (folder / "sentral.db").mkdir()
    return settings(sqlite_url(folder), folder)


def test_a_new_database_begins_at_nothing(tmp_path: Path) -> None:
    assert asked(settings(sqlite_url(tmp_path), tmp_path), tmp_path) == 0


def test_the_journal_is_ahead_of_the_database(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", limit_bytes=10_000)
    journal.append([{"event": {"seq": 41}}, {"event": {"seq": 42}}, {"item": "PartyErased"}])
    assert asked(settings(sqlite_url(tmp_path), tmp_path), tmp_path) == 42


def test_without_a_database_the_mark_is_trusted(tmp_path: Path) -> None:
    Mark(tmp_path / "mark").cover(7)
    assert asked(away(tmp_path), tmp_path) == 7 + AHEAD


def test_without_a_mark_it_starts_where_nothing_can_have_been(tmp_path: Path) -> None:
    assert asked(away(tmp_path), tmp_path) == int(NOW * 1000)
