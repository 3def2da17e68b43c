"""progress: open early media, so that the caller hears prompts that nobody pays for."""

from typing import Literal

from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node


class Progress(Node):
    kind: Literal["progress"] = "progress"
    next: NodeName

    fits_waiting = False

    async def run(self, caller: Caller) -> Exit:
        await caller.progress()
        return Exit("next", self.next)
