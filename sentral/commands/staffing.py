"""Say how many agents a load of calls needs (Erlang C, Erlang A)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse
from sentral.output import json_option, print_json, print_table, span
from sentral.period import DAY, period

if TYPE_CHECKING:
    from acd.staffing import Expected, Goal, Load
    from sentral.forecast import Interval

AROUND: Final = 3
"""Rows shown on each side of the answer."""

RATE: Final = click.FloatRange(0, 1_000_000)
SECONDS: Final = click.FloatRange(0, 86_400, min_open=True)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.command("staffing")
@config_option
@json_option
@click.option("--calls-per-hour", type=RATE, help="Mean arrivals.")
@click.option("--aht", type=SECONDS, help="Mean handling time, seconds; else that of the past.")
@click.option("--target", type=click.FloatRange(0, 1), default=0.8, show_default=True)
@click.option("--within", type=click.FloatRange(0), default=20.0, show_default=True)
@click.option("--patience", type=SECONDS, help="Mean patience, seconds: Erlang A. None: for ever.")
@click.option("--short-abandon", type=click.FloatRange(0), default=5.0, show_default=True)
@click.option("--shrinkage", type=click.FloatRange(0, 1, max_open=True), default=0.0)
@click.option("--max-occupancy", type=click.FloatRange(0, 1, min_open=True), default=1.0)
@click.option("--interval", type=click.IntRange(1, 1440), default=30, show_default=True)
@click.option("--agents", type=click.IntRange(0, 100_000), help="Judge so many instead.")
@click.option(
    "--forecast",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV: start, calls per interval, and optionally aht.",
)
@click.option("--history-from", type=DAY, help="Forecast what a past period was like.")
@click.option("--history-to", type=DAY, help="Local time, not included; now if not given.")
@click.option("--weekday", type=click.Choice(WEEKDAYS), multiple=True, help="Only such days of it.")
@click.option("--queue", "only", multiple=True, help="Only this queue of it; may be repeated.")
@click.option("--busiest", is_flag=True, help="For each interval's busiest day, not the mean.")
def command(
    config: Path | None,
    as_json: bool,
    calls_per_hour: float | None,
    aht: float | None,
    target: float,
    within: float,
    patience: float | None,
    short_abandon: float,
    shrinkage: float,
    max_occupancy: float,
    interval: int,
    agents: int | None,
    forecast: Path | None,
    history_from: datetime | None,
    history_to: datetime | None,
    weekday: tuple[str, ...],
    only: tuple[str, ...],
    busiest: bool,
) -> None:
    """Agents at the phone, and people to schedule, for a load and a service level.

    Shares are 0 to 1: `--target 0.8 --within 20` asks for 80 % in 20 seconds, `--shrinkage 0.3`
    says that 30 % of paid time is not at the phone. `--interval` is in minutes.
    """
    from acd.staffing import Goal, Load

    _check(calls_per_hour, forecast, history_from, aht)
    goal = Goal(
        service_level=target,
        within_s=within,
        short_abandon_s=short_abandon,
        most_occupied=max_occupancy,
    )
    usual = Load(calls_per_hour=calls_per_hour or 0, aht_s=aht or 0.0, patience_s=patience)
    if history_from is not None:
        first, last = period(history_from, history_to)
        days = [WEEKDAYS.index(day) for day in weekday or WEEKDAYS]
        ahead = _as_it_was(config, usual, (first, last), days, only, interval, busiest)
        _show_intervals(ahead, goal, shrinkage, interval, as_json)
    elif forecast is not None:
        from sentral.forecast import forecast_from

        ahead = forecast_from(forecast, usual, interval)
        _show_intervals(ahead, goal, shrinkage, interval, as_json)
    else:
        _show(usual, goal, shrinkage, interval, agents, as_json)


def _check(
    calls_per_hour: float | None, forecast: Path | None, first: datetime | None, aht: float | None
) -> None:
    if sum(each is not None for each in (calls_per_hour, forecast, first)) != 1:
        raise Misuse("give one of --calls-per-hour, --forecast or --history-from")
    if aht is None and first is None:
        raise Misuse("give --aht")


def _show(
    load: "Load",
    goal: "Goal",
    shrinkage: float,
    interval: int,
    agents: int | None,
    as_json: bool,
) -> None:
    found = _figures(load, goal, shrinkage, agents)
    found["calls_per_interval"] = load.calls_per_hour * interval / 60
    found["table"] = _table(load, goal, shrinkage, found["agents"])
    if as_json:
        print_json(found)
    else:
        _print(found, goal)


def _as_it_was(
    config: Path | None,
    usual: "Load",
    when: tuple[datetime, datetime],
    days: Sequence[int],
    only: tuple[str, ...],
    interval: int,
    busiest: bool,
) -> "list[Interval]":
    from events.ids import QueueName
    from sentral.forecast import forecast_in
    from sentral.history import Past, past_of

    if 24 * 60 % interval:
        raise Misuse("--interval must divide a day")
    past = past_of(configured(config), Past(*when, minutes=interval, weekdays=days))
    queues = [QueueName(name) for name in only] or list(past.queues)
    aht_s = usual.aht_s or past.mean_handled_s(queues)
    if aht_s is None:
        raise Misuse("no call was handled in that period; give --aht")
    return forecast_in(past, queues, replace(usual, aht_s=aht_s), busiest=busiest)


def _figures(load: "Load", goal: "Goal", shrinkage: float, agents: int | None) -> dict[str, Any]:
    from acd.staffing import Unstable, agents_needed, expect, people_to_schedule

    figures: dict[str, Any] = {
        "model": "erlang_c" if load.patience_s is None else "erlang_a",
        "erlangs": load.erlangs,
        "stable": True,
    }
    try:
        found = agents_needed(load, goal) if agents is None else expect(agents, load, goal)
    except Unstable as error:
        if agents is None:
            raise Failure(str(error)) from error
        scheduled = people_to_schedule(agents, shrinkage)
        return figures | {**_unknown(agents), "scheduled": scheduled, "stable": False}
    return figures | {**asdict(found), "scheduled": people_to_schedule(found.agents, shrinkage)}


def _unknown(agents: int) -> dict[str, Any]:
    from dataclasses import fields

    from acd.staffing import Expected

    return {each.name: None for each in fields(Expected)} | {"agents": agents}


def _table(load: "Load", goal: "Goal", shrinkage: float, middle: int) -> list[dict[str, Any]]:
    """Erlang C, and Erlang A if callers lose patience, for numbers around the answer."""
    from acd.staffing import people_to_schedule

    patient = replace(load, patience_s=None)
    return [
        {
            "agents": agents,
            "scheduled": people_to_schedule(agents, shrinkage),
            "erlang_c": _expected(agents, patient, goal),
            "erlang_a": None if load.patience_s is None else _expected(agents, load, goal),
        }
        for agents in range(max(1, middle - AROUND), middle + AROUND + 1)
    ]


def _expected(agents: int, load: "Load", goal: "Goal") -> dict[str, Any] | None:
    """None if it is unstable."""
    from acd.staffing import Unstable, expect

    try:
        found: Expected = expect(agents, load, goal)
    except Unstable:
        return None
    return asdict(found)


def _show_intervals(
    intervals: "list[Interval]", goal: "Goal", shrinkage: float, minutes: int, as_json: bool
) -> None:
    from sentral.forecast import peak_hour

    rows = [
        {
            "start": each.start,
            "calls": each.calls,
            "busiest_day": each.busiest_day,
            "aht_s": each.load.aht_s,
            **_figures(each.load, goal, shrinkage, None),
        }
        for each in intervals
    ]
    found: dict[str, Any] = {
        "intervals": rows,
        "most": max((row["agents"] for row in rows), default=0),
        "most_scheduled": max((row["scheduled"] for row in rows), default=0),
        "peak_hour": None,
    }
    if intervals:
        first, calls = peak_hour(intervals, minutes)
        found["peak_hour"] = {"start": first.start, "calls": calls}
    if as_json:
        print_json(found)
    else:
        _print_intervals(found)


def _print_intervals(found: dict[str, Any]) -> None:
    print_table(
        [
            *("from", ">calls", ">busiest day", ">erlangs", ">agents", ">scheduled"),
            *(">in target", ">mean wait", ">occupied"),
        ],
        [
            (
                *(row["start"], f"{row['calls']:.4g}", row["busiest_day"]),
                *(f"{row['erlangs']:.1f}", row["agents"], row["scheduled"]),
                *(f"{row['service_level']:.1%}", span(row["asa_s"]), f"{row['occupancy']:.1%}"),
            )
            for row in found["intervals"]
        ],
        empty="The forecast has no rows.",
    )
    if found["peak_hour"] is not None:
        peak = found["peak_hour"]
        click.echo(f"Most calls in an hour from {peak['start']}: {peak['calls']:.4g}.")


def _print(found: dict[str, Any], goal: "Goal") -> None:
    load = f"{found['erlangs']:.2f} erlangs"
    if not found["stable"]:
        click.echo(f"{load}: unstable with {found['agents']} agents, the queue grows without end.")
    else:
        click.echo(
            f"{load}: {found['agents']} agents at the phone, {found['scheduled']} to schedule: "
            f"{found['service_level']:.1%} within {goal.within_s:g} s."
        )
    print_table(
        [
            *(">agents", ">scheduled", ">Erlang C", ">mean wait", ">occupied"),
            *(">Erlang A", ">mean wait", ">occupied", ">hang up"),
        ],
        [
            (
                *(row["agents"], row["scheduled"]),
                *_cells(row["erlang_c"], patient=True),
                *_cells(row["erlang_a"], patient=False),
            )
            for row in found["table"]
        ],
    )


def _cells(expected: dict[str, Any] | None, *, patient: bool) -> tuple[str, ...]:
    if expected is None:
        return ("unstable", "", "") if patient else ("", "", "", "")
    cells = (
        f"{expected['service_level']:.1%}",
        span(expected["asa_s"]),
        f"{expected['occupancy']:.1%}",
    )
    return cells if patient else (*cells, f"{expected['abandonment_rate']:.1%}")
