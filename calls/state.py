"""Where a call is in its story: a frozen value that each event of the call moves on.

Nothing else about a call has to outlive the process. `to_json` and `from_json` carry it through
`CallCheckpointed`; with the snapshots of its legs it starts the story again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

from events.calls import (
    CallAnswered,
    CallBridged,
    CallEnded,
    CallRouted,
    CallUnbridged,
    Direction,
    FlowLeft,
    LegDialled,
    NodeVisited,
)
from events.event import Event
from events.ids import AgentId, CallId, EntryId, PartyId, PhoneId, QueueName, TrunkName
from events.queues import CallAbandoned, CallFlowedOut, CallQueued, QueueAnswered


class Stage(StrEnum):
    ARRIVED = "arrived"
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    DIALLING = "dialling"
    BRIDGED = "bridged"
    FEATURE = "feature"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry into a queue that is still open. `queued_at` is UTC: it outlives the process."""

    entry: EntryId
    queue: QueueName
    skills: Mapping[str, int]
    languages: tuple[str, ...]
    priority: int
    queued_at: float
    waited_s: float


@dataclass(frozen=True, slots=True)
class Bridge:
    """Who the caller is bridged with, or will be: the other leg.

    Attributes:
        entry: the queue entry that was answered with it, None for direct calls.
    """

    leg: str
    agent: AgentId | None
    entry: EntryId | None


@dataclass(frozen=True, slots=True)
class CallState:
    """All of one call that must outlive the process; `stage` follows from it."""

    call: CallId
    direction: Direction
    caller: PartyId
    dialled: str
    trunk: TrunkName | None = None
    phone: PhoneId | None = None
    agent: AgentId | None = None
    ended: bool = False
    route_kind: str = ""
    route_target: str = ""
    route_number: str = ""
    answered: bool = False
    served: bool = False  # somebody spoke with the caller
    contained: bool = False  # the flow ended the call by itself
    legs: int = 0
    position: Mapping[str, Any] | None = None
    entry: Entry | None = None
    bridge: Bridge | None = None

    @property
    def stage(self) -> Stage:
        if self.ended:
            return Stage.ENDED
        if self.bridge:
            return Stage.BRIDGED
        return Stage.QUEUED if self.entry else _STAGE_OF_ROUTE[self.route_kind]

    def routed(self, kind: str, target: str, number: str) -> Self:
        return replace(self, route_kind=kind, route_target=target, route_number=number)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError when `data` was not made by `to_json`."""
        entry, bridge = data["entry"], data["bridge"]
        made: dict[str, Any] = {
            **data,
            "direction": Direction(data["direction"]),
            "entry": Entry(**{**entry, "languages": tuple(entry["languages"])}) if entry else None,
            "bridge": Bridge(**bridge) if bridge else None,
        }
        return cls(**made)


_STAGE_OF_ROUTE: Final = {
    "": Stage.ARRIVED,
    "flow": Stage.IN_FLOW,
    "queue": Stage.QUEUED,
    "phone": Stage.DIALLING,
    "trunk": Stage.DIALLING,
    "feature": Stage.FEATURE,
}


def advance(state: CallState, event: Event, utc: float) -> CallState:
    """The state after an event of this call, which happened at `utc` (seconds since 1970)."""
    match event:
        case CallRouted(_, kind, target, number):
            return state.routed(kind, target, number)
        case CallAnswered():
            return replace(state, answered=True)
        case FlowLeft(contained=contained):
            return replace(state, contained=contained)
        case NodeVisited(position=position):
            return replace(state, position=position)
        case CallQueued() as queued:
            return replace(state, entry=_entry(queued, utc))
        case LegDialled():
            return replace(state, legs=state.legs + 1)
        case CallBridged(_, leg, agent, entry):
            return replace(state, bridge=Bridge(leg, agent, entry), served=True)
        case QueueAnswered() | CallAbandoned() | CallFlowedOut():
            return replace(state, entry=None)
        case CallUnbridged():
            return replace(state, bridge=None)
        case CallEnded():
            return replace(state, ended=True)
        case _:
            return state


def _entry(queued: CallQueued, utc: float) -> Entry:
    return Entry(
        entry=queued.entry,
        queue=queued.queue,
        skills=queued.skills,
        languages=queued.languages,
        priority=queued.priority,
        queued_at=utc,
        waited_s=queued.waited_s,
    )
