"""Deadlines by name."""

from acd.timers import Agenda, Kind, Timer

ANN, BOB = Timer(Kind.REST, "ann"), Timer(Kind.REST, "bob")


def test_timers_come_due_in_order_and_ties_by_name() -> None:
    agenda = Agenda()
    agenda.start(BOB, 5.0)
    agenda.start(ANN, 5.0)
    agenda.start(Timer(Kind.LEASE, "1"), 4.0)
    assert agenda.next_deadline() == 4.0
    assert agenda.pop_due(3.9) is None
    due = [agenda.pop_due(10.0) for _ in range(4)]
    assert due == [(4.0, Timer(Kind.LEASE, "1")), (5.0, ANN), (5.0, BOB), None]
    assert agenda.next_deadline() is None
    assert agenda.running() == []
    assert agenda.deadline(ANN) is None


def test_a_moved_timer_fires_once_at_its_new_deadline() -> None:
    agenda = Agenda()
    agenda.start(ANN, 1.0)
    agenda.start(ANN, 3.0)
    assert agenda.pop_due(2.0) is None
    assert agenda.pop_due(3.0) == (3.0, ANN)
    assert agenda.pop_due(9.0) is None


def test_a_stopped_timer_never_fires() -> None:
    agenda = Agenda()
    agenda.start(ANN, 1.0)
    agenda.stop(ANN)
    agenda.stop(BOB)
    assert agenda.next_deadline() is None
    assert agenda.running() == []


def test_moving_a_timer_forever_does_not_pile_up() -> None:
    agenda = Agenda()
    for at in range(10_000):
        agenda.start(ANN, float(at))
    assert agenda.running() == [(9999.0, ANN)]
    assert len(agenda._heap) < 200
