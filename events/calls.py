"""A call from its first message to its last, apart from its time in queues (`events.queues`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from events.event import Event
from events.ids import AgentId, CallId, EntryId, FlowName, NodeName, PartyId, PhoneId, TrunkName


class Direction(StrEnum):
    INBOUND = "inbound"  # from a trunk
    OUTBOUND = "outbound"  # from a phone through a trunk
    INTERNAL = "internal"  # from a phone to a phone, flow, queue or feature code


class Outcome(StrEnum):
    """How a call ended, as its record and `sentral_calls_total` say it."""

    ANSWERED = "answered"  # spoke with an agent or a phone
    CONTAINED = "contained"  # ended by the flow, nobody else needed
    UNSERVED = "unserved"  # wanted somebody, got nobody: the queue or transfer gave them back
    ABANDONED = "abandoned"  # the caller hung up in a flow or a queue
    REJECTED = "rejected"  # never answered: unknown number, busy, limit, not allowed
    CANCELLED = "cancelled"  # the caller gave up before anything answered
    FAILED = "failed"  # our fault, or the other side's after the answer


class Side(StrEnum):
    """Who did something on a call."""

    CALLER = "caller"
    AGENT = "agent"  # or the called phone or trunk
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class CallArrived(Event):
    """An INVITE was admitted: somebody is calling."""

    call: CallId
    direction: Direction
    caller: PartyId
    dialled: str
    sip_call_id: str
    trunk: TrunkName | None = None
    phone: PhoneId | None = None
    """The calling phone, if one of ours called."""
    agent: AgentId | None = None
    """Who was signed in at the calling phone."""


@dataclass(frozen=True, slots=True)
class CallRouted(Event):
    """The numbering plan found where the dialled number leads, e.g. ("flow", "main")."""

    call: CallId
    target_kind: str
    target: str
    number: str
    """What was dialled, or what goes out through the trunk."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What a flow found out in the call that asked for this one."""


@dataclass(frozen=True, slots=True)
class CallRang(Event):
    """We sent 180 (or 183 when `early_media`)."""

    call: CallId
    early_media: bool = False


@dataclass(frozen=True, slots=True)
class CallAnswered(Event):
    """We sent 200 to the caller: both can speak, and the caller may be paying."""

    call: CallId
    setup_s: float
    """INVITE received to 200 sent."""


@dataclass(frozen=True, slots=True)
class FlowEntered(Event):
    call: CallId
    flow: FlowName
    version: str
    """Content hash of the flow: a call finishes on the version that it began."""


@dataclass(frozen=True, slots=True)
class NodeVisited(Event):
    """A node was left. `position` is where the flow goes on; enough to continue after a crash."""

    call: CallId
    flow: FlowName
    node: NodeName
    outcome: str
    """How it was left: "next", a key, "no_input", "no_match", "hang_up", "error"."""
    position: Mapping[str, Any] = field(default_factory=dict)
    aside: bool = False
    """In a flow beside a wait in a queue; the call itself stays in its queue node."""


@dataclass(frozen=True, slots=True)
class FlowLeft(Event):
    """`contained`: the flow ended the call without needing anybody."""

    call: CallId
    flow: FlowName
    outcome: str
    contained: bool = False


@dataclass(frozen=True, slots=True)
class LegDialled(Event):
    """An INVITE left us: to an agent's phone, a phone or a trunk.

    Attributes:
        leg: "<call>-<n>", n counting from 1.
        offer_latency_s: from the distributor's decision to the INVITE on the wire; None without
            an offer.
    """

    call: CallId
    leg: str
    target_kind: str
    target: str
    agent: AgentId | None = None
    offer_latency_s: float | None = None
    sip_call_id: str = ""
    """Call-ID of the leg's dialog: a trace finds its messages by it."""


@dataclass(frozen=True, slots=True)
class LegRang(Event):
    call: CallId
    leg: str


@dataclass(frozen=True, slots=True)
class LegEnded(Event):
    """`cause`: "hung_up", "cancelled", "busy", "no_answer", "rejected", "unreachable", "failed"."""

    call: CallId
    leg: str
    cause: str
    status: int | None = None
    """SIP status of the final response, if it was a failure."""


@dataclass(frozen=True, slots=True)
class CallBridged(Event):
    """Caller and a leg hear each other. With an `entry`, this is the queue's *answered*."""

    call: CallId
    leg: str
    agent: AgentId | None = None
    entry: EntryId | None = None
    sound: str = ""
    """What becomes of the sound between the two, and why, e.g. "PCMU passes through"."""


@dataclass(frozen=True, slots=True)
class CallerReplaced(Event):
    """Another leg is the caller's from now on: whoever called passed the other side on.

    Attributes:
        leg: of the new caller.
        caller, phone, trunk, agent: who that is, as in `CallArrived`.
        came_from: the call in which they were before, if it was another one.
        basis: what they were told there, as in `RecordingPermitted`; "" for nothing.
    """

    call: CallId
    leg: str
    caller: PartyId
    phone: PhoneId | None = None
    trunk: TrunkName | None = None
    agent: AgentId | None = None
    came_from: CallId | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class LegJoined(Event):
    """A leg that we did not dial takes a place in the call: it picked up, or was passed on to it.

    Attributes:
        target_kind, target: its phone or trunk.
        sip_call_id: as in `LegDialled`.
    """

    call: CallId
    leg: str
    target_kind: str
    target: str
    agent: AgentId | None = None
    sip_call_id: str = ""


@dataclass(frozen=True, slots=True)
class CallHeld(Event):
    call: CallId
    by: Side


@dataclass(frozen=True, slots=True)
class CallResumed(Event):
    call: CallId
    by: Side


@dataclass(frozen=True, slots=True)
class CallUnbridged(Event):
    """The conversation ended; talk and hold stop here."""

    call: CallId
    leg: str
    by: Side
    agent: AgentId | None = None
    entry: EntryId | None = None


@dataclass(frozen=True, slots=True)
class CallCheckpointed(Event):
    """A stage of the call's story begins: all that is needed to start the story here again.

    `state` holds the frozen state of `calls.state` and the snapshots of dialogs and media legs.
    """

    call: CallId
    stage: str
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallEnded(Event):
    """The last event of a call. `cause` is a short word: "hung_up", "not_found", "rtp_timeout" …"""

    call: CallId
    direction: Direction
    outcome: Outcome
    hung_up_by: Side
    cause: str
    status: int | None = None
    """SIP status of our final response, if the call was never answered."""
    trunk: TrunkName | None = None


@dataclass(frozen=True, slots=True)
class MediaMeasured(Event):
    """A leg's sound when it closed: packets, loss and jitter as RFC 3550 §6.4.1 and A.8."""

    call: CallId
    leg: str
    packets_sent: int
    packets_received: int
    packets_lost: int
    jitter_s: float
    mos: float | None = None
    """E-model estimate, ITU-T G.107; None when nothing was received."""
    codec: str = ""
    round_trip_s: float | None = None
    """From RTCP; None if the peer sends none."""
    concealed_s: float = 0.0
    """Sound that stood in for missing packets, where sound was decoded."""


@dataclass(frozen=True, slots=True)
class CallTransferred(Event):
    """Someone passed the call on: the `transferred` of METRICS.md.

    `by`: the agent, or the system when a flow did. `agent` is the one who passed it on, with the
    `entry` of the conversation, if any.
    """

    call: CallId
    by: Side
    target_kind: str
    target: str
    agent: AgentId | None = None
    entry: EntryId | None = None
    number: str = ""
    """As in `CallRouted`."""
