"""JSON Schema in which each field says what the string below it says.

Pydantic can keep these strings itself (`use_attribute_docstrings`), but then it reads the source of
every model whenever a process starts; here it is read when somebody asks for a schema.
"""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from ivr.described import meanings


class DescribedSchema(GenerateJsonSchema):
    """Give it to `model_json_schema` as `schema_generator`."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().dataclass_schema(schema), schema["cls"])


def _described(made: JsonSchemaValue, cls: type) -> JsonSchemaValue:
    properties: Mapping[str, Any] = made.get("properties", {})
    for name, says in meanings(cls).items():
        if name in properties:
            properties[name].setdefault("description", says)
    return made
