"""The sequence number that a restart goes on from, known even while the database is away.

A small file says how far numbers may already have been given out. It runs ahead of the log,
so that after a crash without a readable database no number is ever used twice; the price is a
gap. With the database readable, or after a clean stop, numbering goes on without one.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

AHEAD: Final = 100_000
"""Numbers reserved at a time. The file is written again when half of them are used."""


class Mark:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserved = 0

    def read(self) -> int | None:
        """The last number that may have been used, None if there is no readable mark."""
        try:
            return int(self._path.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def cover(self, seq: int) -> None:
        """See to it that the file is ahead of `seq`. A disk that refuses is tried again."""
        if seq + AHEAD // 2 > self._reserved:
            self._write(seq + AHEAD)

    def settle(self, seq: int) -> None:
        """A clean stop: `seq` is the last one used."""
        self._write(seq)

    def _write(self, seq: int) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="ascii") as file:
                file.write(f"{seq}\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            self._reserved = seq
