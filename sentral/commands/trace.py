"""Draw a call's SIP messages as a ladder."""

from pathlib import Path

import click

from sentral.configuration import config_option, configured


@click.command("trace")
@click.argument("call")
@config_option
@click.option("--width", type=click.IntRange(60, 200), default=100, show_default=True)
def command(call: str, config: Path | None, width: int) -> None:
    """Draw every SIP message of CALL, on all its legs, with what the centre decided."""
    from urllib.parse import quote

    from sentral.client import Client

    path = f"/api/v1/calls/{quote(call, safe='')}/ladder"
    click.echo(Client(configured(config).web).text(path, width=width), nl=False)
