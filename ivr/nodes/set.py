"""set: give variables values, one after the other."""

from typing import Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.entering import Plain, value_of
from ivr.expressions import Computed
from ivr.names import NodeName, VariableName
from ivr.node import Exit, Node


class Set(Node):
    kind: Literal["set"] = "set"
    values: dict[VariableName, Computed | Plain] = Field(min_length=1, max_length=50)
    """Plain values, or text in which `{{ … }}` is computed; a later line sees the earlier ones."""
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        for name, value in self.values.items():
            caller.variables[str(name)] = value_of(value, caller.variables)
        return Exit("next", self.next)
