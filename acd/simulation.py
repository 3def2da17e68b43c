"""A centre in virtual time: the very same distributor, with callers and agents made by chance.

Arrivals are Poisson; handling and patience are exponential, or drawn from a history. All that a
caller brings is drawn when the caller arrives, so two configurations under one seed meet the same
callers.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeAlias, assert_never

from acd.distributor import Distributor
from acd.effects import Connect, Effect, Record, RemoveFromQueue, RingAgent, StopRinging
from acd.histories import Chance, History
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentReleased, AgentSignedIn, PhoneReached, WrapUpEnded
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    OfferAnswered,
    QueueAnswered,
    QueueCallHandled,
)

PROGRESS_EVERY: Final = 500
"""Callers between two words of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Callers of one queue, evenly over a stretch of the day. Instants in seconds.

    Attributes:
        calls: how many come in the mean, or exactly if `is_exact`: then at the instants of a
            Poisson process that is known to bring so many.
        handled: drawn from instead of an exponential of mean `aht_s`.
        stayed: the same of `patience_s`.
        is_counted: false for callers who only see to it that others meet a centre at work.
    """

    queue: QueueName
    begin_s: float
    end_s: float
    calls: float
    aht_s: float
    patience_s: float | None = None
    is_exact: bool = False
    is_counted: bool = True
    handled: History | None = None
    stayed: History | None = None

    def draw_handling_s(self, chance: Chance) -> float:
        if self.handled is not None:
            return self.handled.draw(chance)
        return chance.expovariate(1 / self.aht_s)

    def draw_patience_s(self, chance: Chance) -> float:
        if self.stayed is not None:
            return self.stayed.draw(chance)
        return inf if self.patience_s is None else chance.expovariate(1 / self.patience_s)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller, and what they bring along."""

    at: float
    queue: QueueName
    handle_s: float
    patience_s: float
    is_counted: bool


@dataclass(slots=True)
class _Caller:
    call: CallId
    entry: EntryId
    arrival: Arrival
    queue: QueueName
    queued_at: float
    waited_s: float = 0.0
    entries: int = 1
    has_left: bool = False  # answered or gone


Act: TypeAlias = Callable[[Any], None]


def arrivals_of(stretches: Iterable[Stretch], chance: Chance) -> list[Arrival]:
    """Everybody who will call, in order.

    Instants are drawn first, then handling times, then patience: with and without patience, the
    same seed makes the same callers.
    """
    when = [(at, stretch) for stretch in stretches for at in _instants(stretch, chance)]
    when.sort(key=lambda each: each[0])
    handled = [stretch.draw_handling_s(chance) for _, stretch in when]
    patience = [stretch.draw_patience_s(chance) for _, stretch in when]
    return [
        Arrival(at, stretch.queue, handle_s, patience_s, stretch.is_counted)
        for (at, stretch), handle_s, patience_s in zip(when, handled, patience, strict=True)
    ]


def _instants(stretch: Stretch, chance: Chance) -> list[float]:
    length_s = stretch.end_s - stretch.begin_s
    if stretch.is_exact:
        shares = [chance.random() for _ in range(round(stretch.calls))]
        return sorted(stretch.begin_s + share * length_s for share in shares)
    instants: list[float] = []
    if stretch.calls <= 0:
        return instants
    at = stretch.begin_s + chance.expovariate(stretch.calls / length_s)
    while at < stretch.end_s:
        instants.append(at)
        at += chance.expovariate(stretch.calls / length_s)
    return instants


