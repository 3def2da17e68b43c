"""Bugs that no other test noticed when they were planted (`docs/mutants.md`), one test each."""

import json

import pytest

from acd.distributor import Distributor
from acd.effects import RemoveFromQueue, RingAgent
from acd.expectations import Ended, Expectations, Forecast, Recent
from acd.ready import Order, Ready, Standing
from acd.settings import AgentProfile, Nobody, QueueSettings, Relaxation, Strategy
from acd.timers import Agenda, Kind, Timer
from events.agents import (
    AgentMadeNotAvailable,
    AgentReleased,
    AgentSignedIn,
    AgentSignedOut,
    PhoneReached,
)
from events.callbacks import CallBackLeft, CallBackQueued
from events.ids import AgentId, CallBackId, CallId, EntryId, OfferId, PhoneId, QueueName
from events.queues import (
    BridgeFailed,
    CallAbandoned,
    CallQueued,
    OfferFailed,
    OfferOutcome,
    OfferPickedUp,
    QueueCallHandled,
    QueueClosed,
)
from tests.acd.driver import ANN, BOB, PHONES, QUEUE, Driver

SOLO = {ANN: AgentProfile()}
OTHER = QueueName("other")


def customer(name: str = "back") -> CallBackQueued:
    return CallBackQueued(CallBackId(name), CallId(name), EntryId(name), QUEUE)


def test_a_customer_keeps_no_place_in_a_closed_queue() -> None:
    d = Driver()
    assert d.happens(customer("early")) == []
    d.happens(QueueClosed(QUEUE, "hours"))
    assert d.happens(customer("late")) == ["remove late: closed after 0 s"]
    assert d.signs_in(ANN) == ["ring ann for early (1)"]


def test_a_limit_that_is_gone_from_the_configuration_ends_no_wait() -> None:
    steps = (Relaxation(after_s=50, level=1),)
    d = Driver(QueueSettings(max_wait_s=60, relaxation=steps))
    d.calls("c")
    assert d.acd.configure({QUEUE: QueueSettings()}, d.agents, 10.0) == []
    assert d.acd.next_deadline() is None
    assert d.passes(100) == []


def test_who_has_waited_long_enough_moves_on_when_the_configuration_says_so() -> None:
    d = Driver({QUEUE: QueueSettings(), OTHER: QueueSettings()})
    d.calls("c")
    steps = (Relaxation(after_s=30, overflow=OTHER),)
    queues = {QUEUE: QueueSettings(relaxation=steps), OTHER: QueueSettings()}
    (removal,) = d.acd.configure(queues, d.agents, 40.0)
    assert isinstance(removal, RemoveFromQueue)
    assert (removal.reason, removal.to) == ("overflow", OTHER)


@pytest.mark.parametrize(("waiting", "leaves"), [("serve", False), ("leave", True)])
def test_a_reload_remembers_how_a_queue_was_closed(waiting: str, leaves: bool) -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c")
    d.happens(QueueClosed(QUEUE, "operator", waiting=waiting))
    d.acd.configure(d.queues, d.agents, 1.0)
    gone = d.happens(OfferFailed(OfferId(1), OfferOutcome.REJECTED), at=2)
    assert gone == (["remove c: closed after 2 s"] if leaves else [])


def test_a_customer_is_fetched_within_the_time_of_the_queue() -> None:
    settings = QueueSettings(accept_s=10, lease_grace_s=1, callback_ring_s=30)
    d = Driver(settings, SOLO)
    d.signs_in(ANN)
    d.happens(customer())
    d.happens(OfferPickedUp(OfferId(1)), at=5)
    assert d.passes(45.9) == []
    assert d.passes(46) == ["stop 1: no_answer"]


def test_a_call_kept_for_who_goes_away_is_everybody_s() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    wish = CallQueued(CallId("c"), EntryId("c"), QUEUE, preferred=BOB, preferred_s=60)
    assert d.happens(wish) == ["ring bob for c (1)"]
    assert d.happens(AgentMadeNotAvailable(BOB, "lunch"), at=1) == [
        "stop 1: not_available",
        "ring ann for c (2)",
    ]


def test_two_queues_compete_by_weight_though_neither_weighs_one() -> None:
    d = Driver({QUEUE: QueueSettings(weight=2), OTHER: QueueSettings(weight=3)}, SOLO)
    d.calls("first", at=0)
    d.calls("heavier", queue=OTHER, at=10)
    d.now = 100.0  # 200 against 270
    assert d.signs_in(ANN) == ["ring ann for heavier (1)"]


