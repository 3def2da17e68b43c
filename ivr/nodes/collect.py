"""collect: ask for a number of several keys and keep it in a variable."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.asking import Asking, Attempts
from ivr.caller import Caller
from ivr.names import END, NodeName, VariableName
from ivr.node import Exit
from ivr.spoken import Prompts, said
from ivr.yaml_lines import Place

MOST_CORRECTIONS: Final = 5
"""How often a caller may say that the number read back is wrong."""

_PATTERN: Final = re.compile(
    r"(?:[0-9XN]|\[[0-9](?:-[0-9])?\])+\.?(?:\|(?:[0-9XN]|\[[0-9](?:-[0-9])?\])+\.?)*"
)
_DIGIT: Final = {"X": "[0-9]", "N": "[2-9]", ".": "[0-9]*"}

Digits = Annotated[int, Field(ge=1, le=64)]
Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


def _pattern(text: str) -> str:
    if len(text) > 200 or not _PATTERN.fullmatch(text):
        raise ValueError(
            "a pattern is made of digits, X for any, N for 2 to 9, [2-5], | between"
            " alternatives, and . at the end of one for any digits that follow"
        )
    return text


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_DIGIT.get(letter, letter) for letter in pattern))


class Confirm(BaseModel):
    """The number is read back, and the caller says whether it is right."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    prompt: Prompts
    """E.g. [you_entered, {digits: "{{ account }}"}, right_press_1_wrong_press_2]."""
    yes: Key = "1"
    no: Key = "2"
    attempts: Attempts = 3

    @model_validator(mode="after")
    def _two_keys(self) -> Self:
        if self.yes == self.no:
            raise PydanticCustomError("confirm", "yes: and no: are the same key")
        return self


class Collect(Asking):
    """Everything that the number must be is checked before it is taken."""

    kind: Literal["collect"] = "collect"
    into: VariableName
    """Holds the keys as text, without the terminator. Empty when nothing useful came."""
    min_digits: Digits = 1
    max_digits: Digits
    terminator: Literal["#", "*", ""] = "#"
    """The key that ends the number before `max_digits`; empty when there is none."""
    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    """E.g. 62X. or 08[1-5]XXXX|021.: X any digit, N 2 to 9, . any that follow."""
    luhn: bool = False
    """The last digit is a check digit, as of cards (ISO/IEC 7812-1)."""
    at_least: int | None = None
    """The smallest number allowed."""
    at_most: int | None = None
    """The greatest number allowed."""
    confirm: Confirm | None = None
    next: NodeName

    @model_validator(mode="after")
    def _some_number_fits(self) -> Self:
        if self.min_digits > self.max_digits:
            raise PydanticCustomError(
                "lengths",
                "min_digits {least} is more than max_digits {most}; no number could be right",
                {"least": self.min_digits, "most": self.max_digits},
            )
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise PydanticCustomError("range", "at_least is more than at_most")
        return self

    def hidden(self) -> Iterator[tuple[Place, str]]:
        if self.help and self.terminator == self._help_key:
            yield ("help",), f"never heard: {self.terminator} ends the number here"

    async def run(self, caller: Caller) -> Exit:
        left = Exit("no_match", self.no_match.then or self.otherwise or END, heard=True)
        for _ in range(MOST_CORRECTIONS + 1):
            taken = await self._number(caller)
            if taken.outcome != "next" or self.confirm is None:
                return taken
            confirmed = await self._confirmed(caller, self.confirm)
            if confirmed is True:
                return taken
            if confirmed is None:
                left = Exit("no_input", self.no_input.then or self.otherwise or END)
                break
        caller.variables[str(self.into)] = ""
        return left

    async def _number(self, caller: Caller) -> Exit:
        collected = ""

        def fits(keys: str) -> Exit | None:
            nonlocal collected
            if not self.accepts(keys):
                return None
            collected = keys
            return Exit("next", self.next, heard=True)

        left = await self.ask(
            caller, at_most=self.max_digits, terminator=self.terminator, accept=fits
        )
        caller.variables[str(self.into)] = collected
        return left

    def accepts(self, keys: str) -> bool:
        """Whether it is a number as the author wants it."""
        if not self.min_digits <= len(keys) <= self.max_digits or not keys.isdigit():
            return False
        if self.pattern is not None and not compiled(self.pattern).fullmatch(keys):
            return False
        if self.luhn and not has_check_digit(keys):
            return False
        lowest = int(keys) if self.at_least is None else self.at_least
        highest = int(keys) if self.at_most is None else self.at_most
        return lowest <= int(keys) <= highest

    async def _confirmed(self, caller: Caller, confirm: Confirm) -> bool | None:
        """None when the caller says neither yes nor no."""
        for _ in range(confirm.attempts):
            prompts = said(confirm.prompt, caller.variables, caller.language)
            await caller.play(prompts, stop_on_digit=self.barge_in)
            key = await caller.digits(at_most=1, first_within_s=self.first_digit_s)
            if key in (confirm.yes, confirm.no):
                return key == confirm.yes
        return None


def has_check_digit(digits: str) -> bool:
    """Luhn's formula, ISO/IEC 7812-1 Annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
