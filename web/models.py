"""What the API takes and gives. The OpenAPI document is made of these."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Health(Model):
    status: Literal["ok"] = "ok"


class Readiness(Model):
    ready: bool
    reasons: list[str]
    """Why not, one phrase each."""


class Agent(Model):
    id: str
    name: str
    state: str
    reason: str
    for_s: float
    """Seconds in this state."""
    phone: str | None
    reachable: bool
    """Whether the phone has a usable registration."""
    call: str | None
    queue: str | None
    """Of the call or offer."""


class Agents(Model):
    agents: list[Agent]


class AgentFigures(Model):
    """What an agent did in a period. Ratios are null where there is nothing to divide by."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    agent: str
    time: dict[str, float]
    """Seconds by state."""
    scheduled_s: float
    adherent_s: float
    """Of the scheduled time, in which they did what was scheduled."""
    adherence: float | None
    occupancy: float | None
    availability: float | None


class AgentReport(Model):
    agents: list[AgentFigures]


class Period(Model):
    """Seconds since 1970."""

    begin: float = Field(ge=0)
    end: float = Field(ge=0)
    """Not included."""


class SignIn(Model):
    phone: str = Field(min_length=1, max_length=64)
    pin: str = Field(min_length=1, max_length=32)


class Forced(Model):
    by: str = Field(default="", max_length=64)
    """The supervisor who does it; empty: the agent."""


class NotAvailable(Forced):
    reason: str = Field(default="", max_length=64)
    """One of `calls.not_available_reasons`, or none."""


class Extension(Model):
    by_s: float = Field(gt=0, le=3600)
    """Seconds more, within the queue's `wrap_up_max_s`."""


class Queue(Model):
    name: str
    waiting: int
    ringing: int
    """Of those waiting: an agent's phone rings for them."""
    longest_wait_s: float
    able: int
    """Agents in service who can take the queue's calls."""
    available: int
    """Of these, how many are free."""
    closed: dict[str, str]
    """What keeps it closed ("hours", "operator") and why; empty when it is open."""
    expected_wait_s: float | None
    """Of who would enter now; null is unknown."""


class CloseQueue(Model):
    reason: str = Field(default="", max_length=200)
    by: str = Field(default="", max_length=64)
    """Who closes it."""
    waiting: Literal["leave", "serve"] = "leave"
    """Whether those who wait leave at once, or are served to the last."""


class OpenQueue(Model):
    by: str = Field(default="", max_length=64)


class Queues(Model):
    queues: list[Queue]


class LiveCall(Model):
    """A call that is going on."""

    id: str
    direction: str
    stage: str
    number: str
    """The caller's; empty if withheld."""
    name: str
    dialled: str
    queue: str | None
    agent: str | None
    arrived_at: float
    """Seconds since 1970."""


class PastCall(Model):
    """A call's record. Instants are seconds since 1970, null if it never came to that."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    id: str
    direction: str
    caller_number: str
    caller_name: str
    dialled: str
    trunk: str | None
    phone: str | None
    """The calling phone, if one of ours called."""
    target_kind: str
    target: str
    """Where the numbering plan led first, e.g. "flow" and "main"."""
    queue: str | None
    agent: str | None
    outcome: str | None
    hung_up_by: str | None
    cause: str | None
    status: int | None
    arrived_at: float
    answered_at: float | None
    bridged_at: float | None
    ended_at: float | None
    wait_s: float
    """In all queues together."""
    talk_s: float
    hold_s: float
    wrap_up_s: float


class Calls(Model):
    live: list[LiveCall]
    past: list[PastCall]
    """Newest first."""
    next: int | None
    """`before` of the next page of `past`; null on the last page."""


class Escalated(Model):
    call: str


class CallQuery(Model):
    """Filters of the list of calls."""

    queue: str | None = Field(default=None, max_length=128)
    agent: str | None = Field(default=None, max_length=128)
    trunk: str | None = Field(default=None, max_length=128)
    direction: Literal["inbound", "outbound", "internal"] | None = None
    outcome: (
        Literal["answered", "contained", "abandoned", "rejected", "cancelled", "failed"] | None
    ) = None
    number: str | None = Field(default=None, max_length=128)
    """The caller's, exactly."""
    arrived_from: float | None = None
    """Seconds since 1970."""
    arrived_to: float | None = None
    before: int | None = None
    """`next` of the page before."""
    limit: int = Field(default=50, ge=1, le=500)


class CallEvent(Model):
    seq: int
    utc: float
    """Seconds since 1970."""
    kind: str
    fields: dict[str, Any]


class CallStory(Model):
    """Everything that is known about a call."""

    call: PastCall
    story: dict[str, Any]
    events: list[CallEvent]


class LadderQuery(Model):
    width: int = Field(default=100, ge=60, le=200)


class EventQuery(Model):
    """Which events to send; none means all."""

    call: str | None = Field(default=None, max_length=128)
    kinds: str | None = Field(default=None, max_length=1_000)
    """Event kinds, separated by commas."""


class ProblemDetails(Model):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