def test_everything_moves_with_the_clock_of_the_next_process() -> None:
    d = Driver(QueueSettings(wrap_up_s=10, max_wait_s=60), SOLO)
    d.signs_in(ANN)
    d.calls("talks", at=100)
    d.talks("talks", ANN, 1, seconds=30)
    d.calls("waits", at=131)
    kept = json.loads(json.dumps(d.acd.snapshot()))
    next_day = Driver(QueueSettings(wrap_up_s=10, max_wait_s=60), SOLO)
    next_day.acd = Distributor.restore(kept, d.queues, d.agents, shift_s=-100.0)
    assert next_day.acd.next_deadline() == 40.0
    assert next_day.passes(40) == ["ring ann for waits (2)"]
    (handled,) = (fact for fact in next_day.facts if isinstance(fact, QueueCallHandled))
    assert (handled.talk_s, handled.wrap_up_s) == (30.0, 10.0)


def test_a_phone_joins_a_group_that_rang_before_a_restart() -> None:
    people = {ANN: AgentProfile(), BOB: AgentProfile()}
    d = Driver(QueueSettings(ring_at_once=2), people)
    d.signs_in(ANN)
    assert d.calls("c") == ["ring ann for c (1)"]
    acd = Distributor.restore(json.loads(json.dumps(d.acd.snapshot())), d.queues, people)
    acd.handle(PhoneReached(PHONES[BOB]), 1.0)
    effects = acd.handle(AgentSignedIn(BOB, PHONES[BOB]), 1.0)
    assert [effect.agent for effect in effects if isinstance(effect, RingAgent)] == [BOB]


def test_timers_keep_their_order_when_the_stale_ones_are_swept_out() -> None:
    agenda = Agenda()
    for start in range(265):  # the last one sweeps
        agenda.start(Timer(Kind.REST, f"a{start % 100}"), 1000.0 - start % 100)
    found = []
    while (due := agenda.pop_due(2000.0)) is not None:
        found.append(due[0])
    assert found == [901.0 + number for number in range(100)]


def test_agents_keep_their_order_when_those_who_left_are_swept_out() -> None:
    ready = Ready()
    for number in range(200):
        ready.add(AgentId(f"a{number}"), Standing(idle_since=200.0 - number))
    for number in range(133):
        ready.remove(AgentId(f"a{number}"))
    first = ready.first(Order.IDLE, 1, frozenset())
    assert first is not None
    assert first[2] == "a199"


def test_callers_keep_their_order_when_those_who_left_are_swept_out() -> None:
    d = Driver(agents=SOLO)
    for number in range(200):
        d.calls(f"c{number}", waited_s=float(number))
    for number in range(133):
        d.happens(CallAbandoned(CallId(f"c{number}"), EntryId(f"c{number}"), QUEUE, 0.0))
    assert d.signs_in(ANN) == ["ring ann for c199 (1)"]


def test_a_call_kept_for_one_agent_is_everybody_s_once_its_bridge_failed() -> None:
    d = Driver()
    d.signs_in(BOB)
    wish = CallQueued(CallId("c"), EntryId("c"), QUEUE, preferred=BOB, preferred_s=60)
    assert d.happens(wish) == ["ring bob for c (1)"]
    d.signs_in(ANN)
    d.answers(1)
    assert d.happens(BridgeFailed(CallId("c"), OfferId(1))) == ["ring ann for c (2)"]


def test_an_agent_for_whom_two_calls_are_kept_gets_the_one_that_stays() -> None:
    d = Driver({QUEUE: QueueSettings(wrap_up_s=0), OTHER: QueueSettings()})
    d.signs_in(BOB)
    d.calls("talks", at=0)
    d.answers(1)
    d.bridged("talks", BOB, 1)
    for name, queue in (("leaves", QUEUE), ("stays", OTHER)):
        entry = EntryId(name)
        d.happens(CallQueued(CallId(name), entry, queue, preferred=BOB, preferred_s=600))
    d.signs_in(ANN)
    d.happens(CallAbandoned(CallId("leaves"), EntryId("leaves"), QUEUE, 0.0))
    released = d.happens(AgentReleased(BOB, CallId("talks")), at=60)
    assert released == ["ring bob for stays (2)"]


