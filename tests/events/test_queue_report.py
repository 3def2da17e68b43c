"""Counts per queue and interval: nobody is lost between them, whatever happens."""

from dataclasses import asdict
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calls import CallHeld, CallTransferred, Side
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.kpi import QueueCounts
from events.queue_report import Attribution, QueueReport, Row, Thresholds
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)

SALES, HELP = QueueName("sales"), QueueName("help")
AGENT = AgentId("ann")


def queued(entry: str, queue: QueueName = SALES) -> CallQueued:
    return CallQueued(CallId(entry), EntryId(entry), queue)


def answered(entry: str, wait_s: float, queue: QueueName = SALES) -> QueueAnswered:
    return QueueAnswered(CallId(entry), EntryId(entry), queue, AGENT, OfferId(1), wait_s)


def abandoned(entry: str, wait_s: float, queue: QueueName = SALES) -> CallAbandoned:
    return CallAbandoned(CallId(entry), EntryId(entry), queue, wait_s)


def flowed_out(entry: str, wait_s: float, queue: QueueName = SALES) -> CallFlowedOut:
    return CallFlowedOut(CallId(entry), EntryId(entry), queue, wait_s, "timeout")


def handled(entry: str, talk_s: float, queue: QueueName = SALES) -> QueueCallHandled:
    return QueueCallHandled(CallId(entry), EntryId(entry), queue, AGENT, talk_s, 2.0, 3.0)


def observed(report: QueueReport, *events: tuple[float, Event]) -> QueueReport:
    for seq, (utc, event) in enumerate(events, 1):
        report.observe(Recorded(seq, utc, utc, event))
    return report


def test_each_end_counts_once_and_by_its_wait() -> None:
    report = observed(
        QueueReport({SALES: Thresholds(service_level_s=20, short_abandon_s=5)}),
        (0, queued("a")),
        (0, queued("b")),
        (0, queued("c")),
        (0, queued("d")),
        (0, queued("e")),
        (0, queued("f")),
        (5, abandoned("a", 5.0)),
        (20, answered("b", 20.0)),
        (20, abandoned("c", 20.0)),
        (21, answered("d", 20.1)),
        (90, flowed_out("e", 90.0)),
        (60, handled("b", 40.0)),
        (95, CallTransferred(CallId("d"), Side.AGENT, "queue", "help", AGENT, EntryId("d"))),
    )
    assert report.totals() == {
        SALES: QueueCounts(
            offered=6,
            answered=2,
            answered_in_target=1,
            abandoned=2,
            abandoned_in_target=2,
            abandoned_short=1,
            flowed_out=1,
            answered_wait_s=40.1,
            longest_wait_s=90.0,
            handled=1,
            talk_s=40.0,
            hold_s=2.0,
            wrap_up_s=3.0,
            transferred=1,
            waiting_at_end=1,
        )
    }


HOUR = [
    (10.0, queued("a")),
    (50.0, queued("b")),
    (70.0, answered("a", 60.0)),
    (130.0, abandoned("b", 80.0)),
    (200.0, handled("a", 100.0)),
]


