"""One wake-up of the loop for all timers of the stack: a heap of those who sleep.

A transaction moves its deadline several times in its short life and most often never wakes; a
loop timer for each would cost more than the transaction. A deadline that was moved stays in the
heap, but never more of them than of those that hold: a leg that ends in a minute must not be kept
for the half hour until its session would have run out.
"""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Final, Protocol

SOONEST_S: Final = 0.001
"""A loop whose clock is rounded may wake us early; then we wait this long at least."""

MOVED_AT_LEAST: Final = 64
"""So many moved deadlines are worth looking for."""


class Sleeper(Protocol):
    """Someone with a next deadline, kept in `armed_at` while the clock knows it."""

    armed_at: float | None

    def next_deadline(self) -> float | None: ...

    def wake(self, now: float) -> None:
        """The deadline has come; `AlarmClock.watch` is called again afterwards."""


class AlarmClock:
    """Wakes sleepers in order of their deadlines; equal ones in the order they were set."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[float, int, Sleeper]] = []
        self._moved = 0
        """Of those in the heap, how many hold no more."""
        self._ties = count()
        self._handle: asyncio.TimerHandle | None = None
        self._handle_at = 0.0
        self._ringing = False
        self._stopped = False

    def watch(self, sleeper: Sleeper) -> None:
        """Note the sleeper's next deadline; call it after whatever may have moved it."""
        deadline = sleeper.next_deadline()
        if deadline == sleeper.armed_at or self._stopped:
            return
        if sleeper.armed_at is not None:
            self._moved += 1
        sleeper.armed_at = deadline
        if self._moved > max(MOVED_AT_LEAST, len(self._heap) // 2):
            self._forget_moved()
        if deadline is not None:
            heapq.heappush(self._heap, (deadline, next(self._ties), sleeper))
            if not self._ringing and (self._handle is None or deadline < self._handle_at):
                self._set(deadline)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None
        self._heap.clear()
        self._stopped = True

    def _forget_moved(self) -> None:
        self._heap = [entry for entry in self._heap if entry[2].armed_at == entry[0]]
        heapq.heapify(self._heap)
        self._moved = 0

    def _ring(self) -> None:
        self._handle = None
        self._ringing = True
        now = self._clock()
        try:
            while self._heap and self._heap[0][0] <= now:
                deadline, _, sleeper = heapq.heappop(self._heap)
                if sleeper.armed_at != deadline:
                    self._moved -= 1
                    continue
                sleeper.armed_at = None
                sleeper.wake(now)
                self.watch(sleeper)
        finally:
            self._ringing = False
            self._set_next()

    def _set_next(self) -> None:
        while self._heap and self._heap[0][2].armed_at != self._heap[0][0]:
            heapq.heappop(self._heap)
            self._moved -= 1
        if self._heap and not self._stopped:
            self._set(self._heap[0][0])

    def _set(self, deadline: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle_at = deadline
        self._handle = self._loop.call_later(max(deadline - self._clock(), SOONEST_S), self._ring)
