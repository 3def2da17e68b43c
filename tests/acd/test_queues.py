"""Who is served first, who may wait, and for how long."""

import json

import pytest

from acd.distributor import Distributor
from acd.effects import RemoveFromQueue
from acd.settings import AgentProfile, Nobody, QueueSettings
from events.agents import AgentSignedOut
from events.callbacks import CallBackQueued
from events.ids import CallBackId, CallId, EntryId, QueueName
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    OfferOutcome,
    QueueClosed,
    QueueOpened,
)
from tests.acd.driver import ANN, BOB, QUEUE, Driver


def test_first_come_first_served() -> None:
    d = Driver()
    d.calls("first", at=1)
    d.calls("second", at=2)
    assert d.signs_in(ANN, BOB) == ["ring ann for first (1)", "ring bob for second (2)"]


def test_a_minute_of_waiting_beats_one_level_of_priority() -> None:
    d = Driver(QueueSettings(ageing_s=60))
    d.calls("patient", at=0)
    d.calls("important", at=61, priority=1)
    d.calls("very important", at=62, priority=2)
    assert d.acd.position(CallId("very important")) == 1
    assert d.acd.position(CallId("patient")) == 2
    assert d.signs_in(ANN) == ["ring ann for very important (1)"]


def test_a_wait_that_was_brought_along_counts_for_order() -> None:
    d = Driver()
    d.calls("here", at=10)
    d.calls("overflowed", at=30, waited_s=25)
    assert d.signs_in(ANN) == ["ring ann for overflowed (1)"]


def test_queues_with_different_ageing_compete_by_due_time() -> None:
    slow, fast = QueueName("slow"), QueueName("fast")
    d = Driver({slow: QueueSettings(ageing_s=100), fast: QueueSettings(ageing_s=10)})
    d.calls("fast", at=0, queue=fast, priority=2)
    d.calls("slow", at=50, queue=slow, priority=1)
    assert d.signs_in(ANN) == ["ring ann for slow (1)"]


def test_a_queue_asks_for_its_own_skills_too() -> None:
    d = Driver(
        QueueSettings(skills={"sales": 3}),
        {ANN: AgentProfile(skills={"sales": 2}), BOB: AgentProfile(skills={"sales": 3})},
    )
    d.signs_in(ANN, BOB)
    assert d.calls("easy") == ["ring bob for easy (1)"]
    assert d.calls("also bob's", skills={"sales": 1}) == []


def test_a_caller_leaves_after_the_longest_wait() -> None:
    d = Driver(QueueSettings(max_wait_s=30))
    d.calls("c", at=5)
    assert d.passes(34.9) == []
    assert d.passes(36) == ["remove c: timeout after 30 s"]
    assert d.acd.position(CallId("c")) is None
    assert d.signs_in(ANN) == []
    d.happens(CallFlowedOut(CallId("c"), EntryId("c"), QUEUE, 30.0, "timeout"))
    assert d.acd.queues()[0].waiting == 0


def test_the_longest_wait_never_stops_a_ringing_phone() -> None:
    d = Driver(QueueSettings(max_wait_s=10, ring_s=20))
    d.signs_in(ANN)
    d.calls("c", at=0)
    assert d.passes(15) == []
    assert d.fails(1, OfferOutcome.BUSY) == ["remove c: timeout after 15 s"]


def test_a_full_queue_turns_away_only_who_would_wait() -> None:
    d = Driver(QueueSettings(max_waiting=1))
    d.signs_in(ANN, BOB)
    assert d.calls("a") == ["ring ann for a (1)"]
    assert d.calls("b") == ["ring bob for b (2)"]
    d.talks("a", ANN, 1, seconds=1)
    d.talks("b", BOB, 2, seconds=1)
    assert d.calls("c") == []
    assert d.calls("d") == ["remove d: full after 0 s"]


def test_who_was_offered_may_wait_even_where_nobody_new_may() -> None:
    d = Driver(QueueSettings(max_waiting=0))
    d.signs_in(ANN)
    d.calls("c")
    d.fails(1, OfferOutcome.BUSY)
    assert d.acd.position(CallId("c")) == 1
    assert d.calls("late") == ["remove late: full after 0 s"]


def test_callers_wait_for_nobody_by_default() -> None:
    d = Driver()
    assert d.calls("c") == []


