"""Agents' schedules in the configuration, and in the CSV beside it."""

from pathlib import Path

import pytest

from tests.config.test_loader import load, mistakes

RIGHT = """\
agents:
  101: {shift: day}
  102: {name: Ben}
shifts:
  day:
    zone: Asia/Jakarta
    week: {mon-fri: 08:00-17:00}
    pauses: {lunch: {mon-fri: 12:00-13:00}}
schedule: days.csv
"""
DAYS = """\
agent,day,hours,activity,zone
101,2026-12-24,08:00-12:00,,
101,2026-12-25,,off,
102,2026-12-24,10:00-11:00,training,Europe/Berlin
"""


def test_the_rows_of_the_file_are_part_of_the_configuration(tmp_path: Path) -> None:
    days = tmp_path / "days.csv"
    days.write_text(DAYS)
    settings = load(tmp_path, RIGHT)
    assert [(each.agent, each.activity) for each in settings.dated_shifts] == [
        *(("101", "work"), ("101", "off"), ("102", "training")),
    ]
    days.write_text(DAYS.replace("11:00", "11:30"))
    assert load(tmp_path, RIGHT).content_hash() != settings.content_hash()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("shift: day", "shift: dya", "2: agents.101.shift: there is no shift 'dya'"),
        ("Asia/Jakarta", "Asia/Nowhere", "5: shifts.day: there is no time zone"),
        ("08:00-17:00", "8-17", "5: shifts.day: '8-17' should be like"),
        ("{lunch:", "{lunhc:", "8: shifts.day.pauses.lunhc: 'lunhc' is none of"),
        ("days.csv", "nosuch.csv", "nosuch.csv:1: cannot be read"),
    ],
)
def test_mistakes_in_the_file(old: str, new: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("agent,day\n")
    assert old in RIGHT
    found = mistakes(tmp_path, RIGHT.replace(old, new))
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("101,2026-12-24", "109,2026-12-24", "days.csv:2: agent: there is no agent '109'"),
        ("2026-12-25", "25.12.2026", "days.csv:3: '25.12.2026' should be a date"),
        ("10:00-11:00", "ten", "days.csv:4: 'ten' should be like"),
        ("training", "trianing", "days.csv:4: activity: 'trianing' is none of"),
        ("Europe/Berlin", "", "days.csv:4: zone: agent '102' has no shift"),
        ("Europe/Berlin", "Mars/Dome", "days.csv:4: there is no time zone 'Mars/Dome'"),
        ("Europe/Berlin", "UTC,more", "days.csv:4: has more values"),
        ("agent,day", "who,day", "days.csv:1: the first line should name"),
    ],
)
def test_mistakes_in_the_rows(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in DAYS
    (tmp_path / "days.csv").write_text(DAYS.replace(old, new))
    (line,) = mistakes(tmp_path, RIGHT)
    assert line.startswith(said)
