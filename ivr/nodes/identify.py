"""identify: find out which customer is calling, by a number of theirs."""

from typing import Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.names import NodeName
from ivr.node import Exit, Node
from ivr.variables import IDENTIFIED_AS


class Identify(Node):
    """Afterwards `customer` is the row of the customers file: name, type, vip, language …

    Every call begins with the row of the calling number; this node is for a number that the caller
    keyed in, or to branch on whether the caller is known.
    """

    kind: Literal["identify"] = "identify"
    number: Computed = Field(default_factory=lambda: Computed("{{ caller.number }}"))
    """Without this field, the calling number."""
    next: NodeName
    unknown: NodeName
    """Nobody in the customers file has that number."""

    async def run(self, caller: Caller) -> Exit:
        number = self.number.text(caller.variables)
        row = caller.world.customer_of(number) if number else {}
        if not row.get("number"):
            return Exit("unknown", self.unknown)
        caller.variables["customer"] = dict(row)
        caller.variables[IDENTIFIED_AS] = number
        return Exit("next", self.next)
