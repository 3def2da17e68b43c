"""What an event is, and the envelope in which the log keeps it."""

from dataclasses import dataclass
from typing import ClassVar, Final

SCHEMA_VERSION: Final = 1
"""Written with every event; the codec upgrades older ones on reading."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in the past tense. Subclasses add fields, all plain JSON values."""

    kind: ClassVar[str] = ""
    """The class's name: how the codec and the log call it."""

    def __init_subclass__(cls) -> None:
        cls.kind = cls.__name__


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event at its place in the log.

    Attributes:
        seq: counts up by one from 1 over the life of the log, restarts included; 0 as long as
            its place in the log is not known yet.
        utc: seconds since 1970, for people and reports.
        steady: seconds on the process's monotonic clock, for durations; re-anchored from `utc`
            by whoever restores a log after a restart.
    """

    seq: int
    utc: float
    steady: float
    event: Event
    version: int = SCHEMA_VERSION
