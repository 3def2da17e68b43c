"""What the distributor makes of events about callers, offers and bridges."""

from collections.abc import Mapping

from acd.agents import SERVING, Agents
from acd.expectations import Expectations
from acd.model import Agent, Entry, Place
from acd.offers import Offers
from acd.queues import Closure, Queues
from acd.reactions import Reaction, Steps
from acd.requirements import profile_key, rank
from events.agents import AgentState, WrapUpExtended
from events.callbacks import CallBackLeft, CallBackQueued
from events.calls import CallEnded, CallHeld, CallResumed, CallUnbridged
from events.event import Event
from events.ids import AgentId, CallId, EntryId
from events.queues import (
    BridgeFailed,
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    OfferAnswered,
    OfferAnsweredLate,
    OfferFailed,
    OfferPickedUp,
    QueueAnswered,
    QueueClosed,
    QueueOpened,
)


class CallEvents:
    def __init__(
        self, queues: Queues, agents: Agents, offers: Offers, expectations: Expectations
    ) -> None:
        self._queues = queues
        self._agents = agents
        self._offers = offers
        self._expectations = expectations

    def reactions(self) -> Mapping[type[Event], Reaction]:
        return {
            CallQueued: self._queued,
            CallBackQueued: self._callback_queued,
            CallBackLeft: self._callback_left,
            CallAbandoned: self._abandoned,
            CallFlowedOut: self._flowed_out,
            CallEnded: self._ended,
            OfferPickedUp: self._offer_picked_up,
            OfferAnswered: self._offer_answered,
            OfferAnsweredLate: self._offer_answered_late,
            OfferFailed: self._offer_failed,
            QueueAnswered: self._answered,
            BridgeFailed: self._bridge_failed,
            WrapUpExtended: self._wrap_up_extended,
            QueueClosed: self._queue_closed,
            QueueOpened: self._queue_opened,
            CallHeld: self._held,
            CallResumed: self._resumed,
            CallUnbridged: self._unbridged,
        }

    def _queued(self, event: CallQueued, now: float) -> None:
        if event.entry in self._queues.entries:
            self._queues.customer_came(self._queues.entries[event.entry], now)
            return
        earlier = self._queues.of_call(event.call)
        if earlier is not None:  # a caller is in one place at a time
            self._take_out(earlier, now)
        entry = self._queues.add(event, now)
        wanted = event.preferred if event.preferred_s > 0 else None
        if wanted is not None and self._could_serve(wanted, entry):
            self._queues.keep_for(entry, wanted, now + event.preferred_s)
        self._queues.enter(entry, now)
        if not self._queues.is_open(event.queue) and entry.place is Place.WAITING:
            self._queues.leave(entry, "closed", now)

    def _callback_queued(self, event: CallBackQueued, now: float) -> None:
        """It waits for an agent only: neither limits nor the lack of agents send it away."""
        if event.entry in self._queues.entries:
            return
        entry = self._queues.add(event, now)
        self._queues.enter(entry, now)
        if not self._queues.is_open(event.queue) and entry.place is Place.WAITING:
            self._queues.leave(entry, "closed", now)

    def _callback_left(self, event: CallBackLeft, now: float) -> None:
        self._left(event.entry, now)

    def _could_serve(self, agent_id: AgentId, entry: Entry) -> bool:
        """Whether it makes sense to wait for this one agent."""
        agent = self._agents.by_id.get(agent_id)
        if agent is None or not agent.reachable or agent.state not in SERVING or agent.pending:
            return False
        requirement = self._queues.requirement(entry)
        able = rank(requirement, profile_key(agent.profile)) is not None
        return able and agent_id not in requirement.refused

    def _abandoned(self, event: CallAbandoned, now: float) -> None:
        if event.entry in self._queues.entries:
            self._expectations.ended(event.queue, now, answered=False, wait_s=event.wait_s)
        self._left(event.entry, now)

    def _flowed_out(self, event: CallFlowedOut, now: float) -> None:
        self._left(event.entry, now)

    def _ended(self, event: CallEnded, now: float) -> None:
        """Nothing of a call outlives it, even where an earlier event is missing."""
        entry = self._queues.of_call(event.call)
        if entry is not None:
            self._take_out(entry, now)
        for agent in self._agents.on_call(event.call):
            if event.call in agent.engaged:
                self._agents.disengage(agent, event.call, now)
            else:
                self.end_talk(agent, now)

    def _offer_answered(self, event: OfferAnswered, now: float) -> None:
        offer = self._offers.open.get(event.offer)
        if offer is not None:  # else too late: it connects nobody
            self._offers.answered(offer, now)

    def _offer_picked_up(self, event: OfferPickedUp, now: float) -> None:
        offer = self._offers.open.get(event.offer)
        if offer is not None:
            self._offers.picked_up(offer, now)

    def _offer_answered_late(self, event: OfferAnsweredLate, now: float) -> None:
        agent = self._agents.by_id.get(event.agent)
        if agent is not None and event.offer not in self._offers.open:
            self._agents.answered_late(agent, event.offer, now)

    def _offer_failed(self, event: OfferFailed, now: float) -> None:
        offer = self._offers.open.get(event.offer)
        if offer is not None:
            self._offers.failed(offer, event.outcome, now)

    def _bridge_failed(self, event: BridgeFailed, now: float) -> None:
        offer = self._offers.open.get(event.offer)
        if offer is not None:
            self._offers.bridge_failed(offer, now)

    def _answered(self, event: QueueAnswered, now: float) -> None:
        """A bridge that stands is a fact, even if its offer was given up meanwhile."""
        entry = self._queues.entries.get(event.entry)
        agent = self._agents.by_id.get(event.agent)
        offer = self._offers.open.get(event.offer)
        if offer is not None and (offer.entry, offer.agent) == (event.entry, event.agent):
            self._offers.bridged(offer)
        if entry is not None:  # its other phones were not as fast as who picked up
            self._take_out(entry, now, "answered_elsewhere")
        self._expectations.ended(event.queue, now, answered=True, wait_s=event.wait_s)
        if agent is not None and agent.state is not AgentState.TALKING:
            other = self._offers.open.get(agent.offer) if agent.offer is not None else None
            if other is not None:
                self._offers.withdraw(other, "busy", now)
            self._agents.talk(agent, event.call, event.entry, event.queue, now)

    def _held(self, event: CallHeld, now: float) -> None:
        for agent in self._talking(event.call):
            self._agents.hold(agent, event.by, held=True, now=now)

    def _resumed(self, event: CallResumed, now: float) -> None:
        for agent in self._talking(event.call):
            self._agents.hold(agent, event.by, held=False, now=now)

    def _unbridged(self, event: CallUnbridged, now: float) -> None:
        for agent in self._talking(event.call):
            if event.agent in (None, agent.id):
                self._agents.unbridged(agent, now)

    def end_talk(self, agent: Agent, now: float) -> None:
        """The agent's leg of a queue's call ended."""
        assert agent.conversation is not None
        wrap_up_s = self._queues.settings(agent.conversation.queue).wrap_up_s
        self._agents.end_talk(agent, wrap_up_s, now)

    def _talking(self, call: CallId) -> list[Agent]:
        """Agents in conversation with the caller, leaving out those on a direct call with it."""
        agents = self._agents.on_call(call)
        return [agent for agent in agents if agent.conversation and call not in agent.engaged]

    def _wrap_up_extended(self, event: WrapUpExtended, now: float) -> None:
        agent = self._agents.by_id.get(event.agent)
        if agent is not None and agent.conversation is not None:
            most_s = self._queues.settings(agent.conversation.queue).wrap_up_max_s
            self._agents.extend_wrap_up(agent, event.by_s, most_s, now)

    def _queue_closed(self, event: QueueClosed, now: float) -> Steps:
        closure = Closure(event.reason, event.waiting)
        return self._queues.close(event.queue, event.cause, closure, now)

    def _queue_opened(self, event: QueueOpened, now: float) -> None:
        self._queues.open(event.queue, event.cause)

    def _left(self, entry_id: EntryId, now: float) -> None:
        entry = self._queues.entries.get(entry_id)
        if entry is not None:
            self._take_out(entry, now)

    def _take_out(self, entry: Entry, now: float, reason: str = "caller_left") -> None:
        for offer in list(entry.offers):
            self._offers.caller_left(self._offers.open[offer], now, reason)
        self._queues.remove(entry)
