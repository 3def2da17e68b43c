"""What the distributor did with a call, one sentence an event."""

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Final

from events.callbacks import (
    CallBackEnd,
    CallBackEnded,
    CallBackLeft,
    CallBackQueued,
    CallBackRequested,
)
from events.event import Event
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
from sentral.output import span

OUTCOMES: Final[Mapping[OfferOutcome, str]] = {
    OfferOutcome.ANSWERED: "{agent} answered",
    OfferOutcome.NO_ANSWER: "{agent} did not answer; the call keeps its place",
    OfferOutcome.BUSY: "{agent}'s phone was busy; the call keeps its place",
    OfferOutcome.REJECTED: "{agent} rejected the call; it keeps its place",
    OfferOutcome.UNREACHABLE: "{agent}'s phone could not be reached; the call keeps its place",
    OfferOutcome.MEDIA_FAILED: "{agent}'s phone had no usable sound; the call keeps its place",
    OfferOutcome.WITHDRAWN: "the offer to {agent} was withdrawn",
}

LEFT: Final[Mapping[str, str]] = {
    "timeout": "the longest wait of this queue was over",
    "overflow": "the last step of the relaxation sent it to another queue",
    "key": "the caller gave the place up by a key",
    "full": "too many were waiting",
    "nobody": "nobody able was signed in",
    "expected_wait": "it would probably have had to wait too long",
    "closed": "the queue was closed",
    "callback": "the caller asked to be called back and keeps the place",
    "voicemail": "the caller chose to leave a message",
    "operator": "an operator, or the caller, took it out",
}

AT_CLOSE: Final = {"serve": "who waits is served", "leave": "who waits leaves"}

ENDED: Final[Mapping[CallBackEnd, str]] = {
    CallBackEnd.REACHED: "the customer was reached",
    CallBackEnd.EXHAUSTED: "the customer was tried often enough",
    CallBackEnd.EXPIRED: "it was too late to call anybody",
    CallBackEnd.CANCELLED: "nobody could or might be called any more",
    CallBackEnd.SERVED: "the customer called meanwhile and spoke with an agent",
    CallBackEnd.BARRED: "the number is not called any more, as its owner wished",
}


@singledispatch
def sentence(event: Event) -> str:  # noqa: ARG001
    """Empty for events that are none of the distributor's."""
    return ""


def _tells(kind: type[Event]) -> Callable[[Callable[..., str]], Callable[..., str]]:
    def register(tell: Callable[..., str]) -> Callable[..., str]:
        sentence.register(kind, tell)
        return tell

    return register


@_tells(CallQueued)
def _queued(event: CallQueued) -> str:
    words = ["came back to" if event.returned else "entered", event.queue]
    if event.waited_s:
        words.append(f"with {span(event.waited_s)} of waiting brought along")
    if event.priority:
        words.append(f"with priority {event.priority}")
    if event.preferred is not None and event.preferred_s > 0:
        words.append(f"kept for {event.preferred} for {span(event.preferred_s)}")
    if event.excluded:
        words.append(f"not for {', '.join(event.excluded)}")
    return " ".join(words)


@_tells(CallOffered)
def _offered(event: CallOffered) -> str:
    return f"offered to {event.agent}"


@_tells(OfferClosed)
def _offer_closed(event: OfferClosed) -> str:
    return OUTCOMES[event.outcome].format(agent=event.agent)


@_tells(OfferAnsweredLate)
def _answered_late(event: OfferAnsweredLate) -> str:
    return f"{event.agent} answered when the offer was closed already: connected with nobody"


@_tells(BridgeFailed)
def _bridge_failed(_: BridgeFailed) -> str:
    return "the agent answered but no bridge stood; the call keeps its place"


@_tells(QueueAnswered)
def _answered(event: QueueAnswered) -> str:
    return f"talks with {event.agent} after {span(event.wait_s)} in {event.queue}"


@_tells(QueueCallHandled)
def _handled(event: QueueCallHandled) -> str:
    held = f", {span(event.hold_s)} on hold" if event.hold_s else ""
    wrapped = f", {span(event.wrap_up_s)} of wrap-up" if event.wrap_up_s else ""
    return f"{event.agent} was done with it: {span(event.talk_s)} of talk{held}{wrapped}"


@_tells(CallAbandoned)
def _abandoned(event: CallAbandoned) -> str:
    return f"the caller hung up after {span(event.wait_s)} in {event.queue}"


@_tells(CallFlowedOut)
def _flowed_out(event: CallFlowedOut) -> str:
    why = LEFT.get(event.reason, event.reason.replace("_", " "))
    return f"left {event.queue} after {span(event.wait_s)}: {why}"


@_tells(CallEscalated)
def _escalated(event: CallEscalated) -> str:
    to = event.to if event.to != event.queue else f"tier {', '.join(map(str, event.tiers))} of it"
    spoke = f"; not for {', '.join(event.spoke)} again, who spoke with the caller"
    return f"{event.agent} sent it up from {event.queue} to {to}{spoke if event.spoke else ''}"


@_tells(CallBackRequested)
def _callback_requested(event: CallBackRequested) -> str:
    first = "the customer" if event.customer_first else "the agent"
    return f"to be called back from {event.queue}, {first} first"


@_tells(CallBackQueued)
def _callback_queued(event: CallBackQueued) -> str:
    waited = f" with {span(event.waited_s)} of waiting" if event.waited_s else ""
    return f"a call-back keeps its place in {event.queue}{waited}, nobody is on the line"


@_tells(CallBackLeft)
def _callback_left(event: CallBackLeft) -> str:
    why = "the customer was not reached" if event.attempted else "the place was given up"
    return f"the call-back left {event.queue}: {why} ({event.reason.replace('_', ' ')})"


@_tells(CallBackEnded)
def _callback_ended(event: CallBackEnded) -> str:
    return f"the call-back is over: {ENDED.get(event.outcome, event.outcome.value)}"


@_tells(QueueClosed)
def _queue_closed(event: QueueClosed) -> str:
    who = f" by {event.by}" if event.by else ""
    why = f", {event.reason}" if event.reason else ""
    return f"{event.queue} was closed{who} ({event.cause}{why}): {AT_CLOSE[event.waiting]}"


@_tells(QueueOpened)
def _queue_opened(event: QueueOpened) -> str:
    who = f" by {event.by}" if event.by else ""
    return f"{event.queue} is open again{who} ({event.cause})"
