"""Say how many agents a load of calls needs (Erlang C, Erlang A)."""

import csv
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentral.failures import Failure, Misuse
from sentral.output import json_option, print_json, print_table, span

if TYPE_CHECKING:
    from acd.staffing import Expected, Goal, Load

AROUND: Final = 3
"""Rows shown on each side of the answer."""

RATE: Final = click.FloatRange(0, 1_000_000)
SECONDS: Final = click.FloatRange(0, 86_400, min_open=True)


@click.command("staffing")
@json_option
@click.option("--calls-per-hour", type=RATE, help="Mean arrivals.")
@click.option("--aht", type=SECONDS, required=True, help="Mean handling time, seconds.")
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
def command(
    as_json: bool,
    calls_per_hour: float | None,
    aht: float,
    target: float,
    within: float,
    patience: float | None,
    short_abandon: float,
    shrinkage: float,
    max_occupancy: float,
    interval: int,
    agents: int | None,
    forecast: Path | None,
) -> None:
    """Agents at the phone, and people to schedule, for a load and a service level.

    Shares are 0 to 1: `--target 0.8 --within 20` asks for 80 % in 20 seconds, `--shrinkage 0.3`
    says that 30 % of paid time is not at the phone. `--interval` is in minutes.
    """
    from acd.staffing import Goal, Load

    if (calls_per_hour is None) == (forecast is None):
        raise Misuse("give either --calls-per-hour or --forecast")
    goal = Goal(
        service_level=target,
        within_s=within,
        short_abandon_s=short_abandon,
        most_occupied=max_occupancy,
    )
    if forecast is not None:
        usual = Load(calls_per_hour=0, aht_s=aht, patience_s=patience)
        rows = [
            {"start": start, "calls": calls} | _figures(load, goal, shrinkage, None)
            for start, calls, load in _forecast(forecast, usual, interval)
        ]
        _show_intervals(rows, as_json)
        return
    assert calls_per_hour is not None
    load = Load(calls_per_hour=calls_per_hour, aht_s=aht, patience_s=patience)
    found = _figures(load, goal, shrinkage, agents)
    found["calls_per_interval"] = calls_per_hour * interval / 60
    found["table"] = _table(load, goal, shrinkage, found["agents"])
    if as_json:
        print_json(found)
    else:
        _print(found, goal)


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


def _forecast(path: Path, usual: "Load", minutes: int) -> list[tuple[str, float, "Load"]]:
    """Start, calls and load of each interval of a CSV with a heading."""
    intervals = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                calls = float(row["calls"] or 0)
                aht_s = float(row.get("aht") or usual.aht_s)
                start = row["start"]
            except (KeyError, ValueError) as error:
                text = f"{path}:{number}: needs `start` and `calls` as a number: {error}"
                raise Misuse(text) from error
            if not (0 <= calls <= 1e6 and 0 < aht_s <= 86_400):
                raise Misuse(f"{path}:{number}: calls or aht out of range")
            load = replace(usual, calls_per_hour=calls * 60 / minutes, aht_s=aht_s)
            intervals.append((start, calls, load))
    return intervals


def _show_intervals(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json({"intervals": rows, "most": max((row["agents"] for row in rows), default=0)})
        return
    print_table(
        ["from", ">calls", ">erlangs", ">agents", ">scheduled", ">in target", ">occupied"],
        [
            (
                *(row["start"], f"{row['calls']:g}", f"{row['erlangs']:.1f}", row["agents"]),
                *(row["scheduled"], f"{row['service_level']:.1%}", f"{row['occupancy']:.1%}"),
            )
            for row in rows
        ],
        empty="The forecast has no rows.",
    )


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
