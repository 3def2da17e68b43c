"""The process itself: what a replay must know that no call tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from events.event import Event


@dataclass(frozen=True, slots=True)
class CentreStarted(Event):
    """`configuration`: content hash of the one in force; `seed`: of every random choice."""

    version: str
    configuration: str
    seed: int


@dataclass(frozen=True, slots=True)
class CentreStopped(Event):
    reason: str


@dataclass(frozen=True, slots=True)
class FlowsReplaced(Event):
    """Calls from now on take these flows. `versions`: content hashes by name."""

    versions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
