import os
from pathlib import Path

from media.retention import DAY_S, remove_older

NOW_S = 1_800_000_000.0


def aged(path: Path, days: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    os.utime(path, (NOW_S - days * DAY_S,) * 2)
    return path


def test_only_what_is_too_old_goes(tmp_path: Path) -> None:
    old = aged(tmp_path / "2026" / "old.wav", 31)
    young = aged(tmp_path / "2026" / "young.wav", 29)
    other = aged(tmp_path / "notes.txt", 400)
    elsewhere = aged(tmp_path.parent / "elsewhere" / "kept.wav", 400)
    (tmp_path / "link.wav").symlink_to(elsewhere)
    assert remove_older(tmp_path, kept_days=30, now_s=NOW_S) == [old]
    assert [path.exists() for path in (old, young, other, elsewhere)] == [False, True, True, True]
    assert remove_older(tmp_path, kept_days=30, now_s=NOW_S) == []


def test_no_folder_yet_is_no_trouble(tmp_path: Path) -> None:
    assert remove_older(tmp_path / "none", kept_days=1, now_s=NOW_S) == []
