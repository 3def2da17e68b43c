"""List the messages of voice mailboxes, save one, or erase it."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from sentral.configuration import config_option, configured
from sentral.output import clock_today, json_option, print_json, print_table, span


@click.group("voicemail")
def command() -> None:
    """Messages that callers left in voice mailboxes."""


@command.command("list")
@click.argument("mailbox", required=False)
@config_option
@json_option
def list_messages(mailbox: str | None, config: Path | None, as_json: bool) -> None:
    """The messages of a mailbox; without one, how many wait in each."""
    from sentral.client import Client

    client = Client(configured(config).web)
    found = client.get("/api/v1/mailboxes" if mailbox is None else _path(mailbox))
    if as_json:
        print_json(found)
    elif mailbox is None:
        rows = [(each["name"], each["new"], each["old"]) for each in found["mailboxes"]]
        print_table(["mailbox", ">new", ">old"], rows, empty="There is no mailbox.")
    else:
        print_table(
            ["message", "left", "from", ">length", "state"],
            map(_row, found["messages"]),
            empty="No message is there.",
        )


@command.command("play")
@click.argument("mailbox")
@click.argument("message")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def play_message(mailbox: str, message: str, file: Path, config: Path | None) -> None:
    """Save a message's sound as the WAV file FILE; it counts as heard from then on."""
    from sentral.client import Client
    from sentral.failures import Failure

    client = Client(configured(config).web)
    if file.exists():
        raise Failure(f"{file} exists already")
    sound = client.content(f"{_path(mailbox, message)}/sound")
    try:
        file.write_bytes(sound)
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from error
    client.post(f"{_path(mailbox, message)}/heard")
    click.echo(f"{file}: {len(sound)} bytes")


@command.command("erase")
@click.argument("mailbox")
@click.argument("messages", nargs=-1, required=True)
@config_option
def erase_messages(mailbox: str, messages: tuple[str, ...], config: Path | None) -> None:
    """Erase messages and their sound for good."""
    from sentral.client import Client

    client = Client(configured(config).web)
    for message in messages:
        client.delete(_path(mailbox, message))
        click.echo(f"{message}: erased")


def _path(mailbox: str, message: str = "") -> str:
    inside = f"/{quote(message, safe='')}" if message else ""
    return f"/api/v1/mailboxes/{quote(mailbox, safe='')}/messages{inside}"


def _row(message: dict[str, Any]) -> tuple[object, ...]:
    caller = message["name"] or message["number"]
    state = "heard" if message["heard"] else "new"
    left, length = clock_today(message["left_at"]), span(message["duration_s"])
    return (message["id"], left, caller, length, state)
