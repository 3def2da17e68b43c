"""The top level of a flow's file; its nodes are checked one by one, each by its kind."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from ivr.kinds import any_node
from ivr.names import LanguageTag, NodeName


class FlowFile(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", title="A flow of Sentral", use_attribute_docstrings=True
    )

    description: str = Field(default="", max_length=1000)
    """For people."""
    languages: Annotated[tuple[LanguageTag, ...], Field(min_length=1, max_length=20)]
    """What the flow speaks; every prompt must exist in each. The first is spoken at first."""
    start: NodeName
    """The first node."""
    on_hangup: NodeName | None = None
    """Runs after the caller hung up: keep it to nodes that need no ear."""
    on_error: NodeName | None = None
    """Runs when a node fails. Without it the call is ended."""
    nodes: Annotated[dict[NodeName, dict[str, Any]], Field(min_length=1, max_length=1000)]


def flow_schema() -> dict[str, Any]:
    """JSON Schema of a flow's file, for editors that complete and check while one types."""
    kinds: Any = any_node()
    nodes: Any = (dict[NodeName, kinds], Field(min_length=1, max_length=1000))
    model: type[BaseModel] = create_model("Flow", __base__=FlowFile, nodes=nodes)
    schema: dict[str, Any] = model.model_json_schema(mode="validation")
    for definition in schema["$defs"].values():
        if "kind" in definition.get("properties", {}):
            definition.setdefault("required", []).insert(0, "kind")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
