"""The process itself: what a replay must know that no call tells."""

from dataclasses import dataclass

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
