"""The distributor against arbitrary histories: Hypothesis plays callers, agents, phones and time.

A failure prints the shortest history that breaks a promise, as a script to paste into a unit test.
"""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.agents import (
    AgentEngaged,
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentSignedIn,
    AgentSignedOut,
    PhoneLost,
    PhoneReached,
    WrapUpEnded,
    WrapUpExtended,
)
from events.callbacks import CallBackQueued
from events.calls import CallHeld, CallResumed, CallUnbridged, Side
from events.event import Event
from events.ids import AgentId, CallBackId, CallId, EntryId, PhoneId, QueueName
from events.queues import (
    CallQueued,
    OfferAnsweredLate,
    OfferFailed,
    OfferOutcome,
    OfferPickedUp,
    QueueClosed,
    QueueOpened,
)
from tests.acd import promises
from tests.acd.centre import AGENTS, CONFIGURATIONS, HELP, PHONES, SALES
from tests.acd.world import Configuration, World

SKILLS = st.dictionaries(st.sampled_from(["sales", "help"]), st.integers(1, 6), max_size=1)
LANGUAGES = st.sampled_from([(), (), ("en",), ("es", "en")])
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "returned": st.booleans(),
        "any_of": st.sampled_from([({"sales": 3}, {"help": 2, "sales": 1}), ({"help": 5},)]),
        "tiers": st.sampled_from([(1,), (2, 1)]),
        "sites": st.sampled_from([("north",), ("south", "*")]),
        "customer_type": st.sampled_from(["gold", "plain"]),
        "preferred": st.sampled_from(AGENTS),
        "preferred_s": st.sampled_from([0.0, 4.0, 20.0]),
        "excluded": st.sampled_from([(AGENTS[0],), (AGENTS[1], AGENTS[3])]),
    },
)
FAILURES = [outcome for outcome in OfferOutcome if outcome is not OfferOutcome.ANSWERED]
ACTS = [AgentSignedOut, AgentMadeAvailable, AgentMadeNotAvailable, WrapUpEnded]


