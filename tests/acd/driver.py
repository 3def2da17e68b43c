"""Short words for tests that spell out single decisions."""

from collections.abc import Iterable, Mapping

from acd.distributor import Distributor
from acd.effects import Connect, Effect, Record, RemoveFromQueue, RingAgent, StopRinging
from acd.model import AgentView
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentMadeAvailable, AgentReleased, AgentSignedIn, AgentState, PhoneReached
from events.event import Event
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import CallQueued, OfferAnswered, OfferFailed, OfferOutcome, QueueAnswered

QUEUE = QueueName("q")
ANN, BOB = AgentId("ann"), AgentId("bob")
PHONES = {ANN: PhoneId("2001"), BOB: PhoneId("2002")}


class Driver:
    """A distributor, its time, and what it asked for last."""

    def __init__(
        self,
        settings: QueueSettings | Mapping[QueueName, QueueSettings] | None = None,
        agents: Mapping[AgentId, AgentProfile] | None = None,
    ) -> None:
        queues = (
            {QUEUE: settings or QueueSettings()} if not isinstance(settings, Mapping) else settings
        )
        self.agents = agents or {ANN: AgentProfile(), BOB: AgentProfile()}
        self.queues = queues
        self.acd = Distributor(queues, self.agents)
        self.now = 0.0
        self.said: list[str] = []
        self.facts: list[Event] = []
        self.left: list[RemoveFromQueue] = []

    def happens(self, *events: Event, at: float | None = None) -> list[str]:
        """What the distributor asks for, in short words; facts go to `facts`."""
        self.now = self.now if at is None else at
        self.facts = []
        self.said = self._short([e for event in events for e in self.acd.handle(event, self.now)])
        return self.said

    def passes(self, until: float) -> list[str]:
        """Everything asked for on the way there, each deadline looked at when it comes."""
        self.facts = []
        effects: list[Effect] = []
        while (deadline := self.acd.next_deadline()) is not None and deadline <= until:
            effects += self.acd.tick(deadline)
        self.now = until
        self.said = self._short(effects)
        return self.said

    def signs_in(self, *agents: AgentId) -> list[str]:
        for agent in agents:
            self.happens(PhoneReached(PHONES[agent]))
        return self.happens(*(AgentSignedIn(agent, PHONES[agent]) for agent in agents))

    def calls(
        self,
        name: str,
        *,
        at: float | None = None,
        queue: QueueName = QUEUE,
        skills: Mapping[str, int] | None = None,
        languages: tuple[str, ...] = (),
        priority: int = 0,
        waited_s: float = 0.0,
    ) -> list[str]:
        event = CallQueued(
            CallId(name), EntryId(name), queue, skills or {}, languages, priority, waited_s
        )
        return self.happens(event, at=at)

    def answers(self, offer: int) -> list[str]:
        return self.happens(OfferAnswered(OfferId(offer)))

    def fails(self, offer: int, outcome: OfferOutcome) -> list[str]:
        return self.happens(OfferFailed(OfferId(offer), outcome))

    def bridged(
        self, name: str, agent: AgentId, offer: int, *, queue: QueueName = QUEUE
    ) -> list[str]:
        event = QueueAnswered(CallId(name), EntryId(name), queue, agent, OfferId(offer), 0.0)
        return self.happens(event)

    def talks(self, name: str, agent: AgentId, offer: int, *, seconds: float) -> list[str]:
        """From the ringing phone to the end of the agent's leg."""
        self.answers(offer)
        self.bridged(name, agent, offer)
        return self.happens(AgentReleased(agent, CallId(name)), at=self.now + seconds)

    def available(self, agent: AgentId) -> list[str]:
        return self.happens(AgentMadeAvailable(agent))

    def view(self, agent: AgentId) -> AgentView:
        (view,) = [view for view in self.acd.agents() if view.id == agent]
        return view

    def state(self, agent: AgentId) -> tuple[AgentState, str]:
        view = self.view(agent)
        return (view.state, view.reason)

    def _short(self, effects: Iterable[Effect]) -> list[str]:
        said = []
        for effect in effects:
            match effect:
                case RingAgent():
                    said.append(f"ring {effect.agent} for {effect.call} ({effect.offer})")
                case StopRinging():
                    said.append(f"stop {effect.offer}: {effect.reason}")
                case Connect():
                    said.append(f"connect {effect.call} to {effect.agent} ({effect.offer})")
                case RemoveFromQueue():
                    said.append(f"remove {effect.call}: {effect.reason} after {effect.wait_s:g} s")
                case Record():
                    self.facts.append(effect.event)
        return said
