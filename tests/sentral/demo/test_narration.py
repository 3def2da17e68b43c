"""The centre's events, as the demo tells them."""

from events.agents import AgentState, AgentStateChanged
from events.calls import (
    CallArrived,
    CallEnded,
    CallUnbridged,
    Direction,
    NodeVisited,
    Outcome,
    Side,
)
from events.event import Event
from events.ids import AgentId, CallId, EntryId, FlowName, NodeName, OfferId, PartyId, QueueName
from events.queues import CallOffered, CallQueued, QueueAnswered
from sentral.demo.narration import Narrator

CALL, ENTRY, BILLING, ANA = CallId("c"), EntryId("c-1"), QueueName("billing"), AgentId("101")


def narrator() -> Narrator:
    """One that has heard of a call of Robin's."""
    found = Narrator({"+1": "Robin"}, {"101": "Ana"})
    found.numbers["sip-1"] = "+1"
    assert found.tell(arrived("sip-1", CALL)) is None
    return found


def arrived(sip_call_id: str, call: CallId) -> CallArrived:
    return CallArrived(call, Direction.INBOUND, PartyId("p"), "1000", sip_call_id)


def test_a_call_is_told_by_the_caller_s_name() -> None:
    story: list[tuple[Event, tuple[str, str] | None]] = [
        (NodeVisited(CALL, FlowName("main"), NodeName("welcome"), "next"), None),
        (
            NodeVisited(CALL, FlowName("main"), NodeName("ask_language"), "3"),
            ("Robin", "presses 3: Spanish"),
        ),
        (
            CallQueued(CALL, ENTRY, BILLING, languages=("es",), priority=5),
            ("Robin", "waits in the queue billing (Spanish, priority 5)"),
        ),
        (
            CallOffered(CALL, ENTRY, BILLING, OfferId(1), ANA),
            ("Robin", "is offered to Ana, whose phone rings"),
        ),
        (
            QueueAnswered(CALL, ENTRY, BILLING, ANA, OfferId(1), 1.24),
            ("Robin", "talks with Ana after 1.2 s"),
        ),
        (CallUnbridged(CALL, "c-1", Side.AGENT, ANA), ("Ana", "hangs up")),
        (CallUnbridged(CALL, "c-1", Side.CALLER, ANA), ("Robin", "hangs up")),
        (
            CallEnded(CALL, Direction.INBOUND, Outcome.REJECTED, Side.SYSTEM, "not_found", 404),
            ("Robin", "is refused with 404: nobody has this number"),
        ),
    ]
    teller = narrator()
    assert [teller.tell(event) for event, _ in story] == [told for _, told in story]


def test_calls_of_others_are_not_told() -> None:
    teller = narrator()
    other = CallId("other")
    assert teller.tell(arrived("sip-2", other)) is None
    assert teller.tell(CallQueued(other, ENTRY, BILLING)) is None
    assert teller.tell(CallQueued(CallId("never seen"), ENTRY, BILLING)) is None


def test_agents_are_told_when_their_work_changes() -> None:
    teller = narrator()
    wrap_up = AgentStateChanged(ANA, AgentState.WRAP_UP, was=AgentState.TALKING)
    back = AgentStateChanged(ANA, AgentState.AVAILABLE, was=AgentState.WRAP_UP)
    assert teller.tell(wrap_up) == ("Ana", "is in wrap-up")
    assert teller.tell(back) == ("Ana", "is available again")
    assert teller.tell(AgentStateChanged(AgentId("999"), AgentState.WRAP_UP)) is None
