"""A party passed on by the one it speaks with: to a phone, through a trunk, to a queue or a flow.

Whoever passes on stays until it is known that somebody takes the call, and hears how that goes.
If nobody does, both are given back to each other; a caller whose other side has left meanwhile
goes on in the story as after any conversation.
"""

from calls.call import Call
from calls.numbers import Route
from calls.referral import Referral
from calls.scope import PassedOn
from calls.stories import dial, give_back
from ivr.caller import CallerGone


async def carry_out(call: Call, route: Route, referral: Referral) -> None:
    """The call's conversation is handed over, or goes on.

    Raises:
        PassedOn: the caller goes on in a story of its own.
    """
    talk = call.conversation
    assert talk is not None
    if route.kind in ("queue", "flow"):
        talk.hand_over()
        raise PassedOn(route.kind, route.target, route.number)
    again = not referral.replaces
    if again and await give_back.give_back(call, route.kind, route.target, route.number):
        talk.hand_over()
        give_back.end(call)
        raise CallerGone
    tell = talk.other.sip.refer_progress
    talk.suspend()
    reached = await dial.reach(
        call,
        route.kind,
        route.target,
        route.number,
        referral=referral,
        on_ring=lambda: tell(180),
    )
    if isinstance(reached, dial.NotReached):
        tell(reached.as_told)
        talk.go_on()
        return
    talk.hand_over()
    call.bridge(reached.leg, agent=reached.agent).tell_holds()
    call.tell_both()