class DistributorModel(RuleBasedStateMachine):
    world: World

    @initialize(configuration=st.sampled_from(CONFIGURATIONS))
    def opening_hour(self, configuration: Configuration) -> None:
        self.world = World(configuration)
        self.calls_made = 0
        for agent, phone in zip(AGENTS[:3], PHONES, strict=False):
            self.world.happens(PhoneReached(phone))
            self.world.happens(AgentSignedIn(agent, phone))

    @rule(
        queue=st.sampled_from([SALES, HELP]),
        skills=SKILLS,
        languages=LANGUAGES,
        priority=st.integers(0, 3),
        waited_s=st.sampled_from([0.0, 0.0, 30.0]),
        wishes=WISHES,
    )
    def caller_arrives(
        self,
        queue: QueueName,
        skills: dict[str, int],
        languages: tuple[str, ...],
        priority: int,
        waited_s: float,
        wishes: dict[str, Any],
    ) -> None:
        self.calls_made += 1
        call, entry = CallId(f"call-{self.calls_made}"), EntryId(f"call-{self.calls_made}-1")
        self.world.happens(
            CallQueued(call, entry, queue, skills, languages, priority, waited_s, **wishes)
        )

    @rule(
        queue=st.sampled_from([SALES, HELP]), skills=SKILLS, waited_s=st.sampled_from([0.0, 90.0])
    )
    def customer_is_to_be_called_back(
        self, queue: QueueName, skills: dict[str, int], waited_s: float
    ) -> None:
        self.calls_made += 1
        call, entry = CallId(f"call-{self.calls_made}"), EntryId(f"call-{self.calls_made}-1")
        back = CallBackId("back")
        self.world.happens(CallBackQueued(back, call, entry, queue, skills, waited_s=waited_s))

    @precondition(lambda self: self.world.callers)
    @rule(data=st.data(), by_key=st.booleans())
    def caller_leaves(self, data: st.DataObject, by_key: bool) -> None:
        entry = data.draw(st.sampled_from(sorted(self.world.callers)))
        if by_key:
            self.world.flows_out(entry, "key")
        else:
            self.world.abandons(entry)

    @precondition(lambda self: self.world.leaving)
    @rule()
    def caller_is_taken_out(self) -> None:
        entry, removal = next(iter(self.world.leaving.items()))
        self.world.flows_out(entry, removal.reason)

    @precondition(lambda self: self.world.ringing or self.world.connecting)
    @rule()
    def offer_goes_well(self) -> None:
        if self.world.connecting:
            self.world.bridge_stands(min(self.world.connecting))
        else:
            self.world.answers(min(self.world.ringing))

    @precondition(lambda self: self.world.offers)
    @rule(data=st.data(), outcome=st.sampled_from(OfferOutcome))
    def report_comes_late_or_not(self, data: st.DataObject, outcome: OfferOutcome) -> None:
        """About any offer ever made: it may cross a StopRinging and a new offer."""
        offer = data.draw(st.sampled_from(sorted(self.world.offers)))
        if outcome is OfferOutcome.ANSWERED:
            self.world.answers(offer)
        else:
            self.world.happens(OfferFailed(offer, outcome))

    @precondition(lambda self: self.world.ringing)
    @rule(outcome=st.sampled_from(FAILURES))
    def phone_fails(self, outcome: OfferOutcome) -> None:
        self.world.happens(OfferFailed(min(self.world.ringing), outcome))

    @precondition(lambda self: self.world.offers)
    @rule(data=st.data(), late=st.booleans())
    def phone_is_picked_up(self, data: st.DataObject, late: bool) -> None:
        """About any offer ever made; the agent still has to say yes, or is too late."""
        offer = data.draw(st.sampled_from(sorted(self.world.offers)))
        it = self.world.offers[offer]
        if late:
            self.world.happens(OfferAnsweredLate(offer, it.call, it.queue, it.agent))
        else:
            self.world.happens(OfferPickedUp(offer))

    @rule(
        queue=st.sampled_from([SALES, HELP]),
        cause=st.sampled_from(["hours", "operator"]),
        waiting=st.sampled_from(["serve", "leave"]),
    )
    def queue_opens_or_closes(self, queue: QueueName, cause: str, waiting: str) -> None:
        if cause in self.world.closed.get(queue, ()):
            self.world.happens(QueueOpened(queue, cause))
        else:
            self.world.happens(QueueClosed(queue, cause, waiting=waiting))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_needs_longer(self, agent: AgentId) -> None:
        self.world.happens(WrapUpExtended(agent, 25.0))

    @precondition(lambda self: self.world.connecting)
    @rule()
    def bridge_fails(self) -> None:
        self.world.bridge_fails(min(self.world.connecting))

    @precondition(lambda self: self.world.late_bridges())
    @rule()
    def bridge_stands_after_all(self) -> None:
        self.world.bridge_stands(self.world.late_bridges()[0])

    @precondition(lambda self: self.world.talking)
    @rule(unbridged=st.booleans(), by=st.sampled_from([None, Side.AGENT, Side.CALLER]))
    def conversation_goes_on(self, unbridged: bool, by: Side | None) -> None:
        agent = min(self.world.talking)
        call = self.world.talking[agent].call
        if by is not None:
            self.world.happens(CallResumed(call, by) if unbridged else CallHeld(call, by))
        else:
            if unbridged:
                self.world.happens(CallUnbridged(call, "leg", Side.CALLER, agent))
            self.world.hangs_up(agent)

    @rule(agent=st.sampled_from(AGENTS), phone=st.sampled_from(PHONES), available=st.booleans())
    def agent_signs_in(self, agent: AgentId, phone: PhoneId, available: bool) -> None:
        self.world.happens(AgentSignedIn(agent, phone, available))

    @rule(agent=st.sampled_from(AGENTS), act=st.sampled_from(ACTS))
    def agent_acts(self, agent: AgentId, act: type[Event]) -> None:
        self.world.happens(act(agent))  # type: ignore[call-arg]

    @rule(phone=st.sampled_from(PHONES), reached=st.booleans())
    def phone_comes_or_goes(self, phone: PhoneId, reached: bool) -> None:
        self.world.happens(PhoneReached(phone) if reached else PhoneLost(phone, "expired"))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_has_a_direct_call_or_ends_it(self, agent: AgentId) -> None:
        if self.world.engaged[agent]:
            self.world.released(agent, min(self.world.engaged[agent]))
        else:
            self.calls_made += 1
            self.world.happens(AgentEngaged(agent, CallId(f"direct-{self.calls_made}")))

    @rule(seconds=st.sampled_from([0.1, 2.0, 7.0, 30.0]), late_s=st.sampled_from([0.0, 0.3]))
    def time_passes(self, seconds: float, late_s: float) -> None:
        self.world.passes(seconds, late_s=late_s)

    @rule(seconds=st.sampled_from([5.0, 60.0, 3600.0]))
    def machine_sleeps(self, seconds: float) -> None:
        self.world.jumps(seconds)

    @precondition(lambda self: self.world.ringing)
    @rule()
    def customer_is_there_before_the_agent(self) -> None:
        """`first: customer`; the agent may still not answer, and the customer waits on."""
        self.world.customer_comes(min(self.world.ringing))

    @rule(change=st.sampled_from([*CONFIGURATIONS, None]))
    def server_restarts_or_reloads(self, change: Configuration | None) -> None:
        if change is None:
            self.world.restarts()
        else:
            self.world.configured(change)

    @invariant()
    def promises_are_kept(self) -> None:
        promises.check(self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            promises.nothing_holds_anybody(self.world)


TestDistributor = DistributorModel.TestCase
TestDistributor.settings = settings(
    max_examples=250,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
