"""What agents are doing, and who is idle longest."""

import pytest

from acd.settings import AgentProfile, QueueSettings
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
    WrapUpEnded,
    WrapUpExtended,
)
from events.calls import CallEnded, CallHeld, CallResumed, CallUnbridged, Direction, Outcome, Side
from events.ids import AgentId, CallId, EntryId, PhoneId, QueueName
from events.queues import CallAbandoned, OfferOutcome, QueueCallHandled
from tests.acd.driver import ANN, BOB, PHONES, Driver

SOLO = {ANN: AgentProfile()}
DIRECT = CallId("direct")


def talking(settings: QueueSettings | None = None) -> Driver:
    """Ann talks with the caller "c" from second 0 on."""
    d = Driver(settings)
    d.signs_in(ANN)
    d.calls("c")
    d.answers(1)
    d.bridged("c", ANN, 1)
    return d


def handled(d: Driver) -> list[tuple[float, float, float]]:
    return [(f.talk_s, f.hold_s, f.wrap_up_s) for f in d.facts if isinstance(f, QueueCallHandled)]


def test_every_change_is_recorded_with_the_time_before_it() -> None:
    d = Driver()
    d.happens(PhoneReached(PHONES[ANN]), at=1000)
    d.happens(AgentSignedIn(ANN, PHONES[ANN]), at=1001)
    assert d.facts == [AgentStateChanged(ANN, AgentState.AVAILABLE, was_s=1.0)]
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=1061)
    assert d.facts == [
        AgentStateChanged(ANN, AgentState.NOT_AVAILABLE, "lunch", AgentState.AVAILABLE, "", 60.0)
    ]
    d.happens(AgentMadeNotAvailable(ANN, "meeting"), at=1071)
    assert d.facts == [
        AgentStateChanged(
            ANN, AgentState.NOT_AVAILABLE, "meeting", AgentState.NOT_AVAILABLE, "lunch", 10.0
        )
    ]


def test_wrap_up_lasts_its_time() -> None:
    d = talking(QueueSettings(wrap_up_s=30))
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.state(ANN) == (AgentState.WRAP_UP, "")
    assert d.view(ANN).call == "c"
    assert handled(d) == []
    assert d.calls("next") == []
    assert d.passes(90) == ["ring ann for next (2)"]
    assert handled(d) == [(60.0, 0.0, 30.0)]


def test_wrap_up_is_that_of_the_queue_they_served_and_keeps_them_from_all_others() -> None:
    short, long = QueueName("short"), QueueName("long")
    queues = {short: QueueSettings(wrap_up_s=5), long: QueueSettings(wrap_up_s=60)}
    d = Driver(queues, {ANN: AgentProfile()})
    d.signs_in(ANN)
    for queue, offer, wrap_up_s in ((long, 1, 60.0), (short, 2, 5.0), (long, 3, 60.0)):
        if offer == 1:
            assert d.calls("c1", queue=queue) == ["ring ann for c1 (1)"]
        d.answers(offer)
        d.bridged(f"c{offer}", ANN, offer, queue=queue)
        d.happens(AgentReleased(ANN, CallId(f"c{offer}")), at=d.now + 10)
        following = {1: short, 2: long, 3: short}[offer]
        assert d.calls(f"c{offer + 1}", queue=following) == []
        ended_at = d.now
        assert d.passes(ended_at + wrap_up_s - 0.1) == []
        assert d.passes(ended_at + wrap_up_s) == [f"ring ann for c{offer + 1} ({offer + 1})"]
        assert [(it.queue, it.wrap_up_s) for it in d.facts if isinstance(it, QueueCallHandled)] == [
            (queue, wrap_up_s)
        ]


@pytest.mark.parametrize("act", [WrapUpEnded, AgentMadeAvailable])
def test_wrap_up_ends_when_they_say_so(act: type[WrapUpEnded | AgentMadeAvailable]) -> None:
    d = talking()
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    d.happens(act(ANN), at=70)
    assert handled(d) == [(60.0, 0.0, 10.0)]
    assert d.state(ANN) == (AgentState.AVAILABLE, "")
    assert d.acd.next_deadline() is None


