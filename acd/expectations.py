"""How long a caller will probably wait: METRICS.md, "expected wait". A value, or unknown."""

from collections import deque
from collections.abc import Mapping
from math import sqrt
from typing import Any, Final, NamedTuple

from acd.competition import Ahead
from events.ids import QueueName

RECENT_S: Final = 4 * 3600.0
"""Older answers and hang-ups say nothing about now. A shorter memory would take what made the
queue long, some long calls in a row, for what is to come."""

RECENT_ENTRIES: Final = 200
"""The latest so many of a queue count."""

FEWEST_ANSWERS: Final = 3
"""Below this the expectation is unknown."""

NEAR_S: Final = 30.0
NEAR_SHARE: Final = 0.25
"""An announcement has come true if the wait is within so many seconds or this share of it."""

HALF: Final = 0.6745
"""Half of a normal distribution lies within so many standard deviations of its mean."""


class Forecast(NamedTuple):
    """A wait's mean and standard deviation, seconds."""

    mean_s: float
    spread_s: float

    @property
    def is_near(self) -> bool:
        """Whether it will rather come true than not. Otherwise nobody should be told."""
        return HALF * self.spread_s <= max(NEAR_S, NEAR_SHARE * self.mean_s)


class Recent:
    """What lately became of one queue's callers."""

    def __init__(self) -> None:
        self.handled: deque[tuple[float, float]] = deque(maxlen=RECENT_ENTRIES)
        """(when, seconds of handling)"""
        self.ended: deque[tuple[float, bool, float]] = deque(maxlen=RECENT_ENTRIES)
        """(when, whether answered rather than abandoned, seconds waited)"""

    def mean_handled_s(self, now: float) -> tuple[float, int] | None:
        """And of how many calls; None: too few to know."""
        handled = [handle_s for at, handle_s in self.handled if now - at <= RECENT_S]
        if len(handled) < FEWEST_ANSWERS:
            return None
        return sum(handled) / len(handled), len(handled)

    def given_up_per_s(self, now: float) -> float | None:
        """Of waiting; None: too few were answered to know."""
        ended = [each for each in self.ended if now - each[0] <= RECENT_S]
        answers = sum(answered for _, answered, _ in ended)
        if answers < FEWEST_ANSWERS:
            return None
        waited_s = sum(wait_s for _, _, wait_s in ended)
        return (len(ended) - answers) / waited_s if waited_s > 0 else 0.0


class Expectations:
    """The recent past of every queue."""

    def __init__(self) -> None:
        self.by_queue: dict[QueueName, Recent] = {}

    def dump(self) -> dict[str, Any]:
        return {
            queue: {
                "handled": [list(pair) for pair in recent.handled],
                "ended": [list(pair) for pair in recent.ended],
            }
            for queue, recent in self.by_queue.items()
        }

    def load(self, data: Mapping[str, Any], shift_s: float) -> None:
        for queue, recent in data.items():
            known = self.of(QueueName(queue))
            known.handled.extend((at + shift_s, handle_s) for at, handle_s in recent["handled"])
            for at, answered, *wait_s in recent["ended"]:  # old snapshots know no waits
                known.ended.append((at + shift_s, answered, wait_s[0] if wait_s else 0.0))

    def mean_handled_s(self, queue: QueueName, now: float) -> float | None:
        known = self.by_queue[queue].mean_handled_s(now) if queue in self.by_queue else None
        return None if known is None else known[0]

    def forecast(self, queue: QueueName, ahead: Ahead, able: int, now: float) -> Forecast | None:
        """The wait of a call that has `ahead` in the way; None: nobody can know.

        Each of the `able` agents ends a call each mean handling time, and each caller ahead may
        hang up, as often per second of waiting as lately. It is the wait of those who stay for the
        answer: their own patience counts as well, since who waits longest stays least.

        Those who leave ahead do so one after the other, each after an exponential time; that, and
        that the mean handling time is one of few calls, is how far off it may be.
        """
        known, given_up = self.of(queue).mean_handled_s(now), self.of(queue).given_up_per_s(now)
        if known is None or given_up is None or able == 0:
            return None
        own_s, calls = known
        position = 1 + ahead.calls
        handled_s = (own_s * (position - ahead.known) + ahead.work_s) / position
        if handled_s == 0:
            return Forecast(0.0, 0.0)
        served, whole = able / handled_s, int(position)
        steps = [1 / (served + place * given_up) for place in range(1, whole + 1)]
        steps.append((position - whole) / (served + (whole + 1) * given_up))
        mean_s = sum(steps)
        variance = sum(step**2 for step in steps) + mean_s**2 / calls
        return Forecast(mean_s, sqrt(variance))

    def of(self, queue: QueueName) -> Recent:
        known = self.by_queue.get(queue)
        if known is None:
            known = self.by_queue[queue] = Recent()
        return known

    def ended(self, queue: QueueName, now: float, *, answered: bool, wait_s: float) -> None:
        self.of(queue).ended.append((now, answered, wait_s))

    def handled(self, queue: QueueName, now: float, handle_s: float) -> None:
        self.of(queue).handled.append((now, handle_s))
