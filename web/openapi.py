"""The OpenAPI 3.1 document, made of the endpoints and their models."""

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.endpoints import Endpoint
from web.models import ProblemDetails

REFERENCE: Final = "#/components/schemas/{model}"
_NAME: Final = re.compile(r"\{(\w+)\}")


def document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    endpoints = list(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sentral",
            "version": version,
            "description": "A contact centre in one process. `sentral serve` leaves the token.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(endpoints),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    models: dict[type[BaseModel], None] = {ProblemDetails: None}
    for endpoint in endpoints:
        models.update({model: None for model in (endpoint.answer, endpoint.body) if model})
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template=REFERENCE
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": endpoint.handler.__name__,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": {
            "200": {"description": "Done.", "content": _content(endpoint)},
            "default": {
                "description": "It could not be done.",
                "content": {"application/problem+json": {"schema": _reference(ProblemDetails)}},
            },
        },
    }
    if endpoint.body is not None:
        content = {"application/json": {"schema": _reference(endpoint.body)}}
        operation["requestBody"] = {"content": content}
    if not endpoint.public:
        operation["security"] = [{"token": []}]
    return operation


def _content(endpoint: Endpoint) -> dict[str, Any]:
    schema = _reference(endpoint.answer) if endpoint.answer else {"type": "string"}
    return {endpoint.content_type: {"schema": schema}}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAME.findall(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    schema = endpoint.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": fields}
        for name, fields in schema["properties"].items()
    ]
