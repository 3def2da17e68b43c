"""Virtual time for scenario tests: hours of signalling in milliseconds, always the same."""

import heapq
from collections.abc import Callable
from itertools import count


class Simulation:
    """An agenda of actions. Time jumps to the next one; nothing ever sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._tie_breaker = count()  # equal times run in the order they were planned

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.now + delay_s, next(self._tie_breaker), action))

    def run(self, *, until: float) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, action = heapq.heappop(self._agenda)
            action()
        self.now = until
