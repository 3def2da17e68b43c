"""Tells a distributor the events of a log again, and compares what it decides with the log."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, TypeAlias

from acd.distributor import Distributor
from acd.effects import Effect, Record
from acd.explanation import Decision
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentStateChanged
from events.centre import CentreStarted, ConfigurationReplaced
from events.event import Event, Recorded
from events.ids import AgentId, QueueName
from events.queues import CallOffered, OfferClosed, QueueCallHandled

FACTS: Final = (CallOffered, OfferClosed, AgentStateChanged, QueueCallHandled)
"""What the distributor decided; every other event is something that it was told."""

Input: TypeAlias = Callable[[Distributor], list[Effect]]
"""An event or the passing of time, given to a distributor."""

Beside: TypeAlias = Callable[[Mapping[str, Any], Input, Recorded, list[Effect], float], None]
"""Hears of each input: the snapshot before it, the input, the event of the log that it belongs to,
what came of it, and when."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first decision that is another one than in the log. Nothing after it can be compared:
    the day would have been another. `decided` or `logged` is None if there was nothing then."""

    seq: int
    utc: float
    logged: Event | None
    decided: Event | None


@dataclass(slots=True)
class Replayed:
    """`decisions`: those that were the same. `replaced`: where it ended, because another
    configuration was in force from there on."""

    events: int = 0
    decisions: int = 0
    difference: Difference | None = None
    replaced: Recorded | None = None


def replay(
    log: Iterable[Recorded],
    queues: Mapping[QueueName, QueueSettings],
    agents: Mapping[AgentId, AgentProfile],
    *,
    witness: Callable[[Decision], None] | None = None,
    beside: Beside | None = None,
) -> Replayed:
    """Up to the end, the first difference, or another configuration.

    The log must begin with a centre at rest. Where a process ended in it and another began, the
    steady clock goes on by the wall clock.
    """
    first_offer, log = _first_offer(iter(log))
    acd = Distributor(queues, agents, first_offer=first_offer)
    acd.witness = witness
    done = Replayed()
    decided: deque[Event] = deque()
    clock = _Clock()

    def give(what: Input) -> list[Event]:
        if beside is None:
            return _facts(what(acd))
        before = acd.snapshot()
        effects = what(acd)
        beside(before, what, recorded, effects, now)
        return _facts(effects)

    for recorded in log:
        done.events += 1
        now = clock.now(recorded)
        event = recorded.event
        if not isinstance(event, FACTS):
            if decided:
                done.difference = Difference(recorded.seq, recorded.utc, None, decided[0])
                return done
            if isinstance(event, ConfigurationReplaced):
                done.replaced = recorded
                return done
            decided.extend(
                give(partial(Distributor.handle, event=event, now=now))
            )  # and of timers that it came before
            continue
        if not decided:
            decided.extend(give(partial(Distributor.tick, now=now)))
        told = decided.popleft() if decided else None
        if told != event:
            done.difference = Difference(recorded.seq, recorded.utc, event, told)
            return done
        done.decisions += 1
    return done


def _facts(effects: list[Effect]) -> list[Event]:
    return [effect.event for effect in effects if isinstance(effect, Record)]


def _first_offer(log: Iterator[Recorded]) -> tuple[int, Iterator[Recorded]]:
    """The number with which offers begin, and the whole log still."""
    seen = []
    for recorded in log:
        seen.append(recorded)
        if isinstance(recorded.event, CallOffered):
            return recorded.event.offer, chain(seen, log)
    return 1, iter(seen)


class _Clock:
    """One steady clock over all processes of a log."""

    def __init__(self) -> None:
        self._shift_s = 0.0
        self._last: tuple[float, float] | None = None  # utc, and our time

    def now(self, recorded: Recorded) -> float:
        if isinstance(recorded.event, CentreStarted) and self._last is not None:
            utc, now = self._last
            self._shift_s = now + max(0.0, recorded.utc - utc) - recorded.steady
        now = recorded.steady + self._shift_s
        self._last = (recorded.utc, now)
        return now
