"""An event loop whose clock jumps to the next timer, so that an hour of a call takes no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

Ready = list[tuple[selectors.SelectorKey, int]]


class _Jumping(selectors.DefaultSelector):
    """Where asyncio would wait for a timer, the clock is moved to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Ready:
        if timeout is None:  # no timer: only another thread can wake the loop
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self.now += max(timeout, 0.0)
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Jumping()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def run_without_waiting(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, with `loop.time()` starting at 0 and sleeping for free."""
    with asyncio.Runner(loop_factory=_JumpingLoop) as runner:
        return runner.run(main)
