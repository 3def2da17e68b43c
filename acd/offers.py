"""Offers: atomic, named by an id, and leased. A call and an agent have at most one each."""

from acd.agents import Agents
from acd.effects import Connect, Effect, Record, RingAgent, StopRinging
from acd.matching import Assignment
from acd.model import Agent, Entry, Offer
from acd.queues import Queues
from acd.timers import Agenda, Kind, Timer
from events.agents import AgentState
from events.ids import OfferId, PhoneId
from events.queues import CallOffered, OfferClosed, OfferOutcome


class Offers:
    """Owner of every open offer, from the choice until the bridge stands or fails."""

    def __init__(
        self, queues: Queues, agents: Agents, agenda: Agenda, effects: list[Effect], first: int
    ) -> None:
        self.open: dict[OfferId, Offer] = {}
        self.next = first
        self._queues = queues
        self._agents = agents
        self._agenda = agenda
        self._effects = effects

    def parties(self, offer: Offer) -> tuple[Entry, Agent]:
        return self._queues.entries[offer.entry], self._agents.by_id[offer.agent]

    def ringing(self, agent: Agent) -> Offer | None:
        """The offer that rings the agent's phone right now."""
        offer = None if agent.offer is None else self.open[agent.offer]
        return None if offer is None or offer.answered else offer

    def make(self, assignment: Assignment, now: float) -> None:
        entry = self._queues.entries[assignment.entry]
        agent = self._agents.by_id[assignment.agent]
        assert agent.phone is not None
        offer = Offer(OfferId(self.next), entry.id, agent.id)
        self.next += 1
        self.open[offer.id] = offer
        self._queues.offered(entry, offer.id)
        agent.offer = agent.turn = offer.id
        settings = self._queues.settings(entry.queue)
        lease_s = settings.ring_s + settings.lease_grace_s + self._callback_s(entry)
        self._agenda.start(_timer(Kind.LEASE, offer), now + lease_s)
        fact = CallOffered(entry.call, entry.id, entry.queue, offer.id, agent.id)
        self._effects.append(Record(fact))
        self._agents.become(agent, AgentState.OFFERED, now)
        self._effects.append(self._ring(offer, entry, agent.phone, now))

    def _ring(self, offer: Offer, entry: Entry, phone: PhoneId, now: float) -> RingAgent:
        settings = self._queues.settings(entry.queue)
        return RingAgent(
            offer=offer.id,
            call=entry.call,
            entry=entry.id,
            queue=entry.queue,
            agent=offer.agent,
            phone=phone,
            ring_s=settings.ring_s,
            accept_key=settings.accept_key,
            accept_s=settings.accept_s,
            whisper=settings.whisper,
            language=entry.languages[0] if entry.languages else "",
            waited_s=now - entry.queued_at + entry.waited_s,
            auto_answer=settings.auto_answer,
            callback=entry.is_callback,
            callback_s=self._callback_s(entry),
        )

    def _callback_s(self, entry: Entry) -> float:
        """Time in which the customer is fetched to the line."""
        if not entry.is_callback:
            return 0.0
        return self._queues.settings(entry.queue).callback_ring_s

    def picked_up(self, offer: Offer, now: float) -> None:
        """Its agent hears whom they get: they have time for that, once."""
        if offer.answered or offer.picked_up:
            return
        offer.picked_up = True
        entry, _ = self.parties(offer)
        settings = self._queues.settings(entry.queue)
        lease_s = settings.accept_s + settings.lease_grace_s + self._callback_s(entry)
        self._agenda.start(_timer(Kind.LEASE, offer), now + lease_s)

    def answered(self, offer: Offer, now: float) -> None:
        """The phone was picked up: have it bridged. A second report changes nothing."""
        if offer.answered:
            return
        entry, _ = self.parties(offer)
        offer.answered = True
        self._queues.connecting(entry)
        self._agenda.stop(_timer(Kind.LEASE, offer))
        bridge_s = self._queues.settings(entry.queue).bridge_s
        self._agenda.start(_timer(Kind.BRIDGE, offer), now + bridge_s)
        self._record_closed(offer, entry, OfferOutcome.ANSWERED)
        self._effects.append(Connect(offer.id, entry.call, entry.id, entry.queue, offer.agent))
        self._call_off_others(offer, entry, now)

    def failed(self, offer: Offer, outcome: OfferOutcome, now: float) -> None:
        """The phone did not take the call. The caller waits on with place and age."""
        if offer.answered:
            return
        entry, agent = self.parties(offer)
        settings = self._queues.settings(entry.queue)
        self._close(offer, entry, agent, outcome)
        self._queues.keep_for_nobody(entry)
        if outcome is OfferOutcome.WITHDRAWN:  # by the owner: no fault of theirs, but not at once
            self._queues.refuse(entry, agent.id, now + settings.back_off_s)
            self._agents.settle(agent, now)
        else:
            again = settings.aftermath(outcome.value) == "available"
            if again or outcome is OfferOutcome.REJECTED:
                self._queues.refuse(entry, agent.id, now + settings.rejected_back_off_s)
            self._agents.offer_failed(agent, outcome, settings, now)
        self._wait_on(entry, now)

    def lease_ended(self, offer: Offer, now: float) -> None:
        """Nobody reported how the ringing ended: it ends here."""
        self._effects.append(StopRinging(offer.id, OfferOutcome.NO_ANSWER.value))
        self.failed(offer, OfferOutcome.NO_ANSWER, now)

    def end_leases(self) -> None:
        """From here on offers end only when somebody says so."""
        for offer in self.open.values():
            self._agenda.stop(_timer(Kind.LEASE, offer))
            self._agenda.stop(_timer(Kind.BRIDGE, offer))

    def withdraw(self, offer: Offer, reason: str, now: float) -> None:
        """Take back an offer because of its agent, who has no offer then.

        The caller waits on; the agent is still OFFERED: say what they are next.
        """
        entry, agent = self.parties(offer)
        self._effects.append(StopRinging(offer.id, reason))
        self._close(offer, entry, agent, OfferOutcome.WITHDRAWN)
        self._queues.keep_for_nobody(entry)
        self._wait_on(entry, now)

    def caller_left(self, offer: Offer, now: float, reason: str = "caller_left") -> None:
        """The entry ends while its offer is open; the agent keeps their place."""
        entry, agent = self.parties(offer)
        self._effects.append(StopRinging(offer.id, reason))
        self._close(offer, entry, agent, OfferOutcome.WITHDRAWN)
        self._agents.settle(agent, now)

    def bridge_failed(self, offer: Offer, now: float) -> None:
        """The phone answered but could not be joined with the caller, who waits on."""
        entry, agent = self.parties(offer)
        settings = self._queues.settings(entry.queue)
        self._close(offer, entry, agent, OfferOutcome.UNREACHABLE)
        self._queues.keep_for_nobody(entry)
        self._agents.back_off(agent, "not_bridged", settings, now)
        self._wait_on(entry, now)

    def bridge_ended(self, offer: Offer, now: float) -> None:
        """No bridge was reported in time."""
        self._effects.append(StopRinging(offer.id, "not_bridged"))
        self.bridge_failed(offer, now)

    def bridged(self, offer: Offer) -> None:
        """The offer did its work; the entry and the agent are the caller's to move on."""
        entry, agent = self.parties(offer)
        self._close(offer, entry, agent, OfferOutcome.ANSWERED)

    def _call_off_others(self, winner: Offer, entry: Entry, now: float) -> None:
        """The rest of the group: who was slower keeps their place."""
        for other in [self.open[each] for each in entry.offers if each != winner.id]:
            agent = self._agents.by_id[other.agent]
            self._effects.append(StopRinging(other.id, "answered_elsewhere"))
            self._close(other, entry, agent, OfferOutcome.WITHDRAWN)
            self._agents.settle(agent, now)

    def _wait_on(self, entry: Entry, now: float) -> None:
        """One of its phones is out; the caller waits again if it was the last."""
        if not entry.offers:
            self._queues.return_to_waiting(entry, now)

    def _close(self, offer: Offer, entry: Entry, agent: Agent, outcome: OfferOutcome) -> None:
        del self.open[offer.id]
        agent.offer = None
        entry.offers.remove(offer.id)
        self._agenda.stop(_timer(Kind.LEASE, offer))
        self._agenda.stop(_timer(Kind.BRIDGE, offer))
        if not offer.answered:
            self._record_closed(offer, entry, outcome)

    def _record_closed(self, offer: Offer, entry: Entry, outcome: OfferOutcome) -> None:
        fact = OfferClosed(offer.id, entry.call, entry.queue, offer.agent, outcome)
        self._effects.append(Record(fact))


def _timer(kind: Kind, offer: Offer) -> Timer:
    return Timer(kind, str(offer.id))
