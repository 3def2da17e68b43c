"""Offers: what each way of ending does to the caller and to the agent."""

from typing import Any

import pytest

from acd.distributor import Distributor
from acd.model import Place
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentMadeNotAvailable, AgentReleased, AgentSignedOut, AgentState
from events.ids import CallId, EntryId, OfferId
from events.queues import (
    BridgeFailed,
    CallAbandoned,
    CallOffered,
    OfferAnsweredLate,
    OfferClosed,
    OfferOutcome,
    OfferPickedUp,
    QueueAnswered,
)
from tests.acd.driver import ANN, BOB, QUEUE, Driver

SOLO = {ANN: AgentProfile()}


def outcomes(d: Driver) -> list[tuple[int, str]]:
    return [(f.offer, f.outcome.value) for f in d.facts if isinstance(f, OfferClosed)]


def test_an_answer_connects_and_a_bridge_makes_it_talk() -> None:
    d = Driver()
    d.signs_in(ANN)
    assert d.calls("c") == ["ring ann for c (1)"]
    assert isinstance(d.facts[0], CallOffered)
    assert d.answers(1) == ["connect c to ann (1)"]
    assert outcomes(d) == [(1, "answered")]
    assert d.state(ANN) == (AgentState.OFFERED, "")
    d.bridged("c", ANN, 1)
    assert d.state(ANN) == (AgentState.TALKING, "")
    assert d.view(ANN).call == "c"
    assert d.acd.queues()[0].waiting == 0


def test_a_second_report_of_the_answer_connects_nobody_again() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("c")
    d.answers(1)
    assert d.answers(1) == []


def test_a_late_answer_never_connects() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("gone", at=1)
    d.happens(CallAbandoned(CallId("gone"), EntryId("gone"), QUEUE, 1.0), at=2)
    assert d.calls("next", at=3) == ["ring ann for next (2)"]
    assert d.answers(1) == [], "it answered the offer of the caller who left"
    assert d.answers(2) == ["connect next to ann (2)"]


