"""Calls: how many, how they end, how fast they are answered."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from events.calls import CallAnswered, CallEnded, Direction, Outcome
from telemetry.face import Series, Surroundings

SETUP_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)


class CallSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        registry = surroundings.registry
        active = Gauge(
            "sentral_calls_active",
            "Calls from INVITE to the end.",
            ["direction"],
            registry=registry,
        )
        ended = Counter(
            "sentral_calls",
            "Calls that have ended.",
            ["direction", "outcome"],
            registry=registry,
        )
        self._setup = Histogram(
            "sentral_call_setup_seconds",
            "From receiving the INVITE to sending our 200.",
            buckets=SETUP_BUCKETS,
            registry=registry,
        )
        self._active = {direction: active.labels(direction) for direction in Direction}
        self._ended = {
            (direction, outcome): ended.labels(direction, outcome)
            for direction in Direction
            for outcome in Outcome
        }
        self.on(CallEnded, self._call_ended)
        self.on(CallAnswered, self._call_answered)

    def refresh(self) -> None:
        counts = self._around.gauges.calls_active()
        for direction, gauge in self._active.items():
            gauge.set(counts.get(direction, 0))

    def _call_ended(self, event: CallEnded, at: float) -> None:
        self._ended[event.direction, event.outcome].inc()

    def _call_answered(self, event: CallAnswered, at: float) -> None:
        self._setup.observe(event.setup_s)
