"""say: play prompts and go on."""

from typing import Literal

from ivr.asking import Prompts
from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node, Sound


class Say(Node):
    kind: Literal["say"] = "say"
    prompt: Prompts
    barge_in: bool = True
    """A key ends it, and is kept for the node that asks next."""
    next: NodeName

    def sound(self) -> Sound:
        return Sound.ONE_WAY

    async def run(self, caller: Caller) -> Exit:
        await caller.play(self.prompt, stop_on_digit=self.barge_in)
        return Exit("next", self.next)
