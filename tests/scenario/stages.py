"""How far a call has come when the process dies."""

from collections.abc import Awaitable, Callable
from typing import Final

from events.calls import (
    CallBridged,
    CallEnded,
    CallHeld,
    LegRang,
    NodeVisited,
)
from events.ids import AgentId
from events.queues import (
    CallQueued,
    QueueAnswered,
)
from sip.dialogs.leg_events import Answered
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up

DOWN_S: Final = 3.0


async def dies(house: House, *, down_s: float = DOWN_S) -> int:
    """How many calls go on afterwards."""
    await house.crash()
    await house.later(down_s)
    return await house.restart()


# How far a call has come


async def in_menu(house: House) -> tuple[Phone, Phone]:
    agent, caller = await house.phone("3001"), await house.caller()
    caller.dial("1000")
    await house.until(NodeVisited)
    await house.later(0.3)
    return caller, agent


async def in_prompt(house: House) -> tuple[Phone, Phone]:
    """The very first one: no node has been left yet."""
    agent, caller = await house.phone("3001"), await house.caller()
    caller.dial("1000")
    await caller.until(Answered)
    await house.later(0.5)
    return caller, agent


async def queued(house: House) -> tuple[Phone, Phone]:
    house.parts.desk.make_not_available(AgentId("1"), "lunch")
    caller, agent = await in_menu(house)
    house.press(house.call.leg, "1")
    await house.until(CallQueued)
    await house.later(5.0)
    return caller, agent


async def offered(house: House) -> tuple[Phone, Phone]:
    caller, agent = await in_menu(house)
    house.press(house.call.leg, "1")
    await house.until(LegRang)
    await house.later(2.0)
    return caller, agent


async def bridged(house: House) -> tuple[Phone, Phone]:
    caller, agent = await in_menu(house)
    agent.on_ring = pick_up
    house.press(house.call.leg, "1")
    await house.until(QueueAnswered)
    await house.later(5.0)
    return caller, agent


async def held(house: House) -> tuple[Phone, Phone]:
    caller, agent = await bridged(house)
    agent.hold()
    await house.until(CallHeld)
    await house.later(5.0)
    return caller, agent


async def wrapping_up(house: House) -> tuple[Phone, Phone]:
    caller, agent = await bridged(house)
    caller.hang_up()
    await house.until(CallEnded)
    await house.later(2.0)
    return caller, agent


async def transferred(house: House) -> tuple[Phone, Phone]:
    other = await house.phone("3002")
    other.on_ring = pick_up
    caller, _ = await in_menu(house)
    house.press(house.call.leg, "2")
    await house.until(CallBridged)
    await house.later(2.0)
    return caller, other


async def being_transferred(house: House) -> tuple[Phone, Phone]:
    other = await house.phone("3002")
    caller, _ = await in_menu(house)
    house.press(house.call.leg, "2")
    await house.until(LegRang)
    await house.later(2.0)
    return caller, other


async def direct(house: House) -> tuple[Phone, Phone]:
    called, caller = await house.phone("3001"), await house.phone("3002")
    called.on_ring = pick_up
    caller.dial("3001")
    await house.until(CallBridged)
    await house.later(2.0)
    return caller, called


Stage = Callable[[House], Awaitable[tuple[Phone, Phone]]]
STAGES: Final[dict[str, Stage]] = {
    stage.__name__: stage
    for stage in (
        *(in_prompt, in_menu, queued, offered, bridged, held),
        *(transferred, being_transferred, direct),
    )
}
