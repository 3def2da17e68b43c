"""Check the configuration, the flows and the prompts before anything starts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentral.configuration import config_option, configured
from sentral.failures import Misuse
from sentral.output import json_option, print_json

if TYPE_CHECKING:
    from config.settings import Settings


@click.command("check")
@config_option
@json_option
def command(config: Path | None, as_json: bool) -> None:
    """Check everything that `serve` reads and tell every problem, with file and line."""
    settings = configured(config)
    flows = _checked_flows(settings)
    found = {
        "queues": sorted(settings.queues),
        "agents": sorted(settings.agents),
        "phones": sorted(settings.phones),
        "trunks": sorted(settings.trunks),
        "numbers": [number.dial for number in settings.numbers],
        "flows": flows,
        "warnings": list(settings.warnings),
    }
    if as_json:
        print_json(found)
        return
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    kinds = ("queues", "agents", "phones", "trunks", "numbers", "flows")
    click.echo("All good: " + ", ".join(f"{len(found[kind])} {kind}" for kind in kinds))


def _checked_flows(settings: "Settings") -> list[str]:
    from calls.problems import UnreadableFile
    from ivr.loader import FlowErrors
    from records.database import checked_url
    from sentral.composition import customers_of, flows_of

    problems = []
    flows: list[str] = []
    try:
        flows = sorted(flows_of(settings))
    except FlowErrors as error:
        problems.append(str(error))
    try:
        customers_of(settings)
    except UnreadableFile as error:
        problems.append(str(error))
    try:
        checked_url(settings.store.url)
    except ValueError as error:
        problems.append(f"store.url: {error}")
    if problems:
        raise Misuse("it cannot be served\n" + "\n".join(problems))
    return flows
