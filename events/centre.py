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
class ConfigurationReplaced(Event):
    """Queues and agents are others from now on, for calls that wait already too; a distributor
    that is told the log again takes its configuration anew here, as at a start.

    Attributes:
        configuration: content hash of the one in force from now on.
        reason: who asked for it, "signal" or "api".
    """

    configuration: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FlowsReplaced(Event):
    """Calls from now on take these flows. `versions`: content hashes by name."""

    versions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
