"""The formulas of METRICS.md against its worked check, and against nothing at all."""

import pytest

from events.ids import PartyId, QueueName
from events.kpi import (
    ABANDONMENT_RATES,
    SERVICE_LEVELS,
    AgentSeconds,
    Contact,
    QueueCounts,
    Resolution,
    abandonment_rate,
    adherence,
    availability,
    average_handling_time_s,
    average_speed_of_answer_s,
    contact_quality,
    mean_satisfaction,
    net_promoter_score,
    occupancy,
    resolution_by_disposition,
    resolution_by_repeat_call,
    response_rate,
    reviewed_share,
    satisfaction,
    service_level,
    transfer_rate,
)

WORKED = QueueCounts(
    offered=1060,
    answered=1000,
    answered_in_target=860,
    abandoned=60,
    abandoned_in_target=20,
    abandoned_short=10,
)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("answered_in_target", 860 / 1050),
        ("offered", 860 / 1060),
        ("answered", 860 / 1000),
        ("served", 880 / 1060),
        ("late_abandons", 860 / 1040),
        ("short_credit", 870 / 1060),
    ],
)
def test_the_worked_check_of_the_service_level_family(formula: str, expected: float) -> None:
    assert service_level(WORKED, formula) == pytest.approx(expected)


def test_the_worked_check_as_it_is_printed() -> None:
    shown = {name: f"{formula(WORKED):.1%}" for name, formula in SERVICE_LEVELS.items()}
    assert shown == {
        "answered_in_target": "81.9%",
        "offered": "81.1%",
        "answered": "86.0%",
        "served": "83.0%",
        "late_abandons": "82.7%",
        "short_credit": "82.1%",
    }
    assert f"{abandonment_rate(WORKED):.1%}" == "4.8%"
    assert f"{abandonment_rate(WORKED, 'gross'):.1%}" == "5.7%"


def test_flow_outs_show_in_the_offered_formula_and_in_the_rates() -> None:
    overflowing = QueueCounts(offered=100, answered=1, answered_in_target=1, flowed_out=99)
    assert service_level(overflowing) == 1.0
    assert service_level(overflowing, "offered") == 0.01
    assert abandonment_rate(overflowing) == 0.0


@pytest.mark.parametrize("name", [*SERVICE_LEVELS, *ABANDONMENT_RATES])
def test_without_callers_there_is_no_rate(name: str) -> None:
    formula = {**SERVICE_LEVELS, **ABANDONMENT_RATES}[name]
    assert formula(QueueCounts()) is None


def test_times_are_means_over_those_that_they_are_about() -> None:
    counts = QueueCounts(
        answered=4,
        answered_wait_s=60,
        handled=2,
        talk_s=100,
        hold_s=20,
        wrap_up_s=40,
        transferred=1,
    )
    assert average_speed_of_answer_s(counts) == 15
    assert average_handling_time_s(counts) == 80
    assert transfer_rate(counts) == 0.5
    assert average_handling_time_s(QueueCounts()) is None


def test_occupancy_and_availability() -> None:
    time = AgentSeconds(
        available=30, offered=10, talking=40, busy=5, wrap_up=10, not_available=4, not_answering=1
    )
    assert occupancy(time) == pytest.approx(60 / 90)
    assert availability(time) == pytest.approx(90 / 100)
    assert occupancy(AgentSeconds(not_available=5)) is None
    assert adherence(45, 60) == 0.75


def test_a_call_followed_by_another_within_a_week_was_not_resolved() -> None:
    day = 86400.0
    ann, bob, help_ = PartyId("ann"), PartyId("bob"), QueueName("help")
    contacts = [
        Contact(ann, help_, 0.0),  # calls again on day 3
        Contact(ann, help_, 3 * day),  # not again: resolved
        Contact(ann, QueueName("sales"), 1 * day),  # another matter: resolved
        Contact(bob, help_, 0.0),  # again after more than a week: resolved
        Contact(bob, help_, 7 * day + 1),  # too young to say
        Contact(None, help_, 0.0),  # withheld
    ]
    assert resolution_by_repeat_call(contacts, now=11 * day) == Resolution(3, 4)
    assert resolution_by_repeat_call(contacts, now=11 * day).rate == 0.75
    assert resolution_by_disposition([True, False, True]) == Resolution(2, 3)
    assert Resolution(0, 0).rate is None


def test_what_customers_and_reviewers_say() -> None:
    assert satisfaction([5, 4, 3, 1]) == 0.5
    assert mean_satisfaction([5, 4, 3, 2]) == 3.5
    assert net_promoter_score([10, 9, 8, 6]) == 0.25
    assert response_rate(4, 16) == 0.25
    assert contact_quality([80.0, 90.0]) == 85.0
    assert reviewed_share(2, 50) == 0.04
    assert satisfaction([]) is None
