"""Show queues, close them in an emergency, and open them again."""

from pathlib import Path
from typing import Any

import click

from sentral.configuration import config_option, configured
from sentral.output import json_option, print_json

queue_argument = click.argument("queue")
by_option = click.option("--by", default="", help="Who does it; it is in the event log.")


@click.group("queue")
def command() -> None:
    """Queues: who waits, and whether they are open."""


@command.command("list")
@config_option
@json_option
def list_queues(config: Path | None, as_json: bool) -> None:
    """Every queue at this moment."""
    from sentral.client import Client

    found = Client(configured(config).web).get("/api/v1/queues")
    if as_json:
        print_json(found)
        return
    for queue in found["queues"]:
        click.echo(f"{_said(queue)}; {queue['waiting']} wait, {queue['available']} agents are free")


@command.command("close")
@queue_argument
@click.option("--reason", required=True, help="Why, in words.")
@click.option("--serve", is_flag=True, help="Serve those who wait to the last; else they leave.")
@by_option
@config_option
@json_option
def close(
    queue: str, reason: str, serve: bool, by: str, config: Path | None, as_json: bool
) -> None:
    """Let nobody into QUEUE any more, until `sentral queue open`."""
    waiting = "serve" if serve else "leave"
    _tell(config, queue, "close", as_json, {"reason": reason, "by": by, "waiting": waiting})


@command.command("open")
@queue_argument
@by_option
@config_option
@json_option
def open_again(queue: str, by: str, config: Path | None, as_json: bool) -> None:
    """Lift the closure of QUEUE; its hours still count."""
    _tell(config, queue, "open", as_json, {"by": by})


def _tell(config: Path | None, queue: str, what: str, as_json: bool, body: object) -> None:
    from urllib.parse import quote

    from sentral.client import Client

    path = f"/api/v1/queues/{quote(queue, safe='')}/{what}"
    now: dict[str, Any] = Client(configured(config).web).post(path, body)
    if as_json:
        print_json(now)
    else:
        click.echo(_said(now))


def _said(queue: dict[str, Any]) -> str:
    why = [f"{cause}: {reason}" if reason else cause for cause, reason in queue["closed"].items()]
    return f"{queue['name']} is " + (f"closed ({', '.join(why)})" if why else "open")
