"""Where a call is in its flows: a value that survives the process."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any, Self, TypeAlias


@dataclass(frozen=True, slots=True)
class Return:
    """A flow that entered another one.

    Attributes:
        node: where it goes on when the other ends; empty when it stays for its `on_error` and
            `on_hangup` alone.
        left_at: the node that entered the other; empty in positions written before 2026-11-22.
    """

    flow: str
    version: str
    node: str
    left_at: str = ""


Stack: TypeAlias = tuple[Return, ...]
"""The flows that wait for the one that runs, outermost first."""


@dataclass(frozen=True, slots=True)
class Position:
    """The node that runs next, and all that it needs to run.

    Attributes:
        version: content hash of the flow: a call ends on the flow that it began.
        node: empty when the flow is over.
        stack: the flows that wait for this one, outermost first.
        variables: the call's variables, JSON values; "language" among them.
        assisted: the caller was put in a queue or transferred: the flow did not do it alone.
        failed: `on_error` was entered; another error ends the call.
    """

    flow: str
    version: str
    node: str
    stack: Stack = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    assisted: bool = False
    failed: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "flow": self.flow,
            "version": self.version,
            "node": self.node,
            "stack": [list(astuple(back)) for back in self.stack],
            "variables": dict(self.variables),
            "assisted": self.assisted,
            "failed": self.failed,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError when `data` was not made by `to_json`."""
        return cls(
            flow=data["flow"],
            version=data["version"],
            node=data["node"],
            stack=tuple(Return(*back) for back in data["stack"]),
            variables=dict(data["variables"]),
            assisted=data["assisted"],
            failed=data["failed"],
        )
