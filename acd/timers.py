"""Deadlines by name. Nothing here sleeps or reads a clock."""

import heapq
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    BRIDGE = "bridge"  # of an offer: answered, but not bridged in time
    LEASE = "lease"  # of an offer: nobody answered
    LIMIT = "limit"  # of an entry: its longest wait
    PREFERENCE = "preference"  # of an entry: it is not kept for one agent any more
    REFUSAL = "refusal"  # of an entry: it may be offered again to who rejected it
    RELAXATION = "relaxation"  # of an entry: it asks for less
    REST = "rest"  # of an agent: their back-off ends
    RETURN = "return"  # of an agent: not answering ends
    WRAP_UP = "wrap_up"  # of an agent


class Timer(NamedTuple):
    kind: Kind
    subject: str
    """The offer, entry or agent that it is about."""


class Agenda:
    """At most one running timer per name."""

    def __init__(self) -> None:
        self._deadlines: dict[Timer, float] = {}
        self._heap: list[tuple[float, Timer]] = []  # entries that `_deadlines` disowns are stale

    def start(self, timer: Timer, deadline: float) -> None:
        """Start a timer, or move its deadline if it is running."""
        self._deadlines[timer] = deadline
        heapq.heappush(self._heap, (deadline, timer))
        if len(self._heap) > 2 * len(self._deadlines) + 64:
            self._heap = [(at, timer) for timer, at in self._deadlines.items()]
            heapq.heapify(self._heap)

    def stop(self, timer: Timer) -> None:
        """Harmless when it does not run."""
        self._deadlines.pop(timer, None)

    def deadline(self, timer: Timer) -> float | None:
        return self._deadlines.get(timer)

    def next_deadline(self) -> float | None:
        heap = self._heap
        while heap and self._deadlines.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> tuple[float, Timer] | None:
        """Stop the earliest timer whose deadline has come; ties go to the smaller name."""
        deadline = self.next_deadline()
        if deadline is None or deadline > now:
            return None
        due = heapq.heappop(self._heap)
        del self._deadlines[due[1]]
        return due

    def running(self) -> list[tuple[float, Timer]]:
        """Every timer, earliest first."""
        return sorted((at, timer) for timer, at in self._deadlines.items())
