"""Agents and what they are doing. Offers are made and ended elsewhere (`acd.offers`)."""

from collections import Counter
from collections.abc import Mapping

from acd.effects import Effect, Record
from acd.expectations import Expectations
from acd.matching import Matcher
from acd.model import Agent, Conversation
from acd.reactions import Steps
from acd.ready import Standing, ticket
from acd.requirements import ProfileKey, profile_key
from acd.settings import AgentProfile, QueueSettings
from acd.timers import Agenda, Kind, Timer
from events.agents import AgentState, AgentStateChanged
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import OfferOutcome, QueueCallHandled

SERVING = frozenset(
    {
        AgentState.AVAILABLE,
        AgentState.OFFERED,
        AgentState.TALKING,
        AgentState.BUSY,
        AgentState.WRAP_UP,
    }
)
"""States from which an agent comes back to the queues without anybody's doing."""

KEPT_THROUGH_A_CALL = frozenset(
    {AgentState.SIGNED_OUT, AgentState.NOT_AVAILABLE, AgentState.NOT_ANSWERING}
)

OCCUPIED = frozenset({AgentState.TALKING, AgentState.BUSY, AgentState.WRAP_UP})

GREATEST_DOUBLING = 16  # of a back-off; its cap comes much sooner


class Agents:
    """Owner of every agent; keeps the matcher's ready agents and the head counts in step."""

    def __init__(
        self,
        profiles: Mapping[AgentId, AgentProfile],
        matcher: Matcher,
        agenda: Agenda,
        effects: list[Effect],
        expectations: Expectations,
        seed: int,
    ) -> None:
        self.seed = seed
        self.by_id: dict[AgentId, Agent] = {}
        self.reached: dict[PhoneId, None] = {}  # phones with a usable registration
        self.serving: Counter[ProfileKey] = Counter()
        self.signed_in: Counter[ProfileKey] = Counter()
        self.deserted = False  # the last agent of a profile signed out: look at the queues
        self._matcher = matcher
        self._agenda = agenda
        self._effects = effects
        self._expectations = expectations
        self._at_phone: dict[PhoneId, AgentId] = {}
        self._on_call: dict[CallId, list[AgentId]] = {}
        self._counted: dict[AgentId, tuple[ProfileKey, bool, bool]] = {}
        for agent, profile in profiles.items():
            self.keep(Agent(agent, profile, since=0.0))

    def keep(self, agent: Agent) -> None:
        """Take up an agent in the state that they are in."""
        self.by_id[agent.id] = agent
        if agent.phone is not None:
            self._at_phone[agent.phone] = agent.id
        if agent.state is AgentState.TALKING and agent.conversation is not None:
            self._on_call.setdefault(agent.conversation.call, []).append(agent.id)
        for call in agent.engaged:
            self._on_call.setdefault(call, []).append(agent.id)
        self._matcher.know_profile(profile_key(agent.profile))
        self.refresh(agent)

    def reseed(self, seed: int) -> Steps:
        """Begin another run of luck."""
        self.seed = seed
        for agent in self.by_id.values():
            self.refresh(agent)
            yield

    def start(self, now: float) -> None:
        """The first instant that the distributor hears of: nobody's state is older."""
        for agent in self.by_id.values():
            agent.since = now

    def at_phone(self, phone: PhoneId) -> Agent | None:
        agent = self._at_phone.get(phone)
        return None if agent is None else self.by_id[agent]

    def on_call(self, call: CallId) -> list[Agent]:
        """Who talks on a queue's call or is engaged in a direct one."""
        return [self.by_id[agent] for agent in self._on_call.get(call, ())]

    def become(self, agent: Agent, state: AgentState, now: float, reason: str = "") -> None:
        """Change state, record the fact, and see whether they can be offered calls."""
        if state is not AgentState.AVAILABLE:
            self._agenda.stop(Timer(Kind.REST, agent.id))
        if (state, reason) != (agent.state, agent.reason):
            if agent.state in OCCUPIED:
                agent.occupied_s += now - agent.since
            self._record_change(agent, state, reason, now)
            self._keep_idle_time(agent, state, now)
            agent.state, agent.reason, agent.since = state, reason, now
        self.refresh(agent)

    def settle(self, agent: Agent, now: float) -> None:
        """Enter the state that follows when no call of a queue holds the agent any more."""
        if agent.engaged and agent.state is not AgentState.SIGNED_OUT:
            self.become(agent, AgentState.BUSY, now)
            return
        state, reason = agent.pending or (AgentState.AVAILABLE, "")
        agent.pending = None
        if state is AgentState.SIGNED_OUT:
            self.sign_out(agent, now)
        else:
            self.become(agent, state, now, reason)

    def sign_in(self, agent: Agent, phone: PhoneId, *, available: bool, now: float) -> None:
        """Of someone signed out. The phone must be free."""
        self.seat(agent, phone)
        agent.failures = agent.calls = 0
        agent.occupied_s, agent.signed_in_at = 0.0, now
        agent.pending = None if available else (AgentState.NOT_AVAILABLE, "")
        if agent.engaged:
            self.become(agent, AgentState.BUSY, now)
        else:
            self.settle(agent, now)

    def sign_out(self, agent: Agent, now: float) -> None:
        for kind in (Kind.REST, Kind.RETURN, Kind.WRAP_UP):
            self._agenda.stop(Timer(kind, agent.id))
        agent.pending = None
        self.unseat(agent)
        self.become(agent, AgentState.SIGNED_OUT, now)
        if agent.dismissed:
            self._forget(agent)

    def seat(self, agent: Agent, phone: PhoneId) -> None:
        """Put an agent at a phone that nobody else has; calls in progress are not touched."""
        assert self._at_phone.get(phone, agent.id) == agent.id
        self.unseat(agent)
        agent.phone = phone
        self._at_phone[phone] = agent.id
        agent.reachable = phone in self.reached
        self.refresh(agent)

    def unseat(self, agent: Agent) -> None:
        if agent.phone is not None:
            del self._at_phone[agent.phone]
        agent.phone, agent.reachable = None, False
        self.refresh(agent)

    def phone_reached(self, phone: PhoneId, now: float) -> None:
        self.reached[phone] = None
        agent = self.at_phone(phone)
        if agent is None:
            return
        agent.reachable = True
        if agent.state is AgentState.AVAILABLE and agent.reason == "unreachable":
            self.end_rest(agent, now)
        self.refresh(agent)

    def phone_lost(self, phone: PhoneId) -> None:
        self.reached.pop(phone, None)
        agent = self.at_phone(phone)
        if agent is not None:
            agent.reachable = False
            self.refresh(agent)

    def make_available(self, agent: Agent, now: float) -> None:
        """What the agent asks for by `*70`: whatever keeps them from the queues ends."""
        if agent.state is AgentState.SIGNED_OUT:
            return
        self.intend(agent, None)
        agent.failures = 0
        self.end_absence(agent)
        match agent.state:
            case AgentState.NOT_AVAILABLE | AgentState.NOT_ANSWERING:
                self.settle(agent, now)
            case AgentState.WRAP_UP:
                self.finish_wrap_up(agent, now)
            case AgentState.AVAILABLE:
                self.end_rest(agent, now)

    def back_off(
        self,
        agent: Agent,
        reason: str,
        settings: QueueSettings,
        now: float,
        rest_s: float | None = None,
    ) -> None:
        """Their phone failed: they stay available and keep their place, but rest for a while.

        `rest_s`: None doubles the queue's back-off with each failure in a row.
        """
        agent.failures += 1
        if agent.pending is not None or agent.engaged:
            self.settle(agent, now)
            return
        if rest_s is None:
            doublings = min(agent.failures - 1, GREATEST_DOUBLING)
            rest_s = min(settings.back_off_max_s, settings.back_off_s * 2**doublings)
        self._agenda.start(Timer(Kind.REST, agent.id), now + rest_s)
        self.become(agent, AgentState.AVAILABLE, now, reason)

    def end_rest(self, agent: Agent, now: float) -> None:
        """Of an available agent; harmless if they do not rest."""
        self._agenda.stop(Timer(Kind.REST, agent.id))
        self.become(agent, AgentState.AVAILABLE, now)

    def offer_failed(
        self, agent: Agent, failure: OfferOutcome, settings: QueueSettings, now: float
    ) -> None:
        """What the queue's settings make of an agent whose phone did not take a call."""
        match settings.aftermath(failure.value):
            case "not_answering":
                self._not_answering(agent, failure, settings, now)
            case "available":
                self.settle(agent, now)
            case "rest":
                self.back_off(agent, failure.value, settings, now)
            case float() | int() as rest_s:
                self.back_off(agent, failure.value, settings, now, rest_s)

    def answered_late(self, agent: Agent, offer: OfferId, now: float) -> None:
        """Who was taken for not answering that very offer is there: they have their place."""
        gave_up = OfferOutcome.NO_ANSWER.value
        away = agent.state is AgentState.NOT_ANSWERING and agent.reason == gave_up
        if away and agent.turn == offer:
            self.end_absence(agent)
            self.settle(agent, now)

    def _not_answering(
        self, agent: Agent, failure: OfferOutcome, settings: QueueSettings, now: float
    ) -> None:
        agent.failures += 1
        if settings.not_answering_s is not None:
            self._agenda.start(Timer(Kind.RETURN, agent.id), now + settings.not_answering_s)
        self.become(agent, AgentState.NOT_ANSWERING, now, failure.value)

    def end_not_answering(self, agent: Agent, now: float) -> None:
        if agent.state is AgentState.NOT_ANSWERING:
            self.settle(agent, now)
        elif agent.pending is not None and agent.pending[0] is AgentState.NOT_ANSWERING:
            self.intend(agent, None)

    def intend(self, agent: Agent, pending: tuple[AgentState, str] | None) -> None:
        """What they will be after the call that they are on; None: as the call leaves them."""
        agent.pending = pending
        self.refresh(agent)

    def end_absence(self, agent: Agent) -> None:
        """They acted: not answering will not end by itself any more."""
        self._agenda.stop(Timer(Kind.RETURN, agent.id))

    def engage(self, agent: Agent, call: CallId, now: float) -> None:
        """They are on a direct call. An offer that rang them must have been withdrawn."""
        if call not in agent.engaged:
            agent.engaged.append(call)
            self._on_call.setdefault(call, []).append(agent.id)
        match agent.state:
            case AgentState.SIGNED_OUT | AgentState.TALKING | AgentState.BUSY:
                pass
            case AgentState.WRAP_UP:
                self.finish_wrap_up(agent, now)
            case AgentState.OFFERED if agent.offer is not None:
                pass  # the phone already answered the offer: the bridge decides
            case _:
                self._keep_state(agent)
                self.become(agent, AgentState.BUSY, now)

    def disengage(self, agent: Agent, call: CallId, now: float) -> None:
        agent.engaged.remove(call)
        self._leave_call(agent, call)
        if agent.state is AgentState.BUSY and not agent.engaged:
            self.settle(agent, now)

    def talk(
        self, agent: Agent, call: CallId, entry: EntryId, queue: QueueName, now: float
    ) -> None:
        """They are bridged with a queue's caller."""
        if agent.state is AgentState.WRAP_UP:
            self.finish_wrap_up(agent, now)
        self._keep_state(agent)
        agent.failures = 0
        agent.calls += 1
        agent.conversation = Conversation(call, entry, queue, began_at=now, changed_at=now)
        self._on_call.setdefault(call, []).append(agent.id)
        self.become(agent, AgentState.TALKING, now)

    def hold(self, agent: Agent, side: str, *, held: bool, now: float) -> None:
        """One side of the agent's conversation holds or resumes."""
        talk = agent.conversation
        if talk is None or talk.ended_at is not None or held == (side in talk.holders):
            return
        self._count_time(talk, now)
        if held:
            talk.holders.append(side)
        else:
            talk.holders.remove(side)

    def unbridged(self, agent: Agent, now: float) -> None:
        """Talk and hold stop here; wrap-up is counted from here."""
        talk = agent.conversation
        if talk is not None and talk.ended_at is None:
            self._count_time(talk, now)
            talk.ended_at = now

    def end_talk(self, agent: Agent, wrap_up_s: float, now: float) -> None:
        """Their leg of the conversation ended."""
        assert agent.conversation is not None
        self.unbridged(agent, now)
        self._leave_call(agent, agent.conversation.call)
        leaving = agent.pending is not None and agent.pending[0] is AgentState.SIGNED_OUT
        if leaving or wrap_up_s <= 0 or agent.engaged:
            self.finish_wrap_up(agent, now)
            return
        self._agenda.start(Timer(Kind.WRAP_UP, agent.id), now + wrap_up_s)
        self.become(agent, AgentState.WRAP_UP, now)

    def extend_wrap_up(self, agent: Agent, by_s: float, most_s: float, now: float) -> None:
        """More time, up to `most_s` since the call; a limit that has passed shortens nothing."""
        talk, timer = agent.conversation, Timer(Kind.WRAP_UP, agent.id)
        ends_at = self._agenda.deadline(timer)
        if agent.state is AgentState.WRAP_UP and talk is not None and ends_at is not None:
            assert talk.ended_at is not None
            latest = max(ends_at, talk.ended_at + most_s)
            self._agenda.start(timer, min(latest, ends_at + max(0.0, by_s)))

    def finish_wrap_up(self, agent: Agent, now: float) -> None:
        """Handling of the queue's call is over."""
        talk = agent.conversation
        assert talk is not None
        assert talk.ended_at is not None
        self._agenda.stop(Timer(Kind.WRAP_UP, agent.id))
        agent.conversation = None
        handled = QueueCallHandled(
            call=talk.call,
            entry=talk.entry,
            queue=talk.queue,
            agent=agent.id,
            talk_s=talk.talk_s,
            hold_s=talk.hold_s,
            wrap_up_s=now - talk.ended_at,
        )
        self._effects.append(Record(handled))
        self._expectations.handled(talk.queue, now, talk.talk_s + talk.hold_s + handled.wrap_up_s)
        self.settle(agent, now)

    def refresh(self, agent: Agent) -> None:
        """Bring the matcher and the head counts in step with what is known of the agent."""
        profile = profile_key(agent.profile)
        self._matcher.remove_agent(agent.id)
        if self._is_ready(agent):
            self._matcher.add_agent(agent.id, profile, self._standing(agent))
        signed_in = agent.state is not AgentState.SIGNED_OUT and not agent.dismissed
        serves = signed_in and agent.reachable and agent.state in SERVING and agent.pending is None
        self._count(agent, (profile, signed_in, serves))

    def resting_until(self, agent: Agent) -> float | None:
        return self._agenda.deadline(Timer(Kind.REST, agent.id))

    def configure(self, profiles: Mapping[AgentId, AgentProfile], now: float) -> Steps:
        """Take new profiles; the matcher must be empty. The caller signs out who is dismissed."""
        for name, profile in profiles.items():
            known = self.by_id.get(name)
            if known is None:
                self.keep(Agent(name, profile, since=now))
            else:
                known.profile, known.dismissed = profile, False
            yield
        for agent in self.by_id.values():
            self._matcher.know_profile(profile_key(agent.profile))
            self.refresh(agent)
            yield
        gone = [agent for name, agent in self.by_id.items() if name not in profiles]
        for agent in gone:
            agent.dismissed = True
            if agent.state is AgentState.SIGNED_OUT:
                self._forget(agent)
            yield

    def dismissed(self) -> list[Agent]:
        """Who is configured no longer, and is not signed out yet."""
        return [agent for agent in self.by_id.values() if agent.dismissed]

    def _standing(self, agent: Agent) -> Standing:
        return Standing(
            agent.idle_since,
            agent.occupancy,
            agent.calls,
            agent.turn,
            ticket(self.seed, agent.id, agent.turn),
        )

    def _is_ready(self, agent: Agent) -> bool:
        return (
            agent.state is AgentState.AVAILABLE
            and agent.reachable
            and self.resting_until(agent) is None
        )

    def _record_change(self, agent: Agent, state: AgentState, reason: str, now: float) -> None:
        fact = AgentStateChanged(
            agent=agent.id,
            state=state,
            reason=reason,
            was=agent.state,
            was_reason=agent.reason,
            was_s=now - agent.since,
        )
        self._effects.append(Record(fact))

    def _keep_idle_time(self, agent: Agent, state: AgentState, now: float) -> None:
        """Offers and direct calls cost nobody their place; everything else starts it anew."""
        idle = (AgentState.AVAILABLE, AgentState.OFFERED)
        if state is AgentState.BUSY:
            agent.idle_before_s = now - agent.idle_since if agent.state in idle else 0.0
        elif state is AgentState.AVAILABLE and agent.state not in idle:
            agent.idle_since = now - agent.idle_before_s
            agent.idle_before_s = 0.0
            there_s = now - agent.signed_in_at
            agent.occupancy = agent.occupied_s / there_s if there_s > 0 else 0.0
        elif state not in idle:
            agent.idle_before_s = 0.0

    def _keep_state(self, agent: Agent) -> None:
        """Who was paused or away before a call will be so after it."""
        if agent.state in KEPT_THROUGH_A_CALL and agent.pending is None:
            agent.pending = (agent.state, agent.reason)

    def _count_time(self, talk: Conversation, now: float) -> None:
        passed_s = now - talk.changed_at
        talk.changed_at = now
        if talk.holders:
            talk.hold_s += passed_s
        else:
            talk.talk_s += passed_s

    def _leave_call(self, agent: Agent, call: CallId) -> None:
        agents = self._on_call[call]
        agents.remove(agent.id)
        if not agents:
            del self._on_call[call]

    def _count(self, agent: Agent, counted: tuple[ProfileKey, bool, bool]) -> None:
        before = self._counted.get(agent.id)
        if before == counted:
            return
        for sign, figures in ((-1, before), (1, counted)):
            if figures is not None:
                profile, signed_in, serving = figures
                self.signed_in[profile] += sign * signed_in
                self.serving[profile] += sign * serving
        self._counted[agent.id] = counted
        if before is not None and self.signed_in[before[0]] == 0:
            self.deserted = True

    def _forget(self, agent: Agent) -> None:
        for call in agent.engaged:
            self._leave_call(agent, call)
        del self.by_id[agent.id], self._counted[agent.id]
