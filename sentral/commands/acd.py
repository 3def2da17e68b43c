"""Tell the distributor's decisions again."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse
from sentral.output import clock, json_option, print_json, print_table

if TYPE_CHECKING:
    from acd.comparison import Choice
    from acd.replay import Difference
    from acd.settings import AgentProfile, QueueSettings
    from events.event import Event, Recorded
    from events.ids import AgentId, QueueName

COLUMNS: Final = ("call", "queue", "logged", "other")


@click.group("acd")
def command() -> None:
    """The distributor: who got which call, and why."""


@command.command("replay")
@click.argument("log", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@config_option
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Another configuration: tell each call that it would have decided about otherwise.",
)
@json_option
def replay_log(log: Path, config: Path | None, against: Path | None, as_json: bool) -> None:
    """Decide a day again from its LOG, and say where this configuration decides otherwise.

    LOG has one event a line, as `sentral simulate --log` and `sentral events export` write it,
    from a centre at rest on. It is compared up to the first event with which another configuration
    came into force. Exit code 1: a decision is another one.
    """
    if against is not None:
        _compare(log, config, against, as_json)
        return
    from acd.replay import replay

    done = replay(events_of(log), *_centre(config))
    found: dict[str, Any] = {
        "events": done.events,
        "decisions": done.decisions,
        "same": done.difference is None,
        "difference": None if done.difference is None else _told(done.difference),
        "replaced": _replaced(done.replaced),
    }
    if as_json:
        print_json(found)
    elif done.difference is None:
        click.echo(f"{done.events} events, {done.decisions} decisions: all the same.")
        _tell_replaced(done.replaced)
    if done.difference is not None:
        if not as_json:
            _print(found)
        raise Failure("a decision is another one")


def _centre(
    config: Path | None,
) -> "tuple[Mapping[QueueName, QueueSettings], Mapping[AgentId, AgentProfile]]":
    """Queues and agents."""
    from events.ids import AgentId, QueueName

    settings = configured(config)
    queues = {QueueName(name): each for name, each in settings.queues.items()}
    return queues, {AgentId(name): each for name, each in settings.agents.items()}


def _compare(log: Path, config: Path | None, against: Path, as_json: bool) -> None:
    from acd.comparison import compare

    done = compare(events_of(log), _centre(config), _centre(against))
    if done.difference is not None:
        _print({"decisions": done.decisions, "difference": _told(done.difference)})
        raise Failure("the log was made under another configuration than that of --config")
    calls = [
        {
            "seq": each.recorded.seq,
            "utc": each.recorded.utc,
            "call": each.call,
            "queue": each.queue,
            "logged": _choice(each.logged),
            "other": _choice(each.other),
        }
        for each in done.calls
    ]
    if as_json:
        replaced = _replaced(done.replaced)
        print_json(
            {
                "decisions": done.decisions,
                "same": not calls,
                "calls": calls,
                "replaced": replaced,
            }
        )
    else:
        print_table(
            [">event", "at", "call", "queue", "as it was", "otherwise"],
            [
                (row["seq"], clock(each.recorded.utc), *(row[name] for name in COLUMNS))
                for each, row in zip(done.calls, calls, strict=True)
            ],
            empty=f"{done.decisions} decisions: all the same.",
        )
        _tell_replaced(done.replaced)
    if calls:
        raise Failure(f"{len(calls)} calls would have been decided about otherwise")


def _replaced(recorded: "Recorded | None") -> dict[str, Any] | None:
    if recorded is None:
        return None
    return {"seq": recorded.seq, "utc": recorded.utc, **(_event(recorded.event) or {})}


def _tell_replaced(recorded: "Recorded | None") -> None:
    if recorded is not None:
        click.echo(
            f"Event {recorded.seq} ({clock(recorded.utc)}) put another configuration in force: "
            "what follows it was not compared.",
            err=True,
        )


def _choice(choice: "Choice") -> str:
    if choice.agents:
        return f"offered to {' and '.join(choice.agents)}"
    if choice.left:
        return f"leaves: {choice.left}{f' to {choice.to}' if choice.to else ''}"
    return "waits on"


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
