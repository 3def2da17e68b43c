"""collect: ask for a number of several keys and keep it in a variable."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.asking import Asking
from ivr.caller import Caller
from ivr.names import NodeName, VariableName
from ivr.node import Exit

Digits = Annotated[int, Field(ge=1, le=64)]


class Collect(Asking):
    kind: Literal["collect"] = "collect"
    into: VariableName
    """Holds the keys as text, without the terminator. Empty when nothing useful came."""
    min_digits: Digits = 1
    max_digits: Digits
    terminator: Literal["#", "*", ""] = "#"
    """The key that ends the number before `max_digits`; empty when there is none."""
    next: NodeName

    @model_validator(mode="after")
    def _some_length_fits(self) -> Self:
        if self.min_digits > self.max_digits:
            raise PydanticCustomError(
                "lengths",
                "min_digits {least} is more than max_digits {most}; no number could be right",
                {"least": self.min_digits, "most": self.max_digits},
            )
        return self

    async def run(self, caller: Caller) -> Exit:
        collected = ""

        def fits(keys: str) -> Exit | None:
            nonlocal collected
            if not self.min_digits <= len(keys) <= self.max_digits or not keys.isdigit():
                return None
            collected = keys
            return Exit("next", self.next, heard=True)

        left = await self.ask(
            caller, at_most=self.max_digits, terminator=self.terminator, accept=fits
        )
        caller.variables[self.into] = collected
        return left
