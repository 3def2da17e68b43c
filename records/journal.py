"""The journal: lines of JSON beside the database that keep what it cannot take just now.

Written at the end, read from the start, emptied when all of it is in the database. A line
that a crash cut short is left out; nothing that was whole is ever skipped in silence.
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


class JournalFull(Exception):
    """The journal has reached its limit."""


class Journal:
    """One file, used by one thread at a time. Made on the first write, mode 600."""

    def __init__(self, path: Path, *, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self.lines = sum(1 for _ in self.read()) if path.exists() else 0
        """Whole lines in it."""

    def append(self, entries: Sequence[dict[str, Any]]) -> None:
        """Write the entries and wait until the disk has them.

        Raises:
            JournalFull: they would not fit; none is written.
            OSError: the disk refuses; what was written of them is taken back.
        """
        text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            end = _end_of_last_line(descriptor)
            if end + len(text) > self._limit_bytes:
                raise JournalFull(f"{self._path} has reached {self._limit_bytes} bytes")
            _replace_tail(descriptor, end, text.encode("ascii"))
        finally:
            os.close(descriptor)
        self.lines += len(entries)

    def read(self) -> Iterator[dict[str, Any]]:
        """Every whole entry, oldest first; a line that is no JSON object as {"broken": text}."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            for line in file:
                if not line.endswith(b"\n"):
                    return
                yield _entry(line)

    def clear(self) -> None:
        """All of it is in the database."""
        self._path.unlink(missing_ok=True)
        self.lines = 0


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if isinstance(entry, dict):
        return entry
    return {"broken": line.decode("utf-8", "replace").rstrip("\n")}


def _replace_tail(descriptor: int, end: int, data: bytes) -> None:
    """Put `data` after the last whole line, over whatever a crash left there; all or nothing."""
    try:
        os.ftruncate(descriptor, end)
        written = 0
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], end + written)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, end)
        raise


def _end_of_last_line(descriptor: int) -> int:
    """Offset after the last newline, 0 if there is none."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - 65_536)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
