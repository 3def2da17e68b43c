"""Queues: METRICS.md's O, A, B and F, how long callers waited and how long calls took."""

from functools import partial
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from events.centre import ConfigurationReplaced
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallQueued,
    QueueAnswered,
    QueueCallHandled,
)
from telemetry.face import QueueTargets, Series, Surroundings
from telemetry.labels import Children, FewWords
from telemetry.service_level import ServiceLevelWindow

WAIT_BUCKETS: Final = (
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    45.0,
    60.0,
    90.0,
    120.0,
    180.0,
    300.0,
    600.0,
)
HANDLE_BUCKETS: Final = (5, 10, 20, 30, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1800, 3600)
ABANDON_KINDS: Final = ("short", "in_target", "late")
PARTS: Final = ("talk", "hold", "wrap_up")
MOST_REASONS: Final = 30


class QueueSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._reason = FewWords(MOST_REASONS)
        self._windows: dict[str, ServiceLevelWindow] = {}
        self._counters(surroundings)
        self._histograms(surroundings)
        self._show_all()
        self.on(ConfigurationReplaced, self._configured_anew)
        self.on(CallQueued, self._queued)
        self.on(QueueAnswered, self._queue_answered)
        self.on(CallAbandoned, self._call_abandoned)
        self.on(CallFlowedOut, self._call_flowed_out)
        self.on(QueueCallHandled, self._call_handled)

    def refresh(self) -> None:
        now = self._around.steady()
        for queue, window in self._windows.items():
            self._service_level(queue).set(window.ratio(now))

    def _counters(self, surroundings: Surroundings) -> None:
        registry = surroundings.registry
        self._offered = Children(
            Counter(
                "sentral_queue_offered", "Entries into the queue.", ["queue"], registry=registry
            )
        )
        self._answered = Children(
            Counter(
                "sentral_queue_answered",
                "Entries bridged to an agent.",
                ["queue"],
                registry=registry,
            )
        )
        self._in_target = Children(
            Counter(
                "sentral_queue_answered_in_target",
                "Entries bridged to an agent within the queue's service-level threshold.",
                ["queue"],
                registry=registry,
            )
        )
        self._abandoned = Children(
            Counter(
                "sentral_queue_abandoned",
                "Callers who hung up while waiting: short, in_target (of the rest), late.",
                ["queue", "kind"],
                registry=registry,
            )
        )
        self._flowed_out = Children(
            Counter(
                "sentral_queue_flowed_out",
                "Entries that left the queue alive and unanswered.",
                ["queue", "reason"],
                registry=registry,
            )
        )
        self._service_level = Children(
            Gauge(
                "sentral_queue_service_level_ratio",
                "Answered in target / (answered + abandoned - short), over the last "
                f"{surroundings.settings.service_level_window_s:g} s; NaN when nothing counts.",
                ["queue"],
                registry=registry,
            )
        )

    def _histograms(self, surroundings: Surroundings) -> None:
        thresholds = {targets.service_level_s for targets in surroundings.queues.values()}
        self._wait = Children(
            Histogram(
                "sentral_queue_wait_seconds",
                "From entering the queue to leaving it.",
                ["queue", "outcome"],
                buckets=sorted({*WAIT_BUCKETS, *thresholds}),
                registry=surroundings.registry,
            )
        )
        self._handle = Children(
            Histogram(
                "sentral_queue_handle_seconds",
                "Parts of the handling time of one answered entry.",
                ["queue", "part"],
                buckets=HANDLE_BUCKETS,
                registry=surroundings.registry,
            )
        )

    def _configured_anew(self, event: ConfigurationReplaced, at: float) -> None:
        self._show_all()

    def _show_all(self) -> None:
        for queue in self._around.queues:
            self._window(queue)

    def _show(self, queue: str) -> ServiceLevelWindow:
        """Make the queue's series exist at zero, so that a first call is seen as an increase."""
        for counter in (self._offered, self._answered, self._in_target):
            counter(queue)
        for kind in ABANDON_KINDS:
            self._abandoned(queue, kind)
        for part in PARTS:
            self._handle(queue, part)
        window_s = self._around.settings.service_level_window_s
        self._windows[queue] = ServiceLevelWindow(partial(self._targets, queue), window_s)
        return self._windows[queue]

    def _targets(self, queue: str) -> QueueTargets:
        return self._around.targets(queue)

    def _window(self, queue: str) -> ServiceLevelWindow:
        return self._windows.get(queue) or self._show(queue)

    def _queued(self, event: CallQueued, at: float) -> None:
        self._window(event.queue)
        self._offered(event.queue).inc()

    def _queue_answered(self, event: QueueAnswered, at: float) -> None:
        self._window(event.queue).answered(event, at)
        self._answered(event.queue).inc()
        if event.wait_s <= self._targets(event.queue).service_level_s:
            self._in_target(event.queue).inc()
        self._wait(event.queue, "answered").observe(event.wait_s)

    def _call_abandoned(self, event: CallAbandoned, at: float) -> None:
        self._window(event.queue).abandoned(event, at)
        kind = abandon_kind(event.wait_s, self._targets(event.queue))
        self._abandoned(event.queue, kind).inc()
        self._wait(event.queue, "abandoned").observe(event.wait_s)

    def _call_flowed_out(self, event: CallFlowedOut, at: float) -> None:
        self._flowed_out(event.queue, self._reason(event.reason)).inc()
        self._wait(event.queue, "flowed_out").observe(event.wait_s)

    def _call_handled(self, event: QueueCallHandled, at: float) -> None:
        self._handle(event.queue, "talk").observe(event.talk_s)
        self._handle(event.queue, "hold").observe(event.hold_s)
        self._handle(event.queue, "wrap_up").observe(event.wrap_up_s)


def abandon_kind(wait_s: float, targets: QueueTargets) -> str:
    """ "short", "in_target" or "late": METRICS.md's Bs, the rest of B≤T, and B>T."""
    if wait_s <= targets.short_abandon_s:
        return "short"
    return "in_target" if wait_s <= targets.service_level_s else "late"
