"""The top level of a flow's file; its nodes are checked one by one, each by its kind."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ivr.asking import HELP_KEY, OPERATOR_KEY
from ivr.described_schema import DescribedSchema
from ivr.kinds import any_node
from ivr.names import LanguageTag, NodeName, VariableName

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class Operator(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    key: Key = OPERATOR_KEY
    """A question whose own answers include this key keeps it."""
    then: NodeName


class FlowFile(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", title="A flow of Sentral", defer_build=True
    )

    description: str = Field(default="", max_length=1000)
    """For people."""
    languages: Annotated[tuple[LanguageTag, ...], Field(min_length=1, max_length=20)]
    """What the flow speaks; every prompt must exist in each. The first is spoken at first."""
    start: NodeName
    """The first node."""
    on_hangup: NodeName | None = None
    """Runs after the caller hung up: keep it to nodes that need no ear. Without it the flow
    that entered this one decides."""
    on_error: NodeName | None = None
    """Runs when a node fails. Without it the flow that entered this one decides; if there is none,
    the call is ended."""
    operator: Operator | None = None
    """A key that leads to a person from every question of the flow."""
    help_key: Key = HELP_KEY
    """The key that plays a question's `help`."""
    parameters: Annotated[tuple[VariableName, ...], Field(max_length=20)] = ()
    """Variables that a flow which enters this one must give."""
    nodes: Annotated[dict[NodeName, dict[str, Any]], Field(min_length=1, max_length=1000)]


def flow_schema() -> dict[str, Any]:
    """JSON Schema of a flow's file, for editors that complete and check while one types."""
    kinds: Any = any_node()
    nodes: Any = (dict[NodeName, kinds], Field(min_length=1, max_length=1000))
    model: type[BaseModel] = create_model("Flow", __base__=FlowFile, nodes=nodes)
    schema: dict[str, Any] = model.model_json_schema(
        mode="validation", schema_generator=DescribedSchema
    )
    for definition in schema["$defs"].values():
        if "kind" in definition.get("properties", {}):
            definition.setdefault("required", []).insert(0, "kind")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
