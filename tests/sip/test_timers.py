"""The table of running timers."""

from enum import StrEnum

from sip.timers import TimerTable, TimerValues


class Name(StrEnum):
    A = "A"
    B = "B"


def test_timers_come_due_in_order_and_ties_go_to_the_smaller_name() -> None:
    table: TimerTable[Name] = TimerTable()
    table.start(Name.B, 1.0)
    table.start(Name.A, 1.0)
    assert table.next_deadline() == 1.0
    assert table.pop_due(0.9) is None
    assert [table.pop_due(1.0) for _ in range(3)] == [Name.A, Name.B, None]
    assert table.next_deadline() is None


def test_starting_again_moves_the_deadline_and_stopping_is_harmless() -> None:
    table: TimerTable[Name] = TimerTable()
    table.start(Name.A, 1.0)
    table.start(Name.A, 2.0)
    assert table.next_deadline() == 2.0
    table.stop(Name.A)
    table.stop(Name.A)
    assert table.next_deadline() is None


def test_everything_follows_from_t1() -> None:
    assert TimerValues().timeout_s == 32.0
    assert TimerValues(t1_s=0.05).timeout_s == 3.2