def test_nobody_signed_in_may_mean_leaving() -> None:
    d = Driver(
        QueueSettings(nobody=Nobody.LEAVE),
        {ANN: AgentProfile(skills={"sales": 5}), BOB: AgentProfile()},
    )
    d.signs_in(BOB)
    assert d.calls("sales", skills={"sales": 1}) == ["remove sales: nobody after 0 s"]
    assert d.calls("any") == ["ring bob for any (1)"]
    d.signs_in(ANN)
    assert d.calls("later", skills={"sales": 9}) == ["remove later: nobody after 0 s"]


def test_callers_are_not_left_in_a_queue_that_everybody_left() -> None:
    d = Driver(QueueSettings(nobody=Nobody.LEAVE))
    d.signs_in(ANN)
    d.calls("a", at=1)
    d.calls("b", at=2)
    assert d.happens(AgentSignedOut(ANN), at=5) == [
        "stop 1: signed_out",
        "remove a: nobody after 4 s",
        "remove b: nobody after 3 s",
    ]


def test_a_caller_of_an_unknown_queue_leaves_at_once() -> None:
    d = Driver()
    assert d.calls("c", queue=QueueName("gone")) == ["remove c: closed after 0 s"]
    d.happens(CallFlowedOut(CallId("c"), EntryId("c"), QueueName("gone"), 0.0, "closed"))
    assert d.acd.waiting(QueueName("gone")) == []


def test_a_caller_is_in_one_queue_at_a_time() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("c")
    again = CallQueued(CallId("c"), EntryId("c-2"), QUEUE)
    assert d.happens(again) == ["stop 1: caller_left", "ring ann for c (2)"]
    assert [view.entry for view in d.acd.waiting(QUEUE)] == ["c-2"]
    assert d.happens(again) == [], "the same entry twice is one"


def test_the_end_of_an_entry_that_is_not_here_changes_nothing() -> None:
    d = Driver()
    assert d.happens(CallAbandoned(CallId("x"), EntryId("x"), QUEUE, 1.0)) == []


def test_a_new_configuration_holds_for_who_already_waits() -> None:
    d = Driver(QueueSettings(ageing_s=60))
    d.calls("patient", at=0)
    d.calls("important", at=10, priority=1)
    assert d.acd.position(CallId("important")) == 1
    d.acd.configure({QUEUE: QueueSettings(ageing_s=1, max_wait_s=40)}, d.agents, 20)
    assert d.acd.position(CallId("important")) == 2
    assert d.passes(45) == ["remove patient: timeout after 40 s"]


def test_a_limit_that_is_over_when_it_is_set_is_over_at_once() -> None:
    d = Driver()
    d.calls("c", at=0)
    effects = d.acd.configure({QUEUE: QueueSettings(max_wait_s=5)}, d.agents, 20)
    assert d._short(effects) == ["remove c: timeout after 20 s"]


def test_a_longer_limit_saves_who_was_about_to_leave() -> None:
    d = Driver(QueueSettings(max_wait_s=10))
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.passes(15)
    d.acd.configure({QUEUE: QueueSettings(max_wait_s=100)}, d.agents, 15)
    assert d.fails(1, OfferOutcome.BUSY) == []
    assert d.passes(19.9) == []
    assert d.passes(20) == ["ring ann for c (2)"]


def test_callers_of_a_queue_that_is_taken_away_leave() -> None:
    d = Driver()
    d.calls("c", at=0)
    effects = d.acd.configure({}, d.agents, 7)
    assert d._short(effects) == ["remove c: closed after 7 s"]


NEAR, FAR, THIRD = QueueName("near"), QueueName("far"), QueueName("third")


def closed(queue: QueueName = QUEUE, **what: str) -> QueueClosed:
    return QueueClosed(queue, **{"cause": "hours", **what})


def test_nobody_enters_a_closed_queue_and_those_inside_are_served() -> None:
    d = Driver()
    d.calls("inside", at=0)
    assert d.happens(closed(reason="holiday"), at=5) == []
    assert d.calls("late", at=6) == ["remove late: closed after 0 s"]
    assert d.signs_in(ANN) == ["ring ann for inside (1)"]
    assert d.acd.queues()[0].closed == {"hours": "holiday"}


def test_a_closure_can_send_those_away_who_wait() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("ringing", at=0)
    d.calls("waiting", at=1)
    assert d.happens(closed(waiting="leave"), at=9) == ["remove waiting: closed after 8 s"]
    assert d.fails(1, OfferOutcome.BUSY) == ["remove ringing: closed after 9 s"]


