"""set: give variables values, one after the other."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.names import NodeName, VariableName
from ivr.node import Exit, Node

Plain = bool | int | Annotated[float, Field(allow_inf_nan=False)] | None


class Set(Node):
    kind: Literal["set"] = "set"
    values: dict[VariableName, Computed | Plain] = Field(min_length=1, max_length=50)
    """Plain values, or text in which `{{ … }}` is computed; a later line sees the earlier ones."""
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        for name, value in self.values.items():
            caller.variables[str(name)] = _value(value, caller.variables)
        return Exit("next", self.next)


def _value(value: Computed | Plain, variables: dict[str, Any]) -> Any:
    return value.value(variables) if isinstance(value, Computed) else value
