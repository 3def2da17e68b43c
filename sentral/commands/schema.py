"""Print a JSON Schema, so that editors complete and check while one types."""

from typing import Any

import click

from sentral.output import print_json


@click.command("schema")
@click.argument("what", type=click.Choice(["config", "flow", "api"]), default="config")
def command(what: str) -> None:
    """Print the schema of the configuration (default), of a flow, or the HTTP API's document."""
    print_json(_SCHEMAS[what]())


def _config() -> dict[str, Any]:
    from config.settings import Settings
    from ivr.described_schema import DescribedSchema

    return Settings.model_json_schema(mode="validation", schema_generator=DescribedSchema)


def _flow() -> dict[str, Any]:
    from ivr.flow_file import flow_schema

    return flow_schema()


def _api() -> dict[str, Any]:
    from sentral.version import version
    from web.app import endpoints
    from web.openapi import document

    return document(endpoints(), version())


_SCHEMAS = {"config": _config, "flow": _flow, "api": _api}