def test_of_two_profiles_that_suit_alike_the_agent_idle_longest_is_taken() -> None:
    third = AgentId("cat")
    able = AgentProfile()
    d = Driver(agents={ANN: able, third: able, BOB: AgentProfile(skills={"other": 1})})
    for at, agent in enumerate((ANN, BOB, third)):
        phone = PhoneId(f"p{agent}")
        d.happens(PhoneReached(phone), AgentSignedIn(agent, phone), at=float(at))
    d.happens(AgentMadeNotAvailable(ANN), at=3)
    assert d.calls("c") == ["ring bob for c (1)"]


def test_nothing_is_due_of_a_caller_who_left() -> None:
    steps = (Relaxation(after_s=50, level=1),)
    d = Driver(QueueSettings(max_wait_s=60, relaxation=steps))
    d.calls("c")
    d.happens(CallAbandoned(CallId("c"), EntryId("c"), QUEUE, 0.0), at=1)
    assert d.acd.next_deadline() is None


def test_the_wait_of_a_customer_who_came_moves_with_the_clock() -> None:
    d = Driver(QueueSettings(max_wait_s=60))
    d.happens(customer(), at=0)
    d.calls("back", at=1000)
    kept = json.loads(json.dumps(d.acd.snapshot()))
    d.acd = Distributor.restore(kept, d.queues, d.agents, shift_s=500.0)
    assert d.passes(1560) == ["remove back: timeout after 60 s"]


def test_what_is_expected_moves_with_the_clock() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    for offer in range(1, 6):
        d.calls(f"c{offer}")
        d.talks(f"c{offer}", ANN, offer, seconds=10)
    (before,) = d.acd.queues()
    assert before.expected_wait_s is not None
    for shift_s in (-100_000.0, 100_000.0):
        restored = Distributor.restore(d.acd.snapshot(), d.queues, d.agents, shift_s=shift_s)
        (after,) = restored.queues()
        assert after.expected_wait_s == before.expected_wait_s


def test_what_relaxes_moves_with_the_clock() -> None:
    steps = (Relaxation(after_s=50, overflow=OTHER),)
    d = Driver({QUEUE: QueueSettings(relaxation=steps), OTHER: QueueSettings()})
    d.calls("c", at=0)
    kept = json.loads(json.dumps(d.acd.snapshot()))
    d.acd = Distributor.restore(kept, d.queues, d.agents, shift_s=500.0)
    d.acd.configure(d.queues, d.agents, 510.0)
    assert d.acd.next_deadline() == 550.0
    assert d.passes(550) == ["remove c: overflow after 50 s"]


def test_priority_counts_between_queues_that_compete_by_weight() -> None:
    d = Driver({QUEUE: QueueSettings(weight=2), OTHER: QueueSettings(weight=2)}, SOLO)
    d.calls("old", at=0)
    d.calls("urgent", queue=OTHER, at=10, priority=5)
    d.now = 100.0
    assert d.signs_in(ANN) == ["ring ann for urgent (1)"]


def test_what_is_near_is_what_the_metrics_say() -> None:
    assert Forecast(10.0, 44.0).is_near  # half of the cases lie within 29.7 s
    assert not Forecast(10.0, 45.0).is_near  # 30.4 s


def test_the_past_is_recent_by_when_it_was() -> None:
    recent = Recent()
    for at in range(3):
        recent.ended.add(50_000.0 + at, Ended(True, 10.0))
    assert recent.ended.figure(50_100.0) == 0.0
    assert recent.ended.figure(66_000.0) is None  # more than four hours


def test_a_group_has_no_more_phones_than_the_queue_says() -> None:
    third = AgentId("cat")
    d = Driver(QueueSettings(ring_at_once=2), dict.fromkeys((ANN, BOB, third), AgentProfile()))
    d.signs_in(ANN, BOB)
    d.happens(PhoneReached(PhoneId("p3")), AgentSignedIn(third, PhoneId("p3")))
    assert d.calls("c") == ["ring ann for c (1)", "ring bob for c (2)"]


