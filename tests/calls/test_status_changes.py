"""Whatever changes state while a phone rings for a queue: it is neither stopped nor rung anew."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from events.calls import LegDialled, LegEnded, LegRang
from events.ids import AgentId, PhoneId
from events.queues import QueueAnswered
from sip.dialogs.leg_events import HungUp
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.virtual_time import in_virtual_time

AYU, BUDI = AgentId("1"), AgentId("2")
TIMES = 10


async def registers_again(house: House, rings: Phone) -> None:
    await rings.register()


async def says_available_again(house: House, rings: Phone) -> None:
    house.parts.desk.make_available(BUDI)


async def colleague_comes_and_goes(house: House, rings: Phone) -> None:
    house.parts.desk.make_not_available(AYU)
    await house.later(0.1)
    house.parts.desk.make_available(AYU)


async def colleague_signs_out_and_in(house: House, rings: Phone) -> None:
    house.parts.desk.sign_out(AYU)
    await house.later(0.1)
    house.parts.desk.sign_in(AYU, PhoneId("3001"))


CHANGES: tuple[Callable[[House, Phone], Awaitable[None]], ...] = (
    registers_again,
    says_available_again,
    colleague_comes_and_goes,
    colleague_signs_out_and_in,
)


async def ringing_at_budi(house: House) -> tuple[Phone, Phone]:
    """Budi's registered phone rings for a caller; Ayu comes back only now."""
    house.parts.desk.make_not_available(AYU)
    budi = await house.phone("3003")
    await budi.register()
    caller = await house.caller()
    caller.dial("1001")
    await house.until(LegRang)
    return budi, caller


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@in_virtual_time
async def test_what_rings_rings_on_whatever_changes(
    tmp_path: Path, change: Callable[[House, Phone], Awaitable[None]]
) -> None:
    async with House(tmp_path) as house:
        budi, caller = await ringing_at_budi(house)
        for _ in range(TIMES):
            await house.later(1.0)
            await change(house, budi)
        assert house.count(LegDialled) == 1
        assert house.count(LegEnded) == 0
        assert len(budi.legs) == 1
        budi.answer()
        assert (await house.until(QueueAnswered)).agent == BUDI
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_who_comes_and_goes_themselves_is_rung_once_each_time(tmp_path: Path) -> None:
    """Their own doing, and no more: when it ends, so does the ringing and stopping."""
    async with House(tmp_path) as house:
        budi, caller = await ringing_at_budi(house)
        for _ in range(TIMES):
            await house.later(1.0)
            house.parts.desk.make_not_available(BUDI)
            await house.later(1.0)
            house.parts.desk.make_available(BUDI)
        await house.later(5.0)
        assert len(budi.legs) <= TIMES + 1
        assert [leg.ended for leg in budi.legs] == [True] * (len(budi.legs) - 1) + [False]
        rung = len(budi.legs)
        await house.later(5.0)
        assert len(budi.legs) == rung
        assert not budi.has(HungUp)
        budi.answer()
        assert (await house.until(QueueAnswered)).agent == BUDI
        caller.hang_up()
        await house.quiet()
        house.assert_counts_balance()
