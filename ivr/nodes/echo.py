"""echo: send the caller's own sound back, to test a phone; any key goes on."""

from typing import Annotated, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.names import NodeName
from ivr.node import Exit, Node, Sound


class Echo(Node):
    kind: Literal["echo"] = "echo"
    at_most_s: Annotated[float, Field(gt=0, le=3600)] = 300.0
    next: NodeName

    fits_waiting = False

    def sound(self) -> Sound:
        return Sound.TWO_WAY

    async def run(self, caller: Caller) -> Exit:
        await caller.echo(at_most_s=self.at_most_s)
        return Exit("next", self.next)
