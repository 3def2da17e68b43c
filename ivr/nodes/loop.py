"""loop: go round a few times, then on."""

from typing import Annotated, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.names import NodeName, VariableName
from ivr.node import Exit, FlowFault, Node

MAX_TIMES = 1000


class Loop(Node):
    """Leads to `again` the first `times` that a call comes here, then to `next`, and so on."""

    kind: Literal["loop"] = "loop"
    counter: VariableName
    """Holds how often it went round; 0 again afterwards."""
    times: Annotated[int, Field(ge=1, le=MAX_TIMES)] | Computed
    again: NodeName
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        count = caller.variables.get(self.counter, 0)
        count = count if isinstance(count, int) else 0
        if count < self._limit(caller):
            caller.variables[str(self.counter)] = count + 1
            return Exit("again", self.again)
        caller.variables[str(self.counter)] = 0
        return Exit("next", self.next)

    def _limit(self, caller: Caller) -> int:
        if isinstance(self.times, int):
            return self.times
        value = self.times.value(caller.variables)
        if not isinstance(value, int):
            raise FlowFault(f"times: {self.times.source} gave {value!r}, not a whole number")
        return min(value, MAX_TIMES)
