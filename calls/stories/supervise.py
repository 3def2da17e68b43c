"""A supervisor's call by feature code: they hear the agent whose number follows the code."""

from calls.call import Call
from calls.ending import NOT_REACHED
from calls.first_of import first_of
from calls.problems import Refused
from calls.supervision.supervision import Supervision
from events.ids import PhoneId
from events.supervision import Mode

MODES = frozenset(Mode)
"""As `feature:` in the numbering plan names them."""


async def supervise(call: Call, phone: PhoneId) -> None:
    """Stay until the supervisor hangs up or the supervised call is over.

    Raises:
        Refused: nobody talks there, the phone may not, or somebody supervises there already.
    """
    supervisors = call.services.supervisors
    supervised = supervisors.call_with(call.state.route_number)
    if supervised.id == call.id:
        raise Refused("nobody supervises their own call")
    mode = Mode(call.state.route_target)
    supervision = supervisors.join(supervised, call.leg, mode, phone)
    try:
        await first_of(_switch(call, supervision), _until_over(supervision))
    finally:
        supervision.end("hung_up")
        call.end("normal", NOT_REACHED)


async def _switch(call: Call, supervision: Supervision) -> None:
    while True:
        await call.digits.any_pressed()
        key = await call.digits.read(at_most=1, first_within_s=0.0, between_s=0.0, terminator="")
        supervision.press(key)


async def _until_over(supervision: Supervision) -> None:
    await supervision.over()
