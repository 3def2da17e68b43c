"""Let the running centre take over queues, agents and flows as they are written now."""

from pathlib import Path
from typing import Final

import click

from sentral.configuration import config_option, configured
from sentral.output import json_option, print_json

_TOLD: Final = ("queues", "agents", "flows")


@click.command("reload")
@config_option
@json_option
def command(config: Path | None, as_json: bool) -> None:
    """Let the running centre read its configuration and its flows anew.

    Queues, agents and flows hold at once; callers who wait feel it. What else is changed is named,
    and needs a restart. With mistakes, everything stays as it is.
    """
    from sentral.client import Client

    found = Client(configured(config).web).post("/api/v1/reload")
    if as_json:
        print_json(found)
        return
    for name in _TOLD:
        click.echo(f"{name} changed: {', '.join(found[name]) or 'none'}")
    if found["restart"]:
        click.echo(f"needs a restart: {', '.join(found['restart'])}")
