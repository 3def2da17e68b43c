"""Garbage collection is ours: nothing is collected in full while a call needs the loop.

What the start made is frozen, and again what threads import behind the first calls, which is some
hundred thousand objects. Young objects are collected a few thousand at a time, as nearly
all that a call makes is freed by reference counting before anybody looks. A full collection, which
stops everything for milliseconds, runs when the loop has been idle, and the longer one takes, the
longer the next one waits.
"""

import asyncio
import gc
import time
from typing import Final

_LOOK_S: Final = 1.0
_IDLE_S: Final = 0.002
"""A timer that comes this close to its time says that nothing else wanted the loop."""

_SETTLED_S: Final = 5.0
"""After the start: what lives then is frozen too. A call of that moment is freed as ever, by
reference counting."""

_YOUNG: Final = 5_000
"""Containers made and not freed before the youngest are looked through: about half a
millisecond."""

_REST_S: Final = 10.0
"""Between two full collections at least."""

_SHARE: Final = 1 / 500
"""Of the time, at most, that full collections take."""

_PATIENCE: Final = 6
"""Rests after which a full collection runs even on a busy loop, or memory would grow."""

_NEVER: Final = 1_000_000_000


class IdleCollector:
    """One per process; `start` on the running loop, after everything was made."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        gc.collect()
        gc.freeze()
        _, middle, _ = self._thresholds
        gc.set_threshold(_YOUNG, middle, _NEVER)
        self._task = asyncio.create_task(self._collect_when_idle(), name="garbage")

    def stop(self) -> None:
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _collect_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(_SETTLED_S)
        gc.freeze()
        rest_s, rested_s = _REST_S, 0.0
        while True:
            asked = loop.time() + _LOOK_S
            await asyncio.sleep(_LOOK_S)
            rested_s += _LOOK_S
            idle = rested_s >= rest_s and loop.time() - asked < _IDLE_S
            if idle or rested_s >= _PATIENCE * rest_s:
                rest_s, rested_s = max(_REST_S, _collected_s() / _SHARE), 0.0


def _collected_s() -> float:
    """Collect everything; how long it took."""
    before = time.perf_counter()
    gc.collect()
    return time.perf_counter() - before