def test_no_wrap_up_means_available_at_once() -> None:
    d = talking(QueueSettings(wrap_up_s=0))
    d.calls("next")
    assert d.happens(AgentReleased(ANN, CallId("c")), at=60) == ["ring ann for next (2)"]


def test_hold_of_either_side_is_counted_apart_from_talk() -> None:
    d = talking(QueueSettings(wrap_up_s=0))
    d.happens(CallHeld(CallId("c"), Side.AGENT), at=10)
    d.happens(CallHeld(CallId("c"), Side.AGENT), at=12)
    d.happens(CallHeld(CallId("c"), Side.CALLER), at=15)
    d.happens(CallResumed(CallId("c"), Side.AGENT), at=20)
    d.happens(CallResumed(CallId("c"), Side.CALLER), at=30)
    d.happens(CallResumed(CallId("c"), Side.CALLER), at=31)
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert handled(d) == [(40.0, 20.0, 0.0)]


def test_talk_ends_with_the_bridge_and_wrap_up_counts_from_there() -> None:
    d = talking(QueueSettings(wrap_up_s=10))
    d.happens(CallUnbridged(CallId("c"), "c-1", Side.CALLER, BOB), at=50)  # of somebody else
    d.happens(CallUnbridged(CallId("c"), "c-1", Side.CALLER, ANN), at=60)
    d.happens(CallHeld(CallId("c"), Side.AGENT), at=61)
    d.happens(AgentReleased(ANN, CallId("c")), at=62)
    d.passes(72)
    assert handled(d) == [(60.0, 0.0, 12.0)]


def test_going_away_during_a_call_waits_for_the_end_of_wrap_up() -> None:
    d = talking(QueueSettings(wrap_up_s=10))
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=30)
    assert d.state(ANN) == (AgentState.TALKING, "")
    assert d.view(ANN).pending is AgentState.NOT_AVAILABLE
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.state(ANN) == (AgentState.WRAP_UP, "")
    d.passes(70)
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_going_away_in_wrap_up_waits_for_its_end() -> None:
    d = talking(QueueSettings(wrap_up_s=10))
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"))
    assert d.state(ANN) == (AgentState.WRAP_UP, "")
    d.passes(70)
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_signing_out_during_a_call_waits_for_its_end() -> None:
    d = talking()
    d.happens(AgentSignedOut(ANN), at=30)
    assert d.state(ANN) == (AgentState.TALKING, "")
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.state(ANN) == (AgentState.SIGNED_OUT, "")
    assert handled(d) == [(60.0, 0.0, 0.0)]


def test_signing_out_in_wrap_up_ends_it() -> None:
    d = talking()
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    d.happens(AgentSignedOut(ANN), at=65)
    assert d.state(ANN) == (AgentState.SIGNED_OUT, "")
    assert handled(d) == [(60.0, 0.0, 5.0)]


def test_who_changes_their_mind_during_a_call_stays() -> None:
    d = talking(QueueSettings(wrap_up_s=0))
    d.happens(AgentSignedOut(ANN))
    d.happens(AgentMadeAvailable(ANN))
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.state(ANN) == (AgentState.AVAILABLE, "")


def test_going_away_while_the_bridge_is_built_waits_for_the_call() -> None:
    d = Driver(QueueSettings(wrap_up_s=0))
    d.signs_in(ANN)
    d.calls("c")
    d.answers(1)
    assert d.happens(AgentMadeNotAvailable(ANN, "lunch")) == []
    d.bridged("c", ANN, 1)
    d.happens(AgentReleased(ANN, CallId("c")), at=9)
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_an_agent_on_a_direct_call_is_offered_nothing() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.happens(AgentEngaged(ANN, DIRECT), at=1)
    assert d.state(ANN) == (AgentState.BUSY, "")
    assert d.view(ANN).call == DIRECT
    assert d.calls("c") == []
    assert d.happens(AgentReleased(ANN, DIRECT), at=9) == ["ring ann for c (1)"]


