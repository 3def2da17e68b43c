"""What the demo says of a call and of the queues is what the API and /metrics say."""

from typing import Any

import pytest

from events.kpi import average_speed_of_answer_s, service_level
from sentral.demo.results import call_result, is_complete, queue_counts, total

AGENTS = {"101": "Ana"}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"seq": 1, "utc": 0.0, "kind": kind, "fields": fields}


def story(*events: dict[str, Any], **call: Any) -> dict[str, Any]:
    plain = {
        **{"dialled": "1000", "queue": None, "agent": None, "status": None, "ended_at": 9.0},
        **{"outcome": "answered", "hung_up_by": "caller"},
    }
    return {"call": {**plain, **call}, "events": list(events)}


def test_a_call_with_an_agent() -> None:
    told = story(
        event("CallRouted", target_kind="flow", target="main"),
        event("NodeVisited", outcome="next"),
        event("NodeVisited", outcome="1"),
        event("NodeVisited", outcome="3"),
        event("QueueAnswered", wait_s=2.5),
        event("QueueCallHandled", talk_s=4.0, hold_s=1.5, wrap_up_s=3.0),
        queue="billing",
        agent="101",
    )
    result = call_result("Robin", told, AGENTS)
    assert (result.path, result.keys) == ("1000 → flow main", "1 3")
    assert (result.queue, result.agent) == ("billing", "Ana")
    assert (result.waited_s, result.talked_s, result.held_s) == (2.5, 4.0, 1.5)
    assert (result.outcome, result.ended_by) == ("answered", "caller")


def test_a_call_that_led_nowhere() -> None:
    result = call_result("Nina", story(dialled="4040", status=404, outcome="rejected"), AGENTS)
    assert (result.path, result.keys, result.queue, result.agent) == ("4040", "", "", "")
    assert (result.waited_s, result.talked_s, result.held_s) == (None, None, None)
    assert result.outcome == "rejected (404)"


@pytest.mark.parametrize(
    ("kinds", "ended_at", "complete"),
    [
        (["CallArrived"], None, False),
        (["CallArrived", "CallEnded"], 3.0, True),
        (["QueueAnswered", "CallEnded"], 3.0, False),
        (["QueueAnswered", "CallEnded", "QueueCallHandled"], 3.0, True),
    ],
)
def test_a_call_is_complete_with_its_wrap_up(
    kinds: list[str], ended_at: float | None, complete: bool
) -> None:
    assert is_complete(story(*map(event, kinds), ended_at=ended_at)) is complete


def metrics(offered: int, answered: int, wait_s: float, short: int, late: int) -> str:
    return f"""\
# TYPE sentral_queue_offered_total counter
sentral_queue_offered_total{{queue="billing"}} {offered}
sentral_queue_offered_total{{queue="sales"}} 77
# TYPE sentral_queue_answered_total counter
sentral_queue_answered_total{{queue="billing"}} {answered}
# TYPE sentral_queue_answered_in_target_total counter
sentral_queue_answered_in_target_total{{queue="billing"}} {answered - 1}
# TYPE sentral_queue_abandoned_total counter
sentral_queue_abandoned_total{{queue="billing",kind="short"}} {short}
sentral_queue_abandoned_total{{queue="billing",kind="late"}} {late}
# TYPE sentral_queue_flowed_out_total counter
sentral_queue_flowed_out_total{{queue="billing",reason="full"}} 3
sentral_queue_flowed_out_total{{queue="billing",reason="timeout"}} {offered}
# TYPE sentral_queue_wait_seconds histogram
sentral_queue_wait_seconds_bucket{{queue="billing",outcome="answered",le="+Inf"}} {answered}
sentral_queue_wait_seconds_sum{{queue="billing",outcome="answered"}} {wait_s}
sentral_queue_wait_seconds_count{{queue="billing",outcome="answered"}} {answered}
"""


def test_only_what_happened_between_two_scrapes_counts() -> None:
    counts = queue_counts(metrics(10, 5, 40.0, 1, 2), metrics(18, 9, 60.0, 2, 4), "billing")
    assert (counts.offered, counts.answered, counts.answered_in_target) == (8, 4, 4)
    assert (counts.abandoned, counts.abandoned_short, counts.abandoned_in_target) == (3, 1, 1)
    assert counts.flowed_out == 8
    assert average_speed_of_answer_s(counts) == 5.0
    assert service_level(counts) == pytest.approx(4 / (4 + 3 - 1))


def test_a_series_that_begins_meanwhile_begins_at_zero() -> None:
    counts = queue_counts("", metrics(3, 3, 6.0, 0, 0), "billing")
    assert (counts.offered, counts.answered, counts.answered_wait_s) == (3, 3, 6.0)
    assert queue_counts("", "", "billing").offered == 0


def test_queues_together_are_the_sum_of_their_counts() -> None:
    one = queue_counts("", metrics(3, 3, 6.0, 0, 0), "billing")
    two = queue_counts("", metrics(5, 1, 2.0, 1, 1), "billing")
    both = total([one, two])
    assert (both.offered, both.answered, both.answered_wait_s) == (8, 4, 8.0)
    assert average_speed_of_answer_s(both) == 2.0