class Simulation:
    """One run. `observe` hears every event, as a log's listener would."""

    def __init__(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
        arrivals: Sequence[Arrival],
        observe: Callable[[Recorded], None],
        *,
        ring_s: float = 0.0,
    ) -> None:
        """`ring_s`: how long a phone rings before its agent answers."""
        self.now = 0.0
        self.counted: set[CallId] = set()
        """The calls that figures are about, as far as they have come."""
        self._queues = queues
        self._agents = list(agents)
        self._arrivals = arrivals
        self._observe = observe
        self._ring_s = ring_s
        self.distributor = Distributor(queues, agents)
        """The one that decides: to be asked, never told."""
        self._agenda: list[tuple[float, int, Act, Any]] = []
        self._scheduled = 0
        self._seq = 0
        self._callers: dict[EntryId, _Caller] = {}
        self._ringing: set[OfferId] = set()
        self._unfinished = sum(arrival.is_counted for arrival in arrivals)

    def run(self, on_progress: Callable[[float], None] = lambda _: None) -> None:
        """To the end of the last counted call. `on_progress` hears the share that has arrived."""
        self.now = self._arrivals[0].at if self._arrivals else 0.0
        for agent in self._agents:
            phone = PhoneId(f"phone-{agent}")
            self._send(PhoneReached(phone))
            self._send(AgentSignedIn(agent, phone))
        if self._arrivals:
            self._plan(self._arrivals[0].at, self._arrives, 0)
        while self._unfinished:
            deadline = self.distributor.next_deadline()
            if self._agenda and (deadline is None or self._agenda[0][0] < deadline):
                self.now, _, act, subject = heapq.heappop(self._agenda)
                if act == self._arrives and subject % PROGRESS_EVERY == 0:
                    on_progress(subject / len(self._arrivals))
                act(subject)
            elif deadline is not None:
                self.now = deadline
                self._obey(self.distributor.tick(deadline))
            else:
                break  # nothing will ever happen to those who still wait
        on_progress(1.0)

    def _plan(self, at: float, act: Act, subject: object) -> None:
        self._scheduled += 1
        heapq.heappush(self._agenda, (at, self._scheduled, act, subject))

    def _send(self, event: Event) -> None:
        self._record(event)
        self._obey(self.distributor.handle(event, self.now))

    def _record(self, event: Event) -> None:
        self._seq += 1
        self._observe(Recorded(self._seq, self.now, self.now, event))

    def _obey(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Record(event=fact):
                    self._record(fact)
                    if isinstance(fact, QueueCallHandled) and fact.call in self.counted:
                        self._unfinished -= 1
                case RingAgent():
                    self._ringing.add(effect.offer)
                    self._plan(self.now + self._ring_s, self._phone_is_answered, effect.offer)
                case StopRinging(offer=offer):
                    self._ringing.discard(offer)
                case Connect():
                    self._plan(self.now, self._bridges, effect)
                case RemoveFromQueue():
                    self._plan(self.now, self._flows_out, effect)
                case _:
                    assert_never(effect)

    def _arrives(self, number: int) -> None:
        arrival = self._arrivals[number]
        if number + 1 < len(self._arrivals):
            self._plan(self._arrivals[number + 1].at, self._arrives, number + 1)
        call, entry = CallId(f"call-{number + 1}"), EntryId(f"call-{number + 1}-1")
        if arrival.is_counted:
            self.counted.add(call)
        caller = _Caller(call, entry, arrival, arrival.queue, self.now)
        if arrival.patience_s < inf:
            self._plan(self.now + arrival.patience_s, self._loses_patience, caller)
        self._enters(caller)

    def _enters(self, caller: _Caller) -> None:
        self._callers[caller.entry] = caller
        entered = CallQueued(caller.call, caller.entry, caller.queue, waited_s=caller.waited_s)
        self._send(entered)

    def _loses_patience(self, caller: _Caller) -> None:
        if not caller.has_left:
            wait_s = self._leaves(caller)
            self._send(CallAbandoned(caller.call, caller.entry, caller.queue, wait_s))
            self._finished(caller)

    def _phone_is_answered(self, offer: OfferId) -> None:
        if offer in self._ringing:
            self._ringing.remove(offer)
            self._send(OfferAnswered(offer))

    def _bridges(self, effect: Connect) -> None:
        caller = self._callers.get(effect.entry)
        if caller is None:  # hung up in this very instant
            return
        wait_s = self._leaves(caller)
        wrap_up_s = self._queues[effect.queue].wrap_up_s
        talk_s = max(0.0, caller.arrival.handle_s - wrap_up_s)
        self._plan(self.now + talk_s, self._hangs_up, (caller, effect.agent))
        answered = QueueAnswered(
            effect.call, effect.entry, effect.queue, effect.agent, effect.offer, wait_s
        )
        self._send(answered)

    def _hangs_up(self, talk: tuple[_Caller, AgentId]) -> None:
        """All handling beyond the timed wrap-up was talk; who needs less wrap-up ends it."""
        caller, agent = talk
        self._send(AgentReleased(agent, caller.call))
        if caller.arrival.handle_s < self._queues[caller.queue].wrap_up_s:
            self._plan(self.now + caller.arrival.handle_s, self._is_done, agent)

    def _is_done(self, agent: AgentId) -> None:
        self._send(WrapUpEnded(agent))

    def _flows_out(self, effect: RemoveFromQueue) -> None:
        caller = self._callers.get(effect.entry)
        if caller is None:
            return
        wait_s = self._leaves(caller)
        left = CallFlowedOut(effect.call, effect.entry, effect.queue, wait_s, effect.reason)
        self._send(left)
        if effect.to is None:
            self._finished(caller)
            return
        caller.entries += 1
        caller.entry = EntryId(f"{caller.call}-{caller.entries}")
        caller.queue, caller.queued_at = effect.to, self.now
        caller.waited_s += wait_s
        caller.has_left = False
        self._enters(caller)

    def _leaves(self, caller: _Caller) -> float:
        """The queue; how long they waited in it."""
        caller.has_left = True
        del self._callers[caller.entry]
        return self.now - caller.queued_at

    def _finished(self, caller: _Caller) -> None:
        self._unfinished -= caller.arrival.is_counted
