"""The store: what waits to be written."""

from prometheus_client import Counter, Gauge

from telemetry.face import Series, Surroundings


class StoreSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._length = Gauge(
            "sentral_store_queue_length",
            "Events that wait to be written to the database, in memory and in the journal.",
            registry=surroundings.registry,
        )
        self._lost = Counter(
            "sentral_store_lost_events",
            "Events that neither memory nor journal could keep while the database was away.",
            registry=surroundings.registry,
        )
        self._counted = 0

    def refresh(self) -> None:
        gauges = self._around.gauges
        self._length.set(gauges.store_queue_length())
        lost = gauges.store_lost()
        self._lost.inc(max(0, lost - self._counted))
        self._counted = max(lost, self._counted)
