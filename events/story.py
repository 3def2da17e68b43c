"""One call's events folded into its story: what the record of a call keeps.

Instants are seconds since 1970, durations seconds of the steady clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from events.calls import (
    CallAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallRang,
    CallResumed,
    CallRouted,
    CallTransferred,
    CallUnbridged,
    Direction,
    FlowEntered,
    FlowLeft,
    LegDialled,
    LegEnded,
    LegJoined,
    LegRang,
    MediaMeasured,
    NodeVisited,
    Outcome,
    Side,
)
from events.event import Event, Recorded
from events.ids import (
    AgentId,
    CallId,
    EntryId,
    FlowName,
    NodeName,
    OfferId,
    PartyId,
    PhoneId,
    QueueName,
    TrunkName,
)
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
    QueueAnswered,
    QueueCallHandled,
)

STEPS_TOLD: Final = 1000
"""A flow may loop for long; the story keeps its first so many steps."""


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a flow was left."""

    flow: FlowName
    node: NodeName
    outcome: str
    at: float


@dataclass(frozen=True, slots=True)
class OfferTold:
    offer: OfferId
    agent: AgentId
    at: float
    outcome: OfferOutcome | None = None


@dataclass(frozen=True, slots=True)
class QueueVisit:
    """One entry into a queue. `outcome`: "answered", "abandoned", "flowed_out", None: still there.

    `reason` says why it flowed out.
    """

    entry: EntryId
    queue: QueueName
    entered_at: float
    ended_at: float | None = None
    wait_s: float | None = None
    outcome: str | None = None
    reason: str = ""
    agent: AgentId | None = None
    offers: tuple[OfferTold, ...] = ()


