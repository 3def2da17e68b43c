"""What plays to a caller under a supervisor's control: times are those when the flow goes on."""

from pathlib import Path

import pytest

from calls.play_control import PlayWish, control
from calls.problems import Refused
from events.calls import NodeVisited
from tests.calls.house import House
from tests.calls.test_player import FLOW, LENGTHS, answered
from tests.virtual_time import in_virtual_time

Wishes = list[tuple[float, str, float]]


@pytest.mark.parametrize(
    ("wishes", "lasts_s"),
    [
        ([(20.0, "skip", 10.0)], 80.0),
        ([(70.0, "skip", -20.0)], 110.0),
        ([(3.0, "skip", -10.0)], 93.0),
        ([(20.0, "seek", 80.0)], 30.0),
        ([(20.0, "seek", 5.0), (5.0, "skip", 10.0)], 95.0),
        ([(20.0, "seek", 100.0)], 20.0),
        ([(20.0, "pause", 0.0), (300.0, "resume", 0.0)], 390.0),
        ([(20.0, "pause", 0.0), (300.0, "skip", 10.0), (1.0, "resume", 0.0)], 381.0),
        ([(20.0, "pause", 0.0), (10.0, "key", 5)], 100.0),
        ([(20.0, "seek", 50.0), (10.0, "key", 6)], 50.0),
    ],
)
@in_virtual_time
async def test_it_is_moved_about_in_by_others_and_by_the_callers_keys(
    tmp_path: Path, wishes: Wishes, lasts_s: float
) -> None:
    async with House(tmp_path, flows={"main": FLOW}, lengths_s=LENGTHS) as house:
        await answered(house)
        began_at = house.clock()
        for after_s, wish, amount in wishes:
            await house.later(after_s)
            if wish == "key":
                house.press(house.call.leg, str(int(amount)))
            else:
                control(house.call, PlayWish(wish), amount)
        await house.until(NodeVisited)
        assert house.clock() - began_at == pytest.approx(lasts_s, abs=0.2)


@in_virtual_time
async def test_its_volume_has_bounds_and_is_one_for_all(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}, lengths_s=LENGTHS) as house:
        await answered(house)
        (leg,) = house.media.script.legs.values()
        for wished_db, heard_db in [(6.0, 6.0), (60.0, 12.0), (-60.0, -12.0), (2.0, 2.0)]:
            control(house.call, PlayWish.VOLUME, wished_db)
            assert leg.volume_db == heard_db
        house.press(house.call.leg, "9")
        await house.later(0.1)
        assert leg.volume_db == 6.0


@in_virtual_time
async def test_nothing_that_plays_is_nothing_to_control(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}, lengths_s=LENGTHS) as house:
        await answered(house)
        house.press(house.call.leg, "1")
        await house.until(NodeVisited, count=2)
        for wish in PlayWish:
            with pytest.raises(Refused, match="nothing plays"):
                control(house.call, wish)
