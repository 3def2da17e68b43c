"""The one way in which anything happens: an event is logged, the distributor decides, we obey.

First in, first out: an event raised while an effect is performed waits its turn, so that nothing
is ever re-entered and a replay of the log decides the same.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from acd.distributor import Distributor
from acd.effects import Effect, Record
from acd.settings import AgentProfile, QueueSettings
from events.event import Event, Recorded
from events.ids import AgentId, QueueName
from events.log import EventLog

_LEAST_WAIT_S: Final = 0.001
"""The loop's clock and ours may round differently: a shorter wait could end before its time."""


class Performer(Protocol):
    """Carries out what the distributor decided."""

    def perform(self, effect: Effect, decided_at: float) -> None:
        """`decided_at` is on the steady clock."""


class Feed:
    """One per process: owns the order of events and the distributor's timer."""

    def __init__(self, log: EventLog, distributor: Distributor, clock: Callable[[], float]) -> None:
        self.distributor = distributor
        self._log = log
        self._clock = clock
        self._performer: Performer | None = None
        self._follow: Callable[[Recorded], None] = lambda _: None
        self._pending: deque[Event] = deque()
        self._draining = False
        self._alarm: asyncio.TimerHandle | None = None

    def start(self, performer: Performer, follow: Callable[[Recorded], None]) -> None:
        """Begin to decide; what was appended before has waited for this.

        `follow` sees each event after it was logged and before its effects are performed.
        """
        self._performer = performer
        self._follow = follow
        self._drain()

    def stop(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def append(self, event: Event) -> None:
        """Log the event and perform all that follows from it, now or after what is under way."""
        self._pending.append(event)
        self._drain()

    def configure(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
    ) -> None:
        """Give the distributor a configuration, and perform what follows."""
        now = self._clock()
        self._decided(lambda: self.distributor.configure(queues, agents, now), now)

    def _drain(self) -> None:
        if self._draining or self._performer is None:
            return
        self._draining = True
        try:
            while self._pending:
                recorded = self._record(self._pending.popleft())
                self._perform(
                    self.distributor.handle(recorded.event, recorded.steady), recorded.steady
                )
        finally:
            self._draining = False
            self._rearm()

    def _record(self, event: Event) -> Recorded:
        recorded = self._log.append(event)
        self._follow(recorded)
        return recorded

    def _perform(self, effects: list[Effect], decided_at: float) -> None:
        assert self._performer is not None, "start comes before the first event"
        for effect in effects:
            if isinstance(effect, Record):
                self._record(effect.event)
            else:
                self._performer.perform(effect, decided_at)

    def _rearm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        deadline = self.distributor.next_deadline()
        if deadline is not None:
            wait_s = deadline - self._clock()
            wait_s = max(wait_s, _LEAST_WAIT_S) if wait_s > 0.0 else 0.0
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self._due)

    def _due(self) -> None:
        self._alarm = None
        now = self._clock()
        self._decided(lambda: self.distributor.tick(now), now)

    def _decided(self, decide: Callable[[], list[Effect]], now: float) -> None:
        assert not self._draining, "called while an effect is performed"
        self._draining = True
        try:
            self._perform(decide(), now)
        finally:
            self._draining = False
            self._drain()
