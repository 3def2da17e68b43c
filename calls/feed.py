"""The one way in which anything happens: an event is logged, the distributor decides, we obey.

First in, first out: an event raised while an effect is performed waits its turn, so that nothing
is ever re-entered and a replay of the log decides the same.

A burst gives way to the rest of the loop: whatever is to be done beyond `GIVE_WAY_AFTER_S` follows
in the loop's next turns, in the same order. Events are logged and decided at once all the same, so
what is decided follows from the log alone and never from how fast a machine is.
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

GIVE_WAY_AFTER_S: Final = 0.005
"""How long effects are performed without a pause."""

MOST_TIMERS: Final = 100
"""Run without a pause when many are due at once; each takes some 25 us to decide."""


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
        self._effects: deque[tuple[Effect, float]] = deque()  # decided, and when; not yet performed
        self._pause: asyncio.Handle | None = None  # what performs the rest
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
        """Perform what is left of a burst, and run no more timers."""
        while self._pause is not None:
            self._go_on()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def append(self, event: Event) -> None:
        """Log the event and decide, now or after the event under way; then perform what follows,
        after what was decided before."""
        self._pending.append(event)
        self._drain()

    def configure(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
    ) -> None:
        """Give the distributor a configuration, and perform what follows."""
        now = self._clock()
        self._decide(lambda: self.distributor.configure(queues, agents, now), now)

    def _drain(self, began_at: float | None = None) -> None:
        if self._draining or self._performer is None:
            return
        self._draining = True
        began_at = self._clock() if began_at is None else began_at
        try:
            self._decide_pending()
            if self._pause is None:
                self._perform(self._performer, began_at + GIVE_WAY_AFTER_S)
        finally:
            self._draining = False
            self._rearm()

    def _decide_pending(self) -> None:
        while self._pending:
            recorded = self._record(self._pending.popleft())
            self._decided(self.distributor.handle(recorded.event, recorded.steady), recorded.steady)

    def _perform(self, performer: Performer, pause_at: float) -> None:
        """What was decided, and what follows from that, until it is done or time to give way."""
        try:
            while self._effects and self._clock() < pause_at:
                performer.perform(*self._effects.popleft())
                self._decide_pending()
        finally:
            if self._effects:
                self._pause = asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._drain()

    def _record(self, event: Event) -> Recorded:
        recorded = self._log.append(event)
        self._follow(recorded)
        return recorded

    def _decided(self, effects: list[Effect], decided_at: float) -> None:
        """Log the facts; the rest is performed in its turn."""
        for effect in effects:
            if isinstance(effect, Record):
                self._record(effect.event)
            else:
                self._effects.append((effect, decided_at))

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
        self._decide(lambda: self.distributor.tick(now, most=MOST_TIMERS), now)

    def _decide(self, decide: Callable[[], list[Effect]], now: float) -> None:
        """What is not asked by an event."""
        assert not self._draining, "called while an effect is performed"
        self._draining = True
        try:
            self._decided(decide(), now)
        finally:
            self._draining = False
            self._drain(now)
