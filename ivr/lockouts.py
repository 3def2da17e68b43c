"""Who gave wrong PINs too often, on however many calls, and may not try again for a while."""

from dataclasses import dataclass
from typing import Final

MAX_KEPT: Final = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    until: float


class Lockouts:
    """Kept in memory: a restart forgives. `now` is seconds on a steady clock."""

    def __init__(self) -> None:
        self._failures: dict[str, _Failures] = {}

    def locked(self, who: str, now: float, *, after: int) -> bool:
        known = self._failures.get(who)
        return known is not None and known.count >= after and now < known.until

    def failed(self, who: str, now: float, *, lock_s: float) -> None:
        """Count one; failures further apart than `lock_s` are forgotten."""
        known = self._failures.pop(who, None)
        count = known.count if known is not None and now < known.until else 0
        if len(self._failures) >= MAX_KEPT:
            self._failures.pop(next(iter(self._failures)))  # the one longest ago
        self._failures[who] = _Failures(count + 1, now + lock_s)

    def succeeded(self, who: str) -> None:
        self._failures.pop(who, None)
