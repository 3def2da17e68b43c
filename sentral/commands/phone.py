"""Prepare a phone's entry in the configuration."""

from pathlib import Path

import click

from sentral.asking import secret
from sentral.configuration import config_option, configured


@click.group("phone")
def command() -> None:
    """Phones: devices that register."""


@command.command("digest")
@click.argument("name")
@click.option("--password", help="Asked for when not given.")
@click.option("--realm", help="The configuration's, if not given.")
@config_option
def digest(name: str, password: str | None, realm: str | None, config: Path | None) -> None:
    """Print the digests of NAME's password, to be put under the phone in the configuration."""
    from sip.digest import Algorithm, ha1

    typed = secret("Password", password, twice=True)
    where = realm or configured(config).sip.realm
    click.echo("ha1:")
    for algorithm in Algorithm:
        click.echo(f"  {algorithm}: {ha1(name, where, typed, algorithm)}")
