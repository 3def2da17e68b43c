"""How long a caller will probably wait: METRICS.md, "expected wait". A value, or unknown."""

from collections import deque
from collections.abc import Callable, Mapping
from math import inf, sqrt
from typing import Any, Final, Generic, NamedTuple, TypeVar

from acd.competition import Ahead
from acd.series import reciprocals
from events.ids import QueueName

Thing = TypeVar("Thing")
Figure = TypeVar("Figure")

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


class Past(Generic[Thing, Figure]):
    """The latest things of one kind, oldest first, and the figure that follows from them.

    It is computed when asked for, and kept until something joins the past or is too old to count.
    """

    def __init__(self, figure_of: Callable[[list[Thing]], Figure]) -> None:
        self.things: deque[tuple[float, Thing]] = deque(maxlen=RECENT_ENTRIES)
        """(when, what)"""
        self._figure_of = figure_of
        self._kept: tuple[float, float, Figure] | None = None  # as of when, oldest, figure

    def add(self, at: float, thing: Thing) -> None:
        self.things.append((at, thing))
        self._kept = None

    def figure(self, now: float) -> Figure:
        if self._kept is not None:
            as_of, oldest_at, figure = self._kept
            if as_of <= now and now - oldest_at <= RECENT_S:
                return figure
        recent = [each for each in self.things if now - each[0] <= RECENT_S]
        figure = self._figure_of([thing for _, thing in recent])
        self._kept = (now, recent[0][0] if recent else inf, figure)
        return figure


class Handling(NamedTuple):
    """Seconds that calls took, and of how many that is the mean."""

    mean_s: float
    calls: int


class Ended(NamedTuple):
    """`answered`: rather than abandoned."""

    answered: bool
    wait_s: float


def handling(handled_s: list[float]) -> Handling | None:
    """None: too few to know."""
    calls = len(handled_s)
    return Handling(sum(handled_s) / calls, calls) if calls >= FEWEST_ANSWERS else None


def given_up_per_s(ended: list[Ended]) -> float | None:
    """Of waiting; None: too few were answered to know."""
    answers = sum([each.answered for each in ended])
    if answers < FEWEST_ANSWERS:
        return None
    waited_s = sum([each.wait_s for each in ended])
    return (len(ended) - answers) / waited_s if waited_s > 0 else 0.0


class Recent:
    """What lately became of one queue's callers."""

    def __init__(self) -> None:
        self.handled = Past(handling)
        self.ended = Past(given_up_per_s)


class Expectations:
    """The recent past of every queue."""

    def __init__(self) -> None:
        self.by_queue: dict[QueueName, Recent] = {}

    def dump(self) -> dict[str, Any]:
        return {
            queue: {
                "handled": [list(pair) for pair in recent.handled.things],
                "ended": [[at, *ended] for at, ended in recent.ended.things],
            }
            for queue, recent in self.by_queue.items()
        }

    def load(self, data: Mapping[str, Any], shift_s: float) -> None:
        for queue, recent in data.items():
            known = self.of(QueueName(queue))
            for at, handle_s in recent["handled"]:
                known.handled.add(at + shift_s, handle_s)
            for at, answered, *wait_s in recent["ended"]:  # old snapshots know no waits
                known.ended.add(at + shift_s, Ended(answered, wait_s[0] if wait_s else 0.0))

    def mean_handled_s(self, queue: QueueName, now: float) -> float | None:
        recent = self.by_queue.get(queue)
        known = None if recent is None else recent.handled.figure(now)
        return None if known is None else known.mean_s

    def forecast(self, queue: QueueName, ahead: Ahead, able: int, now: float) -> Forecast | None:
        """The wait of a call that has `ahead` in the way; None: nobody can know.

        Each of the `able` agents ends a call each mean handling time, and each caller ahead may
        hang up, as often per second of waiting as lately. It is the wait of those who stay for the
        answer: their own patience counts as well, since who waits longest stays least.

        Those who leave ahead do so one after the other, each after an exponential time; that, and
        that the mean handling time is one of few calls, is how far off it may be.
        """
        recent = self.of(queue)
        known, given_up = recent.handled.figure(now), recent.ended.figure(now)
        if known is None or given_up is None or able == 0:
            return None
        own_s, calls = known
        position = 1 + ahead.calls
        handled_s = (own_s * (position - ahead.known) + ahead.work_s) / position
        if handled_s == 0:
            return Forecast(0.0, 0.0)
        served, whole = able / handled_s, int(position)
        steps_s, squares = reciprocals(served, given_up, whole)
        last_s = (position - whole) / (served + (whole + 1) * given_up)
        mean_s = steps_s + last_s
        variance = squares + last_s**2 + mean_s**2 / calls
        return Forecast(mean_s, sqrt(variance))

    def of(self, queue: QueueName) -> Recent:
        known = self.by_queue.get(queue)
        if known is None:
            known = self.by_queue[queue] = Recent()
        return known

    def ended(self, queue: QueueName, now: float, *, answered: bool, wait_s: float) -> None:
        self.of(queue).ended.add(now, Ended(answered, wait_s))

    def handled(self, queue: QueueName, now: float, handle_s: float) -> None:
        self.of(queue).handled.add(now, handle_s)
