"""List calls, and tell the story of one."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sentral.configuration import config_option, configured
from sentral.output import clock, clock_today, json_option, print_json, print_table, span

if TYPE_CHECKING:
    from sentral.client import Client

LONGEST: Final = 80
"""Characters shown of one value; JSON has all."""


@click.group("call")
def command() -> None:
    """Calls that are going on and those that are past."""


@command.command("list")
@config_option
@json_option
@click.option("--queue", help="Only calls of this queue.")
@click.option("--agent", help="Only calls of this agent.")
@click.option("--number", help="Only calls from this number.")
@click.option(
    "--outcome", help="answered, contained, unserved, abandoned, rejected, cancelled or failed."
)
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def list_calls(
    config: Path | None,
    as_json: bool,
    queue: str | None,
    agent: str | None,
    number: str | None,
    outcome: str | None,
    limit: int,
) -> None:
    """The newest calls, those going on first."""
    from sentral.client import Client

    client = Client(configured(config).web)
    found = client.get(
        "/api/v1/calls", queue=queue, agent=agent, number=number, outcome=outcome, limit=limit
    )
    if as_json:
        print_json(found)
        return
    print_table(
        ["call", "began", "from", "dialled", "queue", "agent", "outcome", ">lasted"],
        [*map(_live_row, found["live"]), *map(_past_row, found["past"])],
        empty="No call matches.",
    )


@command.command("show")
@click.argument("call")
@config_option
@json_option
def show_call(call: str, config: Path | None, as_json: bool) -> None:
    """What happened on one call, event by event."""
    from urllib.parse import quote

    from sentral.client import Client

    client = Client(configured(config).web)
    found = client.get(f"/api/v1/calls/{quote(call, safe='')}")
    if as_json:
        print_json(found)
        return
    _print_summary(found["call"])
    began = found["events"][0]["utc"] if found["events"] else 0.0
    print_table(
        [">seconds", "event", "details"],
        [
            (f"{event['utc'] - began:.3f}", event["kind"], _details(event["fields"]))
            for event in found["events"]
        ],
    )
    _draw_recordings(client, call)


@command.command("listen")
@click.argument("call")
@click.option("--phone", required=True, help="The supervisor's phone, which rings.")
@config_option
def listen(call: str, phone: str, config: Path | None) -> None:
    """Let a supervisor hear a call; nobody hears the supervisor."""
    _supervise(call, phone, "listen", config)


@command.command("whisper")
@click.argument("call")
@click.option("--phone", required=True, help="The supervisor's phone, which rings.")
@config_option
def whisper(call: str, phone: str, config: Path | None) -> None:
    """Let a supervisor hear a call and speak to the agent alone."""
    _supervise(call, phone, "whisper", config)


@command.command("barge")
@click.argument("call")
@click.option("--phone", required=True, help="The supervisor's phone, which rings.")
@config_option
def barge(call: str, phone: str, config: Path | None) -> None:
    """Let a supervisor join a call."""
    _supervise(call, phone, "barge", config)


@command.command("leave")
@click.argument("call")
@config_option
def leave(call: str, config: Path | None) -> None:
    """End the supervision of a call; the call goes on."""
    from urllib.parse import quote

    from sentral.client import Client

    Client(configured(config).web).delete(f"/api/v1/calls/{quote(call, safe='')}/supervise")
    click.echo(f"call {call}: nobody supervises it any more")


@command.command("secure")
@click.argument("call")
@click.option("--cancel", is_flag=True, help="Break off what goes on.")
@config_option
def secure(call: str, cancel: bool, config: Path | None) -> None:
    """Let the caller type card digits that neither the agent nor a recording hears."""
    from urllib.parse import quote

    from sentral.client import Client

    client, path = Client(configured(config).web), f"/api/v1/calls/{quote(call, safe='')}/secure"
    if cancel:
        client.delete(path)
        click.echo(f"call {call}: broken off")
    else:
        client.post(path, {})
        click.echo(f"call {call}: the caller is asked for the digits")


@command.command("why")
@click.argument("call")
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Events of a file, one a line; without it those of the database.",
)
@config_option
@json_option
def why_call(call: str, log: Path | None, config: Path | None, as_json: bool) -> None:
    """What was decided about a call: for each offer which agents and calls competed, and why.

    The whole log is told again with the present configuration.
    """
    from events.ids import AgentId, QueueName
    from sentral.commands.acd import events_of
    from sentral.stored import stored_events
    from sentral.why import print_story, story_of

    settings = configured(config)
    steps = story_of(
        call,
        events_of(log) if log is not None else stored_events(settings),
        {QueueName(name): each for name, each in settings.queues.items()},
        {AgentId(name): each for name, each in settings.agents.items()},
    )
    if as_json:
        print_json(steps)
    else:
        print_story(steps)


def _supervise(call: str, phone: str, mode: str, config: Path | None) -> None:
    from urllib.parse import quote

    from sentral.client import Client

    path = f"/api/v1/calls/{quote(call, safe='')}/supervise"
    Client(configured(config).web).post(path, {"phone": phone, "mode": mode})
    click.echo(f"call {call}: phone {phone}, {mode}")


def _draw_recordings(client: "Client", call: str) -> None:
    """Each recording of the call, as loud as it is."""
    from urllib.parse import quote

    from sentral.failures import Failure
    from sentral.waveform import parts_line, waveform

    for one in client.get("/api/v1/recordings", call=call)["recordings"][::-1]:
        length = span(one["duration_s"])
        click.echo(f"recording {one['id']}: {one['purpose']}, {one['state']} {length}".rstrip())
        if one["state"] not in ("stopped", "stored"):
            continue
        columns = shutil.get_terminal_size().columns - len("caller  ")
        try:
            sound = client.content(f"/api/v1/recordings/{quote(one['id'], safe='')}/sound")
            lines = waveform(sound, columns)
        except (Failure, ValueError) as error:
            click.echo(f"  not drawn: {error}")
            continue
        for name, line in zip(("caller", "other"), lines, strict=False):
            click.echo(f"{name:<6}  {line}".rstrip())
        if marks := parts_line(one["parts"], one["duration_s"] or 0.0, columns):
            click.echo(f"{'':<6}  {marks}")


def _live_row(call: dict[str, Any]) -> tuple[object, ...]:
    who = call["number"] or "withheld"
    stage = call["stage"].replace("_", " ")
    return (
        *(call["id"], clock_today(call["arrived_at"]), who, call["dialled"]),
        *(call["queue"], call["agent"], f"… {stage}", ""),
    )


def _past_row(call: dict[str, Any]) -> tuple[object, ...]:
    lasted_s = None if call["ended_at"] is None else call["ended_at"] - call["arrived_at"]
    who = call["caller_number"] or "withheld"
    return (
        *(call["id"], clock_today(call["arrived_at"]), who, call["dialled"]),
        *(call["queue"], call["agent"], call["outcome"], span(lasted_s)),
    )


def _print_summary(call: dict[str, Any]) -> None:
    who = " ".join(dict.fromkeys(filter(None, (call["caller_name"], call["caller_number"]))))
    click.echo(f"Call {call['id']}: {who or 'withheld'} dialled {call['dialled']}")
    click.echo(f"began     {clock(call['arrived_at'])}, {call['direction']}")
    if call["ended_at"] is None:
        click.echo("ended     not yet")
    else:
        click.echo(
            f"ended     {clock(call['ended_at'])}, {call['outcome']}, "
            f"by the {call['hung_up_by']} ({call['cause']})"
        )
    for name in ("queue", "agent", "trunk"):
        if call[name]:
            click.echo(f"{name:<9} {call[name]}")


def _details(fields: dict[str, Any]) -> str:
    """The fields that say something, without the call's own id."""
    told = {name: value for name, value in fields.items() if name != "call"}
    return "  ".join(
        f"{name}={_short(value)}" for name, value in told.items() if value not in (None, "", {}, [])
    )


def _short(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
