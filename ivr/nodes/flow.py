"""flow: run another flow, then go on here."""

from collections.abc import Iterator
from typing import Literal

from ivr.caller import Caller
from ivr.entering import Entering
from ivr.names import NodeName
from ivr.node import Exit


class SubFlow(Entering):
    """The other flow shares the call's variables and comes back when it reaches `end`."""

    kind: Literal["flow"] = "flow"
    next: NodeName

    def silent_targets(self) -> Iterator[NodeName]:
        """What the other flow asks of the caller is not known here."""
        return iter(())

    async def run(self, caller: Caller) -> Exit:
        self.give_parameters(caller)
        return Exit("next", self.next, enter=self.flow)
