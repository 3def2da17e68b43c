"""SIP messages on disk: what was written is read again, whatever happened to the file."""

from pathlib import Path
from typing import Literal

import pytest

from telemetry.capture_files import CaptureWriter, read_capture

NOW = 1_800_000_000.0
DAY_S = 86_400.0


def message(dialog: str, method: str = "INVITE", body: str = "") -> bytes:
    return f"{method} sip:x SIP/2.0\r\nCall-ID: {dialog}\r\nCSeq: 1 {method}\r\n\r\n{body}".encode()


def written(
    folder: Path, *said: tuple[float, bytes], kept_days: float = 2.0, utc: float = NOW
) -> CaptureWriter:
    writer = CaptureWriter(folder, kept_days=kept_days, steady_to_utc=lambda at: utc + at)
    direction: Literal["in", "out"] = "in"
    for at, data in said:
        writer.add(direction, "UDP", "192.0.2.1", 5060, data, at)
        direction = "out" if direction == "in" else "in"
    writer.close()
    return writer


def read(folder: Path, *dialogs: str, utc: float = NOW) -> list[tuple[float, str, bytes]]:
    found = read_capture(folder, dialogs, utc_from=utc - 60, utc_to=utc + 60)
    return [(each.at - utc, each.direction, each.data) for each in found]


def test_messages_of_the_dialogs_come_back_in_order(tmp_path: Path) -> None:
    first, other, last = message("a"), message("b"), message("a", "BYE", "\n{not json\r\n")
    written(tmp_path, (0.0, first), (1.0, other), (2.0, last))
    assert read(tmp_path, "a") == [(0.0, "in", first), (2.0, "in", last)]
    assert read(tmp_path, "a", "b")[1] == (1.0, "out", other)
    assert read(tmp_path, "c") == []


def test_another_process_and_another_day_begin_other_files(tmp_path: Path) -> None:
    written(tmp_path, (0.0, message("a")))
    written(tmp_path, (1.0, message("a", "BYE")))
    written(tmp_path, (DAY_S, message("a", "INFO")), (DAY_S + 1, message("a", "ACK")))
    assert len(list(tmp_path.iterdir())) == 3
    found = read_capture(tmp_path, {"a"}, utc_from=NOW, utc_to=NOW + 2 * DAY_S)
    assert [each.summary for each in found] == ["INVITE", "BYE", "INFO", "ACK"]


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS"])
def test_what_belongs_to_no_call_is_not_kept(tmp_path: Path, method: str) -> None:
    written(tmp_path, (0.0, message("a", method)), (1.0, b"no SIP at all"))
    assert read(tmp_path, "a") == []


def test_a_torn_file_is_read_up_to_the_tear(tmp_path: Path) -> None:
    written(tmp_path, (0.0, message("a")), (1.0, message("a", "BYE")))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert len(read(tmp_path, "a")) <= 1
    path.write_bytes(whole + b"\x00\xff garbage\n")
    assert len(read(tmp_path, "a")) == 2


def test_old_files_are_removed_and_strange_ones_left(tmp_path: Path) -> None:
    written(tmp_path, (0.0, message("a")))
    (old,) = tmp_path.iterdir()
    (tmp_path / "notes.sip").write_text("mine")
    written(tmp_path, (0.0, message("b")), utc=NOW + 2 * DAY_S)
    assert old.exists()
    written(tmp_path, (0.0, message("b")), utc=NOW + 4 * DAY_S)
    assert not old.exists()
    assert (tmp_path / "notes.sip").exists()
    assert {each.stat().st_mode & 0o077 for each in tmp_path.glob("20*.sip")} == {0}


def test_a_disk_that_takes_nothing_loses_messages_and_nothing_else(tmp_path: Path) -> None:
    in_the_way = tmp_path / "captures"
    in_the_way.write_text("a file")
    assert written(in_the_way, (0.0, message("a")), (1.0, message("a"))).dropped == 2
