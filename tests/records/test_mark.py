"""The mark: always ahead of what is used, exact after a clean stop."""

from pathlib import Path

from records.mark import AHEAD, Mark


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert Mark(tmp_path / "mark").read() is None


def test_it_runs_ahead_and_is_written_rarely(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "mark"
    mark = Mark(path)
    mark.cover(10)
    assert mark.read() == 10 + AHEAD
    path.unlink()
    mark.cover(10 + AHEAD // 2)
    assert not path.exists(), "still far enough ahead"
    mark.cover(11 + AHEAD // 2)
    assert mark.read() == 11 + AHEAD // 2 + AHEAD


def test_a_clean_stop_is_exact(tmp_path: Path) -> None:
    mark = Mark(tmp_path / "mark")
    mark.cover(10)
    mark.settle(12)
    assert mark.read() == 12


def test_a_mark_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "mark").write_text("soon")
    assert Mark(tmp_path / "mark").read() is None


def test_a_disk_that_refuses_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    mark = Mark(tmp_path / "file" / "mark")
    mark.cover(1)
    assert mark.read() is None
