"""Waiting and being offered. Each entry ends in exactly one of answered, abandoned, flowed out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from events.event import Event
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName


class OfferOutcome(StrEnum):
    """How an offer ended; the labels of `sentral_offers_total`."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    MEDIA_FAILED = "media_failure"  # 488, or an answer without sound that we could use
    WITHDRAWN = "withdrawn"  # by us: the caller left, or the agent became unavailable


@dataclass(frozen=True, slots=True)
class CallQueued(Event):
    """A call entered a queue: one *offered* of METRICS.md, and an input of the distributor.

    Attributes:
        skills: required skill to minimum level, 1 to 10.
        languages: acceptable ones, best first; empty means any.
        priority: higher is served sooner.
        waited_s: wait brought along, e.g. from the queue before an overflow that keeps the clock,
            or from before a bridge that broke.
        returned: the call comes back from an established bridge that broke.
        any_of: beside `skills`, all of at least one of these, e.g. ({"visa": 3}, {"cards": 5}).
        tiers: acceptable ones, best first; empty: those of the queue.
        sites: the same of sites; "*" is any.
        customer_type: agents who serve only some types must serve this one.
        preferred: who spoke with the caller last, or was asked for: others get the call only
            after `preferred_s`.
        excluded: who must not get it.
    """

    call: CallId
    entry: EntryId
    queue: QueueName
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    priority: int = 0
    waited_s: float = 0.0
    returned: bool = False
    any_of: tuple[Mapping[str, int], ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    preferred: AgentId | None = None
    preferred_s: float = 0.0
    excluded: tuple[AgentId, ...] = ()


@dataclass(frozen=True, slots=True)
class CallAbandoned(Event):
    """The caller hung up while waiting or while an agent's phone rang."""

    call: CallId
    entry: EntryId
    queue: QueueName
    wait_s: float


@dataclass(frozen=True, slots=True)
class CallFlowedOut(Event):
    """Left the queue alive.

    `reason`: "timeout", "overflow", "key", "full", "nobody", "expected_wait", "closed",
    "callback", "operator" …
    """

    call: CallId
    entry: EntryId
    queue: QueueName
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class QueueClosed(Event):
    """From now on nobody enters the queue: an input.

    Attributes:
        cause: "hours" or "operator"; each is lifted by itself, and open is who has neither.
        reason: why, in words.
        by: who closed it, "" for the calendar.
        waiting: what becomes of those who wait: "serve" them to the last, or they "leave".
    """

    queue: QueueName
    cause: str
    reason: str = ""
    by: str = ""
    waiting: str = "serve"


@dataclass(frozen=True, slots=True)
class QueueOpened(Event):
    """What closed the queue is over: an input. `cause` as in `QueueClosed`."""

    queue: QueueName
    cause: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class CallOffered(Event):
    """The distributor chose: this agent is offered this call. A fact that it decided."""

    call: CallId
    entry: EntryId
    queue: QueueName
    offer: OfferId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferPickedUp(Event):
    """The phone was picked up, but its owner hears first whom they get, or must accept: an input.

    `OfferAnswered` or `OfferFailed` follows.
    """

    offer: OfferId


@dataclass(frozen=True, slots=True)
class OfferAnswered(Event):
    """The phone that the offer rang was picked up: an input; it may come too late."""

    offer: OfferId


@dataclass(frozen=True, slots=True)
class OfferFailed(Event):
    """The phone that the offer rang failed, in one of the ways of `OfferOutcome`: an input."""

    offer: OfferId
    outcome: OfferOutcome


@dataclass(frozen=True, slots=True)
class OfferAnsweredLate(Event):
    """The phone was picked up when its offer was closed already: an input, beside `OfferClosed`.

    Nobody was connected. Who was taken for not answering is there after all.
    """

    offer: OfferId
    call: CallId
    queue: QueueName
    agent: AgentId


@dataclass(frozen=True, slots=True)
class OfferClosed(Event):
    """An offer ended, for whatever reason. A fact that the distributor decided."""

    offer: OfferId
    call: CallId
    queue: QueueName
    agent: AgentId
    outcome: OfferOutcome


@dataclass(frozen=True, slots=True)
class QueueAnswered(Event):
    """The bridge of an offered call stands: one *answered* of METRICS.md. An input: talk begins."""

    call: CallId
    entry: EntryId
    queue: QueueName
    agent: AgentId
    offer: OfferId
    wait_s: float


@dataclass(frozen=True, slots=True)
class CallEscalated(Event):
    """The agent sent the caller up a tier; a new entry follows that keeps the age.

    `spoke`: every agent who has spoken with the caller on the way, the last one last.
    """

    call: CallId
    entry: EntryId
    queue: QueueName
    to: QueueName
    agent: AgentId
    tiers: tuple[int, ...] = ()
    spoke: tuple[AgentId, ...] = ()


@dataclass(frozen=True, slots=True)
class BridgeFailed(Event):
    """The phone answered but no bridge stood (media, glare): the entry waits on. An input."""

    call: CallId
    offer: OfferId


@dataclass(frozen=True, slots=True)
class QueueCallHandled(Event):
    """Handling of an answered entry ended with its wrap-up: the parts of handle time, seconds."""

    call: CallId
    entry: EntryId
    queue: QueueName
    agent: AgentId
    talk_s: float
    hold_s: float
    wrap_up_s: float
