"""sentral schema"""

import json

import pytest

from tests.sentral.running import run


@pytest.mark.parametrize(
    ("arguments", "key"),
    [(["schema"], "properties"), (["schema", "flow"], "$defs"), (["schema", "api"], "openapi")],
)
def test_every_schema_is_json(arguments: list[str], key: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert key in json.loads(result.stdout)


def test_the_configurations_schema_knows_its_sections() -> None:
    properties = json.loads(run("schema", "config").stdout)["properties"]
    assert {"sip", "media", "web", "store", "queues", "agents", "phones"} <= set(properties)


def test_nothing_else_has_one() -> None:
    assert run("schema", "weather").exit_code == 2