def test_who_rang_while_it_was_closed_and_opened_again_waits_on() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("ringing", at=0)
    d.happens(closed(waiting="leave"), QueueOpened(QUEUE, "hours"), at=9)
    assert d.fails(1, OfferOutcome.BUSY) == []


def test_a_queue_is_open_when_nothing_closes_it_any_more() -> None:
    d = Driver()
    d.happens(closed(), closed(cause="operator", reason="fire"))
    d.happens(QueueOpened(QUEUE, "hours"), QueueOpened(QUEUE, "hours"))
    assert d.calls("c", at=1) == ["remove c: closed after 0 s"]
    d.happens(CallFlowedOut(CallId("c"), EntryId("c"), QUEUE, 0.0, "closed"))
    d.happens(QueueOpened(QUEUE, "operator"))
    assert d.calls("d", at=2) == []


def test_callers_follow_the_sun_to_the_first_open_site() -> None:
    d = Driver(
        {
            NEAR: QueueSettings(overflow_to={"closed": "far"}),
            FAR: QueueSettings(overflow_to={"closed": "third"}),
            THIRD: QueueSettings(overflow_to={"closed": "near"}),
        }
    )
    d.happens(closed(NEAR), closed(FAR))
    assert to_of(d, CallQueued(CallId("c"), EntryId("c"), NEAR)) == "third"
    d.happens(closed(THIRD))
    assert to_of(d, CallQueued(CallId("night"), EntryId("night"), NEAR)) is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (QueueSettings(max_waiting=0, overflow_to={"full": "far"}), "full"),
        (QueueSettings(nobody=Nobody.LEAVE, overflow_to={"nobody": "far"}), "nobody"),
    ],
)
def test_who_may_not_wait_here_goes_on_elsewhere(settings: QueueSettings, reason: str) -> None:
    d = Driver({NEAR: settings, FAR: QueueSettings()})
    assert to_of(d, CallQueued(CallId("c"), EntryId("c"), NEAR)) == "far"
    assert d.left[-1].reason == reason


def test_who_would_wait_too_long_need_not_begin() -> None:
    d = Driver(QueueSettings(wrap_up_s=0, max_expected_wait_s=50), {ANN: AgentProfile()})
    d.signs_in(ANN)
    for number in range(1, 4):
        d.calls(f"c{number}")
        d.talks(f"c{number}", ANN, number, seconds=30)
    d.calls("talks")
    d.answers(4)
    d.bridged("talks", ANN, 4)
    assert d.acd.queues()[0].expected_wait_s == 30
    assert d.calls("second") == []
    assert d.acd.queues()[0].expected_wait_s is None, "60 s give or take 37 s are not announced"
    assert d.calls("third") == ["remove third: expected_wait after 0 s"]


def test_an_unknown_wait_sends_nobody_away() -> None:
    d = Driver(QueueSettings(max_expected_wait_s=1))
    assert [d.calls(f"c{number}") for number in range(5)] == [[]] * 5


def test_a_closure_outlives_the_process() -> None:
    d = Driver()
    d.happens(closed(cause="operator", reason="fire", waiting="leave"))
    again = Distributor.restore(json.loads(json.dumps(d.acd.snapshot())), d.queues, d.agents)
    assert again.closures(QUEUE) == {"operator": ("fire", "leave")}


def to_of(d: Driver, event: CallQueued) -> QueueName | None:
    effects = d.acd.handle(event, d.now)
    d.left = [effect for effect in effects if isinstance(effect, RemoveFromQueue)]
    return d.left[-1].to


@pytest.mark.parametrize("restarted", [False, True])
def test_who_is_called_back_waits_no_longer_than_others_once_there(restarted: bool) -> None:
    d = Driver(QueueSettings(max_wait_s=60))
    asks = CallBackQueued(
        CallBackId("back"), CallId("customer"), EntryId("place"), QUEUE, waited_s=100
    )
    d.happens(asks, at=0)
    assert d.passes(until=500) == [], "nobody waits on the line"
    d.happens(CallQueued(CallId("customer"), EntryId("place"), QUEUE, waited_s=600), at=500)
    if restarted:
        d.acd = Distributor.restore(json.loads(json.dumps(d.acd.snapshot())), d.queues, d.agents)
    assert d.passes(until=559) == []
    assert d.passes(until=560) == ["remove customer: timeout after 60 s"]
    (waiting,) = d.acd.waiting(QUEUE)
    assert waiting.queued_at == 500
