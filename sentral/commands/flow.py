"""Check, test, play and draw flows, without a phone."""

from pathlib import Path

import click

from sentral.configuration import config_option, configured
from sentral.output import json_option, print_json

_where = click.argument("path", type=click.Path(path_type=Path), required=False, default=None)


@click.group("flow")
def command() -> None:
    """The flows that callers walk through. FILE or FOLDER; without one, the configuration's."""


@command.command("check")
@_where
@config_option
@json_option
def check_flows(path: Path | None, config: Path | None, as_json: bool) -> None:
    """Find every mistake, with file and line; queues and prompts are the configuration's."""
    from sentral.flow_tools.finding import found_flows

    found = found_flows(path, configured(config))
    warnings = [str(warning) for warning in found.flows.warnings]
    if as_json:
        print_json({"flows": list(found.named), "warnings": warnings})
        return
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    noun = "flow is" if len(found.named) == 1 else "flows are"
    click.echo(f"{len(found.named)} {noun} right: {', '.join(found.named)}")
