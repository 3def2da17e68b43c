"""ring: let the caller hear ringing, before the call is answered."""

import asyncio
from typing import Annotated, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node


class Ring(Node):
    kind: Literal["ring"] = "ring"
    seconds: Annotated[float, Field(ge=0, le=180)] = 0.0
    """How long it rings before the flow goes on."""
    next: NodeName

    fits_waiting = False

    async def run(self, caller: Caller) -> Exit:
        await caller.ring()
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return Exit("next", self.next)
