"""Queue series: each entry is counted once, under the right name."""

from events.centre import ConfigurationReplaced
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)
from telemetry.face import QueueTargets
from tests.telemetry.observing import Observed

C, E, Q, A = CallId("c"), EntryId("e"), QueueName("q"), AgentId("a")
TARGETS = {"q": QueueTargets(service_level_s=15, short_abandon_s=5)}


def test_a_configured_queue_is_there_before_its_first_call() -> None:
    observed = Observed(queues=TARGETS)
    assert observed.value("sentral_queue_offered_total", queue="q") == 0
    assert observed.value("sentral_queue_abandoned_total", queue="q", kind="late") == 0


def test_answers_within_the_queues_own_threshold() -> None:
    observed = Observed(queues=TARGETS)
    for wait_s in (15.0, 15.1):
        observed.tell(CallQueued(C, E, Q), QueueAnswered(C, E, Q, A, OfferId(1), wait_s))
    assert observed.value("sentral_queue_offered_total", queue="q") == 2
    assert observed.value("sentral_queue_answered_total", queue="q") == 2
    assert observed.value("sentral_queue_answered_in_target_total", queue="q") == 1
    assert observed.value("sentral_queue_service_level_ratio", queue="q") == 0.5


def test_what_is_configured_anew_counts_from_then_on() -> None:
    queues = dict(TARGETS)
    observed = Observed(queues=queues)
    observed.tell(QueueAnswered(C, E, Q, A, OfferId(1), 12.0))
    queues |= {"q": QueueTargets(service_level_s=10), "new": QueueTargets()}
    observed.tell(ConfigurationReplaced("hash"), QueueAnswered(C, E, Q, A, OfferId(1), 12.0))
    assert observed.value("sentral_queue_answered_in_target_total", queue="q") == 1
    assert observed.value("sentral_queue_service_level_ratio", queue="q") == 0.5
    assert observed.value("sentral_queue_offered_total", queue="new") == 0


def test_the_wait_histogram_has_the_threshold_as_a_bucket() -> None:
    observed = Observed(queues=TARGETS)
    observed.tell(QueueAnswered(C, E, Q, A, OfferId(1), 14.0))
    within = {"queue": "q", "outcome": "answered", "le": "15.0"}
    assert observed.value("sentral_queue_wait_seconds_bucket", **within) == 1


def test_abandons_by_how_long_they_waited() -> None:
    observed = Observed(queues=TARGETS)
    for wait_s in (5.0, 5.1, 15.0, 15.1):
        observed.tell(CallAbandoned(C, E, Q, wait_s))
    counts = {
        kind: observed.value("sentral_queue_abandoned_total", queue="q", kind=kind)
        for kind in ("short", "in_target", "late")
    }
    assert counts == {"short": 1, "in_target": 2, "late": 1}


def test_reasons_to_flow_out_stay_few() -> None:
    observed = Observed(queues=TARGETS)
    for number in range(100):
        observed.tell(CallFlowedOut(C, E, Q, 1.0, f"reason {number}"))
    other = observed.value("sentral_queue_flowed_out_total", queue="q", reason="other")
    assert other == 70


def test_the_parts_of_handling() -> None:
    observed = Observed(queues=TARGETS)
    observed.tell(QueueCallHandled(C, E, Q, A, 60.0, 7.0, 30.0))
    sums = {
        part: observed.value("sentral_queue_handle_seconds_sum", queue="q", part=part)
        for part in ("talk", "hold", "wrap_up")
    }
    assert sums == {"talk": 60.0, "hold": 7.0, "wrap_up": 30.0}


def test_a_queue_that_nobody_configured_is_counted_all_the_same() -> None:
    observed = Observed()
    observed.tell(CallQueued(C, E, QueueName("new")), CallAbandoned(C, E, QueueName("new"), 4.0))
    assert observed.value("sentral_queue_offered_total", queue="new") == 1
    assert observed.value("sentral_queue_abandoned_total", queue="new", kind="short") == 1