def test_no_phone_rings_for_a_call_of_a_group_that_leaves() -> None:
    d = Driver(QueueSettings(ring_at_once=2, max_wait_s=5))
    d.signs_in(ANN)
    assert d.calls("c", at=0) == ["ring ann for c (1)"]
    assert d.passes(5) == []
    assert d.fails(1, OfferOutcome.BUSY) == ["remove c: timeout after 5 s"]
    assert d.signs_in(BOB) == []


@pytest.mark.parametrize(("preferred_s", "rings"), [(0.0, ANN), (0.5, BOB)])
def test_a_wish_of_no_time_is_none(preferred_s: float, rings: AgentId) -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    wish = CallQueued(CallId("c"), EntryId("c"), QUEUE, preferred=BOB, preferred_s=preferred_s)
    assert d.happens(wish) == [f"ring {rings} for c (1)"]


def test_nothing_is_due_of_a_caller_who_is_told_to_leave() -> None:
    d = Driver(QueueSettings(max_wait_s=60))
    d.calls("c")
    d.happens(QueueClosed(QUEUE, "operator", waiting="leave"))
    assert d.acd.next_deadline() is None


def test_the_wait_that_an_agent_is_told_includes_the_one_before() -> None:
    d = Driver(agents=SOLO)
    d.calls("c", at=2, waited_s=10)
    d.acd.handle(PhoneReached(PHONES[ANN]), 5.0)
    effects = d.acd.handle(AgentSignedIn(ANN, PHONES[ANN]), 5.0)
    assert [each.waited_s for each in effects if isinstance(each, RingAgent)] == [13.0]


def test_a_call_that_was_kept_through_a_reload_leaves_nothing_behind() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.happens(AgentMadeNotAvailable(ANN))
    d.calls("talks", at=0)
    d.answers(1)
    d.bridged("talks", BOB, 1)
    d.happens(CallQueued(CallId("c"), EntryId("c"), QUEUE, preferred=BOB, preferred_s=600))
    d.acd.configure(d.queues, d.agents, 1.0)
    d.happens(CallAbandoned(CallId("c"), EntryId("c"), QUEUE, 0.0), at=2)
    assert d.available(ANN) == []
    assert d.calls("next") == ["ring ann for next (2)"]


def test_who_is_closest_in_one_of_the_ways_is_closest() -> None:
    people = {ANN: AgentProfile(skills={"a": 8, "b": 5}), BOB: AgentProfile(skills={"b": 2})}
    d = Driver(QueueSettings(strategy=Strategy.CLOSEST_LEVEL), people)
    d.signs_in(BOB, ANN)
    ways = ({"a": 8}, {"b": 1})  # ann is what the first asks for, bob a level above the second
    call = CallQueued(CallId("c"), EntryId("c"), QUEUE, any_of=ways)
    assert d.happens(call) == ["ring ann for c (1)"]


def test_no_phone_rings_for_a_call_that_moves_on_after_its_phone_failed() -> None:
    steps = (Relaxation(after_s=10, overflow=OTHER),)
    d = Driver({QUEUE: QueueSettings(relaxation=steps), OTHER: QueueSettings()})
    d.signs_in(ANN)
    assert d.calls("c", at=0) == ["ring ann for c (1)"]
    assert d.passes(10) == []
    assert d.fails(1, OfferOutcome.BUSY) == ["remove c: overflow after 10 s"]
    assert d.signs_in(BOB) == []


def test_who_nobody_can_serve_after_a_reload_leaves() -> None:
    d = Driver(QueueSettings(nobody=Nobody.LEAVE), SOLO)
    d.signs_in(ANN)
    d.happens(AgentMadeNotAvailable(ANN))
    assert d.calls("c", at=0) == []
    asks_more = {QUEUE: QueueSettings(nobody=Nobody.LEAVE, skills={"more": 1})}
    (removal,) = d.acd.configure(asks_more, d.agents, 1.0)
    assert isinstance(removal, RemoveFromQueue)
    assert removal.reason == "nobody"


def test_an_old_snapshot_knows_no_waits() -> None:
    known = Expectations()
    ended = [[0.0, True], [0.0, True], [0.0, True], [0.0, False]]
    known.load({QUEUE: {"handled": [], "ended": ended}}, 0.0)
    assert known.of(QUEUE).ended.figure(1.0) == 0.0


def test_a_call_moves_on_at_the_step_that_says_so() -> None:
    steps = (Relaxation(after_s=10, level=1), Relaxation(after_s=20, overflow=OTHER))
    d = Driver({QUEUE: QueueSettings(relaxation=steps), OTHER: QueueSettings()})
    d.calls("c", at=0)
    assert d.passes(19) == []
    assert d.passes(20) == ["remove c: overflow after 20 s"]