def test_by_event_counts_where_it_happens() -> None:
    rows = observed(QueueReport(interval_s=60), *HOUR).rows()
    assert [row.start_utc for row in rows] == [0, 60, 120, 180]
    seen = [
        (r.counts.offered, r.counts.answered, r.counts.abandoned, r.counts.handled) for r in rows
    ]
    assert seen == [(2, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    waiting = [(r.counts.waiting_at_start, r.counts.waiting_at_end) for r in rows]
    assert waiting == [(0, 2), (2, 1), (1, 0), (0, 0)]


def test_by_entry_counts_where_the_call_entered() -> None:
    report = QueueReport(interval_s=60, attribution=Attribution.BY_ENTRY)
    first, *others = observed(report, *HOUR).rows()
    assert (first.counts.offered, first.counts.answered, first.counts.abandoned) == (2, 1, 1)
    assert first.counts.handled == 1
    assert all(row.counts == QueueCounts() for row in others)


def test_a_log_that_begins_in_mid_day_counts_who_already_waited() -> None:
    (row,) = observed(QueueReport(), (10.0, answered("earlier", 30.0))).rows()
    assert (row.counts.waiting_at_start, row.counts.offered, row.counts.answered) == (1, 0, 1)
    assert row.counts.is_balanced


def test_intervals_without_events_are_shown_and_others_only_move_time() -> None:
    held = CallHeld(CallId("x"), Side.AGENT)
    report = observed(QueueReport(interval_s=60), (0.0, held), (61.0, queued("a")), (250.0, held))
    assert [(row.start_utc, row.counts.waiting_at_end) for row in report.rows()] == [
        (60, 1),
        (120, 1),
        (180, 1),
        (240, 1),
    ]
    assert QueueReport().rows() == []


def history(seed: int) -> list[tuple[float, Event]]:
    """A random day: callers enter two queues and end in every way, some not at all."""
    random, utc = Random(seed), 1000.0
    waiting: list[tuple[str, QueueName, float]] = []
    talking: list[tuple[str, QueueName]] = []
    log: list[tuple[float, Event]] = []
    for number in range(random.randint(0, 80)):
        utc += random.choice([0.0, 1.0, 13.0, 61.0, 400.0])
        match random.randint(0, 5):
            case 0 | 1 | 2:
                queue = random.choice([SALES, HELP])
                waiting.append((f"call-{number}", queue, utc))
                log.append((utc, queued(f"call-{number}", queue)))
            case 3 | 4 if waiting:
                entry, queue, since = waiting.pop(random.randrange(len(waiting)))
                end = random.choice([answered, abandoned, flowed_out])
                log.append((utc, end(entry, utc - since, queue)))
                if end is answered:
                    talking.append((entry, queue))
            case 5 if talking:
                entry, queue = talking.pop(0)
                log.append((utc, handled(entry, 10.0, queue)))
    return log


@given(
    st.integers(0, 10**6),
    st.sampled_from([None, 60.0, 900.0]),
    st.sampled_from(Attribution),
    st.integers(0, 40),
)
def test_nobody_is_lost(
    seed: int, interval_s: float | None, attribution: Attribution, begin: int
) -> None:
    """O + waiting at start = A + B + F + waiting at end, in every row of every history."""
    log = history(seed)[begin:]
    report = QueueReport(interval_s=interval_s, attribution=attribution)
    rows = observed(report, *log).rows()
    for row in rows:
        assert row.counts.is_balanced
        assert min(row.counts.waiting_at_start, row.counts.waiting_at_end) >= 0
    for queue, total in report.totals().items():
        assert total.is_balanced
        mine = [row.counts for row in rows if row.queue == queue]
        assert total.offered == sum(counts.offered for counts in mine)
        assert total.longest_wait_s == max(counts.longest_wait_s for counts in mine)
        if attribution is Attribution.BY_EVENT:
            assert all(a.waiting_at_end == b.waiting_at_start for a, b in pairwise(mine))
            assert total.waiting_at_end == mine[-1].waiting_at_end


@given(st.integers(0, 10**6))
def test_both_attributions_agree_in_total(seed: int) -> None:
    log = history(seed)
    by_event = observed(QueueReport(interval_s=60), *log).totals()
    report = QueueReport(interval_s=60, attribution=Attribution.BY_ENTRY)
    by_entry = observed(report, *log).totals()
    assert by_event.keys() == by_entry.keys()
    for queue, counts in by_event.items():
        assert asdict(counts) == pytest.approx(asdict(by_entry[queue]))


def test_rows_go_queue_by_queue() -> None:
    report = observed(
        QueueReport(interval_s=60), (0.0, queued("a", SALES)), (61.0, queued("b", HELP))
    )
    places = [(row.queue, row.start_utc) for row in report.rows()]
    assert places == [(HELP, 0), (HELP, 60), (SALES, 0), (SALES, 60)]
    assert isinstance(report.rows()[0], Row)
