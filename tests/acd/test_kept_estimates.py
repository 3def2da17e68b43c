"""What is kept of an estimate from one caller to the next never shows."""

from hypothesis import given
from hypothesis import strategies as st

from acd.distributor import Distributor
from acd.effects import RingAgent
from acd.expectations import RECENT_S, Past, handling
from acd.settings import AgentProfile, QueueSettings
from events.agents import (
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentReleased,
    AgentSignedIn,
    PhoneReached,
)
from events.event import Event
from events.ids import AgentId, CallId, EntryId, PhoneId, QueueName
from events.queues import CallAbandoned, CallQueued, OfferAnswered, QueueAnswered

STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "look"]), st.floats(-RECENT_S, RECENT_S)), max_size=40
)


@given(STEPS)
def test_a_figure_is_that_of_who_never_looked_before(steps: list[tuple[str, float]]) -> None:
    now = 0.0
    past = Past(handling)
    for what, seconds in steps:
        if what == "add":
            now += abs(seconds) / 4
            past.add(now, abs(seconds))
        else:  # at another moment than the last event's, before it or after
            fresh = Past(handling)
            fresh.things = past.things
            assert past.figure(now + seconds) == fresh.figure(now + seconds)


QUEUES = [QueueName("sales"), QueueName("help")]
PEOPLE = {
    AgentId("ann"): AgentProfile(skills={"sales": 5}),
    AgentId("bob"): AgentProfile(),
    AgentId("cat"): AgentProfile(languages={"de": 5}),
}
SETTINGS = dict(zip(QUEUES, [QueueSettings(wrap_up_s=0), QueueSettings(weight=2)], strict=True))
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["calls", "calls", "calls", "gives up", "ends", "pauses", "returns"]),
        st.integers(0, 5),
    ),
    max_size=40,
)


class Day:
    """Three agents and two queues; whoever is rung picks up at once."""

    def __init__(self) -> None:
        self.acd = Distributor(SETTINGS, PEOPLE)
        self.now = 0.0
        self.waiting: dict[CallId, QueueName] = {}
        self.talking: dict[AgentId, CallId] = {}
        for agent in PEOPLE:
            self.happens(PhoneReached(PhoneId(agent)))
            self.happens(AgentSignedIn(agent, PhoneId(agent)))

    def act(self, number: int, what: str, which: int) -> None:
        self.now += 7.0
        agent = list(PEOPLE)[which % 3]
        match what:
            case "calls":
                call, queue = CallId(f"c{number}"), QUEUES[which % 2]
                self.waiting[call] = queue
                skills = {"sales": 1} if which > 3 else {}
                self.happens(CallQueued(call, EntryId(call), queue, skills, priority=which % 3))
            case "gives up" if self.waiting:
                call, queue = self.waiting.popitem()
                self.happens(CallAbandoned(call, EntryId(call), queue, float(which)))
            case "ends" if agent in self.talking:
                self.happens(AgentReleased(agent, self.talking.pop(agent)))
            case "pauses":
                self.happens(AgentMadeNotAvailable(agent))
            case "returns":
                self.happens(AgentMadeAvailable(agent))

    def happens(self, event: Event) -> None:
        for ring in self.acd.handle(event, self.now):
            if isinstance(ring, RingAgent) and ring.call in self.waiting:
                del self.waiting[ring.call]
                self.talking[ring.agent] = ring.call
                self.happens(OfferAnswered(ring.offer))
                self.happens(
                    QueueAnswered(ring.call, ring.entry, ring.queue, ring.agent, ring.offer, 0.0)
                )


@given(ACTS)
def test_every_caller_is_told_what_a_distributor_without_a_memory_would_say(
    acts: list[tuple[str, int]],
) -> None:
    day = Day()
    for number in range(12):  # so that there is a past
        day.act(number, "calls", number % 2)
        for agent in list(day.talking):
            day.happens(AgentReleased(agent, day.talking.pop(agent)))
    for number, (what, which) in enumerate(acts, start=100):
        day.act(number, what, which)
        fresh = Distributor.restore(day.acd.snapshot(), SETTINGS, PEOPLE)
        for call in day.waiting:
            told = day.acd.expected_wait_s(call, day.now)
            assert told == fresh.expected_wait_s(call, day.now)
