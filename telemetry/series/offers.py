"""Offers of calls to agents: how they end and how fast the phone is told."""

from typing import Final

from prometheus_client import Counter, Histogram

from events.calls import LegDialled
from events.queues import OfferAnsweredLate, OfferClosed, OfferOutcome
from telemetry.face import Series, Surroundings
from telemetry.labels import Children

TOO_LATE: Final = "too_late"
"""Counted beside the outcome with which the offer was closed before."""

LATENCY_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class OfferSeries(Series):
    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._offers = Children(
            Counter(
                "sentral_offers",
                "Offers of a waiting call to an agent, by how they ended; too_late beside that.",
                ["queue", "outcome"],
                registry=surroundings.registry,
            )
        )
        for queue in surroundings.queues:
            for outcome in (*OfferOutcome, TOO_LATE):
                self._offers(queue, outcome)
        self._latency = Histogram(
            "sentral_offer_latency_seconds",
            "From the distributor's decision to the INVITE on the wire.",
            buckets=LATENCY_BUCKETS,
            registry=surroundings.registry,
        )
        self.on(OfferClosed, self._closed)
        self.on(OfferAnsweredLate, self._answered_late)
        self.on(LegDialled, self._dialled)

    def _closed(self, event: OfferClosed, at: float) -> None:
        self._offers(event.queue, event.outcome).inc()

    def _answered_late(self, event: OfferAnsweredLate, at: float) -> None:
        self._offers(event.queue, TOO_LATE).inc()

    def _dialled(self, event: LegDialled, at: float) -> None:
        if event.offer_latency_s is not None:
            self._latency.observe(event.offer_latency_s)
