"""A caller in a queue: the entry that is open, what they hear meanwhile, and how it ends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from acd.effects import RemoveFromQueue, RingAgent
from calls.leg import Leg
from events.calls import Side
from events.ids import AgentId, CallId, EntryId, QueueName
from events.queues import CallAbandoned, CallFlowedOut
from sip.message import Headers


def _future() -> "asyncio.Future[RemoveFromQueue | None]":
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class Waiting:
    """`since` is on the steady clock: when this entry began to wait in this queue."""

    entry: EntryId
    queue: QueueName
    since: float
    brought_s: float
    """Wait brought along from earlier entries that keep the clock."""
    outcome: "asyncio.Future[RemoveFromQueue | None]" = field(default_factory=_future)
    treatment: "asyncio.Task[None] | None" = None

    def end_treatment(self) -> None:
        """In this turn: nothing of it is played after this."""
        if self.treatment is not None:
            self.treatment.cancel()
            self.treatment = None

    def wait_s(self, now: float) -> float:
        return now - self.since

    def given_up(self, call: CallId, reason: str, now: float) -> RemoveFromQueue:
        """They leave as they chose, or as something chose for them."""
        return RemoveFromQueue(call, self.entry, self.queue, reason, self.wait_s(now))

    def left(self, call: CallId, by: Side, now: float) -> CallAbandoned | CallFlowedOut:
        """What happened when the caller hung up, or we did."""
        if by is Side.CALLER:
            return CallAbandoned(call, self.entry, self.queue, self.wait_s(now))
        return CallFlowedOut(call, self.entry, self.queue, self.wait_s(now), "operator")


class OnTheLine:
    """A caller who is there: nobody has to be called back first, as `calls.offers` may ask."""

    customer_first = False
    leg: Leg
    last_words: Headers = ()
    """Why the agent with whom they spoke hung up, in the words of the agent's phone."""

    @property
    def farewell(self) -> Headers:
        """Why the caller left, in their own words."""
        return self.leg.farewell

    def fetch(self, ring: RingAgent, came: Callable[[], None]) -> bool:
        return False

    def stop_fetching(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a caller waits next whom an agent sent up. `excluded`: who has spoken with them."""

    queue: str
    tiers: tuple[int, ...]
    excluded: tuple[AgentId, ...]
