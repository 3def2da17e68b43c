"""The distributor: events in, effects out. It owns every queue and agent state.

No I/O and no clock: callers pass `now` (seconds, steady clock) and perform the effects in order.
Timers that are due run first, in order of their deadlines and as if at them, so the same inputs
at the same times always give the same effects, however late anybody looked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeAlias

from acd.agent_events import AgentEvents
from acd.agents import Agents
from acd.call_events import CallEvents
from acd.effects import Effect
from acd.expectations import Expectations
from acd.explanation import Decision, explain
from acd.matching import Assignment, Matcher
from acd.model import AgentView, Entry, Place, QueueView, WaitingView
from acd.offers import Offers
from acd.queues import Closure, Queues
from acd.reactions import Reaction, Steps
from acd.settings import AgentProfile, QueueSettings
from acd.snapshots import (
    VERSION,
    VERSIONS,
    dump_agent,
    dump_entry,
    dump_offer,
    load_agent,
    load_entry,
    load_offer,
    upgraded,
)
from acd.timers import Agenda, Kind, Timer
from acd.views import Views, able
from events.centre import CentreStarted
from events.event import Event
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.queues import CallQueued

Deciding: TypeAlias = Iterator[list[Effect]]
"""A decision in steps, each with the effects that it adds. Whoever begins one ends it before the
distributor is told anything else; in between it may be asked, and others may do their work."""


class Distributor:
    """An entry is in one `Place`, an agent in one `AgentState`; a pair in one open offer."""

    def __init__(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
        *,
        first_offer: int = 1,
        seed: int = 0,
    ) -> None:
        """`first_offer`: higher than any offer already in the log. `seed`: of all chance."""
        self.witness: Callable[[Decision], None] | None = None
        """Hears why, before each choice is carried out; it costs time."""
        self._is_deciding = False
        self._now = float("-inf")
        self._effects: list[Effect] = []
        self._agenda = Agenda()
        self._matcher = Matcher()
        self._expectations = Expectations()
        self._queues = Queues(queues, self._matcher, self._agenda, self._effects)
        self._agents = Agents(
            agents, self._matcher, self._agenda, self._effects, self._expectations, seed
        )
        self._offers = Offers(self._queues, self._agents, self._agenda, self._effects, first_offer)
        self._views = Views(
            self._queues, self._agents, self._offers, self._matcher, self._expectations
        )
        calls = CallEvents(self._queues, self._agents, self._offers, self._expectations)
        self._agent_events = AgentEvents(self._agents, self._offers, calls.end_talk)
        self._reactions: Mapping[type[Event], Reaction] = {
            **calls.reactions(),
            **self._agent_events.reactions(),
            CentreStarted: self._centre_started,
        }

    # What it is told, in one go or in steps: what it decides is the same

    def handle(self, event: Event, now: float) -> list[Effect]:
        """React to an event of the log; those that do not concern it only move time on."""
        return _at_once(self.handling(event, now))

    def tick(self, now: float) -> list[Effect]:
        """Run the timers that are due. Looking late or for nothing does no harm."""
        return _at_once(self.ticking(now))

    def configure(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
        now: float,
    ) -> list[Effect]:
        """Take a new configuration; it holds for callers already waiting too.

        Agents who are in it no longer are signed out, at the end of their call if they are on
        one. Callers in a queue that is in it no longer leave with reason "closed".
        """
        return _at_once(self.configuring(queues, agents, now))

    def handling(self, event: Event, now: float) -> Deciding:
        return self._in_steps(self._handle(event, now))

    def ticking(self, now: float) -> Deciding:
        return self._in_steps(self._run_due(now))

    def configuring(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
        now: float,
    ) -> Deciding:
        return self._in_steps(self._configure(queues, agents, now))

    def reseed(self, seed: int) -> None:
        """Chance goes on by the seed of a process that begins; `CentreStarted` does the same."""
        for _ in self._agents.reseed(seed):
            pass

    # What it is asked, between the steps of a decision too

    def next_deadline(self) -> float | None:
        return self._agenda.next_deadline()

    def agents(self) -> list[AgentView]:
        return self._views.agents()

    def queues(self) -> list[QueueView]:
        return self._views.queues(self._now, estimated=not self._is_deciding)

    def waiting(self, queue: QueueName) -> list[WaitingView]:
        return self._views.waiting(queue)

    def closures(self, queue: QueueName) -> Mapping[str, Closure]:
        """What keeps a queue closed, by cause."""
        return self._queues.closures_of(queue)

    def position(self, call: CallId) -> int | None:
        """From 1, those whose phone rings included; None if the call does not wait."""
        return self._views.position(call)

    def expected_wait_s(self, call: CallId, now: float) -> float | None:
        """From now until an agent; None is "unknown", and then it must not be announced: nothing
        is known, a value would rather be wrong than right, or half of a decision is made."""
        return None if self._is_deciding else self._views.expected_wait_s(call, now)

    def snapshot(self) -> dict[str, Any]:
        """Everything it knows but the configuration, as JSON values. Not between steps."""
        assert not self._is_deciding
        return {
            "version": VERSION,
            "now": None if self._now == float("-inf") else self._now,
            "seed": self._agents.seed,
            "next_offer": self._offers.next,
            "arrivals": self._queues.arrivals,
            "phones": list(self._agents.reached),
            "closures": {
                queue: {cause: list(closure) for cause, closure in closures.items()}
                for queue, closures in self._queues.closures.items()
            },
            "agents": [dump_agent(agent) for agent in self._agents.by_id.values()],
            "entries": [dump_entry(entry) for entry in self._queues.entries.values()],
            "offers": [dump_offer(offer) for offer in self._offers.open.values()],
            "timers": [[at, kind, subject] for at, (kind, subject) in self._agenda.running()],
            "recent": self._expectations.dump(),
        }

    @classmethod
    def restore(
        cls,
        data: Mapping[str, Any],
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
        *,
        shift_s: float = 0.0,
        ringing: bool = True,
    ) -> Self:
        """Go on from a snapshot.

        Args:
            queues, agents: the configuration of the snapshot; pass a newer one to `configure`.
            shift_s: today's steady clock minus the snapshot's, at the same instant.
            ringing: false when whoever rang the phones is gone: then no lease ends, and each open
                offer waits to be told `OfferFailed` or `BridgeFailed`.

        Raises:
            ValueError: the snapshot is of a version that nobody can read here.
        """
        if data["version"] not in VERSIONS:
            raise ValueError(f"snapshot of version {data['version']}, expected {VERSION}")
        data = upgraded(data)
        restored = cls(queues, agents, first_offer=data["next_offer"], seed=data["seed"])
        restored._load(data, agents, shift_s)
        if not ringing:
            restored._offers.end_leases()
        return restored

    def _load(
        self, data: Mapping[str, Any], profiles: Mapping[AgentId, AgentProfile], shift_s: float
    ) -> None:
        if data["now"] is not None:
            self._now = data["now"] + shift_s
        for at, kind, subject in data["timers"]:
            self._agenda.start(Timer(Kind(kind), subject), at + shift_s)
        for item in data["offers"]:
            offer = load_offer(item)
            self._offers.open[offer.id] = offer
        self._agents.reached.update(dict.fromkeys(data["phones"]))
        for item in data["agents"]:
            profile = profiles.get(item["id"], AgentProfile())
            self._agents.keep(load_agent(item, profile, shift_s))
        self._queues.arrivals = data["arrivals"]
        for queue, closures in data["closures"].items():
            self._queues.closures[QueueName(queue)] = {
                cause: Closure(*closure) for cause, closure in closures.items()
            }
        for item in data["entries"]:
            self._queues.keep(load_entry(item, shift_s))
        self._expectations.load(data["recent"], shift_s)
        self._agents.deserted = False

    def _centre_started(self, event: Event, now: float) -> Steps:
        assert isinstance(event, CentreStarted)
        return self._agents.reseed(event.seed)

    def _in_steps(self, work: Steps) -> Deciding:
        """One decision after the other: what comes before this one has ended must wait."""
        assert not self._is_deciding
        self._is_deciding = True
        try:
            for _ in work:
                yield self._drain()
        finally:
            self._is_deciding = False
        yield self._drain()

    def _handle(self, event: Event, now: float) -> Steps:
        yield from self._advance(now)
        react = self._reactions.get(type(event))
        if react is None:
            return
        if (steps := react(event, self._now)) is not None:
            yield from steps
        yield from self._decide(self._now)
        if isinstance(event, CallQueued):
            self._check_entry(event.entry, self._now)

    def _configure(
        self,
        queues: Mapping[QueueName, QueueSettings],
        agents: Mapping[AgentId, AgentProfile],
        now: float,
    ) -> Steps:
        yield from self._advance(now)
        self._matcher.clear()
        yield from self._queues.configure(queues, self._now)
        yield from self._agents.configure(agents, self._now)
        for agent in self._agents.dismissed():
            self._agent_events.sign_out(agent, self._now)
            yield
        for entry in list(self._queues.entries.values()):
            if entry.place is Place.WAITING and not self._queues.is_configured(entry.queue):
                self._queues.leave(entry, "closed", self._now)
                yield
        self._agents.deserted = True  # skills changed: look at every queue
        yield from self._decide(self._now)
        yield from self._run_due(now)  # a shorter limit may be over already

    def _advance(self, now: float) -> Steps:
        """Bring time to that of an input; a clock that steps back stands still."""
        if self._now == float("-inf"):
            self._agents.start(now)
        yield from self._run_due(now)
        self._now = max(self._now, now)

    def _run_due(self, now: float) -> Steps:
        """Run the timers due by now. Looking leaves no other trace: a log has no looks in it."""
        while (due := self._agenda.pop_due(now)) is not None:
            deadline, timer = due
            self._now = max(self._now, deadline)
            self._time_out(timer, self._now)
            yield from self._decide(self._now)
            yield

    def _time_out(self, timer: Timer, now: float) -> None:
        subject = timer.subject
        match timer.kind:
            case Kind.LEASE:
                self._offers.lease_ended(self._offers.open[OfferId(int(subject))], now)
            case Kind.BRIDGE:
                self._offers.bridge_ended(self._offers.open[OfferId(int(subject))], now)
            case Kind.LIMIT:
                self._queues.limit_reached(EntryId(subject), now)
            case Kind.REFUSAL:
                self._queues.refusal_ended(EntryId(subject), now)
            case Kind.RELAXATION:
                self._queues.relax(EntryId(subject), now)
            case Kind.PREFERENCE:
                self._queues.keep_for_nobody(self._queues.entries[EntryId(subject)])
            case Kind.REST:
                self._agents.end_rest(self._agents.by_id[AgentId(subject)], now)
            case Kind.RETURN:
                self._agents.end_not_answering(self._agents.by_id[AgentId(subject)], now)
            case Kind.WRAP_UP:
                self._agents.finish_wrap_up(self._agents.by_id[AgentId(subject)], now)

    def _decide(self, now: float) -> Steps:
        for assignment in self._matcher.decide(now):
            if self.witness is not None:
                self.witness(explain(assignment, self._queues, self._agents, now))
            self._offers.make(assignment, now)
            yield
        yield from self._ring_more(now)
        if self._agents.deserted:
            self._agents.deserted = False
            for entry in self._queues.waiting_where_nobody_means_leave():
                if self._is_deserted(entry.id):
                    self._queues.leave(entry, "nobody", now)
                yield

    def _ring_more(self, now: float) -> Steps:
        """Phones of agents whom no waiting call wants, beside those that ring already."""
        for entry in self._queues.short_of_phones():
            while self._queues.may_ring_more(entry):
                agent = self._matcher.best(self._queues.requirement(entry), entry.arrival)
                if agent is None:
                    break
                assignment = Assignment(entry.id, agent)
                if self.witness is not None:
                    self.witness(explain(assignment, self._queues, self._agents, now))
                self._offers.make(assignment, now)
                yield

    def _check_entry(self, entry_id: EntryId, now: float) -> None:
        """Whether a new caller whom nobody takes at once may wait."""
        entry = self._queues.entries.get(entry_id)
        if entry is None or entry.place is not Place.WAITING:
            return
        if self._queues.nobody_means_leave(entry) and self._is_deserted(entry_id):
            self._queues.leave(entry, "nobody", now)
        elif self._queues.is_full(entry):
            self._queues.leave(entry, "full", now)
        elif self._takes_too_long(entry, now):
            self._queues.leave(entry, "expected_wait", now)

    def _takes_too_long(self, entry: Entry, now: float) -> bool:
        """Whether who enters would probably wait longer than callers may be asked to."""
        limit_s = self._queues.settings(entry.queue).max_expected_wait_s
        if limit_s is None:
            return False
        forecast = self._views.forecast(entry.call, now)
        return forecast is not None and forecast.mean_s > limit_s

    def _is_deserted(self, entry_id: EntryId) -> bool:
        """Whether nobody who is able to take this call is signed in."""
        requirement = self._queues.requirement(self._queues.entries[entry_id])
        return able(self._matcher.ranks(requirement), self._agents.signed_in) == 0

    def _drain(self) -> list[Effect]:
        if not self._effects:
            return []
        effects = self._effects.copy()
        self._effects.clear()
        return effects


def _at_once(deciding: Deciding) -> list[Effect]:
    return [effect for effects in deciding for effect in effects]
