"""What the distributor knows about callers, agents and offers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from acd.settings import AgentProfile
from events.agents import AgentState
from events.ids import AgentId, CallId, EntryId, OfferId, PhoneId, QueueName

Urgency: TypeAlias = tuple[float, float, int]
"""Sort key of a waiting call, smallest first: when it is due (start of its wait − priority ·
slope), start of its wait, order of arrival. Time-free: it never changes while the call waits, so
a heap of it stays valid and rounding cannot swap two calls between one look and the next."""

Idleness: TypeAlias = tuple[float, AgentId]
"""Sort key of a ready agent, smallest first: idle since, then id."""


class Place(StrEnum):
    """Where an entry is; always exactly one."""

    WAITING = "waiting"
    OFFERED = "offered"  # an agent's phone rings for it
    CONNECTING = "connecting"  # that phone answered, the bridge is being built
    LEAVING = "leaving"  # told to leave, `CallFlowedOut` is on its way


@dataclass(slots=True)
class Entry:
    """One entry of a call into a queue, until it is answered, abandoned or flows out."""

    id: EntryId
    call: CallId
    queue: QueueName
    skills: Mapping[str, int]
    languages: tuple[str, ...]
    priority: int
    queued_at: float
    waited_s: float  # brought along from before this entry
    arrival: int  # counts up over all queues
    place: Place = Place.WAITING
    offers: list[OfferId] = field(default_factory=list)  # its group: phones that ring for it
    is_callback: bool = False  # nobody is on the line yet
    due_out: str = ""  # why it leaves if the phones that ring do not take it
    refused: dict[AgentId, float] = field(default_factory=dict)  # who rejected it, until when
    urgency: Urgency = (0.0, 0.0, 0)
    any_of: tuple[Mapping[str, int], ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    excluded: tuple[AgentId, ...] = ()
    kept_for: AgentId | None = None  # nobody else may have it, until a timer says so
    step: int = 0  # relaxation steps that it has reached
    relaxes_from: float = 0.0  # start of the wait that relaxation counts
    came_at: float | None = None  # when a customer who is called back came to the line

    @property
    def here_since(self) -> float:
        """Since when somebody waits on the line, or for a call-back: since it was queued."""
        return self.queued_at if self.came_at is None else self.came_at


@dataclass(slots=True)
class Offer:
    id: OfferId
    entry: EntryId
    agent: AgentId
    answered: bool = False
    picked_up: bool = False  # and not answered yet: the agent hears whom they get


@dataclass(slots=True)
class Conversation:
    """An agent with a call from a queue, wrap-up included. Instants are steady seconds."""

    call: CallId
    entry: EntryId
    queue: QueueName
    began_at: float
    changed_at: float  # start of the talk or hold that runs
    holders: list[str] = field(default_factory=list)  # sides that hold, at most one of each
    talk_s: float = 0.0
    hold_s: float = 0.0
    ended_at: float | None = None


@dataclass(slots=True)
class Agent:
    id: AgentId
    profile: AgentProfile
    since: float  # start of `state` with `reason`
    state: AgentState = AgentState.SIGNED_OUT
    reason: str = ""
    phone: PhoneId | None = None
    reachable: bool = False
    idle_since: float = 0.0
    idle_before_s: float = 0.0  # idle time from before a direct call, kept through it
    offer: OfferId | None = None
    conversation: Conversation | None = None
    engaged: list[CallId] = field(default_factory=list)  # direct calls
    pending: tuple[AgentState, str] | None = None  # state and reason after the call
    failures: int = 0  # offers that failed in a row
    calls: int = 0  # from queues, since they signed in
    turn: int = 0  # number of the last offer that rang them
    occupied_s: float = 0.0  # on calls and in wrap-up, since they signed in
    signed_in_at: float = 0.0
    occupancy: float = 0.0  # when they were last freed
    dismissed: bool = False  # no longer configured: forgotten once signed out


@dataclass(frozen=True, slots=True)
class AgentView:
    id: AgentId
    state: AgentState
    reason: str
    since: float
    phone: PhoneId | None
    reachable: bool
    call: CallId | None
    """From a queue, or the direct call."""
    offer: OfferId | None
    queue: QueueName | None
    """Of the call or offer."""
    idle_since: float | None
    """None unless available or offered."""
    rests_until: float | None
    """End of a back-off."""
    pending: AgentState | None


@dataclass(frozen=True, slots=True)
class QueueView:
    name: QueueName
    waiting: int
    """Entries neither answered, abandoned nor flowed out, ringing ones included: METRICS.md."""
    offered: int
    """Of these, how many have a phone ringing or being connected."""
    oldest_queued_at: float | None
    able: int
    """Agents in service (signed in, reachable, neither away now nor after their call) who have
    the queue's own skills."""
    able_available: int
    """Of these, how many are available."""
    closed: Mapping[str, str] = field(default_factory=dict)
    """What keeps it closed, and why; nothing when it is open."""
    callbacks: int = 0
    """Beside those waiting: customers who keep a place and are not on the line."""
    expected_wait_s: float | None = None
    """Of who would enter now; None is unknown."""

    def longest_wait_s(self, now: float) -> float:
        return 0.0 if self.oldest_queued_at is None else max(0.0, now - self.oldest_queued_at)


@dataclass(frozen=True, slots=True)
class WaitingView:
    call: CallId
    entry: EntryId
    queue: QueueName
    place: Place
    position: int | None
    """From 1; None when it is leaving."""
    queued_at: float
    waited_s: float
    priority: int
    offers: tuple[OfferId, ...]
    agents: tuple[AgentId, ...]
    """Whose phones ring, in the same order."""
