"""branch: go on by the first condition that holds."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ivr.caller import Caller
from ivr.expressions import Condition
from ivr.names import NodeName
from ivr.node import Exit, Node


class Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    when: Condition
    then: NodeName


class Branch(Node):
    """Outcomes are "case_1", "case_2" …, in the order written, and "otherwise"."""

    kind: Literal["branch"] = "branch"
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: NodeName

    async def run(self, caller: Caller) -> Exit:
        for number, case in enumerate(self.cases, start=1):
            if case.when.holds(caller.variables):
                return Exit(f"case_{number}", case.then)
        return Exit("otherwise", self.otherwise)
