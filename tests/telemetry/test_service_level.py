"""The service level of the last while."""

import math

import pytest

from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.queues import CallAbandoned, QueueAnswered
from telemetry.face import QueueTargets
from telemetry.service_level import ServiceLevelWindow

C, E, Q = CallId("c"), EntryId("e"), QueueName("q")
TARGETS = QueueTargets(service_level_s=20, short_abandon_s=5)


def answered(wait_s: float) -> QueueAnswered:
    return QueueAnswered(C, E, Q, AgentId("a"), OfferId(1), wait_s)


def abandoned(wait_s: float) -> CallAbandoned:
    return CallAbandoned(C, E, Q, wait_s)


def test_the_worked_check_of_the_definitions() -> None:
    """1000 answered, 860 in target; 60 abandoned, 20 in target, 10 of those short: 860/1050."""
    window = ServiceLevelWindow(lambda: TARGETS, 1800)
    for index in range(1000):
        window.answered(answered(20.0 if index < 860 else 20.1), at=float(index))
    for index in range(60):
        wait_s = 5.0 if index < 10 else 20.0 if index < 20 else 30.0
        window.abandoned(abandoned(wait_s), at=1000.0)
    assert window.ratio(1000.0) == pytest.approx(860 / 1050)


def test_what_left_the_window_no_longer_counts() -> None:
    window = ServiceLevelWindow(lambda: TARGETS, 100)
    window.answered(answered(30), at=0)
    window.answered(answered(1), at=50)
    assert window.ratio(99) == 0.5
    assert window.ratio(100) == 1.0
    assert math.isnan(window.ratio(150))


def test_only_short_abandons_are_no_service_level() -> None:
    window = ServiceLevelWindow(lambda: TARGETS, 100)
    window.abandoned(abandoned(4.9), at=0)
    assert math.isnan(window.ratio(1))
