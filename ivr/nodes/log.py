"""log: write an event into the call's story."""

from typing import Annotated, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.entering import Plain, value_of
from ivr.expressions import Computed
from ivr.names import NodeName
from ivr.node import Exit, Node


class Log(Node):
    """It is found with the call's other events, and kept as long. Write no persons into it."""

    kind: Literal["log"] = "log"
    event: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    values: dict[str, Computed | Plain] = Field(default={}, max_length=20)
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        values = {name: value_of(value, caller.variables) for name, value in self.values.items()}
        caller.world.note(self.event, values)
        return Exit("next", self.next)
