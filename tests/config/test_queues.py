"""Queues and telephones elsewhere in the configuration: where callers go, and when."""

from pathlib import Path

import pytest

from tests.config.test_loader import mistakes


def test_every_way_out_of_a_queue_leads_somewhere_and_not_in_circles(tmp_path: Path) -> None:
    """Of closed queues the first open one is taken, so these may follow one another round."""
    text = """\
queues:
  near: {overflow_to: {closed: far, full: far}}
  far: {overflow_to: {closed: near}}
  day: {overflow_to: {closed: night}}
  night: {overflow_to: {closed: day, timeout: nihgt}}
"""
    assert mistakes(tmp_path, text) == [
        "centre.yaml:2: queues.near.overflow_to.full: callers would go round for ever:"
        " near → far → near",
        "centre.yaml:5: queues.night.overflow_to.timeout: there is no queue 'nihgt';"
        " did you mean 'night'?",
    ]


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ("{zone: Mars/North, week: {}}", "there is no time zone 'Mars/North'"),
        ("{zone: Asia/Jakarta, week: {funday: 08:00-17:00}}", "should be days like mon-fri"),
        ("{zone: Asia/Jakarta, week: {mon: 8-17}}", "should be like 08:00-17:00"),
        ("{zone: Asia/Jakarta, week: {}, exceptions: {xmas: []}}", "should be a date like"),
        ("{zone: Asia/Jakarta, week: {}, holidays: XX}", "no public holidays are known"),
    ],
)
def test_opening_hours_are_checked(tmp_path: Path, hours: str, problem: str) -> None:
    (found,) = mistakes(tmp_path, f"queues:\n  a:\n    hours: {hours}\n")
    assert found.startswith("centre.yaml:3: queues.a.hours")
    assert problem in found


@pytest.mark.parametrize(
    ("phone", "problem"),
    [
        ("{number: '0811'}", "`number:` and `trunk:` go together"),
        ("{number: '0811', trunk: tin}", "there is no trunk 'tin'"),
        ("{number: '0811', trunk: deaf}", "has no `gateway:`"),
    ],
)
def test_a_telephone_elsewhere_needs_a_trunk(tmp_path: Path, phone: str, problem: str) -> None:
    text = f'phones:\n  "home": {phone}\ntrunks:\n  deaf: {{addresses: [192.0.2.1]}}\n'
    (found,) = mistakes(tmp_path, text)
    assert problem in found


def test_a_way_up_must_lead_somewhere_and_end(tmp_path: Path) -> None:
    text = """\
queues:
  one: {escalates_to: two}
  two: {escalates_to: one}
  three: {escalates_to: tow}
"""
    assert mistakes(tmp_path, text) == [
        "centre.yaml:2: queues.one.escalates_to: callers would be sent round for ever:"
        " one → two → one",
        "centre.yaml:3: queues.two.escalates_to: callers would be sent round for ever:"
        " two → one → two",
        "centre.yaml:4: queues.three.escalates_to: there is no queue 'tow'; did you mean 'two'?",
    ]
