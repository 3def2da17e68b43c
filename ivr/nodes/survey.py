"""survey: ask how the caller liked it. After a queue node, it is asked once the agent hangs up."""

from typing import Annotated, Final, Literal

from pydantic import Field

from events.recordings import Purpose
from ivr.asking import Asking
from ivr.caller import Caller
from ivr.names import NodeName, VariableName
from ivr.node import Exit
from ivr.spoken import said

_SCALES: Final = {"stars": (1, 5), "nps": (0, 10)}


class Survey(Asking):
    """One question; its answer is an event, so that reports count it. Silence counts, too."""

    kind: Literal["survey"] = "survey"
    survey: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    """The survey's name in reports."""
    question: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")] = "satisfaction"
    """The question's name in reports."""
    scale: Literal["stars", "nps", "spoken"] = "stars"
    """stars: one key, 1 to 5. nps: 0 to 10, how likely the caller is to recommend us. spoken: a
    comment in the caller's own words after a tone, which is recorded."""
    max_s: Annotated[float, Field(ge=5, le=600)] = 60.0
    """How long a comment may be."""
    silence_s: Annotated[float, Field(ge=1, le=60)] = 4.0
    """A silence that ends a comment."""
    into: VariableName | None = None
    """Holds the score; null when none came. Of a comment, its seconds."""
    next: NodeName

    async def run(self, caller: Caller) -> Exit:
        if self.scale == "spoken":
            return await self._listen(caller)
        return await self._ask_score(caller)

    async def _listen(self, caller: Caller) -> Exit:
        prompts = said(self.prompt, caller.variables, caller.language)
        await caller.play(prompts, stop_on_digit=self.barge_in)
        recorded = await caller.record(
            at_most_s=self.max_s,
            silence_s=self.silence_s,
            label=f"{self.survey}/{self.question}",
            purpose=Purpose.COMMENT,
        )
        failed = recorded.ended_by == "failed"
        if self.into is not None:
            caller.variables[str(self.into)] = None if failed else round(recorded.seconds)
        if failed:
            return Exit("failed", self.otherwise or self.next)
        return Exit("next", self.next, heard=recorded.ended_by == "key")

    async def _ask_score(self, caller: Caller) -> Exit:
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