def test_a_direct_call_while_the_phone_rings_takes_the_offer_back() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("c")
    assert d.happens(AgentEngaged(ANN, DIRECT)) == ["stop 1: busy", "ring bob for c (2)"]
    assert d.state(ANN) == (AgentState.BUSY, "")


def test_two_direct_calls_must_both_end() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.happens(AgentEngaged(ANN, DIRECT), AgentEngaged(ANN, DIRECT), AgentEngaged(ANN, CallId("x")))
    d.happens(AgentReleased(ANN, DIRECT))
    assert d.state(ANN) == (AgentState.BUSY, "")
    d.happens(AgentReleased(ANN, CallId("x")))
    assert d.state(ANN) == (AgentState.AVAILABLE, "")


def test_time_on_a_direct_call_is_not_idle_time_but_the_rest_is_kept() -> None:
    d = Driver()
    d.signs_in(ANN)  # idle 10 s before the direct call and 5 s after it
    d.happens(AgentEngaged(ANN, DIRECT), at=10)
    d.happens(AgentReleased(ANN, DIRECT), at=100)
    d.happens(PhoneReached(PHONES[BOB]), AgentSignedIn(BOB, PHONES[BOB]), at=101)
    assert d.view(ANN).idle_since == 90
    assert d.calls("c", at=105) == ["ring ann for c (1)"]


def test_every_other_absence_starts_idle_time_anew() -> None:
    d = talking(QueueSettings(wrap_up_s=0))
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.view(ANN).idle_since == 60
    d.happens(AgentMadeNotAvailable(ANN), at=70)
    assert d.view(ANN).idle_since is None
    d.happens(AgentEngaged(ANN, DIRECT), at=75)
    d.happens(AgentMadeAvailable(ANN), at=76)
    d.happens(AgentReleased(ANN, DIRECT), at=80)
    assert d.view(ANN).idle_since == 80


