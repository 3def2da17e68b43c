"""The world around a distributor, for tests: phones that ring, callers who wait, facts on record.

It obeys effects as `calls` does and complains when one makes no sense. Beside the distributor
runs a twin with the plain matcher, which must ask for the same.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from unittest.mock import patch

from acd.distributor import Deciding, Distributor
from acd.effects import Connect, Effect, Record, RemoveFromQueue, RingAgent, StopRinging
from acd.model import Place
from acd.settings import AgentProfile, QueueSettings
from events.agents import (
    AgentEngaged,
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentReleased,
    AgentSignedIn,
    AgentSignedOut,
    AgentState,
    AgentStateChanged,
    PhoneLost,
    PhoneReached,
)
from events.callbacks import CallBackLeft, CallBackQueued
from events.calls import CallEnded
from events.event import Event
from events.ids import AgentId, CallBackId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import (
    BridgeFailed,
    CallAbandoned,
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferAnswered,
    OfferClosed,
    OfferFailed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
    QueueClosed,
    QueueOpened,
)
from tests.acd.oracle import PlainMatcher

Queues = Mapping[QueueName, QueueSettings]
Agents = Mapping[AgentId, AgentProfile]

UNREACHABLE = (AgentState.AVAILABLE, "unreachable")
UNTIMED = {
    AgentState.SIGNED_OUT,
    AgentState.NOT_AVAILABLE,
    AgentState.TALKING,
    AgentState.BUSY,
}
"""States that time alone never ends."""


@dataclass(frozen=True)
class Configuration:
    queues: Queues
    agents: Agents


@dataclass(frozen=True)
class Ringing:
    call: CallId
    entry: EntryId
    queue: QueueName
    agent: AgentId


def in_steps(acd: Distributor, deciding: Deciding) -> list[Effect]:
    """A decision whose maker is asked for everything between its steps."""
    effects = []
    for step in deciding:
        effects += step
        if not acd._is_deciding:
            continue
        acd.agents()
        for queue in acd.queues():
            waiting = acd.waiting(queue.name)
            places = [view.position for view in waiting if view.place is not Place.LEAVING]
            assert places == list(range(1, len(places) + 1))
            assert queue.waiting + queue.callbacks == len(waiting)
    return effects


class World:
    def __init__(self, configuration: Configuration) -> None:
        self.first = self.configuration = configuration
        self.now = 100.0
        self.acd = Distributor(configuration.queues, configuration.agents)
        with patch("acd.distributor.Matcher", PlainMatcher):
            self.twin = Distributor(configuration.queues, configuration.agents)
        self.inputs: list[tuple[float, Event | Configuration]] = []
        self.effects: list[Effect] = []
        self.log: list[tuple[float, Event]] = []
        self.callers: dict[EntryId, CallQueued] = {}  # not answered, abandoned or flowed out
        self.ringing: dict[OfferId, Ringing] = {}
        self.connecting: dict[OfferId, Ringing] = {}
        self.leaving: dict[EntryId, RemoveFromQueue] = {}
        self.talking: dict[AgentId, CallQueued] = {}
        self.offers: dict[OfferId, Ringing] = {}  # every one ever made: reports may come late
        self.refused: dict[tuple[EntryId, AgentId], float] = {}
        self.open_offers: set[OfferId] = set()  # on record as offered and not as closed
        self.states: dict[AgentId, tuple[AgentState, str]] = {}
        self.reached: set[PhoneId | None] = set()
        self.seats: dict[PhoneId, AgentId] = {}  # who signed in there last
        self.engaged: defaultdict[AgentId, set[CallId]] = defaultdict(set)
        self.rests: dict[AgentId, float] = {}  # nothing rings them before
        self.answered: OfferId | None = None  # the report that the distributor has just got
        self.offered = 0
        self.queued_at: dict[EntryId, float] = {}
        self.kept_until: dict[EntryId, float] = {}  # for a preferred agent, at the latest
        self.closed: dict[QueueName | None, set[str]] = {}
        self.callbacks: set[EntryId] = set()  # nobody is on the line
        self._ticking = False
        self.unhandled: set[tuple[EntryId, AgentId]] = set()
        self.given_up: set[OfferId] = set()  # answered, but we stopped waiting for the bridge
        self.ends = {"answered": 0, "abandoned": 0, "flowed_out": 0}

    def happens(self, event: Event) -> list[Effect]:
        self.log.append((self.now, event))
        self.inputs.append((self.now, event))
        self._note(event)
        effects = self.acd.handle(event, self.now)
        assert effects == in_steps(self.twin, self.twin.handling(event, self.now))
        self._obey(effects)
        return effects

    def configured(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.inputs.append((self.now, configuration))
        effects = self.acd.configure(configuration.queues, configuration.agents, self.now)
        told = (configuration.queues, configuration.agents, self.now)
        assert effects == in_steps(self.twin, self.twin.configuring(*told))
        self._obey(effects)

    def jumps(self, seconds: float) -> None:
        """The machine slept: all that came due meanwhile is looked at in one go."""
        self.now += seconds
        self._tick()

    def passes(self, seconds: float, *, late_s: float = 0.0) -> None:
        """Time passes; each deadline is looked at `late_s` after it came, or at the end."""
        end = self.now + seconds
        while (deadline := self.acd.next_deadline()) is not None and deadline + late_s <= end:
            self.now = max(self.now, deadline + late_s)
            self._tick()
            after = self.acd.next_deadline()
            assert after is None or after > self.now, "a due timer must not stay due"
        self.now = end
        self._tick()

    def restarts(self, shift_s: float = 0.0) -> None:
        """The distributor is saved as text and goes on from it."""
        saved = json.dumps(self.acd.snapshot())
        queues, agents = self.configuration.queues, self.configuration.agents
        self.acd = Distributor.restore(json.loads(saved), queues, agents, shift_s=shift_s)
        if shift_s == 0:
            assert json.dumps(self.acd.snapshot()) == saved

    def answers(self, offer: OfferId) -> None:
        rang = offer in self.ringing
        self.answered = offer
        self.happens(OfferAnswered(offer))
        self.answered = None
        if rang:
            assert offer in self.connecting or offer in self.given_up

    def bridge_stands(self, offer: OfferId) -> None:
        self.customer_comes(offer)
        it = self.offers[offer]
        wait_s = 0.0
        self.happens(QueueAnswered(it.call, it.entry, it.queue, it.agent, offer, wait_s))

    def bridge_fails(self, offer: OfferId) -> None:
        self.happens(BridgeFailed(self.offers[offer].call, offer))

    def customer_comes(self, offer: OfferId) -> None:
        """Who is called back is on the line: from now on they are a caller as any other."""
        entry = self.offers[offer].entry
        if entry in self.callbacks:
            self.happens(self.callers[entry])

    def callback_leaves(self, entry: EntryId) -> None:
        it = self.callers[entry]
        back = CallBackId("back")
        self.happens(CallBackLeft(back, it.call, entry, it.queue, "no_answer", attempted=True))

    def abandons(self, entry: EntryId) -> None:
        if entry in self.callbacks:
            self.callback_leaves(entry)
            return
        caller = self.callers[entry]
        self.happens(CallAbandoned(caller.call, entry, caller.queue, 0.0))

    def flows_out(self, entry: EntryId, reason: str) -> None:
        if entry in self.callbacks:
            self.callback_leaves(entry)
            return
        caller = self.callers[entry]
        self.happens(CallFlowedOut(caller.call, entry, caller.queue, 0.0, reason))

    def hangs_up(self, agent: AgentId) -> None:
        """The conversation of a queue's call ends."""
        self.happens(AgentReleased(agent, self.talking[agent].call))

    def released(self, agent: AgentId, call: CallId) -> None:
        self.happens(AgentReleased(agent, call))

    def late_bridges(self) -> list[OfferId]:
        """Offers given up for want of a bridge, whose caller still waits."""
        return sorted(
            offer
            for offer in self.given_up
            if self.offers[offer].entry in self.callers
            and self.offers[offer].agent not in self.talking
            and self.offers[offer].agent in self.configuration.agents
        )

    def relaxes_from(self, caller: CallQueued) -> float:
        """Start of the wait that relaxation counts."""
        return self.queued_at[caller.entry] - (caller.waited_s if caller.returned else 0.0)

    def replay(self) -> list[Effect]:
        """What a fresh distributor asks for, given the recorded inputs and nothing between."""
        acd = Distributor(self.first.queues, self.first.agents)
        effects: list[Effect] = []
        for now, what in self.inputs:
            match what:
                case Configuration():
                    effects += acd.configure(what.queues, what.agents, now)
                case Event():
                    effects += acd.handle(what, now)
        return effects + acd.tick(self.now)

    def _tick(self) -> None:
        effects = self.acd.tick(self.now)
        assert effects == in_steps(self.twin, self.twin.ticking(self.now))
        self._ticking = True
        self._obey(effects)
        self._ticking = False

    def _note(self, event: Event) -> None:
        """What the world knows of its own doing, before the distributor hears of it."""
        match event:
            case PhoneReached(phone=phone):
                self.reached.add(phone)
                seated = self.seats.get(phone)
                if self.states.get(seated or AgentId("")) == UNREACHABLE:
                    self.rests.pop(seated or AgentId(""), None)
            case QueueClosed(queue=queue, cause=cause):
                self.closed.setdefault(queue, set()).add(cause)
            case QueueOpened(queue=queue, cause=cause):
                self.closed.get(queue, set()).discard(cause)
                if not self.closed.get(queue):
                    self.closed.pop(queue, None)
            case PhoneLost(phone=phone):
                self.reached.discard(phone)
            case AgentSignedIn(agent=agent, phone=phone):
                self.rests.pop(agent, None)
                if agent in self.configuration.agents:
                    self.seats[phone] = agent
            case AgentMadeAvailable(agent=agent) | AgentMadeNotAvailable(agent=agent):
                self.rests.pop(agent, None)
            case AgentSignedOut(agent=agent):
                self.rests.pop(agent, None)
            case CallEnded(call=call):
                for agent in [name for name, it in self.talking.items() if it.call == call]:
                    del self.talking[agent]
            case AgentEngaged(agent=agent, call=call):
                self.rests.pop(agent, None)
                self.engaged[agent].add(call)
            case CallBackQueued() | CallBackLeft() | CallQueued():
                self._note_caller(event)
            case CallAbandoned(entry=entry):
                self._caller_ends(entry, "abandoned")
            case CallFlowedOut(entry=entry):
                self._caller_ends(entry, "flowed_out")
            case QueueAnswered():
                self.connecting.pop(event.offer, None)
                self.given_up.discard(event.offer)
                self.rests.pop(event.agent, None)  # a late bridge: they talk instead of resting
                self.talking[event.agent] = self._caller_ends(event.entry, "answered")
                self.unhandled.add((event.entry, event.agent))
            case OfferFailed(offer=offer, outcome=outcome) if offer in self.ringing:
                self._offer_fails(self.ringing.pop(offer), outcome)
            case BridgeFailed(offer=offer):
                self.ringing.pop(offer, None)
                self.connecting.pop(offer, None)
            case AgentReleased(agent=agent, call=call):
                self.engaged[agent].discard(call)
                if agent in self.talking and self.talking[agent].call == call:
                    del self.talking[agent]
                for offer, it in list(self.connecting.items()):
                    if (it.agent, it.call) == (agent, call):
                        del self.connecting[offer]

    def _note_caller(self, event: Event) -> None:
        match event:
            case CallBackQueued():
                self.callbacks.add(event.entry)
                self.queued_at[event.entry] = self.now
                self.callers[event.entry] = CallQueued(
                    event.call,
                    event.entry,
                    event.queue,
                    event.skills,
                    event.languages,
                    event.priority,
                    event.waited_s,
                    returned=True,
                )
            case CallBackLeft(entry=entry):
                self.callbacks.discard(entry)
                self.leaving.pop(entry, None)
                del self.callers[entry]
            case CallQueued(entry=entry) if entry in self.callbacks:
                self.callbacks.discard(entry)
                self.offered += 1
            case CallQueued():
                self.offered += 1
                self.queued_at[event.entry] = self.now
                self.kept_until[event.entry] = self.now + event.preferred_s
                self.callers[event.entry] = event

    def _offer_fails(self, it: Ringing, outcome: OfferOutcome) -> None:
        settings = self.configuration.queues[it.queue]
        if outcome is OfferOutcome.WITHDRAWN:
            self.refused[it.entry, it.agent] = self.now + settings.back_off_s
            return
        after = settings.aftermath(outcome.value)
        if outcome is OfferOutcome.REJECTED or after == "available":
            self.refused[it.entry, it.agent] = self.now + settings.rejected_back_off_s
        if isinstance(after, int | float):
            self.rests[it.agent] = self.now + after
        elif after == "rest":
            self.rests[it.agent] = self.now + settings.back_off_s

    def _caller_ends(self, entry: EntryId, how: str) -> CallQueued:
        self.ends[how] += 1
        self.leaving.pop(entry, None)
        return self.callers.pop(entry)

    def _obey(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case RingAgent():
                    self._ring(effect)
                case StopRinging(offer=offer):
                    assert (offer in self.ringing) != (offer in self.connecting)
                    if self.ringing.pop(offer, None) is None:
                        del self.connecting[offer]
                        self.given_up.add(offer)
                case Connect(offer=offer):
                    assert offer == self.answered
                    it = self.ringing.pop(offer)
                    assert it == Ringing(effect.call, effect.entry, effect.queue, effect.agent)
                    self.connecting[offer] = it
                case RemoveFromQueue():
                    assert effect.entry in self.callers
                    assert effect.entry not in self.leaving
                    assert effect.reason != "closed" or effect.to not in self.closed
                    self.leaving[effect.entry] = effect
                case Record(event=fact):
                    self.log.append((self.now, fact))
                    self._record(fact)
        for agent in self.engaged.keys() - {view.id for view in self.acd.agents()}:
            del self.engaged[agent]  # dismissed: none of the distributor's business

    def _ring(self, ring: RingAgent) -> None:
        busy = [*self.ringing.values(), *self.connecting.values()]
        assert all(ring.agent != it.agent for it in busy)
        group = [it for it in busy if it.entry == ring.entry]
        assert len(group) < self.configuration.queues[ring.queue].ring_at_once
        assert all(it.entry != ring.entry for it in self.connecting.values())
        assert ring.offer not in self.offers
        assert ring.entry in self.callers
        assert ring.entry not in self.leaving
        assert ring.phone in self.reached
        assert self.seats[ring.phone] == ring.agent
        assert not self.engaged[ring.agent]
        assert self.rests.get(ring.agent, 0.0) <= self.now
        assert self.refused.get((ring.entry, ring.agent), 0.0) <= self.now
        it = Ringing(ring.call, ring.entry, ring.queue, ring.agent)
        self.offers[ring.offer] = self.ringing[ring.offer] = it

    def _record(self, fact: Event) -> None:
        match fact:
            case CallOffered(offer=offer):
                self.open_offers.add(offer)
            case OfferClosed(offer=offer):
                self.open_offers.remove(offer)
            case QueueCallHandled(entry=entry, agent=agent):
                self.unhandled.remove((entry, agent))
            case AgentStateChanged(agent=agent):
                was = (fact.was, fact.was_reason)
                assert was == self.states.get(agent, (AgentState.SIGNED_OUT, ""))
                assert was != (fact.state, fact.reason)
                assert fact.was_s >= 0
                assert (fact.state is not AgentState.OFFERED) or was == (AgentState.AVAILABLE, "")
                assert not (self._ticking and fact.was in UNTIMED), (
                    f"it takes more than time: {fact}"
                )
                self.states[agent] = (fact.state, fact.reason)
