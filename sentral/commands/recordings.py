"""List recordings, save one, or remove it for good."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from sentral.configuration import config_option, configured
from sentral.output import clock_today, json_option, print_json, print_table, span


@click.group("recordings")
def command() -> None:
    """Recordings of conversations, and messages that callers left."""


@command.command("list")
@config_option
@json_option
@click.option("--call", help="Only those of this call.")
@click.option("--queue", help="Only those of this queue.")
@click.option("--agent", help="Only those of this agent.")
@click.option("--purpose", type=click.Choice(["call", "message", "comment"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def list_recordings(
    config: Path | None,
    as_json: bool,
    call: str | None,
    queue: str | None,
    agent: str | None,
    purpose: str | None,
    limit: int,
) -> None:
    """The newest recordings."""
    from sentral.client import Client

    found = Client(configured(config).web).get(
        "/api/v1/recordings", call=call, queue=queue, agent=agent, purpose=purpose, limit=limit
    )
    if as_json:
        print_json(found)
        return
    print_table(
        ["recording", "began", "what", "queue", "agent", ">length", "state", "form"],
        map(_row, found["recordings"]),
        empty="No recording matches.",
    )


@command.command("export")
@click.argument("recording")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file; without it, the recording's name here.",
)
@config_option
def export_recording(recording: str, to: Path | None, config: Path | None) -> None:
    """Save a recording's sound, decrypted."""
    from sentral.client import Client
    from sentral.failures import Failure

    client = Client(configured(config).web)
    path = f"/api/v1/recordings/{quote(recording, safe='')}"
    form = client.get(path)["form"]
    target = to or Path(f"{recording}.{form}")
    if target.exists():
        raise Failure(f"{target} exists already")
    sound = client.content(f"{path}/sound")
    try:
        target.write_bytes(sound)
    except OSError as error:
        raise Failure(f"{target}: {error.strerror}") from error
    click.echo(f"{target}: {len(sound)} bytes")


@command.command("delete")
@click.argument("recordings", nargs=-1, required=True)
@config_option
def delete_recordings(recordings: tuple[str, ...], config: Path | None) -> None:
    """Remove the sound of recordings for good."""
    from sentral.client import Client

    client = Client(configured(config).web)
    for recording in recordings:
        client.delete(f"/api/v1/recordings/{quote(recording, safe='')}")
        click.echo(f"{recording}: deleted")


def _row(recording: dict[str, Any]) -> tuple[object, ...]:
    what = recording["label"] or recording["purpose"]
    form = f"{recording['form']}, encrypted" if recording["sealed"] else recording["form"]
    return (
        *(recording["id"], clock_today(recording["started_at"]), what, recording["queue"]),
        *(recording["agent"], span(recording["duration_s"]), recording["state"], form),
    )
