"""Which Sentral runs."""

from prometheus_client import Gauge

from telemetry.face import Series, Surroundings


class BuildSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        build = Gauge(
            "sentral_build_info",
            "Always 1; the label says which version runs.",
            ["version"],
            registry=surroundings.registry,
        )
        build.labels(surroundings.version).set(1)
