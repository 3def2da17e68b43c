"""Every kind of thing that the distributor decides or is told of a call has its sentence."""

from typing import get_args

import pytest

from events import callbacks, queues
from events.callbacks import (
    CallBackEnd,
    CallBackEnded,
    CallBackLeft,
    CallBackQueued,
    CallBackRequested,
)
from events.event import Event
from events.ids import AgentId, CallBackId, CallId, EntryId, OfferId, PartyId, QueueName
from events.queues import (
    BridgeFailed,
    CallAbandoned,
    CallEscalated,
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferAnsweredLate,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
    QueueClosed,
    QueueOpened,
)
from ivr.nodes.queue import Reason
from sentral.sentences import ENDED, LEFT, sentence

CALL, ENTRY, OFFER = CallId("c"), EntryId("e"), OfferId(7)
SALES, SECOND = QueueName("sales"), QueueName("second")
ANN, BOB = AgentId("ann"), AgentId("bob")
BACK = CallBackId("b")

TOLD = [
    (CallQueued(CALL, ENTRY, SALES), "entered sales"),
    (CallQueued(CALL, ENTRY, SALES, returned=True), "came back to sales"),
    (
        CallQueued(CALL, ENTRY, SALES, waited_s=40, priority=5),
        "entered sales with 0:40 of waiting brought along with priority 5",
    ),
    (
        CallQueued(CALL, ENTRY, SALES, preferred=ANN, preferred_s=30, excluded=(BOB,)),
        "entered sales kept for ann for 0:30 not for bob",
    ),
    (CallOffered(CALL, ENTRY, SALES, OFFER, ANN), "offered to ann"),
    (OfferAnsweredLate(OFFER, CALL, SALES, ANN), "ann answered when the offer was closed already"),
    (BridgeFailed(CALL, OFFER), "no bridge stood; the call keeps its place"),
    (QueueAnswered(CALL, ENTRY, SALES, ANN, OFFER, 12.0), "talks with ann after 0:12 in sales"),
    (
        QueueCallHandled(CALL, ENTRY, SALES, ANN, 60.0, 5.0, 10.0),
        "ann was done with it: 1:00 of talk, 0:05 on hold, 0:10 of wrap-up",
    ),
    (CallAbandoned(CALL, ENTRY, SALES, 9.0), "the caller hung up after 0:09 in sales"),
    (CallFlowedOut(CALL, ENTRY, SALES, 9.0, "a_whim"), "left sales after 0:09: a whim"),
    (
        CallEscalated(CALL, ENTRY, SALES, SECOND, ANN, (2,), (BOB, ANN)),
        "ann sent it up from sales to second; not for bob, ann again",
    ),
    (
        CallEscalated(CALL, ENTRY, SALES, SALES, ANN, (2, 3)),
        "ann sent it up from sales to tier 2, 3 of it",
    ),
    (
        CallBackRequested(BACK, CALL, PartyId("p"), SALES, customer_first=True),
        "to be called back from sales, the customer first",
    ),
    (
        CallBackQueued(BACK, CALL, ENTRY, SALES, waited_s=60),
        "a call-back keeps its place in sales with 1:00 of waiting, nobody is on the line",
    ),
    (
        CallBackLeft(BACK, CALL, ENTRY, SALES, "no_answer", attempted=True),
        "the call-back left sales: the customer was not reached (no answer)",
    ),
    (
        CallBackLeft(BACK, CALL, ENTRY, SALES, "closed", attempted=False),
        "the call-back left sales: the place was given up (closed)",
    ),
    (
        QueueClosed(SALES, "operator", "fire", "eva", "leave"),
        "sales was closed by eva (operator, fire): who waits leaves",
    ),
    (QueueClosed(SALES, "hours"), "sales was closed (hours): who waits is served"),
    (QueueOpened(SALES, "operator", "eva"), "sales is open again by eva (operator)"),
]


@pytest.mark.parametrize(("event", "words"), TOLD, ids=lambda each: getattr(each, "kind", ""))
def test_it_is_told(event: Event, words: str) -> None:
    assert words in sentence(event)


def test_every_end_of_an_offer_is_told_apart() -> None:
    told = {sentence(OfferClosed(OFFER, CALL, SALES, ANN, each)) for each in OfferOutcome}
    assert len(told) == len(OfferOutcome)
    assert all("ann" in each for each in told)


@pytest.mark.parametrize("outcome", CallBackEnd)
def test_every_end_of_a_callback_is_told(outcome: CallBackEnd) -> None:
    told = sentence(CallBackEnded(BACK, SALES, outcome))
    assert told == f"the call-back is over: {ENDED[outcome]}"


def test_every_reason_to_leave_a_queue_is_told() -> None:
    assert set(LEFT) == set(get_args(Reason))


def test_no_event_about_a_call_in_a_queue_is_forgotten() -> None:
    kinds = {
        kind
        for module in (queues, callbacks)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and "call" in kind.__annotations__
    }
    untold = sentence.dispatch(object)
    assert [kind.kind for kind in kinds if sentence.dispatch(kind) is untold] == []


def test_what_is_not_the_distributors_is_not_told() -> None:
    assert sentence(Event()) == ""
