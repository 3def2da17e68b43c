"""A flow as it runs, and all flows of a centre. Values: a call keeps the version that it began."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.mistakes import Mistake
from ivr.node import Node
from ivr.position import Position
from ivr.spoken import Part


@dataclass(frozen=True, slots=True)
class Flow:
    """One checked file.

    Attributes:
        version: content hash of the file.
        languages: the first one is spoken until another is chosen.
        on_hangup: run when the caller hung up; what it plays nobody hears.
        on_error: run when a node failed.
        file: where it was read from, for messages.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    start: str
    nodes: Mapping[str, Node]
    on_hangup: str | None = None
    on_error: str | None = None
    description: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Flows:
    """All flows in force, and the older versions on which calls may still be.

    `warnings`: what experts would do otherwise.
    """

    current: Mapping[str, Flow]
    older: Mapping[tuple[str, str], Flow] = field(default_factory=dict)
    warnings: tuple[Mistake, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.current

    def __iter__(self) -> Iterator[str]:
        return iter(self.current)

    def speaks(self) -> bool:
        """Whether some flow in force has texts for the speech engine."""
        names = (
            name
            for flow in self.current.values()
            for node in flow.nodes.values()
            for _, name in node.names()
        )
        return any(isinstance(name, Part) and name.text is not None for name in names)

    def find(self, name: str, version: str) -> Flow | None:
        """This version; if it is gone (a restart after a change), the one in force; else None."""
        return self.older.get((name, version)) or self.current.get(name)

    def start(self, name: str, variables: Mapping[str, Any]) -> Position:
        """Raises KeyError when there is no such flow."""
        flow = self.current[name]
        return Position(flow.name, flow.version, flow.start, variables=variables)

    def replaced_by(self, newer: "Flows") -> "Flows":
        """`newer` for new calls, with the present versions kept for calls in progress."""
        kept = {(flow.name, flow.version): flow for flow in self.current.values()}
        return dataclasses.replace(newer, older={**self.older, **kept})
