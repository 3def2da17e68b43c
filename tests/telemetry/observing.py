"""A log whose clock the test sets, with every series listening to it."""

from prometheus_client import CollectorRegistry

from events.event import Event
from events.log import EventLog
from telemetry.face import Gauges, QueueTargets, Surroundings
from telemetry.metrics import Metrics
from telemetry.settings import TelemetrySettings

EPOCH = 1_800_000_000.0


class Observed:
    """Tell it events, move its clock, ask for sample values."""

    def __init__(
        self,
        *,
        queues: dict[str, QueueTargets] | None = None,
        trunks: tuple[str, ...] = (),
        gauges: Gauges | None = None,
        settings: TelemetrySettings | None = None,
    ) -> None:
        self.now = 0.0
        self.registry = CollectorRegistry()
        self.metrics = Metrics(
            Surroundings(
                registry=self.registry,
                steady=lambda: self.now,
                version="1.2.3",
                queues=queues or {},
                trunks=trunks,
                gauges=gauges or Gauges(),
                settings=settings or TelemetrySettings(),
            )
        )
        self.log = EventLog(utc=lambda: EPOCH + self.now, steady=lambda: self.now)
        self.log.listen(self.metrics.observe)

    def tell(self, *events: Event, at: float | None = None) -> None:
        if at is not None:
            self.now = at
        for event in events:
            self.log.append(event)

    def value(self, name: str, **labels: str) -> float | None:
        """As a scrape at this instant would show it; None if the series is not there."""
        self.metrics.refresh()
        return self.registry.get_sample_value(name, labels)
