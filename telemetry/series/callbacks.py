"""Call-backs: how many were asked for, and what became of them."""

from prometheus_client import Counter

from events.callbacks import CallBackEnd, CallBackEnded, CallBackLeft, CallBackRequested
from telemetry.face import Series, Surroundings
from telemetry.labels import Children


class CallBackSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        registry = surroundings.registry
        self._requested = Children(
            Counter(
                "sentral_callbacks_requested",
                "Callers who asked to be called back.",
                ["queue"],
                registry=registry,
            )
        )
        self._ended = Children(
            Counter(
                "sentral_callbacks",
                "Call-backs that are over, by how they ended.",
                ["queue", "outcome"],
                registry=registry,
            )
        )
        self._failed = Counter(
            "sentral_callback_attempts_failed",
            "Customers' phones that were rung in vain.",
            registry=registry,
        )
        for queue in surroundings.queues:
            self._requested(queue)
            for outcome in CallBackEnd:
                self._ended(queue, outcome)
        self.on(CallBackRequested, self._was_requested)
        self.on(CallBackLeft, self._left)
        self.on(CallBackEnded, self._has_ended)

    def _was_requested(self, event: CallBackRequested, at: float) -> None:
        self._requested(event.queue).inc()

    def _left(self, event: CallBackLeft, at: float) -> None:
        self._failed.inc(event.attempted)

    def _has_ended(self, event: CallBackEnded, at: float) -> None:
        self._ended(event.queue, event.outcome).inc()
