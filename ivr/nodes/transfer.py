"""transfer: connect the caller to another number of the numbering plan."""

from typing import Literal

from ivr.caller import Caller, TransferOutcome
from ivr.expressions import Computed
from ivr.names import END, NodeName
from ivr.node import Exit, FlowFault, Node


class Transfer(Node):
    """A call that is not answered yet hears the target's ringing and is answered with it."""

    kind: Literal["transfer"] = "transfer"
    to: Computed
    """The number, as a phone would dial it."""
    next: NodeName = END
    """After a conversation that the other side ended."""
    busy: NodeName | None = None
    no_answer: NodeName | None = None
    failed: NodeName | None = None
    otherwise: NodeName
    """Where the caller goes when nobody was reached, unless one of the three above says better."""

    assists = True

    async def run(self, caller: Caller) -> Exit:
        number = str(self.to.value(caller.variables)).strip()
        if not number:
            raise FlowFault(f"to: {self.to.source} gave no number")
        outcome = await caller.transfer(number)
        if outcome is TransferOutcome.ANSWERED:
            return Exit("next", self.next, heard=True)
        return Exit(outcome.value, self._after(outcome) or self.otherwise)

    def _after(self, outcome: TransferOutcome) -> NodeName | None:
        match outcome:
            case TransferOutcome.BUSY:
                return self.busy
            case TransferOutcome.NO_ANSWER:
                return self.no_answer
            case _:
                return self.failed
