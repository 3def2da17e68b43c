"""The one way in which anything happens: an event is logged, the distributor decides, we obey.

First in, first out: an event raised while an effect is performed waits its turn, so that nothing
is ever re-entered and a replay of the log decides the same.

A burst gives way to the rest of the loop: after `GIVE_WAY_AFTER_S` the rest of what is to be
decided or performed follows in the loop's next turns, in the same order. What comes in the middle
of a decision has happened for who tells it, and waits to be logged and decided: the log reads as if
decisions took no time, whatever a machine needs for them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Final, Protocol, TypeAlias

from acd.distributor import Deciding, Distributor
from acd.effects import Effect, Record
from acd.settings import AgentProfile, QueueSettings
from events.centre import ConfigurationReplaced
from events.event import Event, Recorded
from events.ids import AgentId, QueueName
from events.log import EventLog, Instant

_LEAST_WAIT_S: Final = 0.001
"""The loop's clock and ours may round differently: a shorter wait could end before its time."""

GIVE_WAY_AFTER_S: Final = 0.005
"""How long is decided and performed without a pause."""

Input: TypeAlias = tuple[Instant, Callable[[], Deciding]]
"""What the distributor is going to be told: when it happened, and what begins the decision."""


class Performer(Protocol):
    """Carries out what the distributor decided."""

    def perform(self, effect: Effect, decided_at: float) -> None:
        """`decided_at` is on the steady clock."""


class Feed:
    """One per process: owns the order of events and the distributor's timer."""

    def __init__(self, log: EventLog, distributor: Distributor, clock: Callable[[], float]) -> None:
        """`clock` measures when to give way."""
        self.distributor = distributor
        self._log = log
        self._clock = clock
        self._performer: Performer | None = None
        self._follow: Callable[[Recorded], None] = lambda _: None
        self._pending: deque[Event] = deque()
        self._inputs: deque[Input] = deque()  # they wait for the decision under way
        self._decision: tuple[Instant, Deciding] | None = None  # under way
        self._effects: deque[tuple[Effect, float]] = deque()  # decided, and when; not yet performed
        self._pause: asyncio.Handle | None = None  # what goes on with the rest
        self._draining = False
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: float | None = None  # the deadline that it waits for

    def start(self, performer: Performer, follow: Callable[[Recorded], None]) -> None:
        """Begin to decide; what was appended before has waited for this.

        `follow` sees each event before its effects are performed: after it was logged, or before
        that if it waits for a decision.
        """
        self._performer = performer
        self._follow = follow
        self._drain()

    def stop(self) -> None:
        """Do what is left of a burst, and run no more timers."""
        self.settle()
        while self._pause is not None:
            self._go_on()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = self._alarm_at = None

    def settle(self) -> None:
        """Decide what has come so far, without a pause: for who needs it in the log, and the
        distributor to be at its end."""
        assert not self._draining, "called while an effect is performed"
        if self._performer is not None:
            self._draining = True
            try:
                self._decide(inf)
            finally:
                self._draining = False
                self._rearm()

    async def caught_up(self) -> None:
        """Until what has come so far is decided and performed: at once, but for a burst."""
        while self._pause is not None:  # noqa: ASYNC110
            await asyncio.sleep(0)  # the loop's next turn is what goes on with it

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
        at = self._log.now()
        configuring = partial(self.distributor.configuring, queues, agents, at.steady)
        self._inputs.append((at, configuring))
        self._drain()

    def reconfigure(
        self,
        event: ConfigurationReplaced,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
    ) -> None:
        """The same for a centre that runs: logged at the instant at which it is decided."""
        at = self._log.now()
        self._inputs.append((at, partial(self._begin_anew, event, at, queues, agents)))
        self._drain()

    def _drain(self) -> None:
        """Decide what has come, unless that waits for a decision; perform, unless that waits."""
        if self._draining or self._performer is None:
            return
        self._draining = True
        pause_at = self._clock() + GIVE_WAY_AFTER_S
        try:
            if self._decision is None or self._pause is None:
                self._decide(pause_at)
            else:
                self._hold_pending()
            if self._pause is None:
                self._perform(self._performer, pause_at)
        finally:
            self._draining = False
            self._give_way()

    def _decide(self, pause_at: float) -> None:
        """Until nothing is left to decide, or it is time to give way."""
        while self._decide_one(pause_at):
            if self._inputs:
                at, begin = self._inputs.popleft()
            elif self._pending:
                recorded = self._record(self._pending.popleft(), self._log.now())
                at = Instant(recorded.utc, recorded.steady)
                begin = partial(self.distributor.handling, recorded.event, recorded.steady)
            else:
                return
            self._decision = (at, begin())
        self._hold_pending()

    def _decide_one(self, pause_at: float) -> bool:
        """Go on with the decision under way; false if its end is still to come."""
        if self._decision is None:
            return True
        at, steps = self._decision
        try:
            for effects in steps:
                self._decided(effects, at)
                if self._clock() >= pause_at:
                    return False
        except BaseException:
            self._decision = None  # the distributor has given it up
            raise
        self._decision = None
        return True

    def _hold_pending(self) -> None:
        """They have happened; they are logged and decided after the decision under way."""
        while self._pending:
            event, at = self._pending.popleft(), self._log.now()
            self._inputs.append((at, partial(self._begin, event, at)))
            self._follow(Recorded(0, *at, event))

    def _begin(self, event: Event, at: Instant) -> Deciding:
        self._log.append(event, at)
        return self.distributor.handling(event, at.steady)

    def _begin_anew(
        self,
        event: ConfigurationReplaced,
        at: Instant,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
    ) -> Deciding:
        self._record(event, at)
        return self.distributor.configuring(queues, agents, at.steady)

    def _perform(self, performer: Performer, pause_at: float) -> None:
        """What was decided, and what follows from that, until it is done or time to give way: one
        effect at least, so that the slowest machine comes to an end."""
        while self._effects and self._decision is None:
            performer.perform(*self._effects.popleft())
            self._decide(pause_at)
            if self._clock() >= pause_at:
                return

    def _give_way(self) -> None:
        """Go on in the loop's next turn with what is left; wait for the next timer if nothing is
        left to decide."""
        if (self._effects or self._decision or self._inputs) and self._pause is None:
            self._pause = asyncio.get_running_loop().call_soon(self._go_on)
        self._rearm()

    def _go_on(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._drain()

    def _record(self, event: Event, at: Instant) -> Recorded:
        recorded = self._log.append(event, at)
        self._follow(recorded)
        return recorded

    def _decided(self, effects: list[Effect], at: Instant) -> None:
        """Log the facts, as of when they were asked for; the rest is performed in its turn."""
        for effect in effects:
            if isinstance(effect, Record):
                self._record(effect.event, at)
            else:
                self._effects.append((effect, at.steady))

    def _rearm(self) -> None:
        deadline = self.distributor.next_deadline() if self._decision is None else None
        if deadline == self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._alarm_at = deadline
        if deadline is not None:
            wait_s = deadline - self._log.now().steady
            wait_s = max(wait_s, _LEAST_WAIT_S) if wait_s > 0.0 else 0.0
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self._due)

    def _due(self) -> None:
        self._alarm = self._alarm_at = None
        at = self._log.now()
        self._inputs.append((at, partial(self.distributor.ticking, at.steady)))
        self._drain()
