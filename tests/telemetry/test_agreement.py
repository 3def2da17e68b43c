"""Prometheus and the reports show the same numbers, for any history at all."""

import math
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from events.agent_time import AgentTime
from events.agents import AgentState, AgentStateChanged
from events.event import Event, Recorded
from events.ids import AgentId, CallId, EntryId, OfferId, QueueName
from events.kpi import AgentSeconds, QueueCounts, service_level
from events.queue_report import QueueReport, Thresholds
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)
from telemetry.face import QueueTargets
from telemetry.settings import TelemetrySettings
from tests.telemetry.observing import EPOCH, Observed

QUEUES = {
    "sales": QueueTargets(service_level_s=20, short_abandon_s=5),
    "billing": QueueTargets(service_level_s=10, short_abandon_s=0),
}
THRESHOLDS = {
    QueueName(name): Thresholds(targets.service_level_s, targets.short_abandon_s)
    for name, targets in QUEUES.items()
}
AGENT = AgentId("a")
WINDOW_S = 600.0
WAITS = st.sampled_from([0.0, 4.9, 5.0, 5.1, 9.9, 10.0, 10.1, 19.9, 20.0, 20.1, 300.0])
SECONDS = st.floats(0, 1000)


@dataclass(frozen=True)
class Entry:
    """One entry into a queue: how it ends, if it does, and `pause_s` until the next."""

    queue: str
    end: str
    wait_s: float
    parts: tuple[float, float, float]
    pause_s: float


ENTRIES = st.lists(
    st.builds(
        Entry,
        queue=st.sampled_from(sorted(QUEUES)),
        end=st.sampled_from(["waits", "answered", "handled", "abandoned", "flowed_out"]),
        wait_s=WAITS,
        parts=st.tuples(SECONDS, SECONDS, SECONDS),
        pause_s=st.sampled_from([0.0, 1.0, 100.0, 599.0, 600.0]),
    ),
    max_size=30,
)


def events_of(number: int, entry: Entry) -> list[Event]:
    call, queue = CallId(f"c-{number}"), QueueName(entry.queue)
    where = (call, EntryId(f"e-{number}"), queue)
    events: list[Event] = [CallQueued(*where)]
    match entry.end:
        case "answered" | "handled":
            events.append(QueueAnswered(*where, AGENT, OfferId(number), entry.wait_s))
        case "abandoned":
            events.append(CallAbandoned(*where, entry.wait_s))
        case "flowed_out":
            events.append(CallFlowedOut(*where, entry.wait_s, "timeout"))
    if entry.end == "handled":
        events.append(QueueCallHandled(*where, AGENT, *entry.parts))
    return events


def shown(observed: Observed, queue: str) -> QueueCounts:
    """The report's numbers, as a scrape has them."""

    def value(name: str, **labels: str) -> float:
        return observed.value(f"sentral_queue_{name}", queue=queue, **labels) or 0.0

    short = value("abandoned_total", kind="short")
    in_target = value("abandoned_total", kind="in_target")
    return QueueCounts(
        offered=int(value("offered_total")),
        answered=int(value("answered_total")),
        answered_in_target=int(value("answered_in_target_total")),
        abandoned=int(short + in_target + value("abandoned_total", kind="late")),
        abandoned_in_target=int(short + in_target),
        abandoned_short=int(short),
        flowed_out=int(value("flowed_out_total", reason="timeout")),
        answered_wait_s=value("wait_seconds_sum", outcome="answered"),
        handled=int(value("handle_seconds_count", part="talk")),
        talk_s=value("handle_seconds_sum", part="talk"),
        hold_s=value("handle_seconds_sum", part="hold"),
        wrap_up_s=value("handle_seconds_sum", part="wrap_up"),
    )


@given(ENTRIES)
def test_queue_counters_are_the_reports(entries: list[Entry]) -> None:
    observed, report = Observed(queues=QUEUES), QueueReport(THRESHOLDS)
    observed.log.listen(report.observe)
    for number, entry in enumerate(entries):
        observed.tell(*events_of(number, entry))
    totals = report.totals()
    for queue in QUEUES:
        counts = totals.get(QueueName(queue), QueueCounts())
        counts.longest_wait_s = 0.0  # a gauge and a histogram show it, no counter
        counts.waiting_at_end = 0
        assert shown(observed, queue) == counts


@given(ENTRIES)
def test_the_service_level_is_the_formulas_over_the_window(entries: list[Entry]) -> None:
    observed = Observed(queues=QUEUES, settings=TelemetrySettings(service_level_window_s=WINDOW_S))
    recorded: list[Recorded] = []
    observed.log.listen(recorded.append)
    for number, entry in enumerate(entries):
        observed.tell(*events_of(number, entry))
        observed.now += entry.pause_s
    report = QueueReport(THRESHOLDS)
    for each in recorded:
        if each.steady > observed.now - WINDOW_S:
            report.observe(each)
    totals = report.totals()
    for queue in QUEUES:
        expected = service_level(totals.get(QueueName(queue), QueueCounts()))
        level = observed.value("sentral_queue_service_level_ratio", queue=queue)
        assert level is not None
        assert math.isnan(level) if expected is None else level == expected


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(list(AgentState)),
        st.integers(0, 500),
        st.booleans(),
    ),
    max_size=30,
)


@given(CHANGES)
def test_agents_time_is_the_reports(changes: list[tuple[str, AgentState, int, bool]]) -> None:
    observed, report = Observed(), AgentTime()
    observed.log.listen(report.observe)
    states: dict[str, tuple[AgentState, float]] = {}
    for name, state, pause_s, scraped in changes:
        was, since = states.get(name, (AgentState.SIGNED_OUT, observed.now))
        observed.tell(AgentStateChanged(AgentId(name), state, was=was, was_s=observed.now - since))
        states[name] = (state, observed.now)
        observed.now += pause_s
        if scraped:  # whenever somebody looks, the sum is the same
            observed.metrics.refresh()
    totals = report.totals(EPOCH + observed.now)
    for state in AgentState:
        if state is not AgentState.SIGNED_OUT:
            expected = sum(getattr(time, state.value) for time in totals.values())
            seconds = observed.value(
                "sentral_agent_state_seconds_total", state=state.value, reason=""
            )
            assert (seconds or 0.0) == expected
    assert set(AgentSeconds.__slots__) == {s.value for s in AgentState} - {"signed_out"}
