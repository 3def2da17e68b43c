"""What the distributor makes of events about agents and their phones."""

from collections.abc import Callable, Mapping

from acd.agents import Agents
from acd.model import Agent
from acd.offers import Offers
from acd.reactions import Reaction
from events.agents import (
    AgentEngaged,
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentReleased,
    AgentSignedIn,
    AgentSignedOut,
    AgentState,
    PhoneLost,
    PhoneReached,
    WrapUpEnded,
)
from events.event import Event
from events.ids import AgentId, CallId

ON_A_CALL = frozenset({AgentState.TALKING, AgentState.BUSY})


class AgentEvents:
    """Events about agents who are not configured are ignored."""

    def __init__(
        self, agents: Agents, offers: Offers, end_talk: Callable[[Agent, float], None]
    ) -> None:
        """`end_talk`: called when an agent's leg of a queue's call ended."""
        self._agents = agents
        self._offers = offers
        self._end_talk = end_talk

    def reactions(self) -> Mapping[type[Event], Reaction]:
        return {
            AgentSignedIn: self._signed_in,
            AgentSignedOut: self._signed_out,
            AgentMadeAvailable: self._made_available,
            AgentMadeNotAvailable: self._made_not_available,
            WrapUpEnded: self._wrap_up_ended,
            PhoneReached: self._phone_reached,
            PhoneLost: self._phone_lost,
            AgentEngaged: self._engaged,
            AgentReleased: self._released,
        }

    def sign_out(self, agent: Agent, now: float) -> None:
        """At once, or at the end of the call that they are on."""
        self._withdraw(agent, "signed_out", now)
        if self._is_on_a_call(agent):
            self._agents.intend(agent, (AgentState.SIGNED_OUT, ""))
        elif agent.state is AgentState.WRAP_UP:
            self._agents.intend(agent, (AgentState.SIGNED_OUT, ""))
            self._agents.finish_wrap_up(agent, now)
        elif agent.state is not AgentState.SIGNED_OUT:
            self._agents.sign_out(agent, now)

    def _signed_in(self, event: AgentSignedIn, now: float) -> None:
        agent = self._employed(event.agent)
        if agent is None:
            return
        other = self._agents.at_phone(event.phone)
        if other is not None and other is not agent:
            self.sign_out(other, now)
            self._agents.unseat(other)  # a call in progress goes on without the seat
        if agent.state is AgentState.SIGNED_OUT:
            self._agents.sign_in(agent, event.phone, available=event.available, now=now)
            return
        if agent.phone != event.phone:
            if self._withdraw(agent, "signed_in_elsewhere", now):
                self._agents.settle(agent, now)
            self._agents.seat(agent, event.phone)
        if event.available:
            self._agents.make_available(agent, now)
        else:
            self._make_not_available(agent, "", now)

    def _signed_out(self, event: AgentSignedOut, now: float) -> None:
        agent = self._agents.by_id.get(event.agent)
        if agent is not None:
            self.sign_out(agent, now)

    def _made_available(self, event: AgentMadeAvailable, now: float) -> None:
        agent = self._employed(event.agent)
        if agent is not None:
            self._agents.make_available(agent, now)

    def _made_not_available(self, event: AgentMadeNotAvailable, now: float) -> None:
        agent = self._employed(event.agent)
        if agent is not None and agent.state is not AgentState.SIGNED_OUT:
            self._make_not_available(agent, event.reason, now)

    def _make_not_available(self, agent: Agent, reason: str, now: float) -> None:
        self._withdraw(agent, "not_available", now)
        if self._is_on_a_call(agent) or agent.state is AgentState.WRAP_UP:
            self._agents.intend(agent, (AgentState.NOT_AVAILABLE, reason))
            return
        self._agents.end_absence(agent)
        self._agents.become(agent, AgentState.NOT_AVAILABLE, now, reason)

    def _wrap_up_ended(self, event: WrapUpEnded, now: float) -> None:
        agent = self._agents.by_id.get(event.agent)
        if agent is not None and agent.state is AgentState.WRAP_UP:
            self._agents.finish_wrap_up(agent, now)

    def _phone_reached(self, event: PhoneReached, now: float) -> None:
        self._agents.phone_reached(event.phone, now)

    def _phone_lost(self, event: PhoneLost, now: float) -> None:
        agent = self._agents.at_phone(event.phone)
        self._agents.phone_lost(event.phone)
        if agent is not None and self._withdraw(agent, "phone_lost", now):
            self._agents.settle(agent, now)

    def _engaged(self, event: AgentEngaged, now: float) -> None:
        agent = self._agents.by_id.get(event.agent)
        wrapping_up = agent is not None and agent.state is AgentState.WRAP_UP
        if agent is None or (self._is_queue_call(agent, event.call) and not wrapping_up):
            return
        self._withdraw(agent, "busy", now)
        self._agents.engage(agent, event.call, now)

    def _released(self, event: AgentReleased, now: float) -> None:
        agent = self._agents.by_id.get(event.agent)
        if agent is None:
            return
        if event.call in agent.engaged:
            self._agents.disengage(agent, event.call, now)
        elif not self._is_queue_call(agent, event.call):
            return
        elif agent.offer is not None:  # they hung up before the bridge stood
            self._offers.bridge_failed(self._offers.open[agent.offer], now)
        elif agent.state is AgentState.TALKING:
            self._end_talk(agent, now)

    def _employed(self, agent_id: AgentId) -> Agent | None:
        """None for who was taken out of the configuration and only ends their last call."""
        agent = self._agents.by_id.get(agent_id)
        return None if agent is None or agent.dismissed else agent

    def _withdraw(self, agent: Agent, reason: str, now: float) -> bool:
        """Take back what rings at their phone; false if nothing did. They are OFFERED still."""
        offer = self._offers.ringing(agent)
        if offer is not None:
            self._offers.withdraw(offer, reason, now)
        return offer is not None

    def _is_on_a_call(self, agent: Agent) -> bool:
        """On a direct call or a queue's, which includes an answered offer on its way there."""
        return agent.state in ON_A_CALL or agent.offer is not None

    def _is_queue_call(self, agent: Agent, call: CallId) -> bool:
        if agent.conversation is not None:
            return agent.conversation.call == call
        if agent.offer is None:
            return False
        entry, _ = self._offers.parties(self._offers.open[agent.offer])
        return entry.call == call