def test_a_lease_ends_by_itself() -> None:
    d = Driver(QueueSettings(ring_s=20, lease_grace_s=1), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    assert d.passes(20.9) == []
    assert d.passes(21) == ["stop 1: no_answer"]
    assert outcomes(d) == [(1, "no_answer")]
    assert d.state(ANN) == (AgentState.NOT_ANSWERING, "no_answer")
    assert d.acd.position(CallId("c")) == 1


def test_not_answering_lasts_until_they_act() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c")
    d.fails(1, OfferOutcome.NO_ANSWER)
    assert d.passes(100_000) == []
    assert d.available(ANN) == ["ring ann for c (2)"]


def test_not_answering_may_end_by_itself() -> None:
    d = Driver(QueueSettings(not_answering_s=15), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    assert d.passes(14.9) == []
    assert d.passes(15) == ["ring ann for c (2)"]


def test_a_call_nobody_took_goes_to_the_next_agent_with_its_age() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("c", at=0)
    d.calls("younger", at=1)
    assert d.acd.waiting(QUEUE)[0].agents == (ANN,)
    d.happens(at=2)
    d.fails(2, OfferOutcome.NO_ANSWER)
    assert d.fails(1, OfferOutcome.NO_ANSWER) == []
    assert d.available(BOB) == ["ring bob for c (3)"], "the older first"
    assert d.acd.waiting(QUEUE)[0].queued_at == 0


@pytest.mark.parametrize("outcome", [OfferOutcome.BUSY, OfferOutcome.UNREACHABLE])
def test_a_phone_that_fails_rests_and_longer_each_time(outcome: OfferOutcome) -> None:
    d = Driver(QueueSettings(back_off_s=5, back_off_max_s=15), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    for offer, rests_s in enumerate([5, 10, 15, 15], 1):
        d.fails(offer, outcome)
        assert outcomes(d) == [(offer, outcome.value)]
        assert d.state(ANN) == (AgentState.AVAILABLE, outcome.value)
        assert d.view(ANN).rests_until == d.now + rests_s
        assert d.passes(d.now + rests_s - 0.1) == []
        assert d.passes(d.now + 0.1) == [f"ring ann for c ({offer + 1})"]
    assert d.state(ANN) == (AgentState.OFFERED, "")


def test_an_answered_offer_ends_the_row_of_failures() -> None:
    d = Driver(QueueSettings(back_off_s=5, wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    d.calls("a", at=0)
    d.fails(1, OfferOutcome.BUSY)
    d.passes(5)
    d.talks("a", ANN, 2, seconds=10)
    d.calls("b")
    d.fails(3, OfferOutcome.BUSY)
    assert d.view(ANN).rests_until == d.now + 5


def test_who_makes_themselves_available_rests_no_more() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c")
    d.fails(1, OfferOutcome.BUSY)
    assert d.available(ANN) == ["ring ann for c (2)"]


def test_a_rejected_call_comes_back_to_them_only_after_a_while() -> None:
    d = Driver(QueueSettings(back_off_s=5, rejected_back_off_s=60), SOLO)
    d.signs_in(ANN)
    d.calls("disliked", at=0)
    d.fails(1, OfferOutcome.REJECTED)
    d.calls("other", at=1)
    assert d.passes(4.9) == []
    assert d.passes(5) == ["ring ann for other (2)"], "the next caller, though younger"
    d.happens(CallAbandoned(CallId("other"), EntryId("other"), QUEUE, 5.0), at=6)
    assert d.passes(59.9) == []
    assert d.passes(60) == ["ring ann for disliked (3)"]


def test_each_rejection_ends_at_its_own_time() -> None:
    d = Driver(QueueSettings(back_off_s=1, rejected_back_off_s=60))
    d.signs_in(ANN, BOB)
    d.calls("c", at=0)
    assert d.fails(1, OfferOutcome.REJECTED) == ["ring bob for c (2)"]
    d.happens(at=10)
    assert d.fails(2, OfferOutcome.REJECTED) == []
    assert d.passes(60) == ["ring ann for c (3)"]
    assert d.fails(3, OfferOutcome.NO_ANSWER) == []
    assert d.passes(69.9) == []
    assert d.passes(70) == ["ring bob for c (4)"]


def test_an_offer_that_its_owner_takes_back_costs_the_agent_nothing() -> None:
    d = Driver(QueueSettings(back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("broken", at=1)
    assert d.fails(1, OfferOutcome.WITHDRAWN) == [], "not the same call again at once"
    assert d.state(ANN) == (AgentState.AVAILABLE, "")
    assert d.view(ANN).idle_since == 0
    assert d.calls("other", at=2) == ["ring ann for other (2)"]


def test_a_rejected_call_goes_to_another_agent_at_once() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("c")
    assert d.fails(1, OfferOutcome.REJECTED) == ["ring bob for c (2)"]


def test_when_the_caller_leaves_the_phone_stops_and_the_agent_keeps_their_place() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.happens(at=10)
    d.signs_in(BOB)
    d.calls("c", at=20)
    left = CallAbandoned(CallId("c"), EntryId("c"), QUEUE, 5.0)
    assert d.happens(left, at=25) == ["stop 1: caller_left"]
    assert outcomes(d) == [(1, "withdrawn")]
    assert d.calls("next", at=30) == ["ring ann for next (2)"], "idle longest still"


def test_an_agent_who_goes_away_gives_the_call_to_the_next() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("c")
    assert d.happens(AgentMadeNotAvailable(ANN, "lunch")) == [
        "stop 1: not_available",
        "ring bob for c (2)",
    ]
    assert outcomes(d) == [(1, "withdrawn")]
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")
    assert d.happens(AgentSignedOut(BOB)) == ["stop 2: signed_out"]
    assert d.state(BOB) == (AgentState.SIGNED_OUT, "")


def test_a_bridge_that_fails_leaves_caller_and_agent_as_they_were() -> None:
    d = Driver(QueueSettings(back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=10)
    d.answers(1)
    d.happens(BridgeFailed(CallId("c"), OfferId(1)), at=11)
    assert d.state(ANN) == (AgentState.AVAILABLE, "not_bridged")
    assert d.view(ANN).idle_since == 0
    assert d.acd.waiting(QUEUE)[0].queued_at == 10
    assert d.passes(16) == ["ring ann for c (2)"]


def test_an_agent_who_hangs_up_before_the_bridge_is_such_a_failure() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("c")
    d.answers(1)
    assert d.happens(AgentReleased(ANN, CallId("c"))) == ["ring bob for c (2)"]


def test_a_caller_who_leaves_before_the_bridge_frees_the_agent() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c")
    d.answers(1)
    left = CallAbandoned(CallId("c"), EntryId("c"), QUEUE, 5.0)
    assert d.happens(left) == ["stop 1: caller_left"]
    assert d.state(ANN) == (AgentState.AVAILABLE, "")


def test_a_bridge_nobody_reports_on_holds_neither_side() -> None:
    d = Driver(QueueSettings(ring_s=2, bridge_s=10, back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.happens(at=1)
    d.answers(1)
    assert d.passes(10.9) == []
    assert d.passes(12) == ["stop 1: not_bridged"]
    assert d.passes(16) == ["ring ann for c (2)"]


def test_a_bridge_that_stands_after_all_is_a_fact() -> None:
    d = Driver(QueueSettings(bridge_s=10))
    d.signs_in(ANN, BOB)
    d.calls("c", at=0)
    d.answers(1)
    assert d.passes(10) == ["stop 1: not_bridged", "ring bob for c (2)"]
    late = QueueAnswered(CallId("c"), EntryId("c"), QUEUE, ANN, OfferId(1), 10.5)
    assert d.happens(late, at=10.5) == ["stop 2: answered_elsewhere"]
    assert d.state(ANN) == (AgentState.TALKING, "")
    assert d.state(BOB) == (AgentState.AVAILABLE, "")
    assert d.acd.waiting(QUEUE) == []


def test_a_bridge_of_an_agent_who_rings_for_another_call_takes_that_back() -> None:
    d = Driver(QueueSettings(bridge_s=10, back_off_s=1), SOLO)
    d.signs_in(ANN)
    d.calls("a", at=0)
    d.answers(1)
    d.passes(10)
    d.happens(CallAbandoned(CallId("a"), EntryId("a"), QUEUE, 10.0), at=10.5)
    assert d.calls("b", at=12) == ["ring ann for b (2)"]
    late = QueueAnswered(CallId("a"), EntryId("a"), QUEUE, ANN, OfferId(1), 10.5)
    assert d.happens(late) == ["stop 2: busy"]
    assert d.state(ANN) == (AgentState.TALKING, "")
    assert d.acd.position(CallId("b")) == 1


def test_a_bridge_reported_without_an_answer_counts_as_answered() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("c")
    d.bridged("c", ANN, 1)
    assert outcomes(d) == [(1, "answered")]
    assert d.state(ANN) == (AgentState.TALKING, "")


def test_reports_about_offers_that_never_were_change_nothing() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("c")
    assert d.answers(77) == []
    assert d.fails(77, OfferOutcome.BUSY) == []
    assert d.happens(BridgeFailed(CallId("c"), OfferId(77))) == []


def test_a_failure_after_the_answer_is_late() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("c")
    d.answers(1)
    assert d.fails(1, OfferOutcome.BUSY) == []
    assert d.state(ANN) == (AgentState.OFFERED, "")


def test_offer_ids_go_on_where_the_log_ends() -> None:
    d = Driver()
    d.acd = Distributor(d.queues, d.agents, first_offer=500)
    d.signs_in(ANN)
    assert d.calls("c") == ["ring ann for c (500)"]


@pytest.mark.parametrize(
    ("settings", "outcome", "state", "rests_s"),
    [
        ({}, "no_answer", (AgentState.NOT_ANSWERING, "no_answer"), None),
        ({}, "media_failure", (AgentState.AVAILABLE, "media_failure"), 5.0),
        ({"media_failure": "not_answering"}, "media_failure", "not_answering", None),
        ({"no_answer": "rest"}, "no_answer", (AgentState.AVAILABLE, "no_answer"), 5.0),
        ({"busy": 33.0}, "busy", (AgentState.AVAILABLE, "busy"), 33.0),
        ({"unreachable": "available"}, "unreachable", (AgentState.AVAILABLE, ""), None),
        ({"rejected": "available"}, "rejected", (AgentState.AVAILABLE, ""), None),
    ],
)
def test_what_a_failure_makes_of_the_agent_is_the_queues_to_say(
    settings: Any, outcome: str, state: Any, rests_s: float | None
) -> None:
    d = Driver(QueueSettings(after_failure=settings), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=10)
    assert d.fails(1, OfferOutcome(outcome)) == [], "not the same call again at once"
    expected = state if isinstance(state, tuple) else (AgentState(state), outcome)
    assert d.state(ANN) == expected
    assert d.view(ANN).rests_until == (None if rests_s is None else 10 + rests_s)


def test_who_stays_available_takes_another_call_at_once_and_this_one_later() -> None:
    d = Driver(QueueSettings(after_failure={"busy": "available"}, rejected_back_off_s=40), SOLO)
    d.signs_in(ANN)
    d.calls("first", at=0)
    d.calls("second", at=1)
    assert d.fails(1, OfferOutcome.BUSY) == ["ring ann for second (2)"]
    d.talks("second", ANN, 2, seconds=1)
    d.available(ANN)
    assert d.passes(41) == ["ring ann for first (3)"]


def test_who_picked_up_has_time_to_accept() -> None:
    d = Driver(QueueSettings(accept_key="1", accept_s=15, ring_s=20, lease_grace_s=1), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.happens(OfferPickedUp(OfferId(1)), at=19)
    assert d.passes(34.9) == []
    d.happens(OfferPickedUp(OfferId(1)))
    assert d.passes(35) == ["stop 1: no_answer"], "once only"


def test_who_answers_too_late_keeps_their_place() -> None:
    d = Driver(QueueSettings(ring_s=20, lease_grace_s=0), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    assert d.passes(20) == ["stop 1: no_answer"]
    late = OfferAnsweredLate(OfferId(1), CallId("c"), QUEUE, ANN)
    assert d.happens(late, at=20.1) == ["ring ann for c (2)"]
    assert d.happens(late) == []


def test_a_late_answer_does_not_bring_back_who_went_away_for_another_reason() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"))
    d.happens(OfferAnsweredLate(OfferId(1), CallId("c"), QUEUE, ANN))
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_a_ring_group_has_one_winner() -> None:
    d = Driver(QueueSettings(ring_at_once=5))
    d.signs_in(ANN, BOB)
    assert d.calls("c", at=0) == ["ring ann for c (1)", "ring bob for c (2)"]
    assert d.answers(2) == ["connect c to bob (2)", "stop 1: answered_elsewhere"]
    assert outcomes(d) == [(2, "answered"), (1, "withdrawn")]
    assert d.state(ANN) == (AgentState.AVAILABLE, "")
    assert d.answers(1) == [], "no second agent"
    assert d.acd.waiting(QUEUE)[0].place is Place.CONNECTING


def test_a_group_rings_on_while_one_phone_is_left() -> None:
    d = Driver(QueueSettings(ring_at_once=2))
    d.signs_in(ANN, BOB)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.BUSY)
    assert d.acd.waiting(QUEUE)[0].place is Place.OFFERED
    assert d.passes(5) == ["ring ann for c (3)"], "back in the group after the rest"
    d.fails(2, OfferOutcome.NO_ANSWER)
    d.fails(3, OfferOutcome.NO_ANSWER)
    assert d.acd.waiting(QUEUE)[0].place is Place.WAITING


def test_nobody_waits_for_the_second_phone_of_a_group() -> None:
    d = Driver(QueueSettings(ring_at_once=2))
    d.calls("first", at=0)
    d.calls("second", at=1)
    d.signs_in(ANN, BOB)
    rung = {f.call: f.agent for f in d.facts if isinstance(f, CallOffered)}
    assert len(d.acd.waiting(QUEUE)) == 2
    assert all(len(each.offers) == 1 for each in d.acd.waiting(QUEUE)), rung


def test_a_caller_who_leaves_stops_the_whole_group() -> None:
    d = Driver(QueueSettings(ring_at_once=2))
    d.signs_in(ANN, BOB)
    d.calls("c", at=0)
    gone = CallAbandoned(CallId("c"), EntryId("c"), QUEUE, 1.0)
    assert d.happens(gone, at=1) == ["stop 1: caller_left", "stop 2: caller_left"]
