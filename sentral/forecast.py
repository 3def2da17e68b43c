"""How many calls each interval of a day will bring: from a CSV, or as the past was."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from acd.staffing import Load
from events.ids import QueueName
from sentral.failures import Misuse
from sentral.history import Past, clock_of


@dataclass(frozen=True, slots=True)
class Interval:
    """`calls` in it, and their load. `busiest_day`: calls on the worst day of the past."""

    start: str
    calls: float
    load: Load
    busiest_day: int | None = None


def forecast_from(path: Path, usual: Load, minutes: int) -> list[Interval]:
    """Of a CSV with a heading: `start`, `calls` in the interval, and optionally `aht`.

    Raises:
        Misuse: with file and line.
    """
    intervals = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                calls = float(row["calls"] or 0)
                aht_s = float(row.get("aht") or usual.aht_s)
                start = row["start"]
            except (KeyError, ValueError) as error:
                text = f"{path}:{number}: needs `start` and `calls` as a number: {error}"
                raise Misuse(text) from error
            if not (0 <= calls <= 1e6 and 0 < aht_s <= 86_400):
                raise Misuse(f"{path}:{number}: calls or aht out of range")
            load = replace(usual, calls_per_hour=calls * 60 / minutes, aht_s=aht_s)
            intervals.append(Interval(start, calls, load))
    return intervals


def forecast_in(
    past: Past, queues: Sequence[QueueName], usual: Load, *, busiest: bool
) -> list[Interval]:
    """From the first interval of the day with calls to the last.

    Args:
        busiest: staff for each interval's busiest day rather than for the mean of all.

    Raises:
        Misuse: nobody has called these queues.
    """
    total = past.entered_by_day(queues)
    if not total:
        raise Misuse("nobody has called in that period")
    intervals = []
    for number in range(min(total), max(total) + 1):
        by_day = total.get(number) or Counter()
        most = max(by_day.values(), default=0)
        calls = float(most) if busiest else sum(by_day.values()) / past.days(number)
        load = replace(usual, calls_per_hour=calls * 60 / past.minutes)
        intervals.append(Interval(clock_of(number * past.minutes), calls, load, most))
    return intervals


def peak_hour(intervals: Sequence[Interval], minutes: int) -> tuple[Interval, float]:
    """The first interval of the busiest hour (or the busiest interval if longer), and the calls."""
    width = max(1, 60 // minutes)
    sums = [
        sum(each.calls for each in intervals[first : first + width])
        for first in range(max(1, len(intervals) - width + 1))
    ]
    first = max(range(len(sums)), key=sums.__getitem__)
    return intervals[first], sums[first]
