"""A call's story, as its record keeps it."""

import json
from dataclasses import replace

import pytest

from events.callbacks import CallBackQueued
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallRang,
    CallResumed,
    CallRouted,
    CallTransferred,
    CallUnbridged,
    Direction,
    FlowEntered,
    FlowLeft,
    LegDialled,
    LegEnded,
    LegRang,
    MediaMeasured,
    NodeVisited,
    Outcome,
    Side,
)
from events.centre import CentreStopped
from events.event import Event, Recorded
from events.ids import (
    AgentId,
    CallBackId,
    CallId,
    EntryId,
    FlowName,
    NodeName,
    OfferId,
    PartyId,
    QueueName,
)
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
)
from events.story import (
    STEPS_TOLD,
    CallStory,
    LegTold,
    NoStory,
    OfferTold,
    QueueVisit,
    SoundTold,
    Step,
    tell,
)

CALL, ANN, BOB = CallId("c"), AgentId("ann"), AgentId("bob")
NO_ANSWER, ANSWERED = OfferOutcome.NO_ANSWER, OfferOutcome.ANSWERED
HELP, MAIN = QueueName("help"), FlowName("main")
FIRST, SECOND = EntryId("c-q1"), EntryId("c-q2")
ARRIVED = CallArrived(CALL, Direction.INBOUND, PartyId("p"), "1000", "id@host")
HUNG_UP = CallEnded(CALL, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up")

UTC_0 = 1_000_000.0


def story(*events: tuple[float, Event]) -> CallStory:
    """`events` with seconds since the arrival; the steady clock starts elsewhere."""
    log = [(0.0, ARRIVED), *events]
    return tell(Recorded(n, UTC_0 + at, 50 + at, event) for n, (at, event) in enumerate(log, 1))


WHOLE: list[tuple[float, Event]] = [
    (0, CallRouted(CALL, "flow", "main", "1000")),
    (0, CallRang(CALL)),
    (1, CallAnswered(CALL, 1.0)),
    (1, FlowEntered(CALL, MAIN, "v1")),
    (4, NodeVisited(CALL, MAIN, NodeName("menu"), "2")),
    (5, CallQueued(CALL, FIRST, HELP)),
    (5, CallOffered(CALL, FIRST, HELP, OfferId(1), BOB)),
    (5, LegDialled(CALL, "c-1", "agent", "2002", BOB)),
    (25, OfferClosed(OfferId(1), CALL, HELP, BOB, OfferOutcome.NO_ANSWER)),
    (25, LegEnded(CALL, "c-1", "no_answer", 487)),
    (25, CallOffered(CALL, FIRST, HELP, OfferId(2), ANN)),
    (25, LegDialled(CALL, "c-2", "agent", "2001", ANN)),
    (26, LegRang(CALL, "c-2")),
    (30, OfferClosed(OfferId(2), CALL, HELP, ANN, OfferOutcome.ANSWERED)),
    (30, CallBridged(CALL, "c-2", ANN, FIRST)),
    (30, QueueAnswered(CALL, FIRST, HELP, ANN, OfferId(2), 25.0)),
    (40, CallHeld(CALL, Side.AGENT)),
    (45, CallHeld(CALL, Side.CALLER)),
    (50, CallResumed(CALL, Side.AGENT)),
    (52, CallResumed(CALL, Side.CALLER)),
    (90, CallUnbridged(CALL, "c-2", Side.CALLER, ANN, FIRST)),
    (90, LegEnded(CALL, "c-2", "hung_up")),
    (90, FlowLeft(CALL, MAIN, "connected")),
    (90, MediaMeasured(CALL, "c", 10, 9, 1, 0.002, 4.3)),
    (91, HUNG_UP),
    (100, QueueCallHandled(CALL, FIRST, HELP, ANN, 48.0, 12.0, 10.0)),
]
"""Bob does not answer, Ann does; both sides hold in between."""


def test_a_whole_call_is_told() -> None:
    told = story(*WHOLE)
    offers = (
        OfferTold(OfferId(1), BOB, UTC_0 + 5, OfferOutcome.NO_ANSWER),
        OfferTold(OfferId(2), ANN, UTC_0 + 25, OfferOutcome.ANSWERED),
    )
    bob = LegTold(
        "c-1", "agent", "2002", BOB, UTC_0 + 5, ended_at=UTC_0 + 25, cause="no_answer", status=487
    )
    ann = LegTold(
        "c-2", "agent", "2001", ANN, UTC_0 + 25, UTC_0 + 26, UTC_0 + 30, UTC_0 + 90, "hung_up"
    )
    visit = QueueVisit(
        FIRST, HELP, UTC_0 + 5, UTC_0 + 30, 25.0, "answered", agent=ANN, offers=offers
    )
    assert told == CallStory(
        call=CALL,
        direction=Direction.INBOUND,
        caller=PartyId("p"),
        dialled="1000",
        sip_call_id="id@host",
        trunk=None,
        phone=None,
        arrived_at=UTC_0,
        target_kind="flow",
        target="main",
        rang_at=UTC_0,
        answered_at=UTC_0 + 1,
        setup_s=1.0,
        bridged_at=UTC_0 + 30,
        ended_at=UTC_0 + 91,
        outcome=Outcome.ANSWERED,
        hung_up_by=Side.CALLER,
        cause="hung_up",
        queue=HELP,
        agent=ANN,
        agents=(ANN,),
        wait_s=25.0,
        talk_s=48.0,
        hold_s=12.0,
        wrap_up_s=10.0,
        flows=(MAIN,),
        path=(Step(MAIN, NodeName("menu"), "2", UTC_0 + 4),),
        queues=(visit,),
        legs=(bob, ann),
        sounds=(SoundTold("c", 10, 9, 1, 0.002, 4.3),),
    )
    assert told.has_ended
    assert told.duration_s == 91


def test_a_story_is_json() -> None:
    told = story((1, CallQueued(CALL, FIRST, HELP)), (2, HUNG_UP))
    data = json.loads(json.dumps(told.as_json()))
    assert data["direction"] == "inbound"
    assert data["queues"][0]["queue"] == "help"
    assert data["hung_up_by"] == "caller"


def test_a_call_still_going_on_has_no_end() -> None:
    told = story((1, CallAnswered(CALL, 1.0)))
    assert not told.has_ended
    assert told.duration_s is None
    assert told.hung_up_by is None


def test_overflow_transfer_and_second_agent_are_all_told() -> None:
    told = story(
        (0, CallQueued(CALL, FIRST, QueueName("sales"))),
        (30, CallFlowedOut(CALL, FIRST, QueueName("sales"), 30.0, "timeout")),
        (30, CallQueued(CALL, SECOND, HELP, waited_s=30.0)),
        (40, CallBridged(CALL, "c-1", BOB, SECOND)),
        (40, QueueAnswered(CALL, SECOND, HELP, BOB, OfferId(3), 10.0)),
        (60, CallTransferred(CALL, Side.AGENT, "phone", "2001", BOB, SECOND)),
        (60, CallUnbridged(CALL, "c-1", Side.AGENT, BOB, SECOND)),
        (62, CallBridged(CALL, "c-2", ANN)),
        (70, CallUnbridged(CALL, "c-2", Side.AGENT, ANN)),
        (70, HUNG_UP),
    )
    assert [(v.queue, v.outcome, v.reason, v.wait_s) for v in told.queues] == [
        ("sales", "flowed_out", "timeout", 30.0),
        ("help", "answered", "", 10.0),
    ]
    assert (told.queue, told.agent, told.agents) == (HELP, ANN, (BOB, ANN))
    assert (told.transfers, told.wait_s, told.talk_s) == (1, 40.0, 28.0)
    assert told.bridged_at == UTC_0 + 40


def test_an_abandoned_call_is_told_with_its_wait() -> None:
    told = story(
        (0, CallQueued(CALL, FIRST, HELP)),
        (9, CallAbandoned(CALL, FIRST, HELP, 9.0)),
        (9, CallEnded(CALL, Direction.INBOUND, Outcome.ABANDONED, Side.CALLER, "hung_up")),
    )
    assert (told.outcome, told.wait_s, told.agent) == (Outcome.ABANDONED, 9.0, None)
    assert told.queues[0].outcome == "abandoned"


def test_talk_ends_with_the_call_even_if_the_bridge_was_never_told_to_end() -> None:
    told = story((0, CallBridged(CALL, "c-1")), (7, CallHeld(CALL, Side.CALLER)), (9, HUNG_UP))
    assert (told.talk_s, told.hold_s) == (7.0, 2.0)


def test_a_clock_set_back_by_a_restart_takes_no_time_away() -> None:
    log = [
        Recorded(1, 0.0, 500.0, ARRIVED),
        Recorded(2, 1.0, 501.0, CallBridged(CALL, "c-1")),
        Recorded(3, 11.0, 511.0, CallHeld(CALL, Side.AGENT)),
        Recorded(4, 60.0, 3.0, CallResumed(CALL, Side.AGENT)),
        Recorded(5, 65.0, 8.0, HUNG_UP),
    ]
    told = tell(log)
    assert (told.talk_s, told.hold_s) == (15.0, 0.0)


def test_an_endless_flow_is_told_up_to_a_limit() -> None:
    visited = NodeVisited(CALL, MAIN, NodeName("menu"), "no_input")
    told = story(*[(float(n), visited) for n in range(STEPS_TOLD + 5)])
    assert len(told.path) == STEPS_TOLD


def test_only_a_call_has_a_story() -> None:
    with pytest.raises(NoStory, match="no events"):
        tell([])
    with pytest.raises(NoStory, match="CentreStopped"):
        tell([Recorded(1, 0.0, 0.0, CentreStopped("test"))])


def test_a_call_back_is_told_with_what_was_before_its_customer_arrived() -> None:
    """An agent's phone rings first; the customer's wait in the queue begins when they are there."""
    log = [
        Recorded(1, UTC_0, 0.0, CallBackQueued(CallBackId("b"), CALL, FIRST, HELP)),
        Recorded(2, UTC_0 + 60, 60.0, CallOffered(CALL, FIRST, HELP, OfferId(1), ANN)),
        Recorded(3, UTC_0 + 65, 65.0, OfferClosed(OfferId(1), CALL, HELP, ANN, NO_ANSWER)),
        Recorded(4, UTC_0 + 70, 70.0, CallOffered(CALL, FIRST, HELP, OfferId(2), BOB)),
        Recorded(5, UTC_0 + 70, 70.0, LegDialled(CALL, "c-1", "phone", "2002", BOB)),
        Recorded(6, UTC_0 + 72, 72.0, replace(ARRIVED, direction=Direction.OUTBOUND)),
        Recorded(7, UTC_0 + 80, 80.0, CallQueued(CALL, FIRST, HELP)),
        Recorded(8, UTC_0 + 80, 80.0, OfferClosed(OfferId(2), CALL, HELP, BOB, ANSWERED)),
        Recorded(9, UTC_0 + 80, 80.0, CallBridged(CALL, "c-1", BOB, FIRST)),
    ]
    told = tell(log)
    assert (told.direction, told.arrived_at) == (Direction.OUTBOUND, UTC_0 + 72)
    assert [leg.leg for leg in told.legs] == ["c-1"]
    (visit,) = told.queues
    assert visit.entered_at == UTC_0 + 80
    assert visit.offers == (
        OfferTold(OfferId(1), ANN, UTC_0 + 60, NO_ANSWER),
        OfferTold(OfferId(2), BOB, UTC_0 + 70, ANSWERED),
    )


def test_events_that_a_story_does_not_tell_change_nothing() -> None:
    assert story((1, CentreStopped("test"))) == story()
