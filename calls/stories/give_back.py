"""A caller passed on by their own carrier: REFER of ours, when both ways lie on one trunk.

The carrier then joins both parties itself, and no line of the trunk is in use any more. Whoever
does not want that refuses, and the call is bridged through us as on any other trunk.
"""

import asyncio

from calls.call import Call
from calls.ending import NOT_REACHED
from events.ids import TrunkName

TRANSFERRED = "transferred"


async def give_back(call: Call, kind: str, target: str, number: str) -> bool:
    """Whether the caller is talking there now; their leg is still to be ended then.

    Not asked of a carrier whose trunk does not say so, nor for a caller who is not answered yet:
    there is no dialog to send REFER in.
    """
    leg = call.leg
    if leg.line != (kind, target) or kind != "trunk" or not leg.answered:
        return False
    uri = call.services.dialler.referral(TrunkName(target), number)
    if uri is None:
        return False
    final: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def told(status: int) -> None:
        if status >= 200 and not final.done():
            final.set_result(status)

    leg.on_refer_report = told
    leg.sip.refer(uri)
    try:
        async with asyncio.timeout(call.services.settings.ring_phone_s):
            return await final < 300
    except TimeoutError:
        return False
    finally:
        leg.on_refer_report = lambda _: None


def end(call: Call) -> None:
    """The caller has somebody else; nothing of the call is left here."""
    call.end(TRANSFERRED, NOT_REACHED)
