"""Where a call is in its story: a frozen value that each event of the call moves on.

Nothing else about a call has to outlive the process. It follows from the call's events alone; with
the snapshots of its legs, which `CallCheckpointed` holds, it starts the story again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from calls.recording_state import RecordingState, advance_recording
from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallerReplaced,
    CallHeld,
    CallResumed,
    CallRouted,
    CallTransferred,
    CallUnbridged,
    Direction,
    FlowLeft,
    LegDialled,
    LegEnded,
    LegJoined,
    NodeVisited,
    Side,
)
from events.event import Event
from events.ids import AgentId, CallId, EntryId, PartyId, PhoneId, QueueName, TrunkName
from events.queues import (
    CallAbandoned,
    CallEscalated,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
)
from events.secure_entry import SecureEntryBegan, SecureEntryEnded


class Stage(StrEnum):
    ARRIVED = "arrived"
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    DIALLING = "dialling"
    BRIDGED = "bridged"
    HELD = "held"
    FEATURE = "feature"
    ENDED = "ended"


TRANSFERRED: Final = "transferred"
"""Outcome of the node, and of the flow, that is left for another story."""


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
        waited_s: wait in queues up to here; it counts again if the bridge breaks.
        holders: sides that hold just now, at most one of each.
    """

    leg: str
    agent: AgentId | None
    entry: EntryId | None
    waited_s: float = 0.0
    holders: tuple[Side, ...] = ()


class CallState(NamedTuple):
    """All of one call that must outlive the process; `stage` follows from it.

    A tuple, as every other event of a call makes a new one.
    """

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
    open_legs: tuple[str, ...] = ()  # dialled, and not ended yet
    position: Mapping[str, Any] | None = None
    carried: Mapping[str, Any] | None = None
    """Variables of the flow that passed the call on, for the flow that it was passed on to; of a
    call-back, of the flow in which it was asked for."""
    entry: Entry | None = None
    bridge: Bridge | None = None
    passed_to: tuple[str, str, str] | None = None
    """(kind, target, number) that is dialled for a caller whom somebody passed on and left."""
    recording: RecordingState = RecordingState()
    secure_entry: bool = False
    """The caller types what nobody may know."""
    spoke: tuple[AgentId, ...] = ()
    """Agents who spoke with the caller and sent them up, the last one last."""

    @property
    def stage(self) -> Stage:
        if self.ended:
            return Stage.ENDED
        if self.bridge:
            return Stage.HELD if self.bridge.holders else Stage.BRIDGED
        return Stage.QUEUED if self.entry else _STAGE_OF_ROUTE[self.route_kind]

    @property
    def milestone(self) -> tuple[Stage, bool, str, tuple[Side, ...]]:
        """Changes whenever the snapshots of the legs must be taken anew."""
        leg, holders = (self.bridge.leg, self.bridge.holders) if self.bridge else ("", ())
        return self.stage, self.answered, leg, holders

    @property
    def collected(self) -> Mapping[str, Any]:
        """What flows have found out, here or in the call that asked for this one."""
        return (self.position or {}).get("variables") or self.carried or {}

    @property
    def engages_caller(self) -> bool:
        """Whether an agent is calling: busy for the distributor, but for feature codes."""
        return self.agent is not None and self.route_kind not in ("", "feature")

    def routed(
        self, kind: str, target: str, number: str, variables: Mapping[str, Any] | None = None
    ) -> Self:
        """Begin the story of this route at its beginning; `variables` come along."""
        return self._replace(
            route_kind=kind,
            route_target=target,
            route_number=number,
            position=None,
            carried=variables or (self.carried if kind == "flow" else None),
            passed_to=None,
        )


_STAGE_OF_ROUTE: Final = {
    "": Stage.ARRIVED,
    "flow": Stage.IN_FLOW,
    "queue": Stage.QUEUED,
    "phone": Stage.DIALLING,
    "trunk": Stage.DIALLING,
    "feature": Stage.FEATURE,
}


def arrived(event: CallArrived) -> CallState:
    """The first state of a call."""
    return CallState(
        event.call,
        event.direction,
        event.caller,
        event.dialled,
        trunk=event.trunk,
        phone=event.phone,
        agent=event.agent,
    )


def advance(state: CallState, event: Event, utc: float) -> CallState:
    """The state after an event of this call, which happened at `utc` (seconds since 1970)."""
    match event:
        case CallRouted(_, kind, target, number, variables):
            return state.routed(kind, target, number, variables)
        case CallAnswered():
            return state._replace(answered=True)
        case CallerReplaced():
            return state._replace(
                caller=event.caller,
                phone=event.phone,
                trunk=event.trunk,
                agent=event.agent,
                recording=replace(state.recording, basis=event.basis),
            )
        case FlowLeft(contained=contained):
            return state._replace(contained=contained)
        case NodeVisited(position=position, aside=aside) as visited:
            carried = position["variables"] if visited.outcome == TRANSFERRED else None
            if aside:
                return state
            return state._replace(position=position, carried=carried, passed_to=None)
        case CallQueued() as queued:
            return state._replace(entry=_entry(queued, utc))
        case LegDialled(_, leg) | LegJoined(_, leg):
            return state._replace(legs=state.legs + 1, open_legs=(*state.open_legs, leg))
        case LegEnded(_, leg):
            return state._replace(open_legs=tuple(each for each in state.open_legs if each != leg))
        case CallBridged(_, leg, agent, entry):
            bridge = Bridge(leg, agent, entry, _waited_s(state.entry, utc))
            return state._replace(bridge=bridge, served=True, passed_to=None)
        case CallTransferred(_, by, kind, target, number=number):
            passed_to = (kind, target, number) if by is not Side.SYSTEM else None
            return state._replace(served=True, passed_to=passed_to)
        case CallHeld(_, by):
            return _held(state, by)
        case CallResumed(_, by):
            return _resumed(state, by)
        case QueueAnswered() | CallAbandoned() | CallFlowedOut():
            return state._replace(entry=None)
        case CallUnbridged():
            return state._replace(bridge=None)
        case CallEscalated(spoke=spoke):
            return state._replace(spoke=spoke)
        case SecureEntryBegan():
            return state._replace(secure_entry=True)
        case SecureEntryEnded():
            return state._replace(secure_entry=False)
        case CallEnded():
            return state._replace(ended=True)
        case _:
            recording = advance_recording(state.recording, event)
            return state if recording is state.recording else state._replace(recording=recording)


def _waited_s(entry: Entry | None, utc: float) -> float:
    return 0.0 if entry is None else entry.waited_s + max(0.0, utc - entry.queued_at)


def _held(state: CallState, by: Side) -> CallState:
    bridge = state.bridge
    if bridge is None or by in bridge.holders:
        return state
    return state._replace(bridge=replace(bridge, holders=(*bridge.holders, by)))


def _resumed(state: CallState, by: Side) -> CallState:
    bridge = state.bridge
    if bridge is None:
        return state
    holders = tuple(side for side in bridge.holders if side is not by)
    return state._replace(bridge=replace(bridge, holders=holders))


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
