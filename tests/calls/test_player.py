"""What plays under a caller's control in a flow: times are those when the next node is left."""

from pathlib import Path

import pytest

from events.calls import NodeVisited
from sip.dialogs.leg_events import Answered
from tests.calls.house import House
from tests.virtual_time import in_virtual_time

FLOW = """
languages: [en]
start: news
on_error: bye
nodes:
  news:
    kind: say
    prompt: [menu, hint]
    controls: {pause: 5, back: 4, forward: 6, louder: 9, softer: 7, step_s: 10}
    next: ask
  ask: {kind: menu, prompt: bye, attempts: 1, first_digit_s: 1, choices: {1: bye}, otherwise: bye}
  bye: {kind: hang_up}
"""
LENGTHS = {"menu": 60.0, "hint": 30.0}


async def answered(house: House) -> None:
    caller = await house.caller()
    caller.dial("1000")
    await caller.until(Answered)
    await house.later(0.1)


@pytest.mark.parametrize(
    ("keys", "lasts_s"),
    [
        ([], 90.0),
        ([(20.0, "6")], 80.0),
        ([(70.0, "4"), (1.0, "4")], 110.0),
        ([(3.0, "4")], 93.0),
        ([(20.0, "5"), (300.0, "5")], 390.0),
        ([(20.0, "5"), (300.0, "6"), (1.0, "5")], 381.0),
        ([(20.0, "9"), (20.0, "7")], 90.0),
        ([(85.0, "6")], 85.0),
        ([(20.0, "1")], 20.0),
    ],
)
@in_virtual_time
async def test_keys_move_about_and_another_key_ends_it(
    tmp_path: Path, keys: list[tuple[float, str]], lasts_s: float
) -> None:
    async with House(tmp_path, flows={"main": FLOW}, lengths_s=LENGTHS) as house:
        await answered(house)
        began_at = house.clock()
        for after_s, key in keys:
            await house.later(after_s)
            house.press(house.call.leg, key)
        await house.until(NodeVisited)
        assert house.clock() - began_at == pytest.approx(lasts_s, abs=0.2)
        asked = await house.until(NodeVisited, count=2)
        assert (asked.outcome == "1") == (keys[-1:] == [(20.0, "1")]), "that key was kept"


@in_virtual_time
async def test_it_grows_louder_and_softer_within_bounds(tmp_path: Path) -> None:
    async with House(tmp_path, flows={"main": FLOW}, lengths_s=LENGTHS) as house:
        await answered(house)
        (leg,) = house.media.script.legs.values()
        for keys, decibels in [("9", 4.0), ("77", -4.0), ("9999999", 12.0), ("7777777777", -12.0)]:
            house.press(house.call.leg, keys)
            await house.later(0.1)
            assert leg.volume_db == decibels
