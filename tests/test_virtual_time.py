"""The virtual-time loop itself: order, jumps, and that a hang is told."""

import asyncio
import itertools

import pytest

from tests import virtual_time
from tests.virtual_time import Deadlock, Endless, in_virtual_time, run


@in_virtual_time
async def test_a_day_passes_at_once_and_timers_fire_in_order() -> None:
    loop = asyncio.get_running_loop()
    fired: list[tuple[str, float]] = []
    loop.call_later(86_400, lambda: fired.append(("day", loop.time())))
    loop.call_later(1, lambda: fired.append(("second", loop.time())))
    await asyncio.sleep(86_401)
    assert fired == [("second", 1.0), ("day", 86_400.0)]


@pytest.mark.parametrize("value", [1, 2])
@in_virtual_time
async def test_parameters_reach_the_test(value: int) -> None:
    assert value in (1, 2)
    assert asyncio.get_running_loop().time() == 0.0


def test_a_wait_for_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "STUCK_AFTER_S", 0.01)

    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(wait_for_ever())


@pytest.mark.parametrize("pause_s", [0, 1], ids=["at one instant", "for ever"])
def test_what_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, pause_s: int) -> None:
    monkeypatch.setattr(virtual_time, "ENDLESS_AFTER_S", 0.02)
    ended: list[str] = []

    async def go_on() -> None:
        try:
            for _ in itertools.count():
                await asyncio.sleep(pause_s)
        finally:
            ended.append("cleaned up")

    async def wait_beside_it() -> None:
        beside = asyncio.create_task(go_on())
        await asyncio.wait([beside])

    with pytest.raises(Endless):
        run(wait_beside_it())
    assert ended == ["cleaned up"]
