"""Garbage collection is ours: nothing is collected in full while a call needs the loop.

What the start made is frozen. Young objects are collected as ever (microseconds); a full
collection, which stops everything for milliseconds, runs when the loop has been idle.
"""

import asyncio
import gc
from typing import Final

_LOOK_S: Final = 1.0
_IDLE_S: Final = 0.002
"""A timer that comes this close to its time says that nothing else wanted the loop."""

_REST: Final = 10
"""Looks between two full collections at least: reference counting frees nearly everything."""

_LONGEST_WITHOUT: Final = 60
"""Looks after which a full collection runs even on a busy loop, or memory would grow."""

_NEVER: Final = 1_000_000_000


class IdleCollector:
    """One per process; `start` on the running loop, after everything was made."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        gc.collect()
        gc.freeze()
        young, middle, _ = self._thresholds
        gc.set_threshold(young, middle, _NEVER)
        self._task = asyncio.create_task(self._collect_when_idle(), name="garbage")

    def stop(self) -> None:
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _collect_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        looks = 0
        while True:
            asked = loop.time() + _LOOK_S
            await asyncio.sleep(_LOOK_S)
            looks += 1
            idle = looks >= _REST and loop.time() - asked < _IDLE_S
            if idle or looks >= _LONGEST_WITHOUT:
                gc.collect()
                looks = 0
