"""Who sits at which end of a call: legs that change places, take one over, or leave for another
call. All of it happens in one turn of the loop; the call's story goes on as if nothing had.
"""

from dataclasses import dataclass

from calls.call import Call
from calls.conversation import tell_media
from calls.ending import CANCELLED, NOT_REACHED, Ending
from calls.leg import Leg
from events.agents import AgentEngaged, AgentReleased
from events.calls import CallAnswered, CallCheckpointed, CallerReplaced, LegJoined, Side
from events.ids import AgentId, CallId, PartyId, PhoneId, TrunkName

TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who takes a place in a call.

    Attributes:
        leg: answered, or about to be in this turn.
        party: surrogate of who it is; `name` is how phones show them beside the leg's number.
        agent: who is on a direct call with this leg, and stays so.
        came_from: the call in which they were before.
        basis: on which they may be recorded, from there; what others were told is not theirs.
    """

    leg: Leg
    party: PartyId
    name: str = ""
    agent: AgentId | None = None
    came_from: CallId | None = None
    basis: str = ""


def exchange(call: Call, party: PartyId) -> None:
    """The caller and whom they speak with change places: a caller wants to pass the other on.

    Each agent stays as long as their leg. `party` is the surrogate of the other side.
    """
    talk, agent = call.conversation, call.state.agent
    assert talk is not None
    old, leg = call.leg, talk.give_up()
    if talk.agent is not None and talk.entry is not None:  # no queue's call for them any more
        call.happened(AgentReleased(talk.agent, call.id))
        call.happened(AgentEngaged(talk.agent, call.id))
    _seat(call, Newcomer(leg, party, agent=talk.agent))
    call.bridge(old, agent=agent).tell_holds()


def replace_caller(call: Call, newcomer: Newcomer, cause: str) -> None:
    """The call goes on with somebody else as its caller, in whatever stage it is."""
    old = call.leg
    if call.state.engages_caller and call.state.agent is not None:
        call.happened(AgentReleased(call.state.agent, call.id))
    if newcomer.agent is not None:
        call.happened(AgentEngaged(newcomer.agent, call.id))
    tell_joined(call, newcomer.leg, newcomer.agent)
    if not call.state.answered:
        call.hears_us = True
        call.happened(CallAnswered(call.id, call.services.clock() - call.began_at))
    if call.conversation is not None:
        call.conversation.caller_leaves()
    _seat(call, newcomer)
    if call.conversation is not None:
        call.conversation.caller_comes(newcomer.leg)
    elif call.ringing is not None:
        call.ringing.caller_replaced()
    if old.answered:
        old.hang_up(cause)
    else:
        old.reject(CANCELLED)
    tell_media(call.happened, call.id, old)
    call.checkpoint()


def replace_other(call: Call, leg: Leg, agent: AgentId | None) -> None:
    """The caller speaks with somebody else from now on; who did was let go, or goes with this."""
    assert call.conversation is not None
    tell_joined(call, leg, agent)
    call.conversation.hand_over()
    if agent is not None:  # after their release, if it is the same one at another phone
        call.happened(AgentEngaged(agent, call.id))
    call.bridge(leg, agent=agent).tell_holds()


def leave(call: Call) -> Leg:
    """The caller goes on in another call, and this one is over: its leg, still there."""
    assert call.conversation is None or call.conversation.is_over
    call.telling.after_hang_up = None
    call.end_without_caller(Ending(Side.AGENT, TRANSFERRED, NOT_REACHED))
    gone = {"language": call.language, "caller": None, "other": None}
    call.happened(CallCheckpointed(call.id, call.state.stage.value, gone))
    return call.leg


def tell_joined(call: Call, leg: Leg, agent: AgentId | None) -> None:
    """Log that a leg which we did not dial takes a place in the call."""
    kind, name = leg.line
    call.happened(LegJoined(call.id, leg.name, kind, name, agent, leg.sip.call_id))


def _seat(call: Call, newcomer: Newcomer) -> None:
    leg = newcomer.leg
    call.take_leg(leg)
    call.number, call.name = leg.number, newcomer.name
    kind, name = leg.line
    call.happened(
        CallerReplaced(
            call.id,
            leg.name,
            newcomer.party,
            PhoneId(name) if kind == "phone" else None,
            TrunkName(name) if kind == "trunk" else None,
            newcomer.agent,
            newcomer.came_from,
            newcomer.basis,
        )
    )
