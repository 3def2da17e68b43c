"""say: play prompts, numbers, dates, times and money, and go on."""

from typing import Literal

from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said


class Say(Node):
    kind: Literal["say"] = "say"
    prompt: Prompts
    barge_in: bool = True
    """A key ends it, and is kept for the node that asks next."""
    next: NodeName

    def sound(self) -> Sound:
        return Sound.ONE_WAY

    async def run(self, caller: Caller) -> Exit:
        prompts = said(self.prompt, caller.variables, caller.language)
        await caller.play(prompts, stop_on_digit=self.barge_in)
        return Exit("next", self.next)
