"""When the store is given a snapshot: every minute, soon after a phone moved, and at the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from calls.past import Kept
from events.ids import PhoneId
from sentral.past_log import EVERY_S, NAME, SOON_S, Keeper
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.virtual_time import in_virtual_time


class Shelf:
    """A store as the keeper sees it."""

    def __init__(self, house: House) -> None:
        self.kept: list[tuple[float, Kept]] = []
        self._house = house

    def keep_snapshot(self, name: str, seq: int, utc: float, body: Mapping[str, Any]) -> None:
        assert name == NAME
        assert seq == self._house.parts.log.last_seq
        self.kept.append((self._house.clock(), Kept.from_json(body)))


@in_virtual_time
async def test_a_snapshot_is_taken_every_minute_and_at_the_end(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        shelf = Shelf(house)
        keeper = Keeper(house.parts, shelf)
        began = house.clock()
        keeper.start()
        await house.later(2.5 * EVERY_S)
        keeper.stop()
        took = [at - began for at, _ in shelf.kept]
        assert took == [pytest.approx(each * EVERY_S) for each in (1, 2, 2.5)]


@in_virtual_time
async def test_a_phone_that_moved_is_kept_soon(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        shelf = Shelf(house)
        keeper = Keeper(house.parts, shelf)
        keeper.start()
        await house.later(10.0)
        house.parts.desk.phone_lost(PhoneId("3001"), "expired")
        await house.later(SOON_S + 0.1)
        keeper.stop()
        (_, soon), _ = shelf.kept
        assert "3001" not in soon.desk["reachable"]


@in_virtual_time
async def test_a_phone_at_another_port_is_kept_soon(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        shelf = Shelf(house)
        keeper = Keeper(house.parts, shelf)
        keeper.start()
        for port in (5060, 5999):
            phone = Phone(
                house, house.network.open, "192.0.2.33", "3003", port=port, proves_itself=True
            )
            await phone.agent.start()
            await phone.register()
            await house.later(SOON_S + 0.1)
            assert f":{port}" in shelf.kept[-1][1].bindings[0]["contact_uri"]
            await phone.unplug()
        keeper.stop()
