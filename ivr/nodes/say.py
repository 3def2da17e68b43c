"""say: play prompts, numbers, dates, times and money, and go on."""

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.controls import Controls
from ivr.names import NodeName
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said


class Say(Node):
    kind: Literal["say"] = "say"
    prompt: Prompts
    barge_in: bool = True
    """A key ends it, and is kept for the node that asks next."""
    controls: Controls | None = None
    """Keys that pause what is said, move about in it or change its volume, e.g.
    `{pause: 5, back: 4, forward: 6}`."""
    next: NodeName

    @model_validator(mode="after")
    def _controls_need_keys(self) -> Self:
        if self.controls is not None and not self.barge_in:
            raise PydanticCustomError("controls", "`controls:` need `barge_in: true`")
        return self

    def sound(self) -> Sound:
        return Sound.ONE_WAY

    async def run(self, caller: Caller) -> Exit:
        prompts = said(self.prompt, caller.variables, caller.language)
        if self.controls is not None:
            await caller.play_controlled(prompts, self.controls)
        else:
            await caller.play(prompts, stop_on_digit=self.barge_in)
        return Exit("next", self.next)
