"""Who will call: a steady load, or the pattern of a day from a CSV or from the past."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from acd.simulated_figures import Period
from acd.simulation import Stretch
from events.ids import QueueName
from sentral.failures import Misuse
from sentral.history import Past
from sentral.simulation.habits import Habits

DEFAULT_INTERVAL_S: Final = 1800.0
MOST_CALLS: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Load:
    stretches: tuple[Stretch, ...]
    period: Period


def steady(
    calls: int, hours: float, queues: Sequence[str], habits: Habits, *, warm_up_s: float
) -> Load:
    """Exactly `calls`, shared evenly among the queues, met by a centre at work.

    Before and after them come others, not counted, at the same rate: the first find no empty
    centre, and the last have not the agents for themselves.
    """
    end_s = hours * 3600
    stretches = []
    for number, queue in enumerate(queues):
        share = calls // len(queues) + (number < calls % len(queues))
        around = share * warm_up_s / end_s
        for first, last, many, counted in (
            (-warm_up_s, 0.0, around, False),
            (0.0, end_s, share, True),
            (end_s, end_s + warm_up_s, around, False),
        ):
            if last > first:
                stretches.append(
                    Stretch(
                        queue=QueueName(queue),
                        begin_s=first,
                        end_s=last,
                        calls=many,
                        aht_s=habits.aht_s,
                        patience_s=habits.patience_s,
                        is_exact=counted,
                        is_counted=counted,
                        handled=habits.handling_of(queue),
                        stayed=habits.patience_of(queue),
                    )
                )
    period = Period(begin_s=0.0, end_s=end_s, interval_s=DEFAULT_INTERVAL_S)
    return Load(tuple(stretches), period)


def pattern(path: Path, queues: Sequence[str], habits: Habits) -> Load:
    """Rows of `start` (HH:MM) and `calls`, optionally `queue`, `aht` and `patience`.

    A row lasts until the next start. The file's calls are means: each run draws its own number.

    Raises:
        Misuse: with file and line.
    """
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                rows.append(_row(row, queues, habits))
            except (KeyError, ValueError) as error:
                text = f"{path}:{number}: needs `start` as HH:MM and `calls` as a number: {error}"
                raise Misuse(text) from error
    if not rows:
        raise Misuse(f"{path}: has no rows")
    if sum(each.calls for each in rows) > MOST_CALLS:
        raise Misuse(f"{path}: more than {MOST_CALLS} calls")
    starts = sorted({each.begin_s for each in rows})
    lengths = [later - sooner for sooner, later in pairwise(starts)] or [DEFAULT_INTERVAL_S]
    ends = dict(zip(starts, [*starts[1:], starts[-1] + lengths[-1]], strict=True))
    stretches = tuple(
        Stretch(
            queue=each.queue,
            begin_s=each.begin_s,
            end_s=ends[each.begin_s],
            calls=each.calls,
            aht_s=each.aht_s,
            patience_s=each.patience_s,
            handled=None if each.has_own_aht else habits.handling_of(each.queue),
            stayed=None if each.has_own_patience else habits.patience_of(each.queue),
        )
        for each in rows
    )
    period = Period(begin_s=starts[0], end_s=max(ends.values()), interval_s=min(lengths))
    return Load(stretches, period)


def mean_day(past: Past, queues: Sequence[str], habits: Habits) -> Load:
    """Of each interval of a day, as many calls as in the mean of the past days.

    Raises:
        Misuse: nobody has called these queues.
    """
    length_s = past.minutes * 60.0
    stretches = tuple(
        Stretch(
            queue=QueueName(name),
            begin_s=number * length_s,
            end_s=(number + 1) * length_s,
            calls=calls / past.days(number),
            aht_s=habits.aht_s,
            patience_s=habits.patience_s,
            handled=habits.handling_of(name),
            stayed=habits.patience_of(name),
        )
        for name in queues
        if name in past.queues
        for number, calls in sorted(past.queues[QueueName(name)].arrived.items())
        if calls
    )
    if not stretches:
        raise Misuse("nobody has called these queues in that period")
    begin_s = min(each.begin_s for each in stretches)
    end_s = max(each.end_s for each in stretches)
    return Load(stretches, Period(begin_s=begin_s, end_s=end_s, interval_s=length_s))


@dataclass(frozen=True, slots=True)
class _Row:
    begin_s: float
    queue: QueueName
    calls: float
    aht_s: float
    patience_s: float | None
    has_own_aht: bool
    has_own_patience: bool


def _row(row: dict[str, str], queues: Sequence[str], habits: Habits) -> _Row:
    hour, _, minute = row["start"].strip().partition(":")
    begin_s = int(hour) * 3600 + int(minute or 0) * 60
    calls = float(row["calls"] or 0)
    queue = (row.get("queue") or queues[0]).strip()
    if queue not in queues:
        raise ValueError(f"there is no queue {queue}; there are {', '.join(queues)}")
    aht_s = float(row.get("aht") or habits.aht_s)
    patience_s = float(row["patience"]) if row.get("patience") else habits.patience_s
    if not (0 <= begin_s < 48 * 3600 and 0 <= calls <= MOST_CALLS and 0 < aht_s <= 86_400):
        raise ValueError("start, calls or aht out of range")
    if patience_s is not None and not 0 < patience_s <= 86_400:
        raise ValueError("patience out of range")
    own = bool(row.get("aht")), bool(row.get("patience"))
    return _Row(begin_s, QueueName(queue), calls, aht_s, patience_s, *own)