@dataclass(frozen=True, slots=True)
class LegTold:
    """A leg that we dialled."""

    leg: str
    target_kind: str
    target: str
    agent: AgentId | None
    dialled_at: float
    rang_at: float | None = None
    bridged_at: float | None = None
    ended_at: float | None = None
    cause: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class SoundTold:
    """A leg's sound when it closed."""

    leg: str
    packets_sent: int
    packets_received: int
    packets_lost: int
    jitter_s: float
    mos: float | None
    codec: str = ""
    round_trip_s: float | None = None
    concealed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CallStory:
    """A whole call.

    Attributes:
        answered_at: our 200 to the caller.
        bridged_at: the first time that the caller heard a person.
        agent: the last one who spoke with the caller; `agents`: all, in order.
        wait_s: in all queues together.
        talk_s, hold_s: of all conversations, direct ones included; hold is any side's.
        wrap_up_s: of all agents together, as far as it ended.
        contained: a flow ended the call without needing anybody.
        ended_at, outcome, hung_up_by: None while the call lasts.
    """

    call: CallId
    direction: Direction
    caller: PartyId
    dialled: str
    sip_call_id: str
    trunk: TrunkName | None
    phone: PhoneId | None
    arrived_at: float
    target_kind: str = ""
    target: str = ""
    rang_at: float | None = None
    answered_at: float | None = None
    setup_s: float | None = None
    bridged_at: float | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    hung_up_by: Side | None = None
    cause: str = ""
    status: int | None = None
    queue: QueueName | None = None
    agent: AgentId | None = None
    agents: tuple[AgentId, ...] = ()
    wait_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    wrap_up_s: float = 0.0
    transfers: int = 0
    contained: bool = False
    flows: tuple[FlowName, ...] = ()
    path: tuple[Step, ...] = ()
    queues: tuple[QueueVisit, ...] = ()
    legs: tuple[LegTold, ...] = ()
    sounds: tuple[SoundTold, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.outcome is not None

    @property
    def duration_s(self) -> float | None:
        """From the INVITE to the end, by the wall clock."""
        return None if self.ended_at is None else max(0.0, self.ended_at - self.arrived_at)

    def as_json(self) -> dict[str, Any]:
        """JSON values only: enums are their texts."""
        parts = {
            "path": [_fields(step) for step in self.path],
            "queues": [_visit_json(visit) for visit in self.queues],
            "legs": [_fields(leg) for leg in self.legs],
            "sounds": [_fields(sound) for sound in self.sounds],
        }
        return _fields(self) | parts


def _visit_json(visit: QueueVisit) -> dict[str, Any]:
    return _fields(visit) | {"offers": [_fields(offer) for offer in visit.offers]}


def _fields(value: Any) -> dict[str, Any]:
    """The fields as they are; `asdict` would copy whatever they hold, piece by piece."""
    return {name: getattr(value, name) for name in value.__slots__}


class NoStory(ValueError):
    """The events are not those of a call: it never arrived."""


def tell(log: Iterable[Recorded]) -> CallStory:
    """Fold the events of one call, in order; those of other calls must be left out.

    Works at any moment of a call from its arrival on; wrap-up comes after its end. A call-back's
    place is queued, offered and an agent's phone dialled before the customer arrives: the log
    begins with that then.

    Raises:
        NoStory: there are none, or no `CallArrived` among them.
    """
    told = tuple(log)
    if not told:
        raise NoStory("no events")
    arrival = next((each for each in told if isinstance(each.event, CallArrived)), None)
    if arrival is None:
        raise NoStory(f"nobody arrived; the first event is {told[0].event.kind}")
    teller = _StoryTeller(arrival)
    for recorded in told:
        teller.observe(recorded)
    return teller.story


class _StoryTeller:
    """The fold, event by event. `story` is handed out once all were observed."""

    def __init__(self, arrival: Recorded) -> None:
        """Begin with the `CallArrived`; what was before it is observed after it."""
        event = arrival.event
        assert isinstance(event, CallArrived), event
        self.story = CallStory(
            call=event.call,
            direction=event.direction,
            caller=event.caller,
            dialled=event.dialled,
            sip_call_id=event.sip_call_id,
            trunk=event.trunk,
            phone=event.phone,
            arrived_at=arrival.utc,
        )
        self._bridged_leg: str | None = None
        self._holders: set[Side] = set()
        self._offers_ahead: dict[EntryId, tuple[OfferTold, ...]] = {}
        """Of a call-back's place, before its customer is in the queue."""
        self._changed_at = 0.0  # steady: start of the talk or hold that runs
        self._tellers: dict[type[Event], Callable[[Any, Recorded], None]] = {
            CallRouted: self._routed,
            CallRang: self._rang,
            CallAnswered: self._answered,
            FlowEntered: self._flow_entered,
            NodeVisited: self._node_visited,
            FlowLeft: self._flow_left,
            CallQueued: self._queued,
            CallOffered: self._offered,
            OfferClosed: self._offer_closed,
            QueueAnswered: self._left_queue,
            CallAbandoned: self._left_queue,
            CallFlowedOut: self._left_queue,
            QueueCallHandled: self._handled,
            LegDialled: self._leg_dialled,
            LegJoined: self._leg_dialled,
            LegRang: self._leg_rang,
            LegEnded: self._leg_ended,
            CallBridged: self._bridged,
            CallHeld: self._held,
            CallResumed: self._held,
            CallUnbridged: self._unbridged,
            CallTransferred: self._transferred,
            MediaMeasured: self._measured,
            CallEnded: self._ended,
        }

    def observe(self, recorded: Recorded) -> None:
        """Take the call's next event; kinds that a story does not tell change nothing."""
        teller = self._tellers.get(type(recorded.event))
        if teller is not None:
            teller(recorded.event, recorded)

    def _tell(self, **changes: Any) -> None:
        """In place: nobody else has the story yet, and a copy for each event would cost most."""
        for name, value in changes.items():
            object.__setattr__(self.story, name, value)

    def _routed(self, event: CallRouted, at: Recorded) -> None:
        if not self.story.target_kind:  # later ones are transfers
            self._tell(target_kind=event.target_kind, target=event.target)

    def _rang(self, event: CallRang, at: Recorded) -> None:
        if self.story.rang_at is None:  # it is repeated every minute
            self._tell(rang_at=at.utc)

    def _answered(self, event: CallAnswered, at: Recorded) -> None:
        self._tell(answered_at=at.utc, setup_s=event.setup_s)

    def _flow_entered(self, event: FlowEntered, at: Recorded) -> None:
        self._tell(flows=(*self.story.flows, event.flow))

    def _node_visited(self, event: NodeVisited, at: Recorded) -> None:
        if len(self.story.path) < STEPS_TOLD:
            step = Step(event.flow, event.node, event.outcome, at.utc)
            self._tell(path=(*self.story.path, step))

    def _flow_left(self, event: FlowLeft, at: Recorded) -> None:
        self._tell(contained=event.contained)

    def _queued(self, event: CallQueued, at: Recorded) -> None:
        offers = self._offers_ahead.pop(event.entry, ())
        visit = QueueVisit(event.entry, event.queue, at.utc, offers=offers)
        self._tell(queues=(*self.story.queues, visit), queue=event.queue)

    def _offered(self, event: CallOffered, at: Recorded) -> None:
        told = OfferTold(event.offer, event.agent, at.utc)
        if all(visit.entry != event.entry for visit in self.story.queues):
            self._offers_ahead[event.entry] = (*self._offers_ahead.get(event.entry, ()), told)
            return
        self._tell_visits(lambda v: v.entry == event.entry, lambda v: {"offers": (*v.offers, told)})

    def _offer_closed(self, event: OfferClosed, at: Recorded) -> None:
        def closed(offers: tuple[OfferTold, ...]) -> tuple[OfferTold, ...]:
            return tuple(
                replace(told, outcome=event.outcome) if told.offer == event.offer else told
                for told in offers
            )

        ahead = self._offers_ahead
        self._offers_ahead = {entry: closed(offers) for entry, offers in ahead.items()}
        self._tell_visits(
            lambda visit: visit.queue == event.queue, lambda visit: {"offers": closed(visit.offers)}
        )

    def _left_queue(
        self, event: QueueAnswered | CallAbandoned | CallFlowedOut, at: Recorded
    ) -> None:
        outcomes = {
            QueueAnswered: "answered",
            CallAbandoned: "abandoned",
            CallFlowedOut: "flowed_out",
        }
        end = {
            "ended_at": at.utc,
            "wait_s": event.wait_s,
            "outcome": outcomes[type(event)],
            "reason": event.reason if isinstance(event, CallFlowedOut) else "",
            "agent": event.agent if isinstance(event, QueueAnswered) else None,
        }
        self._tell_visits(lambda visit: visit.entry == event.entry, lambda _: end)
        self._tell(wait_s=self.story.wait_s + event.wait_s)

    def _handled(self, event: QueueCallHandled, at: Recorded) -> None:
        self._tell(wrap_up_s=self.story.wrap_up_s + event.wrap_up_s)

    def _leg_dialled(self, event: LegDialled | LegJoined, at: Recorded) -> None:
        leg = LegTold(event.leg, event.target_kind, event.target, event.agent, at.utc)
        self._tell(legs=(*self.story.legs, leg))

    def _leg_rang(self, event: LegRang, at: Recorded) -> None:
        self._tell_leg(event.leg, rang_at=at.utc)

    def _leg_ended(self, event: LegEnded, at: Recorded) -> None:
        self._tell_leg(event.leg, ended_at=at.utc, cause=event.cause, status=event.status)

    def _bridged(self, event: CallBridged, at: Recorded) -> None:
        self._count_time(at.steady)
        self._bridged_leg = event.leg
        self._holders.clear()
        self._changed_at = at.steady
        self._tell_leg(event.leg, bridged_at=at.utc)
        if self.story.bridged_at is None:
            self._tell(bridged_at=at.utc)
        if event.agent is not None:
            agents = self.story.agents
            known = agents if event.agent in agents else (*agents, event.agent)
            self._tell(agent=event.agent, agents=known)

    def _held(self, event: CallHeld | CallResumed, at: Recorded) -> None:
        self._count_time(at.steady)
        if isinstance(event, CallHeld):
            self._holders.add(event.by)
        else:
            self._holders.discard(event.by)

    def _unbridged(self, event: CallUnbridged, at: Recorded) -> None:
        if event.leg == self._bridged_leg:
            self._count_time(at.steady)
            self._bridged_leg = None

    def _transferred(self, event: CallTransferred, at: Recorded) -> None:
        self._tell(transfers=self.story.transfers + 1)

    def _measured(self, event: MediaMeasured, at: Recorded) -> None:
        sound = SoundTold(
            leg=event.leg,
            packets_sent=event.packets_sent,
            packets_received=event.packets_received,
            packets_lost=event.packets_lost,
            jitter_s=event.jitter_s,
            mos=event.mos,
            codec=event.codec,
            round_trip_s=event.round_trip_s,
            concealed_s=event.concealed_s,
        )
        self._tell(sounds=(*self.story.sounds, sound))

    def _ended(self, event: CallEnded, at: Recorded) -> None:
        self._count_time(at.steady)
        self._bridged_leg = None
        self._tell(
            ended_at=at.utc,
            outcome=event.outcome,
            hung_up_by=event.hung_up_by,
            cause=event.cause,
            status=event.status,
        )

    def _count_time(self, steady: float) -> None:
        if self._bridged_leg is None:
            return
        passed_s = max(0.0, steady - self._changed_at)  # a restart may set the clock back
        self._changed_at = steady
        if self._holders:
            self._tell(hold_s=self.story.hold_s + passed_s)
        else:
            self._tell(talk_s=self.story.talk_s + passed_s)

    def _tell_visits(
        self,
        which: Callable[[QueueVisit], bool],
        changes: Callable[[QueueVisit], dict[str, Any]],
    ) -> None:
        visits = (replace(v, **changes(v)) if which(v) else v for v in self.story.queues)
        self._tell(queues=tuple(visits))

    def _tell_leg(self, name: str, **changes: Any) -> None:
        legs = (replace(leg, **changes) if leg.leg == name else leg for leg in self.story.legs)
        self._tell(legs=tuple(legs))
