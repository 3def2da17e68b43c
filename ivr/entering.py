"""What nodes share that lead into another flow."""

from typing import Annotated, Any

from pydantic import Field

from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.names import FlowName, VariableName
from ivr.node import Node

Plain = bool | int | Annotated[float, Field(allow_inf_nan=False)] | None
"""A value that is the same for every call."""


class Entering(Node):
    flow: FlowName
    parameters: dict[VariableName, Computed | Plain] = Field(default={}, max_length=20)
    """Variables that the other flow wants, as its own `parameters:` says."""

    def give_parameters(self, caller: Caller) -> None:
        values = {
            str(name): value_of(value, caller.variables) for name, value in self.parameters.items()
        }
        caller.variables.update(values)


def value_of(value: Computed | Plain, variables: dict[str, Any]) -> Any:
    return value.value(variables) if isinstance(value, Computed) else value
