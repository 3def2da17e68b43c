"""transfer: connect the caller to another number of the numbering plan."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ivr.caller import Caller, TransferOutcome
from ivr.expressions import Computed
from ivr.names import END, NodeName
from ivr.node import Exit, FlowFault, Node


def _as_text(number: Any) -> Any:
    """`to: 1002` is the number 1002 as dialled."""
    return str(number) if type(number) is int else number


class Transfer(Node):
    """A call that is not answered yet hears the target's ringing and is answered with it."""

    kind: Literal["transfer"] = "transfer"
    to: Annotated[Computed, BeforeValidator(_as_text)]
    """The number, as a phone would dial it."""
    next: NodeName = END
    """After a conversation that the other side ended."""
    busy: NodeName | None = None
    no_answer: NodeName | None = None
    failed: NodeName | None = None
    otherwise: NodeName
    """Where the caller goes when nobody was reached, unless one of the three above says better."""

    assists = True
    fits_waiting = False

    def silent_targets(self) -> Iterator[NodeName]:
        """Somebody may be there the next time: coming back is waiting, not running in circles."""
        return iter(())

    async def run(self, caller: Caller) -> Exit:
        number = self.to.text(caller.variables)
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
