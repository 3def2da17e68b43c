"""The log: gives each event its place and time, and tells everyone who listens."""

from collections.abc import Callable
from typing import NamedTuple

from events.audience import Audience, Listener
from events.event import Event, Recorded


class Instant(NamedTuple):
    """A moment on both clocks: see `Recorded`."""

    utc: float
    steady: float


class EventLog:
    """One per process. Listeners run in the order in which they joined, and must not append."""

    def __init__(
        self,
        *,
        utc: Callable[[], float],
        steady: Callable[[], float],
        last_seq: int = 0,
        on_failure: Callable[[Recorded, Exception], None] | None = None,
    ) -> None:
        """
        Args:
            last_seq: the highest sequence number that the store already holds.
            on_failure: told of a listener's error, so that a counter that breaks breaks no call;
                None lets it pass on to whoever appends.
        """
        self._utc = utc
        self._steady = steady
        self._seq = last_seq
        self._audience = Audience()
        self._on_failure = on_failure

    @property
    def last_seq(self) -> int:
        return self._seq

    def listen(self, listener: Listener, *kinds: type[Event]) -> None:
        """Be told of these kinds of events; of all if none are named."""
        self._audience.join(listener, *kinds)

    def now(self) -> Instant:
        return Instant(self._utc(), self._steady())

    def append(self, event: Event, at: Instant | None = None) -> Recorded:
        """`at`: when it happened, if that is not now."""
        self._seq += 1
        recorded = Recorded(self._seq, *(at or self.now()), event)
        for listener in self._audience.of(event):
            try:
                listener(recorded)
            except Exception as error:
                if self._on_failure is None:
                    raise
                self._on_failure(recorded, error)
        return recorded
