"""Bugs about agents that no other test noticed when they were planted (`docs/mutants.md`)."""

import json

import pytest

from acd.distributor import Distributor
from acd.effects import RingAgent
from acd.settings import AgentProfile, Nobody, QueueSettings, Strategy
from events.agents import (
    AgentEngaged,
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentReleased,
    AgentSignedIn,
    AgentSignedOut,
    AgentState,
    AgentStateChanged,
    PhoneLost,
    PhoneReached,
    WrapUpExtended,
)
from events.calls import CallEnded, CallHeld, Direction, Outcome, Side
from events.ids import AgentId, CallId, EntryId, OfferId
from events.queues import (
    BridgeFailed,
    CallQueued,
    OfferAnsweredLate,
    OfferOutcome,
    QueueCallHandled,
)
from tests.acd.driver import ANN, BOB, PHONES, QUEUE, Driver

SOLO = {ANN: AgentProfile()}
DIRECT = CallId("direct")


def ended(call: str) -> CallEnded:
    return CallEnded(CallId(call), Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")


def taken_by(acd: Distributor, now: float) -> list[AgentId]:
    effects = acd.handle(CallQueued(CallId("c"), EntryId("c"), QUEUE), now)
    return [effect.agent for effect in effects if isinstance(effect, RingAgent)]


def look_again(d: Driver, agent: AgentId, at: float) -> None:
    """A direct call of no length: their share of time on calls is taken when it ends."""
    d.happens(AgentEngaged(agent, DIRECT), AgentReleased(agent, DIRECT), at=at)


def test_a_new_seed_is_felt_by_who_is_ready_already() -> None:
    d = Driver(QueueSettings(strategy=Strategy.RANDOM))
    d.signs_in(ANN, BOB)
    kept = d.acd.snapshot()
    chosen = set()
    for seed in range(20):
        reseeded = Distributor.restore(kept, d.queues, d.agents)
        reseeded.reseed(seed)
        born_with_it = Distributor.restore({**kept, "seed": seed}, d.queues, d.agents)
        (agent,) = taken_by(reseeded, 1.0)
        assert [agent] == taken_by(born_with_it, 1.0)
        chosen.add(agent)
    assert chosen == {ANN, BOB}


def test_nobody_has_been_occupied_before_they_sign_in() -> None:
    d = Driver(QueueSettings(strategy=Strategy.LEAST_OCCUPIED, wrap_up_s=0))
    d.signs_in(ANN, BOB)
    d.calls("a")
    d.calls("b")
    d.answers(1)
    d.bridged("a", ANN, 1)
    d.answers(2)
    d.bridged("b", BOB, 2)
    d.happens(AgentReleased(ANN, CallId("a")), at=10)
    look_again(d, ANN, at=20)  # 10 of 20
    d.happens(AgentReleased(BOB, CallId("b")), at=20.5)
    look_again(d, BOB, at=40)  # 20.5 of 40
    assert d.calls("c") == ["ring ann for c (3)"]


def test_who_answers_late_has_no_absence_that_ends_later() -> None:
    d = Driver(QueueSettings(not_answering_s=60, wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(OfferAnsweredLate(OfferId(1), CallId("c"), QUEUE, ANN), at=1)
    d.talks("c", ANN, 2, seconds=1)
    assert d.state(ANN) == (AgentState.AVAILABLE, "")
    assert d.acd.next_deadline() is None


def test_not_answering_counts_among_the_failures_in_a_row() -> None:
    d = Driver(QueueSettings(not_answering_s=60, back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    assert d.passes(60) == ["ring ann for c (2)"]
    d.fails(2, OfferOutcome.UNREACHABLE)
    assert d.view(ANN).rests_until == 70.0


def test_who_goes_away_during_a_call_stays_away_when_not_answering_would_have_ended() -> None:
    d = Driver(QueueSettings(not_answering_s=60), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(AgentEngaged(ANN, DIRECT), at=1)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=2)
    assert d.passes(60) == []
    assert d.happens(AgentReleased(ANN, DIRECT), at=61) == []
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_who_goes_away_while_they_rest_stays_away() -> None:
    d = Driver(QueueSettings(back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.BUSY)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=1)
    assert d.passes(100) == []
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_a_call_that_ends_after_its_agent_left_it_changes_nothing() -> None:
    d = Driver(QueueSettings(wrap_up_s=30), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=60)
    assert d.happens(ended("c"), at=70) == []
    assert (d.facts, d.state(ANN)[0]) == ([], AgentState.WRAP_UP)
    d.passes(90)
    assert d.state(ANN)[0] is AgentState.AVAILABLE
    d.happens(ended("c"))
    d.happens(AgentEngaged(ANN, DIRECT), AgentReleased(ANN, DIRECT))
    d.happens(ended("direct"))
    assert (d.facts, d.state(ANN)[0]) == ([], AgentState.AVAILABLE)


def test_a_call_that_two_agents_were_on_is_left_by_each_alone() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.happens(AgentEngaged(ANN, DIRECT), AgentEngaged(BOB, DIRECT))
    d.happens(AgentReleased(ANN, DIRECT))
    assert (d.state(ANN)[0], d.state(BOB)[0]) == (AgentState.AVAILABLE, AgentState.BUSY)
    d.happens(ended("direct"))
    assert d.state(BOB)[0] is AgentState.AVAILABLE


def test_who_went_away_before_a_late_bridge_is_away_after_it() -> None:
    d = Driver(QueueSettings(wrap_up_s=0, bridge_s=10), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.answers(1)
    d.passes(10)  # given up
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=11)
    d.bridged("c", ANN, 1)
    d.happens(AgentReleased(ANN, CallId("c")), at=20)
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_no_wrap_up_is_never_entered() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=60)
    states = [fact.state for fact in d.facts if isinstance(fact, AgentStateChanged)]
    assert states == [AgentState.AVAILABLE]


def test_even_a_short_wrap_up_is_one() -> None:
    d = Driver(QueueSettings(wrap_up_s=0.5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=60)
    assert d.state(ANN)[0] is AgentState.WRAP_UP
    assert d.acd.next_deadline() == 60.5


def test_nothing_is_extended_before_wrap_up() -> None:
    d = Driver(QueueSettings(wrap_up_s=30), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.answers(1)
    d.bridged("c", ANN, 1)
    assert d.happens(WrapUpExtended(ANN, 60)) == []
    d.happens(AgentReleased(ANN, CallId("c")), at=10)
    assert d.acd.next_deadline() == 40.0


@pytest.mark.parametrize("by_s", [-20.0, 0.0])
def test_wrap_up_gets_no_shorter_or_longer_by_nothing(by_s: float) -> None:
    d = Driver(QueueSettings(wrap_up_s=30), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=10)
    d.happens(WrapUpExtended(ANN, by_s), at=11)
    assert d.acd.next_deadline() == 40.0


def test_who_is_signed_out_has_no_phone_that_is_reached() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.happens(AgentSignedOut(ANN))
    assert (d.view(ANN).phone, d.view(ANN).reachable) == (None, False)
    assert d.happens(PhoneReached(PHONES[ANN])) == []
    assert d.view(ANN).reachable is False


def test_who_was_never_signed_in_is_gone_with_their_configuration() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.acd.configure(d.queues, SOLO, 1.0)
    assert [view.id for view in d.acd.agents()] == [ANN]
    d.happens(PhoneReached(PHONES[BOB]), AgentSignedIn(BOB, PHONES[BOB]))
    assert [view.id for view in d.acd.agents()] == [ANN]


def test_idle_time_from_before_a_direct_call_is_counted_once() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.happens(AgentEngaged(ANN, DIRECT), at=10)
    d.happens(AgentReleased(ANN, DIRECT), at=20)
    assert d.view(ANN).idle_since == 10.0
    d.happens(AgentMadeNotAvailable(ANN), at=30)
    d.happens(AgentMadeAvailable(ANN), at=40)
    assert d.view(ANN).idle_since == 40.0
    d.happens(AgentEngaged(ANN, DIRECT), at=50)
    d.happens(AgentMadeNotAvailable(ANN))
    d.happens(AgentReleased(ANN, DIRECT), at=60)
    d.happens(AgentMadeAvailable(ANN), at=70)
    assert d.view(ANN).idle_since == 70.0
    d.happens(AgentEngaged(ANN, DIRECT), at=75)
    d.happens(AgentReleased(ANN, DIRECT), at=80)
    assert d.view(ANN).idle_since == 75.0


def test_time_in_a_state_goes_on_with_the_clock_of_the_next_process() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=5)
    kept = json.loads(json.dumps(d.acd.snapshot()))
    d.acd = Distributor.restore(kept, d.queues, d.agents, shift_s=100.0)
    d.happens(AgentMadeAvailable(ANN), at=110)
    (change,) = (fact for fact in d.facts if isinstance(fact, AgentStateChanged))
    assert (change.was_reason, change.was_s) == ("lunch", 5.0)


def test_who_signs_out_while_they_rest_stays_signed_out() -> None:
    d = Driver(QueueSettings(back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.BUSY)
    d.happens(AgentSignedOut(ANN), at=1)
    assert d.acd.next_deadline() is None
    assert d.state(ANN) == (AgentState.SIGNED_OUT, "")


def test_a_share_of_less_than_a_second_is_one() -> None:
    d = Driver(QueueSettings(strategy=Strategy.LEAST_OCCUPIED, wrap_up_s=0))
    d.signs_in(ANN, BOB)
    d.calls("a", at=0)
    d.talks("a", ANN, 1, seconds=0.4)
    look_again(d, ANN, at=0.5)  # 0.4 of 0.5
    d.happens(AgentMadeNotAvailable(BOB), AgentMadeAvailable(BOB), at=0.6)
    assert d.calls("c") == ["ring bob for c (2)"]


def test_a_second_report_of_a_bridge_begins_no_second_talk() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.answers(1)
    d.bridged("c", ANN, 1)
    d.now = 10.0
    d.bridged("c", ANN, 1)
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert [fact.talk_s for fact in d.facts if isinstance(fact, QueueCallHandled)] == [60.0]


def test_a_bridge_with_a_stranger_ends_the_wait() -> None:
    d = Driver()
    d.calls("c")
    assert d.bridged("c", AgentId("stranger"), 7) == []
    assert d.acd.position(CallId("c")) is None


def test_who_signs_out_has_no_absence_that_ends_later() -> None:
    d = Driver(QueueSettings(not_answering_s=60), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(AgentSignedOut(ANN), at=1)
    assert d.acd.next_deadline() is None


def test_a_late_answer_brings_back_only_who_gave_none() -> None:
    d = Driver(QueueSettings(after_failure={"busy": "not_answering"}), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.BUSY)
    d.happens(OfferAnsweredLate(OfferId(1), CallId("c"), QUEUE, ANN), at=1)
    assert d.state(ANN) == (AgentState.NOT_ANSWERING, "busy")


def test_who_went_away_while_the_bridge_was_built_is_away_when_it_fails() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.answers(1)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), BridgeFailed(CallId("c"), OfferId(1)))
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")
    assert d.view(ANN).rests_until is None


@pytest.mark.parametrize("shift_s", [0.0, 1000.0])
def test_a_share_is_of_the_time_since_they_signed_in(shift_s: float) -> None:
    d = Driver(QueueSettings(strategy=Strategy.LEAST_OCCUPIED, wrap_up_s=0))
    d.signs_in(ANN)
    d.calls("a", at=0)
    d.talks("a", ANN, 1, seconds=48)
    d.now = 100.0
    d.signs_in(BOB)
    assert d.calls("b") == ["ring bob for b (2)"]
    d.talks("b", BOB, 2, seconds=10)
    d.acd = Distributor.restore(d.acd.snapshot(), d.queues, d.agents, shift_s=shift_s)
    look_again(d, BOB, at=120 + shift_s)  # 10 of 20
    look_again(d, ANN, at=120 + shift_s)  # 48 of 120
    assert d.calls("c") == ["ring ann for c (3)"]


def test_who_is_the_last_to_sign_out_sends_callers_away_who_need_them() -> None:
    d = Driver(QueueSettings(nobody=Nobody.LEAVE))
    d.signs_in(ANN, BOB)
    d.happens(AgentMadeNotAvailable(ANN), AgentMadeNotAvailable(BOB))
    assert d.calls("c", at=0) == []
    assert d.happens(AgentSignedOut(ANN)) == []
    assert d.happens(AgentSignedOut(BOB), at=5) == ["remove c: nobody after 5 s"]


def test_a_reload_sends_nobody_away_while_who_could_serve_them_is_on_a_call() -> None:
    d = Driver(QueueSettings(nobody=Nobody.LEAVE), SOLO)
    d.signs_in(ANN)
    d.happens(AgentEngaged(ANN, DIRECT))
    assert d.calls("c", at=0) == []
    assert d.acd.configure(d.queues, d.agents, 1.0) == []


def test_who_goes_away_has_no_absence_that_ends_later() -> None:
    d = Driver(QueueSettings(not_answering_s=60), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(AgentMadeNotAvailable(ANN), at=1)
    assert d.acd.next_deadline() is None


def test_a_consultation_on_hold_is_no_hold_of_the_queue_s_call() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.answers(1)
    d.bridged("c", ANN, 1)
    d.happens(AgentEngaged(ANN, DIRECT), CallHeld(DIRECT, Side.CALLER), at=10)
    d.happens(AgentReleased(ANN, DIRECT), at=20)
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    (handled,) = (fact for fact in d.facts if isinstance(fact, QueueCallHandled))
    assert (handled.talk_s, handled.hold_s) == (60.0, 0.0)


def test_a_call_outlives_who_is_configured_no_longer() -> None:
    d = Driver()
    d.happens(AgentEngaged(ANN, DIRECT))
    d.acd.configure(d.queues, {BOB: AgentProfile()}, 1.0)
    assert d.happens(ended("direct")) == []


def test_who_says_available_has_no_failures_to_their_name() -> None:
    d = Driver(QueueSettings(back_off_s=5), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.BUSY)
    assert d.available(ANN) == ["ring ann for c (2)"]
    d.fails(2, OfferOutcome.BUSY)
    assert d.view(ANN).rests_until == 5.0


def test_who_signs_in_again_to_be_away_is_away() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.happens(AgentSignedIn(ANN, PHONES[ANN], available=False))
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "")
    assert d.calls("c") == []


def test_a_reload_brings_new_agents() -> None:
    d = Driver(agents=SOLO)
    assert d.acd.configure(d.queues, {ANN: AgentProfile(), BOB: AgentProfile()}, 5.0) == []
    d.happens(PhoneReached(PHONES[BOB]), AgentSignedIn(BOB, PHONES[BOB]), at=8)
    (change,) = (fact for fact in d.facts if isinstance(fact, AgentStateChanged))
    assert (change.was, change.was_s) == (AgentState.SIGNED_OUT, 3.0)
    assert d.calls("c") == ["ring bob for c (1)"]


def test_a_call_that_ends_during_a_wrap_up_from_before_a_restart_changes_nothing() -> None:
    d = Driver(QueueSettings(wrap_up_s=30), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=60)
    d.acd = Distributor.restore(d.acd.snapshot(), d.queues, d.agents)
    assert d.happens(ended("c"), at=70) == []
    assert (d.facts, d.acd.next_deadline()) == ([], 90.0)


def test_who_sits_down_at_a_phone_that_was_lost_is_not_rung() -> None:
    d = Driver(agents=SOLO)
    d.happens(
        PhoneReached(PHONES[ANN]), PhoneLost(PHONES[ANN], "gone"), AgentSignedIn(ANN, PHONES[ANN])
    )
    assert d.view(ANN).reachable is False
    assert d.calls("c") == []


def test_nobody_is_freed_by_a_late_answer_of_a_stranger() -> None:
    d = Driver(agents=SOLO)
    late = OfferAnsweredLate(OfferId(9), CallId("c"), QUEUE, AgentId("stranger"))
    assert d.happens(late) == []


def test_time_on_hold_is_part_of_how_long_calls_take() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), SOLO)
    d.signs_in(ANN)
    for offer in (1, 2, 3):
        name = f"c{offer}"
        d.calls(name)
        d.answers(offer)
        d.bridged(name, ANN, offer)
        d.happens(CallHeld(CallId(name), Side.AGENT), at=d.now + 10)
        d.happens(AgentReleased(ANN, CallId(name)), at=d.now + 10)
    (queue,) = d.acd.queues()
    assert queue.expected_wait_s == 20.0


def test_a_late_bridge_ends_the_wrap_up_before_it() -> None:
    d = Driver(QueueSettings(wrap_up_s=30, bridge_s=5, back_off_s=1), SOLO)
    d.signs_in(ANN)
    d.calls("late", at=0)
    d.answers(1)
    d.passes(6)  # given up, and rung again
    d.talks("late", ANN, 2, seconds=10)
    d.now = 20.0
    d.bridged("other", ANN, 1)
    assert [
        (fact.call, fact.wrap_up_s) for fact in d.facts if isinstance(fact, QueueCallHandled)
    ] == [("late", 4.0)]
    assert d.state(ANN)[0] is AgentState.TALKING
