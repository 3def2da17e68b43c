"""Report what happened in the queues, by interval; `report agents`: what agents did."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse
from sentral.output import json_option, print_json, print_table, span
from sentral.period import DAY, period

if TYPE_CHECKING:
    from config.settings import Settings
    from events.kpi import QueueCounts
    from events.queue_report import QueueReport
    from sentral.agent_report import AgentFigures

KINDS: Final = (
    *("CallQueued", "QueueAnswered", "CallAbandoned", "CallFlowedOut"),
    *("QueueCallHandled", "CallTransferred"),
)


@click.group("report", invoke_without_command=True)
@config_option
@json_option
@click.option("--from", "begin", type=DAY, help="Local time; today's midnight if not given.")
@click.option("--to", "end", type=DAY, help="Local time, not included; now if not given.")
@click.option("--interval", type=click.IntRange(1, 1440), default=60, show_default=True)
@click.option("--queue", help="Only this queue.")
@click.pass_context
def command(
    ctx: click.Context,
    config: Path | None,
    as_json: bool,
    begin: datetime | None,
    end: datetime | None,
    interval: int,
    queue: str | None,
) -> None:
    """Calls, waits and service level of each queue, by intervals of so many minutes.

    Read from the database, whether the centre runs or not.
    """
    if ctx.invoked_subcommand is not None:
        return
    settings = configured(config)
    if queue is not None and queue not in settings.queues:
        raise Misuse(f"there is no queue {queue}; there are {', '.join(sorted(settings.queues))}")
    first, last = period(begin, end)
    report = _filled(settings, first, last, interval)
    rows = [row for row in _rows(report) if queue in (None, row["queue"])]
    if as_json:
        print_json({"from": first.isoformat(), "to": last.isoformat(), "rows": rows})
    else:
        _print(rows, f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}")


@command.command("agents")
@config_option
@json_option
@click.option("--from", "begin", type=DAY, help="Local time; today's midnight if not given.")
@click.option("--to", "end", type=DAY, help="Local time, not included; now if not given.")
def agents(
    config: Path | None, as_json: bool, begin: datetime | None, end: datetime | None
) -> None:
    """Time of each agent by state, and how they kept to their schedules."""
    settings = configured(config)
    first, last = period(begin, end)
    last = min(last, datetime.now().astimezone())  # nothing has been done later
    if last <= first:
        raise Misuse("--from must be in the past")
    figures = _figures_of_agents(settings, first, last)
    if as_json:
        rows = [asdict(each) for each in figures]
        print_json({"from": first.isoformat(), "to": last.isoformat(), "rows": rows})
    else:
        _print_agents(figures, settings, f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}")


def _figures_of_agents(
    settings: "Settings", first: datetime, last: datetime
) -> "list[AgentFigures]":
    from records.past import DatabaseAway
    from records.reading import Reader
    from sentral.agent_report import agent_figures_in

    reader = Reader(settings.store)
    try:
        return agent_figures_in(reader, first.timestamp(), last.timestamp())
    except DatabaseAway as error:
        raise Failure(f"{error}; has the centre ever been served?") from error
    finally:
        reader.close()


def _print_agents(figures: "list[AgentFigures]", settings: "Settings", period: str) -> None:
    names = {agent: each.name for agent, each in settings.agents.items()}
    print_table(
        [
            *("agent", "name", ">signed in", ">talking", ">wrap-up", ">available"),
            *(">not available", ">occupancy", ">scheduled", ">adherence"),
        ],
        [
            (
                *(each.agent, names.get(each.agent, ""), span(each.time.signed_in)),
                *(span(each.time.talking), span(each.time.wrap_up), span(each.time.available)),
                *(span(each.time.not_available), _percent(each.occupancy)),
                *(span(each.scheduled_s), _percent(each.adherence)),
            )
            for each in figures
        ],
        title=period,
        empty=f"No agent was signed in or scheduled, {period}.",
    )


def _filled(settings: "Settings", first: datetime, last: datetime, minutes: int) -> "QueueReport":
    from events.ids import QueueName
    from events.queue_report import QueueReport, Thresholds
    from sentral.stored import stored_events

    thresholds: Mapping[QueueName, Thresholds] = {
        QueueName(name): Thresholds(each.service_level_s, each.short_abandon_s)
        for name, each in settings.queues.items()
    }
    report = QueueReport(
        thresholds,
        interval_s=timedelta(minutes=minutes).total_seconds(),
        origin_utc=first.timestamp(),
    )
    begin, end = first.timestamp(), last.timestamp()
    for recorded in stored_events(settings, utc_from=begin, utc_to=end, kinds=KINDS):
        report.observe(recorded)
    return report


def _rows(report: "QueueReport") -> Iterator[dict[str, Any]]:
    """One of each queue and interval, then the queue's total with no `start`."""
    totals = report.totals()
    rows = report.rows()
    for queue in sorted(totals):
        for row in rows:
            if row.queue == queue and row.start_utc is not None:
                start = datetime.fromtimestamp(row.start_utc).astimezone()
                yield {"queue": queue, "start": start.isoformat(), **_numbers(row.counts)}
        yield {"queue": queue, "start": None, **_numbers(totals[queue])}


def _numbers(counts: "QueueCounts") -> dict[str, Any]:
    from events import kpi

    return {
        **asdict(counts),
        "service_level": {name: rate(counts) for name, rate in kpi.SERVICE_LEVELS.items()},
        "abandonment_rate": {name: rate(counts) for name, rate in kpi.ABANDONMENT_RATES.items()},
        "average_speed_of_answer_s": kpi.average_speed_of_answer_s(counts),
        "average_handling_time_s": kpi.average_handling_time_s(counts),
    }


def _print(rows: list[dict[str, Any]], period: str) -> None:
    print_table(
        [
            *("queue", "from", ">offered", ">answered", ">abandoned", ">flowed out"),
            *(">in target", ">of all", ">mean wait", ">longest", ">handling"),
        ],
        [
            (
                *(row["queue"], _start(row["start"]), row["offered"], row["answered"]),
                *(_abandoned(row), row["flowed_out"]),
                *(
                    _percent(row["service_level"][name])
                    for name in ("answered_in_target", "offered")
                ),
                span(row["average_speed_of_answer_s"]),
                *(span(row["longest_wait_s"]), span(row["average_handling_time_s"])),
            )
            for row in rows
        ],
        title=period,
        empty=f"No call entered a queue, {period}.",
    )


def _start(start: str | None) -> str:
    return "total" if start is None else f"{datetime.fromisoformat(start):%m-%d %H:%M}"


def _abandoned(row: dict[str, Any]) -> str:
    rate = row["abandonment_rate"]["net"]
    return f"{row['abandoned']} ({rate:.1%})" if row["abandoned"] and rate is not None else "0"


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.1%}"
