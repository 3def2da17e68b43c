"""transfer: connect the caller to another number of the numbering plan, or to an agent."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller, TransferOutcome
from ivr.expressions import Computed
from ivr.names import END, NodeName
from ivr.node import Exit, FlowFault, Node
from ivr.yaml_lines import Place


def _as_text(number: Any) -> Any:
    """`to: 1002` is the number 1002 as dialled."""
    return str(number) if type(number) is int else number


class Transfer(Node):
    """A call that is not answered yet hears the target's ringing and is answered with it. A number
    that leads to a queue or a flow takes the caller there for good, with the language they speak,
    and a flow sees the variables of this one; no node here follows."""

    kind: Literal["transfer"] = "transfer"
    to: Annotated[Computed, BeforeValidator(_as_text)] | None = None
    """The number, as a phone would dial it."""
    agent: Annotated[Computed, BeforeValidator(_as_text)] | None = None
    """Instead of `to`: id of an agent, at whatever phone they sit; `failed` if at none."""
    next: NodeName = END
    """After a conversation that the other side ended."""
    busy: NodeName | None = None
    no_answer: NodeName | None = None
    failed: NodeName | None = None
    otherwise: NodeName
    """Where the caller goes when nobody was reached, unless one of the three above says better."""

    assists = True
    fits_waiting = False

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.to is None) == (self.agent is None):
            raise PydanticCustomError("target", "give either `to` or `agent`")
        return self

    def dials(self) -> Iterator[tuple[Place, str]]:
        return _plain("to", self.to)

    def rings(self) -> Iterator[tuple[Place, str]]:
        return _plain("agent", self.agent)

    def silent_targets(self) -> Iterator[NodeName]:
        """Somebody may be there the next time: coming back is waiting, not running in circles."""
        return iter(())

    async def run(self, caller: Caller) -> Exit:
        outcome = await self._dialled(caller)
        if outcome is TransferOutcome.ANSWERED:
            return Exit("next", self.next, heard=True)
        return Exit(outcome.value, self._after(outcome) or self.otherwise)

    async def _dialled(self, caller: Caller) -> TransferOutcome:
        if self.agent is not None:
            return await caller.transfer_to_agent(_said("agent", self.agent, caller))
        assert self.to is not None, "one of both is given"
        return await caller.transfer(_said("to", self.to, caller))

    def _after(self, outcome: TransferOutcome) -> NodeName | None:
        match outcome:
            case TransferOutcome.BUSY:
                return self.busy
            case TransferOutcome.NO_ANSWER:
                return self.no_answer
            case _:
                return self.failed


def _plain(field: str, computed: Computed | None) -> Iterator[tuple[Place, str]]:
    if computed is not None and computed.is_plain:
        yield (field,), computed.source


def _said(field: str, computed: Computed, caller: Caller) -> str:
    text = computed.text(caller.variables)
    if not text:
        raise FlowFault(f"{field}: {computed.source} gave nothing")
    return text
