"""identify: find out which customer is calling, by a number of theirs."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.names import NodeName
from ivr.node import Exit, Node
from ivr.querying import QueryFailed
from ivr.variables import IDENTIFIED_AS

_UNKNOWN: Final = {"calls": None, "days": None, "queue": None, "agent": None, "outcome": None}


class Identify(Node):
    """Afterwards `customer` is the row of the customers file: name, type, vip, language …

    Every call begins with the row of the calling number; this node is for a number that the caller
    keyed in, or to branch on whether the caller is known. `history` tells of earlier calls of that
    number: `calls` (in `history_days`), `days` (since the last one), `queue`, `agent` and
    `outcome` of the last one; null is unknown.
    """

    kind: Literal["identify"] = "identify"
    number: Computed = Field(default_factory=lambda: Computed("{{ caller.number }}"))
    """Without this field, the calling number."""
    history_days: Annotated[int, Field(ge=1, le=366)] | None = None
    """Look at calls of so many days; without it, `history` is not asked for."""
    next: NodeName
    unknown: NodeName
    """Nobody in the customers file has that number."""

    async def run(self, caller: Caller) -> Exit:
        number = self.number.text(caller.variables)
        if self.history_days is not None:
            caller.variables["history"] = await self._history(caller, number)
        row = caller.world.customer_of(number) if number else {}
        if not row.get("number"):
            return Exit("unknown", self.unknown)
        caller.variables["customer"] = dict(row)
        caller.variables[IDENTIFIED_AS] = number
        return Exit("next", self.next)

    async def _history(self, caller: Caller, number: str) -> dict[str, Any]:
        """A caller is not turned away because the past cannot be read."""
        assert self.history_days is not None
        try:
            told = await caller.world.history(number, self.history_days) if number else {}
        except QueryFailed:
            told = {}
        return {**_UNKNOWN, **told}
