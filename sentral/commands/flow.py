"""Check, test, play and draw flows, without a phone."""

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse
from sentral.output import json_option, print_json

_DAY: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
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


@command.command("test")
@_where
@config_option
@json_option
@click.option(
    "--cover",
    type=click.IntRange(0, 100),
    default=0,
    metavar="PERCENT",
    help="Fail when the tests cover less of the nodes and ways.",
)
def test_flows(path: Path | None, config: Path | None, as_json: bool, cover: int) -> None:
    """Run the tests beside the flows, *.test.yaml, in virtual time."""
    from sentral.flow_tools.finding import found_flows
    from sentral.flow_tools.testing import tested

    report = tested(found_flows(path, configured(config)))
    if as_json:
        print_json(report.to_json())
    else:
        for (flow, test), problems in report.failures.items():
            click.echo(f"FAILED {flow}: {test}")
            for problem in problems:
                click.echo(f"  {problem}")
        for line in report.summary():
            click.echo(line)
        click.echo(f"{len(report.passed)} passed, {len(report.failures)} failed")
    if report.failures:
        raise Failure(f"{len(report.failures)} tests of flows failed")
    if report.share() * 100 < cover:
        raise Failure(f"the tests cover {report.share():.0%} of the flows, less than {cover} %")


@command.command("run")
@_where
@config_option
@click.option("--from", "number", default=None, help="The caller's number.")
@click.option("--customer", "fields", multiple=True, metavar="NAME=VALUE", help="e.g. vip=true")
def run_at_keyboard(
    path: Path | None, config: Path | None, number: str | None, fields: tuple[str, ...]
) -> None:
    """Play one flow in the terminal, with the keyboard as the keypad."""
    from ivr.rehearsal.script import Given
    from sentral.flow_tools.finding import found_flows, texts_of
    from sentral.flow_tools.keyboard import play_at_keyboard

    settings = configured(config)
    found = found_flows(path, settings)
    given = Given(customer=_customer(fields))
    if number is not None:
        given = given.model_copy(update={"number": number})
    play_at_keyboard(found.flows, found.only().name, given, texts_of(found.folder, settings))


def _customer(fields: tuple[str, ...]) -> dict[str, object]:
    words = {"true": True, "false": False}
    pairs = (field.partition("=") for field in fields)
    return {name: words.get(value, value) for name, _, value in pairs}


@command.command("draw")
@_where
@config_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="*.svg or, for Mermaid, *.mmd",
)
@click.option("--from", "begin", type=_DAY, help="Count real calls since then, local time.")
@click.option("--to", "end", type=_DAY, help="Count real calls until then.")
def draw_flow(
    path: Path | None,
    config: Path | None,
    output: Path,
    begin: datetime | None,
    end: datetime | None,
) -> None:
    """Draw one flow as a graph; with a period, where callers went and where they gave up."""
    from ivr.drawing.graph import picture_of
    from ivr.drawing.mermaid import mermaid
    from ivr.drawing.svg import svg
    from sentral.flow_tools.finding import found_flows
    from sentral.flow_tools.walks import walked_between

    drawn = {".svg": svg, ".mmd": mermaid}.get(output.suffix)
    if drawn is None:
        raise Misuse(f"{output}: the name must end in .svg or .mmd")
    settings = configured(config)
    found = found_flows(path, settings)
    flow = found.only()
    walked = None
    if begin is not None or end is not None:
        walked = walked_between(found.flows, settings, begin, end).walked[flow.name]
    try:
        output.write_text(drawn(picture_of(flow, walked)), encoding="utf-8")
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from error
    click.echo(f"{flow.name} is drawn in {output}")


@command.command("reload")
@config_option
@json_option
def reload_flows(config: Path | None, as_json: bool) -> None:
    """Let the running centre read its flows anew; with mistakes, it keeps those that it has."""
    from sentral.client import Client

    found = Client(configured(config).web).post("/api/v1/flows/reload")
    if as_json:
        print_json(found)
    else:
        click.echo(f"changed: {', '.join(found['changed']) or 'nothing'}")
