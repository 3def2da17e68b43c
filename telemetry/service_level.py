"""The service level of the last while, METRICS.md's `answered_in_target`, per queue."""

import math
from collections import deque
from collections.abc import Callable

from events.kpi import QueueCounts, service_level
from events.queues import CallAbandoned, QueueAnswered
from telemetry.face import QueueTargets


class ServiceLevelWindow:
    """Answers and abandons of one queue within the last `window_s`."""

    def __init__(self, targets: Callable[[], QueueTargets], window_s: float) -> None:
        """`targets`: those that hold when an answer or abandon comes."""
        self._targets = targets
        self._window_s = window_s
        self._past: deque[tuple[float, QueueCounts]] = deque()
        self._counts = QueueCounts()

    def answered(self, event: QueueAnswered, at: float) -> None:
        in_target = event.wait_s <= self._targets().service_level_s
        self._add(at, QueueCounts(answered=1, answered_in_target=int(in_target)))

    def abandoned(self, event: CallAbandoned, at: float) -> None:
        short = event.wait_s <= self._targets().short_abandon_s
        self._add(at, QueueCounts(abandoned=1, abandoned_short=int(short)))

    def ratio(self, now: float) -> float:
        """0 to 1; NaN when nothing in the window counts, because then there is no service level."""
        while self._past and self._past[0][0] <= now - self._window_s:
            _, gone = self._past.popleft()
            self._change(gone, -1)
        level = service_level(self._counts)
        return math.nan if level is None else level

    def _add(self, at: float, counted: QueueCounts) -> None:
        self._past.append((at, counted))
        self._change(counted, 1)

    def _change(self, by: QueueCounts, sign: int) -> None:
        counts = self._counts
        counts.answered += sign * by.answered
        counts.answered_in_target += sign * by.answered_in_target
        counts.abandoned += sign * by.abandoned
        counts.abandoned_short += sign * by.abandoned_short
