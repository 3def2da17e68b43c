"""What others may see of the distributor: values, made when asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping

from acd.agents import Agents
from acd.competition import Competition, Demand, Heads
from acd.expectations import Expectations, Forecast
from acd.matching import Matcher
from acd.model import Agent, AgentView, Entry, Place, QueueView, WaitingView
from acd.offers import Offers
from acd.queues import Queues
from acd.requirements import ProfileKey, Requirement, profile_key
from events.agents import AgentState
from events.ids import CallId, QueueName

IDLE = (AgentState.AVAILABLE, AgentState.OFFERED)


class Views:
    def __init__(
        self,
        queues: Queues,
        agents: Agents,
        offers: Offers,
        matcher: Matcher,
        expectations: Expectations,
    ) -> None:
        self._queues = queues
        self._agents = agents
        self._offers = offers
        self._matcher = matcher
        self._expectations = expectations
        self._heads = Heads({})

    def agents(self) -> list[AgentView]:
        return [self._agent(agent) for _, agent in sorted(self._agents.by_id.items())]

    def queues(self, now: float, *, estimated: bool = True) -> list[QueueView]:
        """`estimated`: with expected waits."""
        available = Counter(
            profile_key(agent.profile)
            for agent in self._agents.by_id.values()
            if agent.state is AgentState.AVAILABLE and agent.reachable
        )
        competition = self._competition(self._matcher.demands(now), now) if estimated else None
        return [self._queue(name, available, competition, now) for name in self._queues.names]

    def waiting(self, queue: QueueName) -> list[WaitingView]:
        """In the order in which they will be served; those on their way out last."""
        entries = sorted(
            self._queues.in_queue(queue), key=lambda e: (e.place is Place.LEAVING, e.urgency)
        )
        return [self._waiting(entry) for entry in entries]

    def position(self, call: CallId) -> int | None:
        entry = self._queues.of_call(call)
        return None if entry is None else self._queues.position(entry)

    def expected_wait_s(self, call: CallId, now: float) -> float | None:
        return _announced_s(self.forecast(call, now))

    def forecast(self, call: CallId, now: float) -> Forecast | None:
        entry = self._queues.of_call(call)
        if entry is None or entry.place is Place.LEAVING:
            return None
        requirement = self._queues.requirement(entry)
        before = (*entry.urgency, entry.id), requirement.weight
        demands = self._matcher.demands(now, before=before)
        return self._behind(self._competition(demands, now), requirement, now)

    def _behind(
        self, competition: Competition, requirement: Requirement, now: float
    ) -> Forecast | None:
        profiles = self._matcher.profiles(requirement)
        ahead, agents = competition.for_agents_of(profiles), self._heads.among(profiles)
        return self._expectations.forecast(requirement.queue, ahead, agents, now)

    def _competition(self, demands: list[Demand], now: float) -> Competition:
        queues = {demand.queue for demand in demands}
        handled_s = {queue: self._expectations.mean_handled_s(queue, now) for queue in queues}
        by_profile = self._matcher.by_profile(self._agents.serving)
        if by_profile != self._heads.by_profile:
            self._heads = Heads(by_profile)
        return Competition(demands, self._heads, handled_s.__getitem__)

    def _agent(self, agent: Agent) -> AgentView:
        talk = agent.conversation
        entry = None
        if agent.offer is not None:
            entry, _ = self._offers.parties(self._offers.open[agent.offer])
        call = talk.call if talk is not None else next(iter(agent.engaged), None)
        in_hand = talk or entry
        return AgentView(
            id=agent.id,
            state=agent.state,
            reason=agent.reason,
            since=agent.since,
            phone=agent.phone,
            reachable=agent.reachable,
            call=call,
            offer=agent.offer,
            queue=None if in_hand is None else in_hand.queue,
            idle_since=agent.idle_since if agent.state in IDLE else None,
            rests_until=self._agents.resting_until(agent),
            pending=None if agent.pending is None else agent.pending[0],
        )

    def _queue(
        self,
        name: QueueName,
        available: Mapping[ProfileKey, int],
        competition: Competition | None,
        now: float,
    ) -> QueueView:
        inside = list(self._queues.in_queue(name))
        entries = [entry for entry in inside if not entry.is_callback]
        requirement = self._queues.own_requirement(name)
        ranks = self._matcher.ranks(requirement)
        forecast = None if competition is None else self._behind(competition, requirement, now)
        return QueueView(
            name=name,
            waiting=len(entries),
            offered=sum(bool(entry.offers) for entry in entries),
            oldest_queued_at=min((entry.here_since for entry in entries), default=None),
            able=able(ranks, self._agents.serving),
            able_available=able(ranks, available),
            closed={
                cause: closure.reason for cause, closure in self._queues.closures_of(name).items()
            },
            callbacks=len(inside) - len(entries),
            expected_wait_s=_announced_s(forecast),
        )

    def _waiting(self, entry: Entry) -> WaitingView:
        return WaitingView(
            call=entry.call,
            entry=entry.id,
            queue=entry.queue,
            place=entry.place,
            position=self._queues.position(entry),
            queued_at=entry.here_since,
            waited_s=entry.waited_s,
            priority=entry.priority,
            offers=tuple(entry.offers),
            agents=tuple(self._offers.open[offer].agent for offer in entry.offers),
        )


def _announced_s(forecast: Forecast | None) -> float | None:
    return forecast.mean_s if forecast is not None and forecast.is_near else None


def able(profiles: Iterable[ProfileKey], heads: Mapping[ProfileKey, int]) -> int:
    """How many of the heads are of these profiles."""
    return sum(heads.get(profile, 0) for profile in profiles)
