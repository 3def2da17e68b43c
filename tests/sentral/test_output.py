"""Spans and clocks as people read them."""

from datetime import datetime

import pytest

from sentral.output import clock, clock_today, print_table, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3723, "1:02:03")],
)
def test_spans(seconds: float | None, text: str) -> None:
    assert span(seconds) == text


def test_an_instant_that_never_came_is_empty() -> None:
    assert clock(None) == ""
    assert clock(1_800_000_000.0).startswith("2027-01-1")


def test_today_needs_no_date() -> None:
    noon = datetime(2026, 6, 15, 12, 0, 5).astimezone()
    assert clock_today(noon.timestamp(), noon) == "12:00:05"
    assert clock_today(noon.timestamp() - 86_400, noon) == "2026-06-14 12:00"
    assert clock_today(None) == ""


def test_a_table_that_nobody_sees_is_not_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    row = ["x" * 40, "y" * 40, "z" * 40]
    print_table(["a", "b", "c"], [row])
    assert row in [line.split() for line in capsys.readouterr().out.splitlines()]
