"""What the centre itself says of the demo: each call by the API, the numbers by /metrics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from events.kpi import QueueCounts

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True)
class CallResult:
    """A call's record and events, read into a row. Seconds, None for what never was."""

    caller: str
    path: str
    keys: str
    queue: str
    agent: str
    waited_s: float | None
    talked_s: float | None
    held_s: float | None
    outcome: str
    ended_by: str


def call_result(caller: str, story: Mapping[str, Any], agents: Mapping[str, str]) -> CallResult:
    """Out of `GET /api/v1/calls/{id}`. `agents`: names by id."""
    call, events = story["call"], story["events"]
    handled = _last(events, "QueueCallHandled")
    ends = ("QueueAnswered", "CallAbandoned", "CallFlowedOut")
    waits = [e["fields"]["wait_s"] for e in events if e["kind"] in ends]
    return CallResult(
        caller=caller,
        path=" → ".join((call["dialled"], *_targets(events))),
        keys=" ".join(_keys(events)),
        queue=call["queue"] or "",
        agent=agents.get(call["agent"] or "", call["agent"] or ""),
        waited_s=sum(waits) if waits else None,
        talked_s=handled.get("talk_s"),
        held_s=handled.get("hold_s"),
        outcome=call["outcome"] + (f" ({call['status']})" if call["status"] else ""),
        ended_by=call["hung_up_by"],
    )


def is_complete(story: Mapping[str, Any]) -> bool:
    """Whether the call is over and, if an agent took it, their wrap-up too."""
    kinds = {event["kind"] for event in story["events"]}
    handled = "QueueCallHandled" in kinds or "QueueAnswered" not in kinds
    return story["call"]["ended_at"] is not None and handled


def queue_counts(before: str, after: str, queue: str) -> QueueCounts:
    """What happened in a queue between two scrapes of /metrics."""
    old, new = _samples(before), _samples(after)

    def grown(name: str, **labels: str) -> float:
        wanted = {("queue", queue), *labels.items()}
        return _sum(new, name, wanted) - _sum(old, name, wanted)

    abandoned = {
        kind: round(grown("sentral_queue_abandoned_total", kind=kind))
        for kind in ("short", "in_target", "late")
    }
    talk_s, hold_s, wrap_up_s = (
        grown("sentral_queue_handle_seconds_sum", part=part) for part in ("talk", "hold", "wrap_up")
    )
    return QueueCounts(
        offered=round(grown("sentral_queue_offered_total")),
        answered=round(grown("sentral_queue_answered_total")),
        answered_in_target=round(grown("sentral_queue_answered_in_target_total")),
        abandoned=sum(abandoned.values()),
        abandoned_in_target=abandoned["short"] + abandoned["in_target"],
        abandoned_short=abandoned["short"],
        flowed_out=round(grown("sentral_queue_flowed_out_total")),
        answered_wait_s=grown("sentral_queue_wait_seconds_sum", outcome="answered"),
        handled=round(grown("sentral_queue_handle_seconds_count", part="talk")),
        talk_s=talk_s,
        hold_s=hold_s,
        wrap_up_s=wrap_up_s,
    )


def total(counts: Iterable[QueueCounts]) -> QueueCounts:
    """All queues together."""
    together = QueueCounts()
    for each in counts:
        for name in QueueCounts.__slots__:
            setattr(together, name, getattr(together, name) + getattr(each, name))
    return together


def _targets(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the numbering plan led, e.g. ["flow main"]."""
    routed = (event["fields"] for event in _of(events, "CallRouted"))
    return [f"{fields['target_kind']} {fields['target']}" for fields in routed]


def _keys(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys are what menus were left by."""
    outcomes = [str(e["fields"]["outcome"]) for e in _of(events, "NodeVisited")]
    return [outcome for outcome in outcomes if len(outcome) == 1]


def _of(events: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [event for event in events if event["kind"] == kind]


def _last(events: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    found = _of(events, kind)
    fields: Mapping[str, Any] = found[-1]["fields"] if found else {}
    return fields


def _samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _sum(samples: Samples, name: str, wanted: set[tuple[str, str]]) -> float:
    return sum(
        value for (series, labels), value in samples.items() if series == name and wanted <= labels
    )
