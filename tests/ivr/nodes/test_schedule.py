"""schedule: hours in the centre's own time zone, holidays and exceptions."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ivr.nodes.schedule import Schedule
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.fake_world import FakeWorld

FIELDS: dict[str, Any] = {
    "zone": "Asia/Jakarta",
    "hours": {"mon-fri": "08:00-17:00", "sat": ["09:00-12:00"]},
    "holidays": "ID",
    "exceptions": [
        {"date": "2026-08-17", "hours": "10:00-11:00"},
        {"date": "2026-12-28", "until": "2026-12-31"},
    ],
    "open": "a",
    "closed": "b",
    "holiday": "c",
}


@pytest.mark.parametrize(
    ("at", "outcome", "target"),
    [
        ("2026-06-15T08:00+07:00", "open", "a"),
        ("2026-06-15T09:59+00:00", "open", "a"),  # 16:59 in Jakarta
        ("2026-06-15T10:00+00:00", "closed", "b"),
        ("2026-06-20T09:30+07:00", "open", "a"),
        ("2026-06-21T09:30+07:00", "closed", "b"),
        ("2026-01-01T09:30+07:00", "holiday", "c"),
        ("2026-08-17T10:30+07:00", "open", "a"),  # a holiday, but an exception says otherwise
        ("2026-08-17T12:00+07:00", "closed", "b"),
        ("2026-12-30T10:00+07:00", "closed", "b"),
    ],
)
async def test_the_time_decides(at: str, outcome: str, target: str) -> None:
    world = FakeWorld(now_utc=datetime.fromisoformat(at).timestamp())
    left = await Schedule.model_validate(FIELDS).run(FakeCaller(world=world))
    assert (left.outcome, left.target) == (outcome, target)


async def test_summer_time_is_minded() -> None:
    schedule = Schedule.model_validate(
        {**FIELDS, "zone": "Europe/Madrid", "holidays": None, "exceptions": []}
    )
    for at in ("2026-01-12T07:00+00:00", "2026-07-13T06:00+00:00"):  # both 08:00 in Madrid
        world = FakeWorld(now_utc=datetime.fromisoformat(at).timestamp())
        assert (await schedule.run(FakeCaller(world=world))).outcome == "open"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"zone": "Asia/Batavia2"}, "no time zone"),
        ({"hours": {"weekdays": "08:00-17:00"}}, "mon-fri"),
        ({"hours": {"mon": "8-17"}}, "08:00-17:00"),
        ({"holidays": "XX"}, "no public holidays"),
        ({"exceptions": [{"date": "25.12.2026"}]}, "2026-12-25"),
        ({"exceptions": [{"date": "2026-12-25", "until": "2026-12-24"}]}, "before"),
        ({"exceptions": [{"date": "2026-12-25"}] * 2}, "already"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Schedule.model_validate({**FIELDS, **fields})
