"""Whatever keeps a free agent from a waiting call ends by itself, at the second that it says."""

from collections.abc import Callable

import pytest

from acd.settings import AgentProfile, QueueSettings, Relaxation
from events.agents import AgentEngaged
from events.calls import CallUnbridged, Side
from events.ids import CallId, EntryId, OfferId
from events.queues import BridgeFailed, CallQueued, OfferOutcome
from tests.acd.driver import ANN, BOB, QUEUE, Driver

SETTINGS = QueueSettings(
    ring_s=20,
    lease_grace_s=1,
    bridge_s=10,
    back_off_s=5,
    rejected_back_off_s=60,
    not_answering_s=30,
    wrap_up_s=15,
    relaxation=(Relaxation(after_s=40, level=1),),
)


def rejected(driver: Driver) -> None:
    driver.calls("a")
    driver.fails(1, OfferOutcome.REJECTED)


def withdrawn(driver: Driver) -> None:
    driver.calls("a")
    driver.fails(1, OfferOutcome.WITHDRAWN)


def busy(driver: Driver) -> None:
    driver.calls("a")
    driver.fails(1, OfferOutcome.BUSY)


def not_answering(driver: Driver) -> None:
    driver.calls("a")
    driver.fails(1, OfferOutcome.NO_ANSWER)


def silent(driver: Driver) -> None:
    """Nobody reports on the offer: its lease ends, then they count as not answering."""
    driver.calls("a")


def no_bridge(driver: Driver) -> None:
    """The phone answered, and nobody reports on the bridge."""
    driver.calls("a")
    driver.answers(1)


def failed_bridge(driver: Driver) -> None:
    driver.calls("a")
    driver.answers(1)
    driver.happens(BridgeFailed(CallId("a"), OfferId(1)))


def wrapping_up(driver: Driver) -> None:
    driver.calls("before")
    driver.answers(1)
    driver.bridged("before", ANN, 1)
    driver.happens(CallUnbridged(CallId("before"), "leg", Side.CALLER, ANN))
    driver.talks("before", ANN, 1, seconds=0)
    driver.calls("a")


def kept_for_another(driver: Driver) -> None:
    """Bob is on a call of his own, and the caller wants him first."""
    driver.signs_in(BOB)
    driver.happens(AgentEngaged(BOB, CallId("direct")))
    wants_bob = CallQueued(CallId("a"), EntryId("a"), QUEUE, preferred=BOB, preferred_s=12.0)
    driver.happens(wants_bob)


def too_demanding(driver: Driver) -> None:
    driver.calls("a", skills={"law": 5})


EXCLUSIONS: list[tuple[Callable[[Driver], None], float]] = [
    (rejected, 60),
    (withdrawn, 5),
    (busy, 5),
    (not_answering, 30),
    (silent, 21 + 30),
    (no_bridge, 10 + 5),
    (failed_bridge, 5),
    (wrapping_up, 15),
    (kept_for_another, 12),
    (too_demanding, 40),
]


@pytest.mark.parametrize(("exclusion", "ends_at"), EXCLUSIONS)
def test_each_exclusion_ends(exclusion: Callable[[Driver], None], ends_at: float) -> None:
    driver = Driver(SETTINGS, {ANN: AgentProfile(skills={"law": 1}), BOB: AgentProfile()})
    driver.signs_in(ANN)
    exclusion(driver)
    before = driver.passes(ends_at - 0.1)
    assert not any("ring" in said for said in before), f"excluded until then, but {before}"
    (rung,) = [said for said in driver.passes(ends_at) if "ring" in said]
    assert rung.startswith("ring ann for a ")
