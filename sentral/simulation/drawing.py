"""What the drawings of a simulated day show: each interval, all queues together."""

from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = ("answered", "abandoned", "flowed_out")


@dataclass(slots=True)
class Slot:
    """One interval.

    Attributes:
        counts: calls by `KINDS`.
        levels: (service level, calls that it is of) of each queue.
    """

    start_s: float
    occupancy: float | None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    levels: list[tuple[float, int]] = field(default_factory=list)

    @property
    def ended(self) -> int:
        return sum(self.counts.values())

    @property
    def service_level(self) -> float | None:
        """Of all queues; None: nobody called."""
        calls = sum(weight for _, weight in self.levels)
        return sum(level * weight for level, weight in self.levels) / calls if calls else None


def slots(intervals: list[dict[str, Any]]) -> list[Slot]:
    """Of the intervals of `summary`, in order."""
    merged: dict[float, Slot] = {}
    for row in intervals:
        slot = merged.setdefault(row["start_s"], Slot(row["start_s"], row["occupancy"]))
        for kind in KINDS:
            slot.counts[kind] += row[kind]
        if row["service_level"] is not None:
            slot.levels.append((row["service_level"], row["answered"] + row["abandoned"]))
    return [slot for _, slot in sorted(merged.items())]
