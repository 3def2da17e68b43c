"""Call-backs: callers who gave up the line and kept their place.

The caller's own entry flowed out when they asked for it (reason "callback"). While nobody is on the
line the place is no entry of METRICS.md; it becomes one, offered and answered, when they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from events.event import Event
from events.ids import CallBackId, CallId, EntryId, PartyId, QueueName

UNKNOWN: Final = PartyId("")
"""In events of a time when it was not told."""


class CallBackEnd(StrEnum):
    REACHED = "reached"  # the customer came to the line again
    EXHAUSTED = "exhausted"  # too many attempts in vain
    EXPIRED = "expired"  # too late to call anybody
    CANCELLED = "cancelled"  # by somebody, or nobody may or can be called any more
    SERVED = "served"  # they called meanwhile, and spoke with an agent
    BARRED = "barred"  # their number is on the do-not-call list now


@dataclass(frozen=True, slots=True)
class CallBackRequested(Event):
    """A caller wants to be called instead of waiting.

    Attributes:
        call: in which they asked for it.
        party: whom to call; the number stands in the erasable table.
        waited_s: so far; their place is by this age.
        customer_first: they are called before an agent's phone rings.
    """

    callback: CallBackId
    call: CallId
    party: PartyId
    queue: QueueName
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    priority: int = 0
    waited_s: float = 0.0
    customer_first: bool = False
    any_of: tuple[Mapping[str, int], ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    excluded: tuple[str, ...] = ()
    customer: PartyId = UNKNOWN
    """The same for each spelling of their number; it stands in no table."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What the flow had found out by then: JSON values, nothing personal or secret."""


@dataclass(frozen=True, slots=True)
class CallBackQueued(Event):
    """It takes its place in the queue, with nobody on the line: an input of the distributor.

    `call` and `entry` are those of the attempt that follows when its turn has come. All others
    are as in `events.queues.CallQueued`.
    """

    callback: CallBackId
    call: CallId
    entry: EntryId
    queue: QueueName
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    priority: int = 0
    waited_s: float = 0.0
    returned: bool = True
    any_of: tuple[Mapping[str, int], ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallBackLeft(Event):
    """It is out of the queue for now, with nobody reached: an input of the distributor.

    `reason`: how the customer's phone failed, or why the queue gave the place up.
    """

    callback: CallBackId
    call: CallId
    entry: EntryId
    queue: QueueName
    reason: str
    attempted: bool
    """Whether the customer's phone was rung in vain: that counts against the attempts."""


@dataclass(frozen=True, slots=True)
class CallBackEnded(Event):
    """Nothing more comes of it."""

    callback: CallBackId
    queue: QueueName
    outcome: CallBackEnd


@dataclass(frozen=True, slots=True)
class NumberBarred(Event):
    """A number must not be called back any more; `customer` as in `CallBackRequested`."""

    customer: PartyId
    by: str = ""


@dataclass(frozen=True, slots=True)
class NumberAllowed(Event):
    """It may be called back again, as far as the do-not-call file has nothing against it."""

    customer: PartyId
    by: str = ""
