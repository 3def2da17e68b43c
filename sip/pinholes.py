"""When each phone behind NAT gets a sign of life from us, so that its router keeps the way in open.

Routers forget a UDP mapping after 30 s of silence or more (RFC 4787 REQ-5 asks for 120 s, many do
not keep to it), so the interval is below that. One sign for each flow, however many bindings.
"""

import heapq
from collections.abc import Iterable
from typing import Protocol

from sip.address import Address


class Dice(Protocol):
    """`random.Random`."""

    def random(self) -> float: ...


class Pinholes:
    """Holds who is due when; whether somebody is still there is the owner's to know."""

    def __init__(self, every_s: float, dice: Dice) -> None:
        self._every_s = every_s
        self._dice = dice
        self._heap: list[tuple[float, Address]] = []
        self._watched: set[Address] = set()

    def watch(self, source: Address, now: float) -> None:
        """Keep the way to there open; nothing changes for one that is watched already."""
        if source not in self._watched:
            self._watched.add(source)
            self._push(source, now + self._every_s)

    def restore(self, sources: Iterable[Address], now: float) -> None:
        """Watch them all, each from a random instant on: a whole floor is not due at once."""
        for source in sources:
            if source not in self._watched:
                self._watched.add(source)
                self._push(source, now + self._every_s * self._dice.random())

    def due(self, now: float) -> list[Address]:
        """Those whose time has come, watched no longer: `watch` again whoever is still there."""
        sources: list[Address] = []
        while self._heap and self._heap[0][0] <= now:
            source = heapq.heappop(self._heap)[1]
            self._watched.discard(source)
            sources.append(source)
        return sources

    def next_deadline(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        return len(self._watched)

    def _push(self, source: Address, at: float) -> None:
        heapq.heappush(self._heap, (at, source))
