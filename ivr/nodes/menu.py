"""menu: ask a question and branch on one key."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from ivr.asking import Asking
from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit
from ivr.yaml_lines import Place

MOST_CHOICES: Final = 7

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class Menu(Asking):
    kind: Literal["menu"] = "menu"
    choices: dict[Key, NodeName] = Field(min_length=1)

    is_menu = True

    def advice(self) -> Iterator[tuple[Place, str]]:
        if len(self.choices) > MOST_CHOICES:
            text = f"{len(self.choices)} choices; callers remember {MOST_CHOICES} at most"
            yield ("choices",), text

    async def run(self, caller: Caller) -> Exit:
        return await self.ask(caller, at_most=1, terminator="", accept=self._choice)

    def _choice(self, pressed: str) -> Exit | None:
        for key, target in self.choices.items():
            if key == pressed:
                return Exit(key, target, heard=True)
        return None
