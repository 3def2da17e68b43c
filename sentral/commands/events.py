"""Take events out of the database, as lines of JSON or CSV."""

import csv
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from sentral.configuration import config_option, configured
from sentral.failures import Misuse
from sentral.period import DAY, period

if TYPE_CHECKING:
    from events.event import Recorded

COLUMNS: Final = ("seq", "utc", "kind", "call", "queue", "agent", "event")


@click.group("events")
def command() -> None:
    """The event log: all that happened."""


@command.command("export")
@config_option
@click.option("--from", "begin", type=DAY, help="Local time; today's midnight if not given.")
@click.option("--to", "end", type=DAY, help="Local time, not included; now if not given.")
@click.option("--kind", "kinds", multiple=True, help="Only such events; may be repeated.")
@click.option("--call", help="Only events of this call.")
@click.option("--queue", help="Only events of this queue.")
@click.option("--agent", help="Only events of this agent.")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Else the screen.")
@click.option("--personal", is_flag=True, help="With dialled numbers, variables and free text.")
def export(
    config: Path | None,
    begin: datetime | None,
    end: datetime | None,
    kinds: tuple[str, ...],
    call: str | None,
    queue: str | None,
    agent: str | None,
    form: str,
    output: Path | None,
    personal: bool,
) -> None:
    """Events of a period, one a line. JSON can be read by `sentral acd replay` and `call why`.

    What may be personal is left out: callers are surrogates, dialled numbers, variables and free
    text are empty. Agents, queues, times and decisions stay.
    """
    from events.codec import known_kinds
    from sentral.stored import stored_events

    for kind in kinds:
        if kind not in known_kinds():
            raise Misuse(f"there are no events of kind {kind}")
    first, last = period(begin, end)
    wanted = {"call": call, "queue": queue, "agent": agent}
    found = (
        recorded
        for recorded in stored_events(
            configured(config), utc_from=first.timestamp(), utc_to=last.timestamp(), kinds=kinds
        )
        if _is_of(recorded, wanted)
    )
    write = _write_json if form == "json" else _write_csv
    _into(output, write, found if personal else map(_impersonal, found))


def _is_of(recorded: "Recorded", wanted: dict[str, str | None]) -> bool:
    return all(
        value is None or getattr(recorded.event, name, None) == value
        for name, value in wanted.items()
    )


def _impersonal(recorded: "Recorded") -> "Recorded":
    from dataclasses import replace

    from events.impersonal import without_personal

    return replace(recorded, event=without_personal(recorded.event))


def _into(
    output: Path | None,
    write: Callable[[Iterable["Recorded"], IO[str]], None],
    found: Iterable["Recorded"],
) -> None:
    with ExitStack() as stack:
        file: IO[str] = sys.stdout
        if output is not None:
            file = stack.enter_context(output.open("w", encoding="utf-8", newline=""))
        write(found, file)


def _write_json(found: Iterable["Recorded"], file: IO[str]) -> None:
    from events.codec import to_json

    for recorded in found:
        file.write(to_json(recorded) + "\n")


def _write_csv(found: Iterable["Recorded"], file: IO[str]) -> None:
    """`event` holds all the fields, as JSON; `utc` is ISO 8601."""
    from datetime import UTC

    from events.codec import body_to_json, kind_of

    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for recorded in found:
        event = recorded.event
        utc = datetime.fromtimestamp(recorded.utc, UTC).isoformat(timespec="milliseconds")
        named = (getattr(event, name, None) or "" for name in ("call", "queue", "agent"))
        writer.writerow([recorded.seq, utc, kind_of(event), *named, body_to_json(event)])
