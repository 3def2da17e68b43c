"""How long things took, to draw from again: instead of an exponential with the same mean."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Protocol, Self


class Chance(Protocol):
    """A seeded generator; `random.Random` is one."""

    def random(self) -> float:
        """At least 0 and below 1."""

    def expovariate(self, lambd: float) -> float:
        """Exponential, of mean 1 / `lambd`."""


@dataclass(frozen=True, slots=True)
class History:
    """A distribution in steps.

    Attributes:
        seconds: what was seen, growing.
        shares: of all, how many took at most so long; the last is below 1 if some took longer
            than anybody has seen.
        beyond_s: mean of what those take on top of the last; infinite: they never end.
    """

    seconds: tuple[float, ...]
    shares: tuple[float, ...]
    beyond_s: float = inf

    @classmethod
    def of(cls, seen: Iterable[float]) -> Self:
        """Each was seen from its beginning to its end.

        Raises:
            ValueError: nothing was seen.
        """
        seconds = sorted(seen)
        if not seconds:
            raise ValueError("an empty history")
        return cls(tuple(seconds), tuple((n + 1) / len(seconds) for n in range(len(seconds))))

    @classmethod
    def of_patience(cls, waits: Iterable[tuple[float, bool]]) -> Self:
        """Of (seconds waited, whether it ended by hanging up).

        Whoever was answered would have waited longer, nobody knows how long: the estimate of
        Kaplan and Meier. Beyond the longest wait that was given up, callers hang up as often per
        second as they did before.
        """
        ended = sorted(waits, key=lambda each: (each[0], not each[1]))
        seconds, stayed = [], []
        for number, (wait_s, gave_up) in enumerate(ended):
            if gave_up:
                still_there = len(ended) - number
                seconds.append(wait_s)
                stayed.append(1 - 1 / still_there)
        survived = accumulate(stayed, lambda share, factor: share * factor)
        waited_s = sum(wait_s for wait_s, _ in ended)
        return cls(
            tuple(seconds),
            tuple(1 - share for share in survived),
            waited_s / len(seconds) if seconds else inf,
        )

    def draw(self, chance: Chance) -> float:
        number = bisect_right(self.shares, chance.random())
        if number < len(self.seconds):
            return self.seconds[number]
        if self.beyond_s in (0.0, inf):
            return inf if self.beyond_s else self.seconds[-1]
        longest_s = self.seconds[-1] if self.seconds else 0.0
        return longest_s + chance.expovariate(1 / self.beyond_s)
