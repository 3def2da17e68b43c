"""callback: call the caller back when their turn comes, instead of letting them wait."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ivr.caller import CallBackOutcome, Caller, QueueRequest
from ivr.expressions import Computed
from ivr.names import NodeName, PromptName, QueueName
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said

Digits = Annotated[int, Field(ge=2, le=15)]
Level = Annotated[int, Field(ge=1, le=10)]

ATTEMPTS: Final = 3


class Callback(Node):
    """The number is said to the caller, who confirms it or keys in another one. Who comes from
    the queue's `flowed_out: {callback: …}` keeps the age of that wait."""

    kind: Literal["callback"] = "callback"
    queue: QueueName
    skills: dict[str, Level] = Field(default={}, max_length=20)
    """Skills that the agent must have, each with the lowest level, 1 to 10."""
    languages: tuple[Computed, ...] = Field(
        default_factory=lambda: (Computed("{{ language }}"),), max_length=10
    )
    """Languages that will do, best first."""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
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
        request = QueueRequest(
            queue=str(self.queue),
            skills=dict(self.skills),
            languages=tuple(filter(None, (one.text(caller.variables) for one in self.languages))),
            priority=self.priority,
        )
        outcome = caller.call_back(request, number, self.first or "")
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
