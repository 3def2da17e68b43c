"""Offers: their ends and their speed."""

from events.calls import LegDialled
from events.ids import AgentId, CallId, OfferId, QueueName
from events.queues import OfferClosed, OfferOutcome
from telemetry.face import QueueTargets
from tests.telemetry.observing import Observed

C, Q, A = CallId("c"), QueueName("q"), AgentId("a")


def test_every_outcome_is_there_and_counted() -> None:
    observed = Observed(queues={"q": QueueTargets()})
    observed.tell(OfferClosed(OfferId(1), C, Q, A, OfferOutcome.BUSY))
    assert observed.value("sentral_offers_total", queue="q", outcome="busy") == 1
    assert observed.value("sentral_offers_total", queue="q", outcome="withdrawn") == 0


def test_only_legs_of_offers_have_a_latency() -> None:
    observed = Observed()
    observed.tell(
        LegDialled(C, "c-1", "phone", "2001", A, offer_latency_s=0.002),
        LegDialled(C, "c-2", "trunk", "carrier"),
    )
    assert observed.value("sentral_offer_latency_seconds_count") == 1
    assert observed.value("sentral_offer_latency_seconds_sum") == 0.002
