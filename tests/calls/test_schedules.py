"""Agents' schedules: what they ask at an instant, and what a running centre tells of it."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calls.schedule_settings import DatedShift, ShiftSettings
from calls.schedules import Schedule
from events.adherence import Adherence
from events.agents import AgentScheduled
from events.ids import AgentId
from tests.calls.house import House
from tests.calls.test_opening import minutes_from_start
from tests.virtual_time import in_virtual_time

BERLIN = ZoneInfo("Europe/Berlin")
SHIFT = ShiftSettings(
    zone="Europe/Berlin",
    week={"mon-fri": ("08:00-12:00", "12:00-17:00"), "sat": "22:00-06:00"},
    pauses={"lunch": {"mon-fri": "12:00-12:30"}},
)
DATED = (
    DatedShift(agent="101", day="2026-12-24", hours="09:00-11:00", activity="training"),
    DatedShift(agent="101", day="2026-12-24", hours="08:00-12:00"),
    DatedShift(agent="101", day="2026-12-25", activity="off"),
    DatedShift(agent="101", day="2026-12-27", hours="08:00-10:00", zone="Asia/Jakarta"),
)


def utc(local: str) -> float:
    return datetime.fromisoformat(local).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("at", "activity", "until"),
    [
        ("2026-11-23 07:59", "", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "work", "2026-11-23 12:00"),
        ("2026-11-23 12:00", "lunch", "2026-11-23 12:30"),
        ("2026-11-23 12:30", "work", "2026-11-23 17:00"),
        ("2026-11-23 17:00", "", "2026-11-24 08:00"),
        ("2026-11-29 03:00", "work", "2026-11-29 06:00"),  # since Saturday
        ("2026-10-25 02:30", "work", "2026-10-25 06:00"),  # the clocks went back in this night
        ("2026-12-24 08:30", "work", "2026-12-24 09:00"),
        ("2026-12-24 10:00", "training", "2026-12-24 11:00"),
        ("2026-12-24 13:00", "", "2026-12-25 13:00"),  # looked at again in a day
        ("2026-12-25 09:00", "", "2026-12-26 09:00"),
        ("2026-12-27 02:30", "work", "2026-12-27 04:00"),  # eight to ten in Jakarta
    ],
)
def test_what_is_asked_and_until_when(at: str, activity: str, until: str) -> None:
    assert Schedule(SHIFT, DATED).at(utc(at)) == (activity, utc(until))


@in_virtual_time
async def test_a_running_centre_tells_what_is_scheduled_when_it_begins(tmp_path: Path) -> None:
    work = {"mon-sun": minutes_from_start(10, 50)}
    pause = {"mon-sun": minutes_from_start(20, 30)}
    changes = {
        "agents": {"101": {"shift": "day"}},
        "shifts": {"day": {"zone": "UTC", "week": work, "pauses": {"lunch": pause}}},
    }
    async with House(tmp_path, changes=changes) as house:
        await house.later(5400)
        told = [each for each in house.events if isinstance(each, AgentScheduled)]
        assert [(each.agent, each.activity, round(each.for_s / 60)) for each in told] == [
            ("101", "work", 10),
            ("101", "lunch", 10),
            ("101", "work", 20),
            ("101", "", pytest.approx(23 * 60 + 20)),
        ]
        adherence = Adherence()
        for recorded in house.recorded:
            adherence.observe(recorded)
        (only,) = adherence.of(house.utc()).items()
        assert only[0] == AgentId("101")
        assert only[1].scheduled_s == pytest.approx(40 * 60, abs=1)
