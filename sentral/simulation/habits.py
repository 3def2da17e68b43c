"""How long calls take and callers stay: means, or histories from files or from the log."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from acd.histories import History
from events.ids import QueueName
from sentral.failures import Misuse
from sentral.history import Past

ANY: Final = ""
"""Stands for every queue that has no history of its own."""

LONGEST_S: Final = 86_400.0

Histories = Mapping[str, History]
"""By queue, or `ANY`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Of callers and agents, unless a row of the pattern says otherwise.

    Attributes:
        aht_s, patience_s: means, seconds; of exponential times, where there is no history.
        handled, stayed: histories to draw from instead.
    """

    aht_s: float
    patience_s: float | None
    handled: Histories = field(default_factory=dict)
    stayed: Histories = field(default_factory=dict)

    def handling_of(self, queue: str) -> History | None:
        return self.handled.get(queue) or self.handled.get(ANY)

    def patience_of(self, queue: str) -> History | None:
        return self.stayed.get(queue) or self.stayed.get(ANY)


def handling_from(path: Path, queues: Iterable[str]) -> Histories:
    """Of a CSV of `seconds`, optionally by `queue`; or bare numbers, one a line.

    Raises:
        Misuse: with file and line.
    """
    found: dict[str, list[float]] = {}
    for row in _rows(path, queues):
        found.setdefault(row.queue, []).append(row.seconds)
    return {queue: History.of(seconds) for queue, seconds in found.items()}


def patience_from(path: Path, queues: Iterable[str]) -> Histories:
    """The same of waits; `gave_up` 0 is a caller who was answered and would have stayed longer.

    Raises:
        Misuse: with file and line.
    """
    found: dict[str, list[tuple[float, bool]]] = {}
    for row in _rows(path, queues):
        found.setdefault(row.queue, []).append((row.seconds, row.gave_up))
    return {queue: History.of_patience(waits) for queue, waits in found.items()}


def handling_in(past: Past) -> Histories:
    return {
        queue: History.of(seen.handled_s) for queue, seen in past.queues.items() if seen.handled_s
    }


def patience_in(past: Past) -> Histories:
    return {
        queue: History.of_patience(seen.waits) for queue, seen in past.queues.items() if seen.waits
    }


@dataclass(frozen=True, slots=True)
class _Row:
    seconds: float
    queue: str
    gave_up: bool


def _rows(path: Path, queues: Iterable[str]) -> list[_Row]:
    names = {ANY, *map(QueueName, queues)}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [_row(f"{path}:{line}", row, names) for line, row in _records(file)]
    if not rows:
        raise Misuse(f"{path}: has no rows")
    return rows


def _records(file: Iterable[str]) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """Line number and row; a first line that is a number is no heading."""
    lines = iter(file)
    first = next(lines, "")
    if _is_number(first.partition(",")[0]):
        reader = csv.DictReader(chain([first], lines), fieldnames=["seconds"])
        yield from enumerate(reader, 1)
    else:
        yield from enumerate(csv.DictReader(chain([first], lines)), 2)


def _row(where: str, row: Mapping[str, str | None], queues: set[str]) -> _Row:
    text = (row.get("seconds") or "").strip()
    queue = (row.get("queue") or ANY).strip()
    gave_up = (row.get("gave_up") or "1").strip()
    if not _is_number(text) or not 0 <= float(text) <= LONGEST_S:
        raise Misuse(f"{where}: needs `seconds`, 0 to {LONGEST_S:g}, not {text!r}")
    if queue not in queues:
        known = ", ".join(sorted(queues - {ANY}))
        raise Misuse(f"{where}: there is no queue {queue}; there are {known}")
    if gave_up not in ("0", "1"):
        raise Misuse(f"{where}: `gave_up` is 0 or 1, not {gave_up!r}")
    return _Row(float(text), queue, gave_up == "1")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
