"""wait: let some seconds pass, in silence or with something to hear."""

import asyncio
from typing import Annotated, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.filler import while_hearing
from ivr.names import NodeName
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said


class Wait(Node):
    kind: Literal["wait"] = "wait"
    seconds: Annotated[float, Field(gt=0, le=600)]
    prompt: Prompts | None = None
    """Played over and over meanwhile."""
    next: NodeName

    def sound(self) -> Sound:
        return Sound.ONE_WAY if self.prompt else Sound.NONE

    async def run(self, caller: Caller) -> Exit:
        if self.prompt:
            prompts = said(self.prompt, caller.variables, caller.language)
            await while_hearing(caller, prompts, asyncio.sleep(self.seconds))
        else:
            await asyncio.sleep(self.seconds)
        return Exit("next", self.next)
