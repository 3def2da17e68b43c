"""The journal: whole lines or none, in order, whatever a crash leaves behind."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.journal import Journal, JournalFull

LIMIT = 10_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal"


def test_entries_come_back_in_order(path: Path) -> None:
    journal = Journal(path, limit_bytes=LIMIT)
    journal.append([{"n": 1}, {"n": 2}])
    journal.append([{"text": "line\nbreak \ud800 \x00"}])
    assert list(journal.read()) == [{"n": 1}, {"n": 2}, {"text": "line\nbreak \ud800 \x00"}]
    assert journal.lines == 3
    assert Journal(path, limit_bytes=LIMIT).lines == 3


def test_only_its_owner_can_read_it(path: Path) -> None:
    Journal(path, limit_bytes=LIMIT).append([{}])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_clearing_removes_the_file(path: Path) -> None:
    journal = Journal(path, limit_bytes=LIMIT)
    journal.clear()
    journal.append([{"n": 1}])
    journal.clear()
    assert (journal.lines, list(journal.read()), path.exists()) == (0, [], False)


def test_a_full_journal_takes_all_or_nothing(path: Path) -> None:
    journal = Journal(path, limit_bytes=40)
    journal.append([{"n": 1}])
    with pytest.raises(JournalFull):
        journal.append([{"n": 2}, {"text": "x" * 40}])
    assert list(journal.read()) == [{"n": 1}]
    journal.append([{"n": 3}])
    assert list(journal.read()) == [{"n": 1}, {"n": 3}]


@given(st.integers(0, 60))
def test_whatever_a_crash_cut_off_whole_lines_stay(cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        Journal(path, limit_bytes=LIMIT).append([{"n": number} for number in range(8)])
        kept = path.read_bytes()[: -cut or None]
        path.write_bytes(kept)
        journal = Journal(path, limit_bytes=LIMIT)
        whole = kept.count(b"\n")
        assert journal.lines == whole
        journal.append([{"n": "new"}])
        assert [entry["n"] for entry in journal.read()] == [*range(whole), "new"]


def test_a_last_line_longer_than_a_block_is_found(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"n": 1}\n' + b"x" * 200_000)
    journal = Journal(path, limit_bytes=LIMIT)
    journal.append([{"n": 2}])
    assert list(journal.read()) == [{"n": 1}, {"n": 2}]


def test_lines_that_are_no_objects_are_shown_as_broken(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"[1]\n\xff\xfe\n{}\n")
    found = list(Journal(path, limit_bytes=LIMIT).read())
    assert found == [{"broken": "[1]"}, {"broken": "\ufffd\ufffd"}, {}]
