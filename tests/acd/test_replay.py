"""A log decides the same again, and says where another configuration would not have."""

from collections.abc import Mapping
from dataclasses import replace

from acd.distributor import Distributor
from acd.effects import Record
from acd.explanation import Decision
from acd.replay import FACTS, Replayed, replay
from acd.settings import AgentProfile, QueueSettings, Strategy
from events.agents import AgentMadeNotAvailable, AgentSignedIn, PhoneReached
from events.centre import CentreStarted
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, QueueName
from events.impersonal import without_personal
from events.queues import CallOffered, CallQueued
from tests.acd.driver import ANN, BOB, PHONES, QUEUE
from tests.acd.simulated import simulated, steady

PEOPLE = {AgentId(f"agent-{number}"): AgentProfile() for number in range(4)}


def day() -> list[Recorded]:
    log: list[Recorded] = []
    stretches = steady(200, 2, aht_s=120, patience_s=60)
    simulated(stretches, 4, seed=7, settings=QueueSettings(wrap_up_s=9), log=log)
    return log


def replayed(log: list[Recorded], settings: QueueSettings) -> Replayed:
    return replay(log, {QueueName("q"): settings}, PEOPLE)


def test_a_day_is_decided_bit_for_bit_the_same() -> None:
    log = day()
    done = replayed(log, QueueSettings(wrap_up_s=9))
    assert done.difference is None
    assert done.events == len(log)
    assert done.decisions == sum(isinstance(it.event, FACTS) for it in log) > 800


def test_what_is_given_away_without_personal_text_decides_the_same() -> None:
    log = [replace(it, event=without_personal(it.event)) for it in day()]
    done = replayed(log, QueueSettings(wrap_up_s=9))
    assert (done.difference, done.events) == (None, len(log))


def test_the_first_other_decision_is_told() -> None:
    log = day()
    done = replayed(log, QueueSettings(wrap_up_s=9, strategy=Strategy.RANDOM))
    assert done.difference is not None
    logged, decided = done.difference.logged, done.difference.decided
    assert isinstance(logged, CallOffered)
    assert isinstance(decided, CallOffered)
    assert (logged.entry, logged.offer) == (decided.entry, decided.offer)
    assert logged.agent != decided.agent


def test_a_decision_too_early_or_too_late_is_a_difference() -> None:
    log = day()
    for wrap_up_s in (5.0, 20.0):
        difference = replayed(log, QueueSettings(wrap_up_s=wrap_up_s)).difference
        assert difference is not None


def test_a_forged_log_is_found_out() -> None:
    log = day()
    at = next(n for n, it in enumerate(log) if isinstance(it.event, CallOffered))
    difference = replayed(log[:at] + log[at + 1 :], QueueSettings(wrap_up_s=9)).difference
    assert difference is not None
    assert difference.seq <= log[at + 2].seq


def test_a_decision_that_the_log_lacks_is_told() -> None:
    log = day()
    _, at, *_ = (n for n, it in enumerate(log) if isinstance(it.event, CallOffered))
    difference = replayed(log[:at] + log[at + 2 :], QueueSettings(wrap_up_s=9)).difference
    assert difference is not None
    assert (difference.seq, difference.logged) == (log[at + 2].seq, None)
    assert difference.decided == log[at].event


def test_time_goes_on_by_the_wall_clock_from_one_process_to_the_next() -> None:
    """The second begins at 100 s, with a steady clock of its own at 3 s."""
    acd = Distributor({QUEUE: QueueSettings()}, {ANN: AgentProfile()})
    log: list[Recorded] = []
    for utc, began_at, event in (
        (5.0, 0.0, CentreStarted("test", "", 0)),
        (10.0, 0.0, CallQueued(CallId("c"), EntryId("c"), QUEUE)),
        (100.0, 97.0, CentreStarted("test", "", 0)),
        (104.0, 97.0, PhoneReached(PHONES[ANN])),
        (105.0, 97.0, AgentSignedIn(ANN, PHONES[ANN])),
    ):
        facts = [e.event for e in acd.handle(event, utc) if isinstance(e, Record)]
        log += (Recorded(len(log), utc, utc - began_at, each) for each in (event, *facts))
    heard: list[Decision] = []
    people = {ANN: AgentProfile()}
    assert replay(log, {QUEUE: QueueSettings()}, people, witness=heard.append).difference is None
    assert [decision.waited_s for decision in heard] == [95.0]


def logged(people: Mapping[AgentId, AgentProfile], happened: list[Event]) -> list[Recorded]:
    """One event a second, each followed by what the distributor decided."""
    acd = Distributor({QUEUE: QueueSettings()}, people)
    log: list[Recorded] = []
    for second, event in enumerate(happened):
        facts = [e.event for e in acd.handle(event, second) if isinstance(e, Record)]
        log += (Recorded(len(log), second, second, each) for each in (event, *facts))
    return log


def test_why_names_agents_and_calls_that_lost() -> None:
    skills = {"sales": 5}
    people = {
        ANN: AgentProfile(skills=skills, languages={"en": 5}),
        BOB: AgentProfile(skills={"sales": 2}),
        AgentId("carl"): AgentProfile(skills=skills, languages={"en": 5}),
        AgentId("dora"): AgentProfile(skills=skills, languages={"en": 5}),
    }
    happened: list[Event] = [
        CallQueued(CallId("c1"), EntryId("c1"), QUEUE, {"sales": 3}, ("en",)),
        CallQueued(CallId("c2"), EntryId("c2"), QUEUE, {"sales": 3}),
        PhoneReached(PHONES[BOB]),
        AgentSignedIn(BOB, PHONES[BOB]),
        AgentMadeNotAvailable(AgentId("dora"), "lunch"),
        PhoneReached(PHONES[ANN]),
        AgentSignedIn(ANN, PHONES[ANN]),
    ]
    log = logged(people, happened)
    heard: list[Decision] = []
    replay(log, {QUEUE: QueueSettings()}, people, witness=heard.append)
    (decision,) = heard
    assert (decision.call, decision.agent, decision.waited_s) == ("c1", "ann", 6.0)
    assert decision.because == "nobody else was free and able"
    assert {each.agent: each.reason for each in decision.candidates} == {
        "bob": "not able: sales 2 of 3",
        "carl": "signed out",
        "dora": "signed out",
    }
    (rival,) = decision.rivals
    assert (rival.call, rival.reason) == ("c2", "due 1.0 s later")


def test_why_names_what_put_one_before_others() -> None:
    people = {ANN: AgentProfile(languages={"en": 5}), BOB: AgentProfile(languages={"es": 5})}
    happened: list[Event] = [
        *(PhoneReached(PHONES[agent]) for agent in people),
        *(AgentSignedIn(agent, PHONES[agent]) for agent in people),
        CallQueued(CallId("c1"), EntryId("c1"), QUEUE, {}, ("es", "en")),
    ]
    log = logged(people, happened)
    heard: list[Decision] = []
    replay(log, {QUEUE: QueueSettings()}, people, witness=heard.append)
    assert heard[0].agent == "bob"
    assert heard[0].candidates[0].reason == "free, but a worse language"
    assert heard[0].because == "first by longest idle among those free and able"
