"""goto: go on in another flow, and do not come back."""

from typing import Literal

from ivr.caller import Caller
from ivr.entering import Entering
from ivr.names import END
from ivr.node import Exit


class Goto(Entering):
    """Within one flow every `next:` goes anywhere; this is for other flows."""

    kind: Literal["goto"] = "goto"

    leaves_flow = True

    async def run(self, caller: Caller) -> Exit:
        self.give_parameters(caller)
        return Exit("next", END, enter=self.flow)
