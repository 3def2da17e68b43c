"""branch: go on by the first condition that holds."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ivr.caller import Caller
from ivr.expressions import Condition
from ivr.names import NodeName
from ivr.node import Exit, Node
from ivr.yaml_lines import Place

_ALWAYS: Final = frozenset({"true", "True", "1", "not false"})


class Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    when: Condition
    then: NodeName


class Branch(Node):
    """Outcomes are "case_1", "case_2" …, in the order written, and "otherwise"."""

    secret_places = frozenset({"cases"})

    kind: Literal["branch"] = "branch"
    cases: tuple[Case, ...] = Field(min_length=1, max_length=50)
    otherwise: NodeName

    def hidden(self) -> Iterator[tuple[Place, str]]:
        seen: dict[str, int] = {}
        for index, case in enumerate(self.cases):
            condition = " ".join(case.when.source.split())
            place = ("cases", index, "when")
            if "true" in seen:
                yield place, f"never reached: case {seen['true']} always holds"
            elif condition in seen:
                yield place, f"never reached: case {seen[condition]} has the same condition"
            seen.setdefault("true" if condition in _ALWAYS else condition, index + 1)

    async def run(self, caller: Caller) -> Exit:
        for number, case in enumerate(self.cases, start=1):
            if case.when.holds(caller.variables):
                return Exit(f"case_{number}", case.then)
        return Exit("otherwise", self.otherwise)
