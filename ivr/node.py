"""What a node is: one step of a flow, written by its author and run for each caller."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from ivr.caller import Caller
from ivr.expressions import Evaluated
from ivr.names import FlowName, Name, NodeName
from ivr.placing import Surroundings
from ivr.spoken import Part
from ivr.yaml_lines import Place


class FlowFault(Exception):
    """A node met something that its author did not foresee: the nearest `on_error` takes over."""


class Sound(Enum):
    """What a node needs of the call before it runs."""

    NONE = auto()
    ONE_WAY = auto()  # the caller hears us: answered, or early media
    TWO_WAY = auto()  # and we hear the caller: answered


class Exit(NamedTuple):
    """How a node was left.

    Attributes:
        outcome: "next", a key, "no_input", "no_match", "busy" …: a word of the flow, never of a
            caller, because metrics are labelled with it.
        target: the node that follows, or `end`.
        enter: a flow to run before `target`.
        heard: the caller, or somebody spoken with, did something: the visit limit starts anew.
    """

    outcome: str
    target: NodeName
    enter: FlowName | None = None
    heard: bool = False


class Node(BaseModel):
    """One step of a flow, exactly as its author wrote it; it keeps nothing about a call."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        defer_build=True,
    )

    assists: ClassVar[bool] = False
    """The caller gets to somebody: from here on the flow did not serve them alone."""

    leaves_flow: ClassVar[bool] = False
    """Goes on in another flow and does not come back."""

    fits_waiting: ClassVar[bool] = True
    """May stand in a flow that runs while the caller waits in a queue."""

    needs_waiting: ClassVar[bool] = False
    """May stand nowhere else."""

    secret_places: ClassVar[frozenset[str]] = frozenset()
    """Fields whose expressions may use what `secure` collected."""

    is_menu: ClassVar[bool] = False
    """A question whose answer is a way: too many of them one after the other tire callers."""

    on_error: NodeName | None = None
    """Where the flow goes when this node fails; without it, the flow's own `on_error`, or an
    outer flow's."""
    on_hangup: NodeName | None = None
    """What runs when the caller hangs up here; without it, the flow's own `on_hangup`, or an
    outer flow's."""
    note: str = Field(default="", max_length=500)
    """For people; Sentral ignores it."""

    def placed(self, around: Surroundings) -> Self:
        """The node with what it takes from its flow's file and from files beside that."""
        return self

    def sound(self) -> Sound:
        """The engine answers the call (or not) before `run` by this."""
        return Sound.NONE

    async def run(self, caller: Caller) -> Exit:
        """Do the step and say where to go next.

        Raises:
            CallerGone: the caller hung up; never caught by a node.
            FlowFault, ExpressionError: the flow goes to `on_error`.
        """
        raise NotImplementedError

    def secret(self) -> str | None:
        """A variable of its own that must never be written anywhere."""
        return None

    def beside(self) -> str | None:
        """A flow that runs for as long as this node does."""
        return None

    def dials(self) -> Iterator[tuple[Place, str]]:
        """Numbers that it dials for every call alike, each with its place."""
        return iter(())

    def rings(self) -> Iterator[tuple[Place, str]]:
        """Agents, likewise."""
        return iter(())

    def ends_flow(self) -> bool:
        """Whether nothing ever follows."""
        return False

    def names(self) -> Iterator[tuple[Place, Name | Evaluated | Part]]:
        """All names, expressions and spoken parts, each with its place: (("choices", "1"), …)."""
        for field in type(self).model_fields:
            yield from _named((field,), getattr(self, field))

    def targets(self) -> Iterator[tuple[Place, NodeName]]:
        """Every node that this one can lead to, `end` included."""
        for place, name in self.names():
            if isinstance(name, NodeName):
                yield place, name

    def silent_targets(self) -> Iterator[NodeName]:
        """Those targets that a caller gets to who does nothing, nobody being spoken with.

        None at all says that the world decides, so that coming here again is no endless loop.
        """
        for place, target in self.targets():
            if place not in (("on_error",), ("on_hangup",)):
                yield target

    def hidden(self) -> Iterator[tuple[Place, str]]:
        """Choices that can never be taken, because others come first: place and what is wrong."""
        return iter(())

    def advice(self) -> Iterator[tuple[Place, str]]:
        """What callers will not like about it: place and warning."""
        return iter(())


def _named(place: Place, value: Any) -> Iterator[tuple[Place, Name | Evaluated | Part]]:
    match value:
        case Name() | Evaluated():
            yield place, value
        case BaseModel():
            if isinstance(value, Part):
                yield place, value
            for field in type(value).model_fields:
                yield from _named((*place, field), getattr(value, field))
        case Mapping():
            for key, item in value.items():
                if isinstance(key, Name):
                    yield (*place, key), key
                yield from _named((*place, key), item)
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _named((*place, index), item)
