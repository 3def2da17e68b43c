"""Play a day of calls in virtual time, with the very same distributor."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentral.configuration import config_option, configured
from sentral.failures import Misuse
from sentral.output import json_option, print_json, print_table, span
from sentral.period import DAY, period

if TYPE_CHECKING:
    from acd.settings import AgentProfile
    from config.settings import Settings
    from events.event import Recorded
    from events.ids import AgentId
    from sentral.history import Past
    from sentral.simulation.habits import Habits
    from sentral.simulation.load import Load

SECONDS: Final = click.FloatRange(0, 86_400, min_open=True)
FILE: Final = click.Path(path_type=Path, dir_okay=False)
SEEN: Final = click.Path(path_type=Path, dir_okay=False, exists=True)

USUAL_AHT_S: Final = 240.0
PAST_INTERVAL_MIN: Final = 30


@click.command("simulate")
@config_option
@json_option
@click.option(
    "--load", type=FILE, help="CSV of a day: start (HH:MM), calls[, queue, aht, patience]."
)
@click.option("--calls", type=click.IntRange(1, 5_000_000), help="So many, at a steady rate.")
@click.option("--hours", type=click.FloatRange(0, 1000, min_open=True), default=8.0)
@click.option("--queue", "only", multiple=True, help="Only this queue; may be repeated.")
@click.option("--agents", type=click.IntRange(1, 100_000), help="So many; else the configured.")
@click.option("--aht", type=SECONDS, help="Mean, wrap-up included; 240 if not given.")
@click.option("--patience", type=SECONDS, help="Mean; without it nobody hangs up.")
@click.option("--handling-history", type=SEEN, help="CSV of seconds[, queue], to draw from.")
@click.option("--patience-history", type=SEEN, help="CSV of seconds[, queue, gave_up].")
@click.option("--history-from", type=DAY, help="Draw all that is not given from the database.")
@click.option("--history-to", type=DAY, help="Local time, not included; now if not given.")
@click.option("--ring", type=click.FloatRange(0, 600), default=0.0, help="Seconds until an answer.")
@click.option(
    "--warm-up", type=click.FloatRange(0, 1440), help="Minutes not counted, with --calls."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--plot", type=FILE, help="Draw the day: an HTML page, or a picture (.png).")
@click.option("--log", type=FILE, help="Write every event, one JSON object a line.")
def command(
    config: Path | None,
    as_json: bool,
    load: Path | None,
    calls: int | None,
    hours: float,
    only: tuple[str, ...],
    agents: int | None,
    aht: float | None,
    patience: float | None,
    handling_history: Path | None,
    patience_history: Path | None,
    history_from: datetime | None,
    history_to: datetime | None,
    ring: float,
    warm_up: float | None,
    seed: int,
    plot: Path | None,
    log: Path | None,
) -> None:
    """What would become of these calls, with these queues and agents.

    Arrivals are Poisson; handling times and patience are exponential, or drawn from a history.
    All agents of the configuration work all day; `--agents 40` takes so many of them, in their
    order and again from the first.
    """
    from sentral.simulation.load import mean_day, pattern, steady

    _check(load, calls, history_from, history_to)
    _check_times(aht, handling_history, patience, patience_history)
    settings = configured(config)
    names = _queues(settings, only)
    past = None if history_from is None else _past(settings, history_from, history_to)
    means = {"aht": aht, "patience": patience}
    files = {"handling": handling_history, "patience": patience_history}
    habits = _habits(means, files, past, settings.queues)
    if load is not None:
        who = pattern(load, names, habits)
    elif calls is not None:
        warm_up_s = (60.0 if warm_up is None else warm_up) * 60
        who = steady(calls, hours, names, habits, warm_up_s=warm_up_s)
    else:
        assert past is not None
        who = mean_day(past, names, habits)
    people = _people(settings, agents)
    found = {"agents": len(people), "seed": seed}
    found |= _run(settings, people, who, seed, ring, log)
    if plot is not None:
        _draw(found, plot)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _check(
    load: Path | None, calls: int | None, first: datetime | None, last: datetime | None
) -> None:
    if (load is not None and calls is not None) or not (load or calls or first):
        raise Misuse("give one of --load, --calls or --history-from")
    if load is not None and not load.is_file():
        raise Misuse(f"there is no file {load}")
    if last is not None and first is None:
        raise Misuse("--history-to needs --history-from")


def _check_times(
    aht: float | None, handled: Path | None, patience: float | None, stayed: Path | None
) -> None:
    if aht is not None and handled is not None:
        raise Misuse("give either --aht or --handling-history")
    if patience is not None and stayed is not None:
        raise Misuse("give either --patience or --patience-history")


def _past(settings: "Settings", first: datetime, last: datetime | None) -> "Past":
    from sentral.history import Past, past_of

    return past_of(settings, Past(*period(first, last), minutes=PAST_INTERVAL_MIN))


def _habits(
    means: dict[str, float | None],
    files: dict[str, Path | None],
    past: "Past | None",
    queues: Iterable[str],
) -> "Habits":
    """What is given by hand goes before the past."""
    from sentral.simulation.habits import (
        Habits,
        Histories,
        handling_from,
        handling_in,
        patience_from,
        patience_in,
    )

    handled: Histories = {}
    stayed: Histories = {}
    if files["handling"] is not None:
        handled = handling_from(files["handling"], queues)
    elif past is not None and means["aht"] is None:
        handled = handling_in(past)
    if files["patience"] is not None:
        stayed = patience_from(files["patience"], queues)
    elif past is not None and means["patience"] is None:
        stayed = patience_in(past)
    return Habits(
        aht_s=means["aht"] or USUAL_AHT_S,
        patience_s=means["patience"],
        handled=handled,
        stayed=stayed,
    )


def _draw(found: dict[str, Any], path: Path) -> None:
    if path.suffix.lower() == ".png":
        from sentral.simulation.picture import picture

        path.write_bytes(picture(found))
    else:
        from sentral.simulation.page import page

        path.write_text(page(found), encoding="utf-8")


def _queues(settings: "Settings", only: tuple[str, ...]) -> list[str]:
    for name in only:
        if name not in settings.queues:
            raise Misuse(f"there is no queue {name}; there are {', '.join(settings.queues)}")
    names = list(only or settings.queues)
    if not names:
        raise Misuse("the configuration has no queues")
    return names


def _people(settings: "Settings", count: int | None) -> "dict[AgentId, AgentProfile]":
    from acd.settings import AgentProfile
    from events.ids import AgentId

    if count is None:
        if not settings.agents:
            raise Misuse("the configuration has no agents; give --agents")
        return {AgentId(name): profile for name, profile in settings.agents.items()}
    known: list[tuple[str, AgentProfile]] = [*settings.agents.items()] or [("", AgentProfile())]
    people: dict[AgentId, AgentProfile] = {}
    for number, (name, profile) in enumerate(islice(cycle(known), count)):
        again = number // len(known)
        people[AgentId(f"{name}-{again + 1}" if again else name or "agent")] = profile
    return people


def _run(
    settings: "Settings",
    people: "dict[AgentId, AgentProfile]",
    load: "Load",
    seed: int,
    ring_s: float,
    log: Path | None,
) -> dict[str, Any]:
    from random import Random

    from acd.simulated_figures import Figures
    from acd.simulation import Simulation, arrivals_of
    from events.ids import QueueName
    from sentral.simulation.summary import summary

    queues = {QueueName(name): each for name, each in settings.queues.items()}
    arrivals = arrivals_of(load.stretches, Random(seed))
    counted = sum(arrival.is_counted for arrival in arrivals)
    listeners: list[Callable[[Recorded], None]] = []

    def observe(recorded: "Recorded") -> None:
        for listener in listeners:
            listener(recorded)

    simulation = Simulation(queues, people, arrivals, observe, ring_s=ring_s)
    figures = Figures(queues, load.period, simulation.counted)
    listeners.append(figures.observe)
    with ExitStack() as stack:
        if log is not None:
            listeners.append(stack.enter_context(_written(log)))
        simulation.run(stack.enter_context(_progress()))
    return summary(figures, counted)


@contextmanager
def _written(path: Path) -> "Iterator[Callable[[Recorded], None]]":
    from events.codec import to_json

    with path.open("w", encoding="utf-8") as file:
        yield lambda recorded: print(to_json(recorded), file=file)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar on standard error, if people look at it."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Simulating", total=1.0)
        yield lambda share: progress.update(task, completed=share)


def _print(found: dict[str, Any]) -> None:
    occupied = "" if found["occupancy"] is None else f", occupied {found['occupancy']:.1%}"
    click.echo(f"{found['calls']} calls, {found['agents']} agents{occupied}, seed {found['seed']}")
    columns = [
        *(">offered", ">answered", ">hung up", ">left", ">in target"),
        *(">mean", ">p50", ">p90", ">longest"),
    ]
    whole = ("total", found)
    print_table(
        ["queue", *columns],
        [(name, *_cells(row)) for name, row in (*found["queues"].items(), whole)],
    )
    print_table(
        ["queue", "from", ">offered", ">answered", ">abandoned", ">in target", ">mean wait"],
        [
            (
                *(row["queue"], row["start"], row["offered"], row["answered"]),
                *(row["abandoned"], _percent(row["service_level"]), span(row["asa_s"])),
            )
            for row in found["intervals"]
        ],
    )


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    abandoned = row["abandoned"]
    if row["abandonment_rate"]:
        abandoned = f"{abandoned} ({row['abandonment_rate']:.1%})"
    return (
        *(row["offered"], row["answered"], abandoned, row["flowed_out"]),
        *(_percent(row["service_level"]), span(row["asa_s"])),
        *(span(row["wait_s"][name]) for name in ("p50", "p90")),
        span(row["longest_wait_s"]),
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
