"""Virtual time for asyncio: the clock jumps to the next timer whenever nothing is ready.

Hours of timers take milliseconds and every run is the same. `loop.time()` starts at 0; give it
as the clock to whatever takes one. Real sockets may be used, but time does not wait for them:
use in-memory edges. Work in threads is waited for only while no timer is pending. A coroutine
that goes on for ever would never let real time end it, so a loop's own work is limited.

    @in_virtual_time
    async def test_silence_ends_the_call() -> None:
        ...
"""

import asyncio
import functools
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STUCK_AFTER_S: Final = 60.0
"""Real seconds without anything that could ever wake the loop."""

ENDLESS_AFTER_S: Final = 100.0
"""Seconds of the processor's that one loop may work; other processes' do not count."""

CLEAN_UP_S: Final = 5.0
"""The same again for tasks that are then cancelled."""

Ready = list[tuple[selectors.SelectorKey, int]]


class Deadlock(Exception):
    """Every task waits and no timer is set: the test would hang for good."""


class Endless(Exception):
    """Virtual time passes and passes, and the test does not come to its end."""


class TimeJump(selectors.SelectSelector):
    """Never waits while a timer is pending: it moves the clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._ends_at = time.thread_time() + ENDLESS_AFTER_S

    def select(self, timeout: float | None = None) -> Ready:
        if time.thread_time() > self._ends_at:
            self._ends_at = time.thread_time() + CLEAN_UP_S
            raise Endless(f"at {self.now:.0f} s of virtual time there is still something to do")
        if timeout is None:
            ready = super().select(STUCK_AFTER_S)
            if not ready:
                raise Deadlock("all tasks wait, and no timer or socket will wake them")
            return ready
        ready = super().select(0)
        if not ready:
            self.now += max(timeout, 0.0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = TimeJump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a plain test of an async one; fixtures and parameters pass through."""

    @functools.wraps(test)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(test(*args, **kwargs))

    return wrapper
