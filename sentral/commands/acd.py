"""Tell the distributor's decisions again."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse
from sentral.output import json_option, print_json

if TYPE_CHECKING:
    from acd.replay import Difference
    from events.event import Event, Recorded


@click.group("acd")
def command() -> None:
    """The distributor: who got which call, and why."""


@command.command("replay")
@click.argument("log", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@config_option
@json_option
def replay_log(log: Path, config: Path | None, as_json: bool) -> None:
    """Decide a day again from its LOG, and say where this configuration decides otherwise.

    LOG has one event a line, as `sentral simulate --log` writes it, from a centre at rest on.
    Exit code 1: a decision is another one.
    """
    from acd.replay import replay
    from events.ids import AgentId, QueueName

    settings = configured(config)
    queues = {QueueName(name): each for name, each in settings.queues.items()}
    agents = {AgentId(name): each for name, each in settings.agents.items()}
    done = replay(events_of(log), queues, agents)
    found: dict[str, Any] = {
        "events": done.events,
        "decisions": done.decisions,
        "same": done.difference is None,
        "difference": None if done.difference is None else _told(done.difference),
    }
    if as_json:
        print_json(found)
    elif done.difference is None:
        click.echo(f"{done.events} events, {done.decisions} decisions: all the same.")
    if done.difference is not None:
        if not as_json:
            _print(found)
        raise Failure("a decision is another one")


def events_of(path: Path) -> "Iterator[Recorded]":
    """Raises Misuse with file and line."""
    from events.codec import UnreadableEvent, from_json

    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield from_json(line)
            except UnreadableEvent as error:
                raise Misuse(f"{path}:{number}: {error}") from error


def _told(difference: "Difference") -> dict[str, Any]:
    return {
        "seq": difference.seq,
        "utc": difference.utc,
        "logged": _event(difference.logged),
        "decided": _event(difference.decided),
    }


def _event(event: "Event | None") -> dict[str, Any] | None:
    from dataclasses import asdict

    return None if event is None else {"kind": event.kind, **asdict(event)}


def _print(found: dict[str, Any]) -> None:
    difference = found["difference"]
    click.echo(f"{found['decisions']} decisions are the same, up to event {difference['seq']}:")
    for name in ("logged", "decided"):
        event = difference[name]
        fields = "nothing" if event is None else "  ".join(f"{k}={v}" for k, v in event.items())
        click.echo(f"  {name:<8} {fields}")
