"""How long a caller will probably wait: METRICS.md, "expected wait". A value, or unknown."""

from collections import deque
from collections.abc import Mapping
from math import inf
from typing import Any, Final

from events.ids import QueueName

RECENT_S: Final = 3600.0
"""Older answers and hang-ups say nothing about now."""

RECENT_ENTRIES: Final = 50
"""The latest so many of a queue count."""

FEWEST_ANSWERS: Final = 3
"""Below this the expectation is unknown."""


class Recent:
    """What lately became of one queue's callers."""

    def __init__(self) -> None:
        self.handled: deque[tuple[float, float]] = deque(maxlen=RECENT_ENTRIES)
        """(when, seconds of handling)"""
        self.ended: deque[tuple[float, bool, float]] = deque(maxlen=RECENT_ENTRIES)
        """(when, whether answered rather than abandoned, seconds waited)"""

    def expected_wait_s(self, position: int, able: int, now: float) -> float | None:
        """From position (1 = next) and the agents able to take the call.

        Every able agent ends a call each mean handling time, and each caller ahead may hang up,
        as often per second of waiting as lately. It is the wait of those who stay for the answer:
        their own patience counts as well, since who waits longest stays least.
        """
        handled = [handle_s for at, handle_s in self.handled if now - at <= RECENT_S]
        ended = [each for each in self.ended if now - each[0] <= RECENT_S]
        answers = sum(answered for _, answered, _ in ended)
        if min(answers, len(handled)) < FEWEST_ANSWERS or able == 0:
            return None
        served = able * len(handled) / sum(handled) if any(handled) else inf
        waited_s = sum(wait_s for _, _, wait_s in ended)
        given_up = (len(ended) - answers) / waited_s if waited_s > 0 else 0.0
        return sum(1 / (served + place * given_up) for place in range(1, position + 1))


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

    def of(self, queue: QueueName) -> Recent:
        return self.by_queue.setdefault(queue, Recent())

    def ended(self, queue: QueueName, now: float, *, answered: bool, wait_s: float) -> None:
        self.of(queue).ended.append((now, answered, wait_s))

    def handled(self, queue: QueueName, now: float, handle_s: float) -> None:
        self.of(queue).handled.append((now, handle_s))
