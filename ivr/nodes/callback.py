"""callback: call the caller back when their turn comes, instead of letting them wait."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ivr.caller import CallBackOutcome, Caller
from ivr.expressions import Computed
from ivr.names import NodeName, PromptName
from ivr.node import Exit, Sound
from ivr.requirements import Requirements
from ivr.spoken import Prompts, said

Digits = Annotated[int, Field(ge=2, le=15)]

ATTEMPTS: Final = 3


class Callback(Requirements):
    """The number is said to the caller, who confirms it or keys in another one. Who comes from
    the queue's `flowed_out: {callback: …}` keeps the age of that wait."""

    kind: Literal["callback"] = "callback"
    number: Computed = Field(default_factory=lambda: Computed("{{ caller.number }}"))
    """Where to call; without one, the caller keys it in."""
    first: Literal["agent", "customer"] | None = None
    """Who is called first; without it, as `calls.callback` says."""
    number_is: Prompts
    """Said before the digits of the number, e.g. "we call you back at"."""
    confirm: Prompts
    """Said after them, e.g. "if that is right, press 1; for another number, press 2"."""
    enter: Prompts
    """Asks for a number, ended by #."""
    min_digits: Digits = 3
    max_digits: Digits = 15
    next: NodeName
    """They will be called back; say so."""
    duplicate: NodeName | None = None
    """They are to be called back about this queue already; without it, `next`."""
    otherwise: NodeName
    """No number was confirmed, or it may not be called."""

    def sound(self) -> Sound:
        return Sound.TWO_WAY

    async def run(self, caller: Caller) -> Exit:
        number = "".join(letter for letter in self.number.text(caller.variables) if letter != "+")
        for _ in range(ATTEMPTS):
            if not self._is_number(number):
                await self._play(caller, self.enter)
                number = await caller.digits(
                    at_most=self.max_digits, first_within_s=10.0, between_s=5.0, terminator="#"
                )
                continue
            await self._play(caller, self.number_is)
            await caller.play([PromptName(f"part_{digit}") for digit in number], stop_on_digit=True)
            await self._play(caller, self.confirm)
            key = await caller.digits(at_most=1, first_within_s=10.0)
            if key == "1":
                return self._asked(caller, number)
            number = "" if key == "2" else number
        return Exit("no_input", self.otherwise)

    def _asked(self, caller: Caller, number: str) -> Exit:
        outcome = caller.call_back(self.request(caller.variables), number, self.first or "")
        match outcome:
            case CallBackOutcome.ACCEPTED:
                return Exit("next", self.next, heard=True)
            case CallBackOutcome.DUPLICATE:
                return Exit("duplicate", self.duplicate or self.next, heard=True)
            case _:
                return Exit("refused", self.otherwise, heard=True)

    def _is_number(self, number: str) -> bool:
        return number.isdigit() and self.min_digits <= len(number) <= self.max_digits

    async def _play(self, caller: Caller, prompts: Any) -> None:
        names = said(prompts, caller.variables, caller.language)
        await caller.play(names, stop_on_digit=True)
