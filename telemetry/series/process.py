"""The process: how long the event loop and the garbage collector make everyone wait."""

import asyncio
import contextlib
import gc
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Literal

from prometheus_client import Gauge, Histogram

from telemetry.face import Series, Surroundings

PAUSE_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)

MOST_PAUSES: Final = 10_000
"""Pauses remembered between two scrapes."""


class LoopLagSeries(Series):
    """Measured by a task of its own: how much later than asked a timer comes."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._lag = Histogram(
            "sentral_event_loop_lag_seconds",
            "How late a timer of the event loop comes.",
            buckets=PAUSE_BUCKETS,
            registry=surroundings.registry,
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to measure the running loop."""
        assert self._task is None
        self._task = asyncio.create_task(self._measure(), name="event-loop-lag")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _measure(self) -> None:
        interval_s = self._around.settings.lag_interval_s
        while True:
            asked = self._around.steady() + interval_s
            await asyncio.sleep(interval_s)
            self._lag.observe(max(0.0, self._around.steady() - asked))


class TaskSeries(Series):
    """What runs on the loop: a number that grows while calls do not is a leak."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._tasks = Gauge(
            "sentral_event_loop_tasks",
            "Tasks of the event loop that are not done.",
            registry=surroundings.registry,
        )

    def refresh(self) -> None:
        with contextlib.suppress(RuntimeError):  # no loop runs, so nothing runs on it
            self._tasks.set(len(asyncio.all_tasks()))


class GarbageSeries(Series):
    """Every collection stops the whole process while it lasts."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        pauses = Histogram(
            "sentral_gc_pause_seconds",
            "Pauses for garbage collection.",
            ["generation"],
            buckets=PAUSE_BUCKETS,
            registry=surroundings.registry,
        )
        self._pauses: Mapping[int, Histogram] = {
            generation: pauses.labels(generation) for generation in range(3)
        }
        self._began: float | None = None
        self._measured: deque[tuple[int, float]] = deque(maxlen=MOST_PAUSES)

    def start(self) -> None:
        """Begin to listen to the interpreter's collector."""
        gc.callbacks.append(self._collector_told)

    def stop(self) -> None:
        if self._collector_told in gc.callbacks:
            gc.callbacks.remove(self._collector_told)

    def refresh(self) -> None:
        while self._measured:
            generation, seconds = self._measured.popleft()
            self._pauses[generation].observe(seconds)

    def _collector_told(self, phase: Literal["start", "stop"], info: Mapping[str, Any]) -> None:
        """Only takes a note: a collection may begin inside a metric that holds its lock."""
        if phase == "start":
            self._began = time.perf_counter()
        elif self._began is not None:
            self._measured.append((info["generation"], time.perf_counter() - self._began))
            self._began = None
