"""What a ladder says between its arrows, and how it calls the parties."""

from collections.abc import Mapping, Sequence
from typing import Final

from events.calls import (
    CallArrived,
    CallBridged,
    CallEnded,
    CallHeld,
    CallResumed,
    CallRouted,
    CallUnbridged,
    LegDialled,
    LegJoined,
    NodeVisited,
)
from events.event import Event, Recorded
from events.queues import CallAbandoned, CallFlowedOut, CallOffered, CallQueued, QueueAnswered

NOTED: Final = (
    *(
        CallArrived,
        CallRouted,
        NodeVisited,
        LegDialled,
        LegJoined,
        CallBridged,
        CallHeld,
        CallResumed,
    ),
    *(CallUnbridged, CallEnded, CallQueued, CallOffered, QueueAnswered),
    *(CallAbandoned, CallFlowedOut),
)
"""The events of a call that a ladder uses, for a note or for a name."""


def note(event: Event) -> str:
    """The event in a few words, "" if it needs none."""
    match event:
        case CallRouted(target_kind=kind, target=target):
            return f"to {kind} {target}"
        case NodeVisited(flow=flow, node=node, outcome=outcome):
            return f"{flow}: {node} → {outcome}"
        case CallQueued(queue=queue, priority=priority):
            return f"waits in {queue}" + (f", priority {priority}" if priority else "")
        case CallOffered(agent=agent):
            return f"offered to {agent}"
        case QueueAnswered(agent=agent, wait_s=wait_s):
            return f"talks with {agent}, waited {wait_s:.1f} s"
        case CallBridged(entry=None, sound=sound):
            return f"both can talk: {sound}" if sound else "both can talk"
        case CallBridged(sound=sound):
            return sound
        case CallHeld(by=by):
            return f"held by the {by}"
        case CallResumed(by=by):
            return f"resumed by the {by}"
        case CallUnbridged(by=by):
            return f"talk ended by the {by}"
        case CallAbandoned(wait_s=wait_s):
            return f"caller hung up after waiting {wait_s:.1f} s"
        case CallFlowedOut(reason=reason, wait_s=wait_s):
            return f"left the queue after {wait_s:.1f} s: {reason}"
        case CallEnded(outcome=outcome, hung_up_by=by):
            return f"ended: {outcome}, by the {by}"
        case _:
            return ""


def party_names(events: Sequence[Recorded]) -> Mapping[str, str]:
    """Who is at the other end of each dialog, by SIP Call-ID."""
    names: dict[str, str] = {}
    for recorded in events:
        match recorded.event:
            case CallArrived(sip_call_id=dialog, phone=phone, trunk=trunk):
                names[dialog] = _caller(phone, trunk)
            case (
                LegDialled(sip_call_id=dialog, target_kind=kind, target=target)
                | LegJoined(sip_call_id=dialog, target_kind=kind, target=target)
            ) if dialog:
                names[dialog] = f"{kind} {target}"
    return names


def _caller(phone: str | None, trunk: str | None) -> str:
    if phone is not None:
        return f"phone {phone}"
    return f"trunk {trunk}" if trunk is not None else "caller"
