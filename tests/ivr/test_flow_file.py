"""The JSON Schema that editors use."""

import json
import warnings

from ivr.flow_file import flow_schema
from ivr.kinds import node_kinds


def test_the_schema_knows_every_kind_and_its_fields() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = json.loads(json.dumps(flow_schema()))
    assert schema["required"] == ["languages", "start", "nodes"]
    node = schema["properties"]["nodes"]["additionalProperties"]
    assert set(node["discriminator"]["mapping"]) == set(node_kinds())
    definitions = schema["$defs"]
    say = definitions["Say"]
    assert say["required"] == ["kind", "prompt", "next"]
    assert say["additionalProperties"] is False
    name, part, several = say["properties"]["prompt"]["anyOf"]
    assert (name["type"], several["type"]) == ("string", "array")
    assert part["$ref"] == "#/$defs/Part"
    assert {"digits", "money", "currency"} <= set(definitions["Part"]["properties"])
    assert say["properties"]["barge_in"]["description"].startswith("A key ends it")
    assert definitions["Queue"]["properties"]["skills"]["additionalProperties"]["maximum"] == 10
