"""What the distributor asks its owner to do. The owner does it, in order, never re-entering."""

from dataclasses import dataclass
from typing import TypeAlias

from events.event import Event
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName


@dataclass(frozen=True, slots=True)
class RingAgent:
    """Ring the agent's phone for the call.

    Report `OfferAnswered` or `OfferFailed` with the offer's id, and `OfferPickedUp` before if who
    picks up hears or presses something first.

    Attributes:
        ring_s: when to give up.
        accept_key: what the agent has to press; None: to pick up is to accept.
        accept_s: time from picking up to being joined with the caller.
        whisper: what the agent hears about the call before: "queue", "language", "wait".
        language: the caller's best one, "" if any will do.
        waited_s: of the caller so far, in all queues.
        auto_answer: ask the phone to pick up by itself.
        callback: the customer is not on the line: call them before, or once the agent is there.
        callback_s: how long the customer's phone may ring.
    """

    offer: OfferId
    call: CallId
    entry: EntryId
    queue: QueueName
    agent: AgentId
    phone: PhoneId
    ring_s: float
    accept_key: str | None = None
    accept_s: float = 10.0
    whisper: tuple[str, ...] = ()
    language: str = ""
    waited_s: float = 0.0
    auto_answer: bool = False
    callback: bool = False
    callback_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StopRinging:
    """The offer is closed: end its leg in whatever state it is.

    `reason`: "no_answer", "caller_left", "not_available", "signed_out", "signed_in_elsewhere",
    "phone_lost", "busy" (on a direct call), "not_bridged" (answered, but no bridge in time),
    "answered_elsewhere" (another phone of the group was faster).
    """

    offer: OfferId
    reason: str


@dataclass(frozen=True, slots=True)
class Connect:
    """The agent answered: bridge them, then report `QueueAnswered` or `BridgeFailed`.

    An answer to an offer that is closed by then is met with no effect: hang that leg up.
    """

    offer: OfferId
    call: CallId
    entry: EntryId
    queue: QueueName
    agent: AgentId


@dataclass(frozen=True, slots=True)
class RemoveFromQueue:
    """End the wait and report `CallFlowedOut`.

    `reason`: "timeout", "full", "nobody", "closed", "overflow". `to`: of an overflow, the queue
    that the call enters next, with a `waited_s` of all its waiting so far.
    """

    call: CallId
    entry: EntryId
    queue: QueueName
    reason: str
    wait_s: float
    to: QueueName | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Append this fact to the log: the distributor decided it."""

    event: Event


Effect: TypeAlias = RingAgent | StopRinging | Connect | RemoveFromQueue | Record
