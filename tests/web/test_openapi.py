"""The document says what there is, and every reference in it leads somewhere."""

import json
import re
from typing import Any

import pytest

from web.app import endpoints
from web.openapi import document


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return document(endpoints(), "1.2.3")


def test_every_endpoint_is_in_it(found: dict[str, Any]) -> None:
    described = {
        (method.upper(), path) for path, methods in found["paths"].items() for method in methods
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in endpoints()}


def test_it_is_openapi_3_1_of_this_version(found: dict[str, Any]) -> None:
    assert found["openapi"] == "3.1.0"
    assert found["info"]["version"] == "1.2.3"


def test_every_reference_leads_somewhere(found: dict[str, Any]) -> None:
    text = json.dumps(found)
    references = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert references
    assert references <= set(found["components"]["schemas"])
    assert "#/$defs/" not in text


def test_path_and_query_parameters_are_described(found: dict[str, Any]) -> None:
    ladder = found["paths"]["/api/v1/calls/{id}/ladder"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in ladder] == [
        ("id", "path", True),
        ("width", "query", False),
    ]


def test_public_paths_need_no_token_and_others_do(found: dict[str, Any]) -> None:
    assert "security" not in found["paths"]["/healthz"]["get"]
    assert found["paths"]["/api/v1/agents"]["get"]["security"] == [{"token": []}]


def test_operation_ids_are_distinct(found: dict[str, Any]) -> None:
    names = [each["operationId"] for path in found["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
