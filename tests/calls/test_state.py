"""A call's state: each event moves it on, and the log brings it back."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from calls.state import CallState, Stage, advance, arrived
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallResumed,
    CallRouted,
    CallUnbridged,
    Direction,
    FlowLeft,
    LegDialled,
    LegEnded,
    NodeVisited,
    Outcome,
    Side,
)
from events.codec import body_from_json, body_to_json
from events.event import Event
from events.ids import AgentId, CallId, EntryId, FlowName, NodeName, OfferId, PartyId, QueueName
from events.queues import CallAbandoned, CallFlowedOut, CallQueued, QueueAnswered

CALL, ENTRY, QUEUE, AYU = CallId("c"), EntryId("e"), QueueName("support"), AgentId("1")

ARRIVED: Final = CallArrived(CALL, Direction.INBOUND, PartyId("p"), "1000", "sip-call-id")

legs = st.sampled_from([f"c-{number}" for number in range(1, 4)])
sides = st.sampled_from(Side)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        CallRouted,
        call=st.just(CALL),
        target_kind=st.sampled_from(["flow", "queue", "phone", "trunk", "feature"]),
        target=st.text(max_size=5),
        number=st.text(max_size=5),
    ),
    st.builds(CallAnswered, st.just(CALL), st.floats(0, 10)),
    st.builds(FlowLeft, st.just(CALL), st.just(FlowName("main")), st.just("ended"), st.booleans()),
    st.builds(
        NodeVisited,
        st.just(CALL),
        st.just(FlowName("main")),
        st.just(NodeName("n")),
        st.just("next"),
        st.dictionaries(st.text(max_size=5), json_values, max_size=3),
    ),
    st.builds(
        CallQueued,
        call=st.just(CALL),
        entry=st.just(ENTRY),
        queue=st.just(QUEUE),
        skills=st.dictionaries(st.text(max_size=5), st.integers(1, 10), max_size=2),
        languages=st.lists(st.text(max_size=2), max_size=2).map(tuple),
        priority=st.integers(-5, 5),
        waited_s=st.floats(0, 100),
    ),
    st.builds(LegDialled, st.just(CALL), legs, st.just("phone"), st.just("3001")),
    st.builds(LegEnded, st.just(CALL), legs, st.just("hung_up")),
    st.builds(CallBridged, st.just(CALL), legs, st.just(AYU), st.just(ENTRY)),
    st.builds(CallHeld, st.just(CALL), sides),
    st.builds(CallResumed, st.just(CALL), sides),
    st.builds(CallUnbridged, st.just(CALL), legs, sides),
    st.just(QueueAnswered(CALL, ENTRY, QUEUE, AYU, OfferId(1), 1.0)),
    st.just(CallAbandoned(CALL, ENTRY, QUEUE, 1.0)),
    st.just(CallFlowedOut(CALL, ENTRY, QUEUE, 1.0, "timeout")),
    st.just(
        CallEnded(CALL, Direction.INBOUND, Outcome.ANSWERED, Side.CALLER, "hung_up"),
    ),
)


def after(*happened: Event, at: float = 100.0) -> CallState:
    state = arrived(ARRIVED)
    for event in happened:
        state = advance(state, event, at)
    return state


@given(st.lists(events, max_size=12))
def test_events_read_back_bring_back_the_same_state(happened: list[Event]) -> None:
    state = after(CallRouted(CALL, "flow", "main", "1000"), *happened)
    kept = [body_from_json(event.kind, body_to_json(event)) for event in happened]
    back = after(CallRouted(CALL, "flow", "main", "1000"), *kept)
    assert back == state
    assert (back.stage, back.milestone) == (state.stage, state.milestone)


@given(st.lists(events, max_size=12))
def test_a_state_never_says_two_things(happened: list[Event]) -> None:
    state = after(CallRouted(CALL, "flow", "main", "1000"), *happened)
    assert (state.stage is Stage.HELD) == (
        not state.ended and state.bridge is not None and bool(state.bridge.holders)
    )
    if state.bridge is not None:
        assert len(set(state.bridge.holders)) == len(state.bridge.holders)
        assert state.served
    if state.stage is Stage.QUEUED and state.route_kind != "queue":
        assert state.entry is not None


def test_the_stages_of_a_queue_call() -> None:
    routed = CallRouted(CALL, "flow", "main", "1000")
    queued = CallQueued(CALL, ENTRY, QUEUE)
    bridged = CallBridged(CALL, "c-1", AYU, ENTRY)
    answered = QueueAnswered(CALL, ENTRY, QUEUE, AYU, OfferId(1), 5.0)
    held = CallHeld(CALL, Side.AGENT)
    story: list[Event] = [routed, CallAnswered(CALL, 0.1), queued, bridged, answered, held]
    stages = [after(*story[:length]).stage for length in range(len(story) + 1)]
    assert stages == [
        *(Stage.ARRIVED, Stage.IN_FLOW, Stage.IN_FLOW, Stage.QUEUED),
        *(Stage.BRIDGED, Stage.BRIDGED, Stage.HELD),
    ]
    assert after(*story, CallResumed(CALL, Side.AGENT)).stage is Stage.BRIDGED
    assert after(*story, CallUnbridged(CALL, "c-1", Side.AGENT)).stage is Stage.IN_FLOW


def test_a_hold_of_the_second_side_is_a_milestone_too() -> None:
    one = after(CallBridged(CALL, "c-1"), CallHeld(CALL, Side.AGENT))
    both = advance(one, CallHeld(CALL, Side.CALLER), 1.0)
    assert one.stage is both.stage
    assert one.milestone != both.milestone


def test_being_answered_is_a_milestone() -> None:
    """From here on the caller can be taken along into another process."""
    assert after().milestone != after(CallAnswered(CALL, 0.0)).milestone


def test_the_wait_before_a_bridge_is_kept_with_it() -> None:
    state = after(CallQueued(CALL, ENTRY, QUEUE, waited_s=7.0), at=100.0)
    state = advance(state, CallBridged(CALL, "c-1", AYU, ENTRY), 112.0)
    assert state.bridge is not None
    assert state.bridge.waited_s == 19.0


def test_legs_that_ring_are_known_until_they_end() -> None:
    dialled = [LegDialled(CALL, f"c-{number}", "phone", "3001") for number in (1, 2)]
    state = after(*dialled, LegEnded(CALL, "c-1", "busy"))
    assert state.open_legs == ("c-2",)
    assert state.legs == 2


def test_who_calls_is_engaged_unless_they_dial_a_code() -> None:
    calling = CallArrived(
        CALL, Direction.INTERNAL, PartyId("p"), "3002", "id", phone=None, agent=AYU
    )
    state = arrived(calling)
    assert not state.engages_caller, "it may lead nowhere"
    assert state.routed("phone", "3002", "3002").engages_caller
    assert not state.routed("feature", "sign_in", "*70").engages_caller
