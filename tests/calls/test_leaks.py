"""Calls that are over leave nothing behind: as many objects of ours live after them as before."""

import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Final

import pytest

from acd.expectations import RECENT_ENTRIES
from events.calls import CallEnded, CallHeld, CallResumed, LegRang
from events.queues import QueueAnswered, QueueCallHandled
from sip.dialogs.leg_events import Answered, Rejected
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up, refuse, ring
from tests.virtual_time import in_virtual_time

ROOMS: Final = ("acd", "calls", "events", "ivr", "media", "sentral", "sip", "asyncio")

FORGOTTEN_S: Final = 7200.0
"""Virtual: the longest that anything is remembered on purpose."""

RECENT: Final = {"acd.expectations.Ended": RECENT_ENTRIES}
"""What is kept of the past on purpose, and how many at most."""


async def talked(house: House, caller: Phone, agent: Phone) -> None:
    """Answered, held, resumed and wrapped up."""
    agent.on_ring = pick_up
    caller.dial("1001")
    await house.until(QueueAnswered)
    await house.later(0.1)  # until the dialog stands
    agent.hold()
    await house.until(CallHeld)
    agent.resume()
    await house.until(CallResumed)
    caller.hang_up()
    await house.until(QueueCallHandled)


async def abandoned(house: House, caller: Phone, agent: Phone) -> None:
    agent.on_ring = ring
    caller.dial("1001")
    await house.until(LegRang)
    caller.hang_up()
    await house.until(CallEnded)


async def refused(house: House, caller: Phone, agent: Phone) -> None:
    """By the phone that was dialled."""
    agent.on_ring = refuse(486)
    caller.dial("3001")
    await caller.until(Rejected)
    await house.until(CallEnded)


async def told(house: House, caller: Phone, agent: Phone) -> None:
    """By a flow, till it has no more to say."""
    caller.dial("1000")
    await caller.until(Answered)
    await house.until(CallEnded)


async def misdialled(house: House, caller: Phone, agent: Phone) -> None:
    caller.dial("9999")
    await caller.until(Rejected)


KINDS: Final[tuple[Callable[[House, Phone, Phone], Awaitable[None]], ...]] = (
    *(talked, abandoned, refused, told, misdialled),
)


async def placed(house: House, calls: int) -> Counter[str]:
    """What lives after so many calls, the house's own memory of them aside."""
    agent, caller = house.phones
    for number in range(calls):
        await KINDS[number % len(KINDS)](house, caller, agent)
        await house.later(1.0)
        house.recorded.clear()
    await house.later(FORGOTTEN_S)
    house.network.log.clear()
    for phone in house.phones:
        phone.legs.clear()
        phone.heard.clear()
    house.recorded.clear()
    house.parties.clear()
    return living()


def living() -> Counter[str]:
    gc.collect()
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper) and each.cache_info().maxsize is not None:
            each.cache_clear()  # what is bounded may keep something of some calls
    kinds = Counter(type(each) for each in gc.get_objects())
    named = {f"{kind.__module__}.{kind.__qualname__}": found for kind, found in kinds.items()}
    return Counter({kind: n for kind, n in named.items() if kind.partition(".")[0] in ROOMS})


@pytest.mark.parametrize("calls", [100, pytest.param(1000, marks=pytest.mark.slow)])
@in_virtual_time
async def test_calls_that_are_over_leave_nothing_behind(tmp_path: Path, calls: int) -> None:
    async with House(tmp_path) as house:
        await house.phone("3001")
        await house.caller()
        before = await placed(house, 50)
        after = await placed(house, calls)
        more = after - before
        assert {kind: n for kind, n in more.items() if n > RECENT.get(kind, 0)} == {}
