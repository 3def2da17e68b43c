"""What the nodes `queue` and `callback` ask of agents, in the same words."""

from typing import Annotated, Any, Final

from pydantic import Field

from ivr.caller import QueueRequest
from ivr.expressions import Computed
from ivr.names import QueueName
from ivr.node import FlowFault, Node

MAX_PRIORITY: Final = 100
"""Beyond this an ageing call would never catch up; a computed priority is cut to it."""

Level = Annotated[int, Field(ge=1, le=10)]


class Requirements(Node):
    """A place in a queue, and who may serve it."""

    queue: QueueName
    skills: dict[str, Level] = Field(default={}, max_length=20)
    """Skills that the agent must have, each with the lowest level, 1 to 10."""
    any_of: tuple[dict[str, Level], ...] = Field(default=(), max_length=10)
    """Beside `skills`, all of at least one of these sets."""
    languages: tuple[Computed, ...] = Field(
        default_factory=lambda: (Computed("{{ language }}"),), max_length=10
    )
    """Languages that will do, best first. Without this field: the caller's. Empty: any."""
    tiers: tuple[Annotated[int, Field(ge=1, le=3)], ...] = ()
    """Tiers of agents that will do, best first. Empty: as the queue says."""
    sites: tuple[str, ...] = Field(default=(), max_length=20)
    """Sites that will do, best first; `*` is any. Empty: as the queue says."""
    customer_type: Computed | None = None
    """Agents who serve only some types of customers must serve this one."""
    excluded: tuple[Computed, ...] = Field(default=(), max_length=20)
    """Ids of agents who must not get the call."""
    priority: Annotated[int, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY)] | Computed = 0
    """Higher is served sooner; by how much, `ageing_s` of the queue says."""

    def request(self, variables: dict[str, Any]) -> QueueRequest:
        """Raises FlowFault, ExpressionError."""
        return QueueRequest(
            queue=str(self.queue),
            skills=dict(self.skills),
            languages=_texts(self.languages, variables),
            priority=self._priority(variables),
            any_of=tuple(dict(group) for group in self.any_of),
            tiers=self.tiers,
            sites=self.sites,
            customer_type=text_of(self.customer_type, variables),
            excluded=_texts(self.excluded, variables),
        )

    def _priority(self, variables: dict[str, Any]) -> int:
        wanted = self.priority
        if isinstance(wanted, Computed):
            value = wanted.value(variables)
            if not isinstance(value, (int, float)):
                raise FlowFault(f"priority: {wanted.source} gave {value!r}, not a number")
            wanted = int(value)
        return max(-MAX_PRIORITY, min(MAX_PRIORITY, wanted))


def text_of(computed: Computed | None, variables: dict[str, Any]) -> str:
    """What it says for this caller; nothing if it was left out."""
    return "" if computed is None else computed.text(variables)


def _texts(several: tuple[Computed, ...], variables: dict[str, Any]) -> tuple[str, ...]:
    return tuple(filter(None, (one.text(variables) for one in several)))
