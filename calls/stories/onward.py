"""Where a flow sends its caller: to a phone, out, to an agent, into a queue or another flow."""

from typing import Final, NoReturn

from calls.call import Call
from calls.numbers import Route
from calls.scope import PassedOn
from calls.stories import dial
from events.calls import CallTransferred, Side
from events.ids import AgentId
from ivr.caller import TransferOutcome

MAX_PASSED_ON: Final = 20
"""Times that flows may pass one call on; more are two flows that send it to each other."""


async def transfer(call: Call, route: Route) -> TransferOutcome:
    """Raises PassedOn: the caller goes on in a queue or another flow."""
    if route.kind in ("phone", "trunk"):
        return await dial.transfer(call, route.kind, route.target, route.number)
    if route.kind in ("queue", "flow") and call.times_passed_on < MAX_PASSED_ON:
        _pass_on(call, route)
    return TransferOutcome.FAILED


async def transfer_to_agent(call: Call, agent: AgentId) -> TransferOutcome:
    phone = call.services.desk.phone_of(agent) or ""
    if not phone and call.conversation is None:  # else it outlived a restart
        return TransferOutcome.FAILED
    return await dial.transfer(call, "phone", phone, phone)


def _pass_on(call: Call, route: Route) -> NoReturn:
    call.times_passed_on += 1
    call.happened(
        CallTransferred(call.id, Side.SYSTEM, route.kind, route.target, number=route.number)
    )
    raise PassedOn(route.kind, route.target, route.number)
