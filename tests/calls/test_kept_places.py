"""Who hangs up while waiting and calls again soon has the old place."""

from pathlib import Path

import pytest

from events.calls import CallEnded
from events.queues import CallAbandoned, CallQueued
from tests.calls.house import House
from tests.virtual_time import in_virtual_time


async def waits(house: House, number: str, seconds: float) -> None:
    caller = await house.caller(number, port=5060 + 2 * len(house.phones))
    caller.dial("1001")
    await house.until(CallQueued, count=house.count(CallQueued) + 1)
    await house.later(seconds)
    caller.hang_up()
    await house.until(CallEnded, count=house.count(CallEnded) + 1)


@pytest.mark.parametrize(
    ("number", "again", "pause_s", "resume_s", "waited_s"),
    [
        ("62811", "62811", 30, 60, 50),
        ("62811", "62811", 61, 60, 0),
        ("62811", "62811", 30, None, 0),
        ("62811", "62822", 30, 60, 0),
        ("anonymous", "anonymous", 30, 60, 0),
    ],
    ids=["soon", "too late", "not wanted", "somebody else", "who withholds the number"],
)
@in_virtual_time
async def test_a_place_is_given_back(
    number: str, again: str, pause_s: float, resume_s: float | None, waited_s: float, tmp_path: Path
) -> None:
    async with House(tmp_path, changes={"calls": {"resume_s": resume_s}}) as house:
        await waits(house, number, 20)
        await house.later(pause_s)
        await waits(house, again, 5)
        assert house.all(CallQueued)[1].waited_s == pytest.approx(waited_s, abs=0.1)
        assert house.count(CallAbandoned) == 2, "each time is counted as what it was"
        await house.quiet()
        house.assert_counts_balance()


@pytest.mark.parametrize("kept", [True, False])
@in_virtual_time
async def test_the_place_outlives_the_process(kept: bool, tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await waits(house, "62811", 20)
        if kept:
            house.keep()
        await house.crash()
        await house.restart()
        await waits(house, "62811", 5)
        assert house.all(CallQueued)[1].waited_s >= 20
        await house.quiet()
