"""Transaction timers, as data. Nothing here sleeps or reads a clock.

Values are seconds and come from RFC 3261 Appendix A, Table 4; Timers L and M are from
RFC 6026 §7. Deadlines are points on whatever monotonic clock the caller uses.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

TRYING_AFTER_S: Final = 0.2
"""A server answers an INVITE with 100 if its user said nothing until then, §17.2.1."""


@dataclass(frozen=True, slots=True)
class TimerValues:
    """The three numbers that all timers follow from.

    Attributes:
        t1_s: round-trip time estimate: the first retransmission interval, §17.1.1.1.
        t2_s: longest interval between retransmissions, except of an INVITE, §17.1.2.2.
        t4_s: longest time a message can survive in the network, §17.1.2.2.
    """

    t1_s: float = 0.5
    t2_s: float = 4.0
    t4_s: float = 5.0

    @property
    def timeout_s(self) -> float:
        """Timers B, D, F, H, J, L and M. D is "at least 32 s", which 64*T1 is by default."""
        return 64 * self.t1_s


DEFAULT_TIMERS: Final = TimerValues()

NameT = TypeVar("NameT", bound=StrEnum)


class TimerTable(Generic[NameT]):
    """At most one running timer per name."""

    __slots__ = ("_deadlines",)

    def __init__(self) -> None:
        self._deadlines: dict[NameT, float] = {}

    def start(self, name: NameT, deadline: float) -> None:
        """Start a timer, or move its deadline if it is running."""
        self._deadlines[name] = deadline

    def stop(self, name: NameT) -> None:
        """Stop a timer; harmless if it is not running."""
        self._deadlines.pop(name, None)

    def clear(self) -> None:
        self._deadlines.clear()

    def next_deadline(self) -> float | None:
        """When `pop_due` next has something to return, None if no timer runs."""
        return min(self._deadlines.values()) if self._deadlines else None

    def pop_due(self, now: float) -> NameT | None:
        """Stop the earliest timer whose deadline has come and return its name.

        Call it until it returns None. Ties go to the smaller name, so that two
        runs over the same inputs are identical.
        """
        due = [(at, name) for name, at in self._deadlines.items() if at <= now]
        if not due:
            return None
        _, name = min(due)
        del self._deadlines[name]
        return name
