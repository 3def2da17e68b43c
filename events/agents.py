"""Agents are people, phones are devices, a registration is where a phone is now."""

from dataclasses import dataclass
from enum import StrEnum

from events.event import Event
from events.ids import AgentId, CallId, PhoneId, TrunkName


class AgentState(StrEnum):
    """What an agent is doing; kept apart from whether their phone is reachable."""

    SIGNED_OUT = "signed_out"
    AVAILABLE = "available"
    OFFERED = "offered"
    TALKING = "talking"  # on a call from a queue, hold included
    BUSY = "busy"  # on a direct call: internal, or through a trunk
    WRAP_UP = "wrap_up"
    NOT_AVAILABLE = "not_available"  # by themselves, with a reason
    NOT_ANSWERING = "not_answering"  # by the distributor, after an unanswered offer


@dataclass(frozen=True, slots=True)
class AgentSignedIn(Event):
    """Input. An agent has one phone and a phone has one agent at a time."""

    agent: AgentId
    phone: PhoneId
    available: bool = True


@dataclass(frozen=True, slots=True)
class AgentSignedOut(Event):
    """Input. During a call it takes effect at the call's end."""

    agent: AgentId
    by: str = ""
    """Who made them, if not they themselves: a supervisor."""


@dataclass(frozen=True, slots=True)
class AgentMadeAvailable(Event):
    """Input: `*70`, the API or a supervisor. Also ends `not_answering` and wrap-up."""

    agent: AgentId
    by: str = ""
    """Who made them, if not they themselves: a supervisor."""


@dataclass(frozen=True, slots=True)
class AgentMadeNotAvailable(Event):
    """Input: `*71`. During a call it takes effect after the call and its wrap-up."""

    agent: AgentId
    reason: str = ""
    by: str = ""
    """Who made them, if not they themselves: a supervisor."""


@dataclass(frozen=True, slots=True)
class WrapUpExtended(Event):
    """Input: `*74` or the API: they need `by_s` seconds more, within the queue's limit."""

    agent: AgentId
    by_s: float


@dataclass(frozen=True, slots=True)
class WrapUpEnded(Event):
    """Input: `*72` or the API. The timed end is the distributor's own."""

    agent: AgentId


@dataclass(frozen=True, slots=True)
class PhoneReached(Event):
    """Input: the phone has a usable registration (or a static contact)."""

    phone: PhoneId


@dataclass(frozen=True, slots=True)
class PhoneLost(Event):
    """Input: its registration ended. `reason`: "expired", "unregistered", "unreachable"."""

    phone: PhoneId
    reason: str


@dataclass(frozen=True, slots=True)
class AgentEngaged(Event):
    """Input: the agent is on a direct call, as caller or called."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class AgentReleased(Event):
    """Input: the agent's leg of this call ended. From a queue's call, wrap-up begins."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class AgentStateChanged(Event):
    """A fact that the distributor decided.

    Attributes:
        was_s: seconds spent in the state `was` with reason `was_reason`.
    """

    agent: AgentId
    state: AgentState
    reason: str = ""
    was: AgentState = AgentState.SIGNED_OUT
    was_reason: str = ""
    was_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AgentScheduled(Event):
    """Their schedule asks something else of them from now on; told anew when the centre starts.

    Attributes:
        activity: "work", or the reason for which they should be not available; empty: nothing.
        for_s: how long it lasts by the schedule.
    """

    agent: AgentId
    activity: str
    for_s: float


@dataclass(frozen=True, slots=True)
class TrunkUp(Event):
    trunk: TrunkName


@dataclass(frozen=True, slots=True)
class TrunkDown(Event):
    trunk: TrunkName
    reason: str
