"""The log: gives each event its place and time, and tells everyone who listens."""

from collections.abc import Callable

from events.event import Event, Recorded

Listener = Callable[[Recorded], None]


class EventLog:
    """One per process. Listeners run in the order in which they joined, and must not append."""

    def __init__(
        self, *, utc: Callable[[], float], steady: Callable[[], float], last_seq: int = 0
    ) -> None:
        """`last_seq`: the highest sequence number that the store already holds."""
        self._utc = utc
        self._steady = steady
        self._seq = last_seq
        self._listeners: list[Listener] = []

    @property
    def last_seq(self) -> int:
        return self._seq

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def append(self, event: Event) -> Recorded:
        self._seq += 1
        recorded = Recorded(self._seq, self._utc(), self._steady(), event)
        for listener in self._listeners:
            listener(recorded)
        return recorded