def test_short_waits_are_waits() -> None:
    recent = Recent()
    for answered, wait_s in [(True, 0.0)] * 3 + [(False, 0.5)]:
        recent.ended.add(0.0, Ended(answered, wait_s))
    assert recent.ended.figure(1.0) == 2.0


def test_a_rejection_ends_by_the_clock_of_the_next_process() -> None:
    d = Driver(QueueSettings(rejected_back_off_s=60), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.REJECTED)
    d.acd = Distributor.restore(d.acd.snapshot(), d.queues, d.agents, shift_s=-100.0)
    assert d.passes(-40) == ["ring ann for c (2)"]


def test_a_customer_who_is_given_up_is_rung_for_no_more() -> None:
    d = Driver(agents=SOLO)
    d.happens(customer())
    d.happens(
        CallBackLeft(CallBackId("back"), CallId("back"), EntryId("back"), QUEUE, "busy", True)
    )
    assert d.signs_in(ANN) == []


def test_who_comes_back_when_it_is_time_to_move_on_moves_on() -> None:
    steps = (Relaxation(after_s=30, overflow=OTHER),)
    d = Driver({QUEUE: QueueSettings(relaxation=steps), OTHER: QueueSettings()})
    back = CallQueued(CallId("c"), EntryId("c"), QUEUE, waited_s=40.0, returned=True)
    assert d.happens(back, at=5) == ["remove c: overflow after 0 s"]


def test_who_is_idle_longest_stays_so_on_the_clock_of_the_next_process() -> None:
    d = Driver()
    d.now = 1000.0
    d.signs_in(ANN)
    d.acd = Distributor.restore(d.acd.snapshot(), d.queues, d.agents, shift_s=-1000.0)
    d.happens(PhoneReached(PHONES[BOB]), AgentSignedIn(BOB, PHONES[BOB]), at=10)
    assert d.calls("c") == ["ring ann for c (1)"]


def test_of_queues_by_weight_who_overtakes_by_priority_is_counted() -> None:
    d = Driver({QUEUE: QueueSettings(wrap_up_s=0), OTHER: QueueSettings(weight=2)}, SOLO)
    d.signs_in(ANN)
    for offer in (1, 2, 3):
        d.calls(f"done-{offer}")
        d.talks(f"done-{offer}", ANN, offer, seconds=20)
    d.calls("talking")
    d.answers(4)
    d.bridged("talking", ANN, 4)
    d.calls("first")
    d.calls("urgent", queue=OTHER, at=d.now + 1, priority=5)
    assert d.acd.expected_wait_s(CallId("first"), d.now) == 40
    d.calls("important", priority=4)
    assert d.acd.expected_wait_s(CallId("important"), d.now) == 40


def test_customers_who_are_not_on_the_line_keep_their_place_when_everybody_leaves() -> None:
    d = Driver(QueueSettings(nobody=Nobody.LEAVE), SOLO)
    d.signs_in(ANN)
    d.happens(AgentMadeNotAvailable(ANN))
    d.happens(customer())
    d.calls("c")
    assert d.happens(AgentSignedOut(ANN)) == ["remove c: nobody after 0 s"]


def test_who_meets_a_circle_of_closed_queues_leaves_it() -> None:
    far, farther = QueueName("far"), QueueName("farther")
    d = Driver(
        {
            QUEUE: QueueSettings(overflow_to={"closed": far}),
            far: QueueSettings(overflow_to={"closed": farther}),
            farther: QueueSettings(overflow_to={"closed": far}),
        }
    )
    d.happens(*(QueueClosed(each, "hours") for each in d.queues))
    (removal,) = d.acd.handle(CallQueued(CallId("c"), EntryId("c"), QUEUE), 0.0)
    assert isinstance(removal, RemoveFromQueue)
    assert (removal.reason, removal.to) == ("closed", None)


def test_nobody_has_waited_where_nobody_waits() -> None:
    d = Driver()
    assert [queue.longest_wait_s(5.0) for queue in d.acd.queues()] == [0.0]
    d.calls("c", at=10)
    assert [queue.longest_wait_s(10.0) for queue in d.acd.queues()] == [0.0]
