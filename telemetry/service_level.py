"""The service level of the last while, METRICS.md's `answered_in_target`, per queue."""

import math
from collections import deque
from dataclasses import dataclass

from events.queues import CallAbandoned, QueueAnswered
from telemetry.face import QueueTargets


@dataclass(frozen=True, slots=True)
class _Counted:
    at: float
    answered_in_target: int
    counted: int
    """1 if it belongs to A + B − Bs."""


class ServiceLevelWindow:
    """Answers and abandons of one queue within the last `window_s`."""

    def __init__(self, targets: QueueTargets, window_s: float) -> None:
        self._targets = targets
        self._window_s = window_s
        self._past: deque[_Counted] = deque()
        self._in_target = 0
        self._counted = 0

    def answered(self, event: QueueAnswered, at: float) -> None:
        in_target = int(event.wait_s <= self._targets.service_level_s)
        self._add(_Counted(at, in_target, 1))

    def abandoned(self, event: CallAbandoned, at: float) -> None:
        if event.wait_s > self._targets.short_abandon_s:
            self._add(_Counted(at, 0, 1))

    def ratio(self, now: float) -> float:
        """0 to 1; NaN when nothing in the window counts, because then there is no service level."""
        while self._past and self._past[0].at <= now - self._window_s:
            gone = self._past.popleft()
            self._in_target -= gone.answered_in_target
            self._counted -= gone.counted
        return self._in_target / self._counted if self._counted else math.nan

    def _add(self, counted: _Counted) -> None:
        self._past.append(counted)
        self._in_target += counted.answered_in_target
        self._counted += counted.counted