def test_who_was_away_before_a_direct_call_is_away_after_it() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"))
    d.happens(AgentEngaged(ANN, DIRECT))
    assert d.state(ANN) == (AgentState.BUSY, "")
    d.happens(AgentReleased(ANN, DIRECT))
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_not_answering_that_ends_during_a_direct_call_is_over_after_it() -> None:
    d = Driver(QueueSettings(not_answering_s=15), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(AgentEngaged(ANN, DIRECT), at=1)
    d.passes(20)
    assert d.happens(AgentReleased(ANN, DIRECT)) == ["ring ann for c (2)"]


def test_a_direct_call_that_outlasts_nothing_leaves_not_answering_as_it_was() -> None:
    d = Driver(QueueSettings(not_answering_s=15), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(AgentEngaged(ANN, DIRECT), at=1)
    d.happens(AgentReleased(ANN, DIRECT), at=2)
    assert d.state(ANN) == (AgentState.NOT_ANSWERING, "no_answer")
    assert d.passes(15) == ["ring ann for c (2)"]


def test_acting_stops_the_end_of_not_answering_too() -> None:
    brief, endless = QueueName("brief"), QueueName("endless")
    d = Driver({brief: QueueSettings(not_answering_s=15), endless: QueueSettings()}, SOLO)
    d.signs_in(ANN)
    d.calls("a", at=0, queue=brief, priority=1)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(CallAbandoned(CallId("a"), EntryId("a"), brief, 1.0), at=1)
    d.calls("b", at=2, queue=endless)
    d.available(ANN)
    d.fails(2, OfferOutcome.NO_ANSWER)
    assert d.passes(100) == []
    assert d.state(ANN) == (AgentState.NOT_ANSWERING, "no_answer")


def test_going_away_stops_the_end_of_not_answering() -> None:
    d = Driver(QueueSettings(not_answering_s=15), SOLO)
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.fails(1, OfferOutcome.NO_ANSWER)
    d.happens(AgentMadeNotAvailable(ANN, "lunch"), at=1)
    assert d.passes(100) == []
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "lunch")


def test_a_direct_call_in_wrap_up_ends_it() -> None:
    d = talking()
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    d.happens(AgentEngaged(ANN, DIRECT), at=62)
    assert handled(d) == [(60.0, 0.0, 2.0)]
    assert d.state(ANN) == (AgentState.BUSY, "")


def test_a_consultation_during_a_queue_call_keeps_them_talking_then_busy() -> None:
    d = talking()
    d.happens(AgentEngaged(ANN, DIRECT), at=10)
    assert d.state(ANN) == (AgentState.TALKING, "")
    d.happens(AgentReleased(ANN, CallId("c")), at=20)
    assert d.state(ANN) == (AgentState.BUSY, "")
    d.happens(AgentReleased(ANN, DIRECT), at=30)
    assert d.state(ANN) == (AgentState.AVAILABLE, "")


def test_the_queue_call_itself_is_no_direct_call() -> None:
    d = talking()
    d.happens(AgentEngaged(ANN, CallId("c")))
    assert d.state(ANN) == (AgentState.TALKING, "")
    d.happens(AgentReleased(ANN, CallId("c")))
    assert d.state(ANN) == (AgentState.WRAP_UP, "")


def test_who_calls_to_sign_in_is_free_when_that_call_ends() -> None:
    d = Driver(agents=SOLO)
    d.calls("c")
    d.happens(AgentEngaged(ANN, DIRECT))
    d.happens(PhoneReached(PHONES[ANN]), AgentSignedIn(ANN, PHONES[ANN]))
    assert d.state(ANN) == (AgentState.BUSY, "")
    assert d.happens(AgentReleased(ANN, DIRECT)) == ["ring ann for c (1)"]


def test_signing_in_as_not_available() -> None:
    d = Driver()
    d.happens(PhoneReached(PHONES[ANN]), AgentSignedIn(ANN, PHONES[ANN], available=False))
    assert d.state(ANN) == (AgentState.NOT_AVAILABLE, "")
    assert d.calls("c") == []
    d.happens(AgentSignedIn(ANN, PHONES[ANN], available=True))
    assert d.state(ANN) == (AgentState.OFFERED, "")


def test_a_lost_phone_is_out_of_matching_at_once_and_comes_back_by_itself() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.happens(PhoneLost(PHONES[ANN], "expired"))
    assert d.state(ANN) == (AgentState.AVAILABLE, "")
    assert not d.view(ANN).reachable
    assert d.calls("c") == []
    assert d.happens(PhoneReached(PHONES[ANN])) == ["ring ann for c (1)"]


def test_losing_a_ringing_phone_offers_the_call_elsewhere() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("c")
    lost = d.happens(PhoneLost(PHONES[ANN], "unreachable"))
    assert lost == ["stop 1: phone_lost", "ring bob for c (2)"]
    assert d.state(ANN) == (AgentState.AVAILABLE, "")


def test_registering_again_never_touches_a_call() -> None:
    d = talking()
    again = [PhoneReached(PHONES[ANN]), PhoneLost(PHONES[ANN], "x"), PhoneReached(PHONES[ANN])]
    assert d.happens(*again) == []
    assert d.facts == []
    assert d.state(ANN) == (AgentState.TALKING, "")


def test_registering_again_ends_the_rest_of_an_unreachable_phone_only() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c")
    d.fails(1, OfferOutcome.UNREACHABLE)
    assert d.happens(PhoneReached(PHONES[ANN])) == ["ring ann for c (2)"]
    d.fails(2, OfferOutcome.BUSY)
    assert d.happens(PhoneReached(PHONES[ANN])) == []


def test_a_phone_has_one_agent() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("c")
    replaced = d.happens(AgentSignedIn(BOB, PHONES[ANN]))
    assert replaced == ["stop 1: signed_out", "ring bob for c (2)"]
    assert d.state(ANN) == (AgentState.SIGNED_OUT, "")
    assert d.view(BOB).phone == PHONES[ANN]


def test_who_is_replaced_during_a_call_ends_it_and_is_signed_out() -> None:
    d = talking()
    d.happens(AgentSignedIn(BOB, PHONES[ANN]))
    assert d.state(ANN) == (AgentState.TALKING, "")
    assert d.view(ANN).phone is None
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.state(ANN) == (AgentState.SIGNED_OUT, "")
    assert d.view(BOB).phone == PHONES[ANN]


def test_an_agent_has_one_phone() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    d.calls("c")
    d.happens(PhoneReached(PhoneId("2009")))
    moved = d.happens(AgentSignedIn(ANN, PhoneId("2009")))
    assert moved == ["stop 1: signed_in_elsewhere", "ring ann for c (2)"]
    assert d.happens(PhoneLost(PHONES[ANN], "expired")) == [], "it is nobody's phone now"


def test_moving_during_a_call_leaves_the_call_alone() -> None:
    d = talking()
    assert d.happens(AgentSignedIn(ANN, PhoneId("2009"))) == []
    assert d.state(ANN) == (AgentState.TALKING, "")
    assert d.view(ANN).phone == "2009"


def test_the_end_of_a_call_frees_its_agents_whatever_was_not_told() -> None:
    ended = (Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")
    d = talking()
    d.happens(CallEnded(CallId("c"), *ended))
    assert d.state(ANN) == (AgentState.WRAP_UP, "")
    d.signs_in(BOB)
    d.happens(AgentEngaged(BOB, DIRECT))
    d.happens(CallEnded(DIRECT, *ended))
    assert d.state(BOB) == (AgentState.AVAILABLE, "")
    d.calls("x")
    assert d.happens(CallEnded(CallId("x"), *ended)) == ["stop 2: caller_left"]
    assert d.state(BOB) == (AgentState.AVAILABLE, "")


def test_strangers_are_ignored() -> None:
    d = Driver()
    eve = AgentId("eve")
    strange = [
        AgentSignedIn(eve, PhoneId("2009")),
        AgentSignedOut(eve),
        AgentMadeAvailable(eve),
        AgentMadeNotAvailable(eve),
        WrapUpEnded(eve),
        AgentEngaged(eve, DIRECT),
        AgentReleased(eve, DIRECT),
        PhoneLost(PhoneId("2009"), "expired"),
        AgentMadeAvailable(ANN),
        AgentMadeNotAvailable(ANN, "signed out anyway"),
        AgentSignedOut(ANN),
        AgentReleased(ANN, DIRECT),
    ]
    assert d.happens(*strange) == []
    assert d.facts == []


def test_who_is_taken_out_of_the_configuration_is_signed_out_after_their_call() -> None:
    d = talking()
    assert d.acd.configure(d.queues, {BOB: AgentProfile()}, 10) == []
    assert d.state(ANN) == (AgentState.TALKING, "")
    d.happens(AgentMadeAvailable(ANN), AgentSignedIn(ANN, PHONES[ANN]))
    d.happens(AgentReleased(ANN, CallId("c")), at=60)
    assert d.facts[-1] == AgentStateChanged(
        ANN, AgentState.SIGNED_OUT, "", AgentState.TALKING, "", 60.0
    )
    assert [view.id for view in d.acd.agents()] == [BOB]


def test_a_new_skill_is_felt_at_once() -> None:
    d = Driver(agents=SOLO)
    d.signs_in(ANN)
    assert d.calls("c", skills={"sales": 3}) == []
    effects = d.acd.configure(d.queues, {ANN: AgentProfile(skills={"sales": 3})}, d.now)
    assert d._short(effects) == ["ring ann for c (1)"]


def test_wrap_up_can_be_extended_up_to_a_limit() -> None:
    d = Driver(QueueSettings(wrap_up_s=30, wrap_up_max_s=100), {ANN: AgentProfile()})
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=10)
    d.happens(WrapUpExtended(ANN, 60), at=20)
    d.passes(99)
    assert d.state(ANN) == (AgentState.WRAP_UP, "")
    d.happens(WrapUpExtended(ANN, 60))
    d.passes(109)
    assert d.state(ANN) == (AgentState.WRAP_UP, "")
    d.passes(110)
    assert d.state(ANN) == (AgentState.AVAILABLE, ""), "100 s after the call, not 160"


def test_only_wrap_up_is_extended() -> None:
    d = Driver(agents={ANN: AgentProfile()})
    d.signs_in(ANN)
    d.happens(WrapUpExtended(ANN, 60))
    assert d.acd.next_deadline() is None
