"""survey: ask how the caller liked it. After a queue node, it is asked once the agent hangs up."""

from typing import Annotated, Final, Literal

from pydantic import Field

from ivr.asking import Asking
from ivr.caller import Caller
from ivr.names import NodeName, VariableName
from ivr.node import Exit

_SCALES: Final = {"stars": (1, 5), "nps": (0, 10)}


class Survey(Asking):
    """One question; its answer is an event, so that reports count it. Silence counts, too."""

    kind: Literal["survey"] = "survey"
    survey: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    """The survey's name in reports."""
    question: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")] = "satisfaction"
    """The question's name in reports."""
    scale: Literal["stars", "nps"] = "stars"
    """stars: one key, 1 to 5. nps: 0 to 10, how likely the caller is to recommend us."""
    into: VariableName | None = None
    """Holds the score; null when none came."""
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        lowest, highest = _SCALES[self.scale]
        score: int | None = None

        def fits(keys: str) -> Exit | None:
            nonlocal score
            if not keys.isdigit() or not lowest <= int(keys) <= highest:
                return None
            score = int(keys)
            return Exit("next", self.next, heard=True)

        digits = len(str(highest))
        try:
            left = await self.ask(caller, at_most=digits, terminator="#", accept=fits)
        finally:  # who hangs up instead was asked, too
            caller.world.rated(self.survey, self.question, self.scale, score)
        if self.into is not None:
            caller.variables[str(self.into)] = score
        return left
