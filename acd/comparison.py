"""Where another configuration would have decided a logged day otherwise.

The day is told again as it was; at each decision a copy of the distributor takes the other
configuration and then the same input. So every decision is compared in the situation in which it
was made, and one that differs does not blur those after it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from acd.distributor import Distributor
from acd.effects import Effect, Record, RemoveFromQueue
from acd.replay import Difference, Input, replay
from acd.settings import AgentProfile, QueueSettings
from events.event import Recorded
from events.ids import AgentId, CallId, QueueName
from events.queues import CallOffered, CallQueued

Queues: TypeAlias = Mapping[QueueName, QueueSettings]
Agents: TypeAlias = Mapping[AgentId, AgentProfile]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided about a call at one moment; nothing: it waits on, or goes on ringing.

    `left`: why it had to leave its queue, and for which other one.
    """

    agents: tuple[AgentId, ...] = ()
    left: str = ""
    to: QueueName | None = None


@dataclass(frozen=True, slots=True)
class Otherwise:
    """`recorded`: the event at which the two parted, for this call for the first time."""

    recorded: Recorded
    call: CallId
    queue: QueueName
    logged: Choice
    other: Choice


@dataclass(slots=True)
class Compared:
    """`difference`: the log was not made under the configuration that was given for it.
    `replaced`: where another one took its place; nothing after it was compared."""

    decisions: int = 0
    calls: list[Otherwise] = field(default_factory=list)
    difference: Difference | None = None
    replaced: Recorded | None = None


def compare(
    log: Iterable[Recorded], was: tuple[Queues, Agents], other: tuple[Queues, Agents]
) -> Compared:
    """`was`: the queues and agents that the log was made under. Up to its end, or a difference."""
    beside = _Beside(was, other)
    done = replay(log, *was, beside=beside.look)
    return Compared(done.decisions, list(beside.calls.values()), done.difference, done.replaced)


class _Beside:
    def __init__(self, was: tuple[Queues, Agents], other: tuple[Queues, Agents]) -> None:
        self.calls: dict[CallId, Otherwise] = {}
        self._was = was
        self._other = other

    def look(
        self,
        before: Mapping[str, Any],
        given: Input,
        recorded: Recorded,
        effects: list[Effect],
        now: float,
    ) -> None:
        """At a decision, and when a call comes that might have been taken at once."""
        logged = _choices(effects)
        if not logged and not isinstance(recorded.event, CallQueued):
            return
        copy = Distributor.restore(before, *self._was)
        others = _choices([*copy.configure(*self._other, now), *given(copy)])
        for call, (queue, _) in {**others, **logged}.items():
            was = logged.get(call, (queue, Choice()))[1]
            other = others.get(call, (queue, Choice()))[1]
            if was != other and call not in self.calls:
                self.calls[call] = Otherwise(recorded, call, queue, was, other)


def _choices(effects: Iterable[Effect]) -> dict[CallId, tuple[QueueName, Choice]]:
    found: dict[CallId, tuple[QueueName, Choice]] = {}
    for effect in effects:
        match effect:
            case Record(event=CallOffered(call=call, queue=queue, agent=agent)):
                agents = found[call][1].agents if call in found else ()
                found[call] = (queue, Choice(tuple(sorted((*agents, agent)))))
            case RemoveFromQueue(call=call, queue=queue, reason=reason, to=to):
                found[call] = (queue, Choice(left=reason, to=to))
    return found
