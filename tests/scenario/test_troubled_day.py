"""A day on which somebody keeps changing the configuration and setting the wall clock.

The promises of the distributor are looked at after every event of the served centre, and at its
end every story has one end and nothing is left. Waits, leases and pauses go by the steady clock:
not one of them may feel the wall clock jump.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from config.settings import Settings
from events.calls import CallArrived, CallEnded
from events.centre import CentreStarted
from events.queues import CallFlowedOut, CallOffered, QueueAnswered, QueueClosed, QueueOpened
from sentral.composition import configuration_of
from tests.calls.house import House
from tests.calls.plan import merged, usual_settings
from tests.scenario.day import CALLS, Day, changes
from tests.scenario.watch import Watch
from tests.virtual_time import run

EVERY_OTHER_HOUR: Final = [f"{hour:02}:00-{hour + 1:02}:00" for hour in range(0, 24, 2)]
HOURS: Final = {"zone": "UTC", "week": {"mon-sun": EVERY_OTHER_HOUR}, "at_close": "leave"}
VARIANTS: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {
        "queues": {
            "support": {
                "skills": {"support": 8},
                "max_wait_s": 25,
                "ring_at_once": 2,
                "relaxation": [{"after_s": 10, "level": 4}, {"after_s": 20, "level": 1}],
            }
        }
    },
    {
        "queues": {
            "support": {"strategy": "random", "wrap_up_s": 0, "ageing_s": 10},
            "sales": {"weight": 3.0, "max_waiting": 2, "nobody": "wait"},
        }
    },
)
"""What the file says after somebody has changed it."""
RELOADS: Final = 250
JUMPS: Final = 40
JUMPS_S: Final = (-7200.0, -3600.0, -5.0, 5.0, 90.0, 3600.0, 6 * 3600.0, 86_400.0)


def plan(variant: Mapping[str, Any]) -> Mapping[str, Any]:
    return merged(merged(changes(), {"queues": {"sales": {"hours": HOURS}}}), variant)


class Trouble:
    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._random = Random(f"trouble {seed}")
        self.reloads = self.jumps = 0

    async def reload(self) -> None:
        """Of queues and agents in the process that runs; one that starts reads the same."""
        variant = self._random.choice(VARIANTS)
        house = self._house
        key = {"calls": house.settings.calls}
        house.settings = Settings.model_validate(
            merged(merged(usual_settings(), plan(variant)), key)
        )
        self.reloads += 1
        if house.alive:
            told = configuration_of(house.settings)
            house.parts.centre.services.feed.configure(told.queues, told.agents)

    async def jump(self) -> None:
        self._house.wall_off_s += self._random.choice(JUMPS_S)
        self.jumps += 1


async def lived(folder: Path, seed: int, crashes: int) -> House:
    async with House(folder, changes=plan({}), seed=seed) as house:
        day, trouble, watch = Day(house, seed), Trouble(house, seed), Watch(house)
        day.also(trouble.reload, times=RELOADS)
        day.also(trouble.jump, times=JUMPS)
        day.on_restart = watch.begin
        watch.begin()
        await day.pass_by(crashes=crashes)
        await asyncio.sleep(0)
        assert day.dialled >= CALLS
        assert (trouble.reloads, trouble.jumps) == (RELOADS, JUMPS)
        assert watch.looks > 3000
        assert not watch.broken
        assert not any(house.left().values())
        house.assert_counts_balance()
    return house


@pytest.mark.parametrize(("seed", "crashes"), [(0, 0), (2, 3)])
def test_promises_are_kept_after_every_event(tmp_path: Path, seed: int, crashes: int) -> None:
    house = run(lived(tmp_path, seed, crashes))
    arrived = [event.call for event in house.all(CallArrived)]
    ended = [event.call for event in house.all(CallEnded)]
    assert sorted(arrived) == sorted(ended), "every story has one end"
    offers = [event.offer for event in house.all(CallOffered)]
    assert len(set(offers)) == len(offers)
    assert house.count(CentreStarted) == 1 + crashes
    assert house.count(QueueAnswered) > 40
    assert house.count(QueueClosed) > 2, "the wall clock moves the hours"
    assert house.count(QueueOpened) > 1
    assert "closed" in {event.reason for event in house.all(CallFlowedOut)}
