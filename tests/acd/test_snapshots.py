"""A distributor saved and restored goes on as if nothing had been."""

import json

import pytest

from acd.distributor import Distributor
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentEngaged, AgentMadeNotAvailable, AgentReleased, AgentState
from events.calls import CallHeld, CallResumed, Side
from events.centre import CentreStarted
from events.ids import AgentId, CallId
from events.queues import OfferOutcome, QueueCallHandled
from tests.acd.driver import ANN, BOB, QUEUE, Driver


def restored(d: Driver, *, shift_s: float = 0.0) -> Driver:
    saved = json.loads(json.dumps(d.acd.snapshot()))
    again = Driver(d.queues, d.agents)
    again.acd = Distributor.restore(saved, d.queues, d.agents, shift_s=shift_s)
    again.now = d.now + shift_s
    return again


def test_a_new_distributor_can_be_saved() -> None:
    d = Driver()
    assert restored(d).acd.snapshot() == d.acd.snapshot()
    again = restored(d)
    again.signs_in(ANN)
    assert again.state(ANN) == (AgentState.AVAILABLE, "")


def test_times_move_with_the_clock_of_the_new_process() -> None:
    """Saved at 100 on one clock, restored at 20 on another: 80 s of everything are the same."""
    d = Driver(QueueSettings(max_wait_s=300, rejected_back_off_s=60, wrap_up_s=30))
    d.now = 80.0
    d.signs_in(ANN)
    d.calls("talking", at=81)
    d.answers(1)
    d.bridged("talking", ANN, 1)
    d.happens(CallHeld(CallId("talking"), Side.AGENT), at=85)
    d.signs_in(BOB)
    d.calls("refused", at=90)
    d.fails(2, OfferOutcome.REJECTED)
    d.happens(AgentMadeNotAvailable(BOB, "lunch"), at=100)

    again = restored(d, shift_s=-80.0)
    assert again.now == 20
    assert again.view(BOB).since == 20
    assert again.acd.waiting(QUEUE)[0].queued_at == 10
    again.happens(CallResumed(CallId("talking"), Side.AGENT), at=25)
    again.happens(AgentReleased(ANN, CallId("talking")), at=35)
    again.available(BOB)
    assert again.passes(64) == []
    assert again.passes(65) == ["ring ann for refused (3)"]
    (handled,) = [fact for fact in again.facts if isinstance(fact, QueueCallHandled)]
    assert (handled.talk_s, handled.hold_s, handled.wrap_up_s) == (14.0, 20.0, 30.0)


def test_offers_engagements_and_pending_states_survive() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    d.calls("ringing")
    d.happens(AgentEngaged(BOB, CallId("direct")), AgentMadeNotAvailable(BOB, "lunch"))
    again = restored(d)
    assert again.answers(1) == ["connect ringing to ann (1)"]
    again = restored(again)
    again.bridged("ringing", ANN, 1)
    again.happens(AgentReleased(BOB, CallId("direct")))
    assert again.state(BOB) == (AgentState.NOT_AVAILABLE, "lunch")
    assert again.state(ANN) == (AgentState.TALKING, "")


def test_offers_whose_owner_died_end_only_when_somebody_says_so() -> None:
    """However long the restart took, the agent did not fail to answer."""
    d = Driver(QueueSettings(ring_s=20, bridge_s=10))
    d.signs_in(ANN, BOB)
    d.calls("ringing")
    d.calls("connecting")
    d.answers(2)
    saved = json.loads(json.dumps(d.acd.snapshot()))
    again = Driver(d.queues, d.agents)
    again.acd = Distributor.restore(saved, d.queues, d.agents, ringing=False)
    assert again.passes(3600) == []
    again.fails(1, OfferOutcome.WITHDRAWN)
    assert again.state(ANN) == (AgentState.AVAILABLE, "")


def test_expected_waits_survive() -> None:
    d = Driver(QueueSettings(wrap_up_s=0), {ANN: AgentProfile()})
    d.signs_in(ANN)
    for offer in range(1, 4):
        d.calls(f"c{offer}")
        d.talks(f"c{offer}", ANN, offer, seconds=20)
    d.calls("rings")
    d.calls("first")
    d.calls("second")
    again = restored(d, shift_s=-50.0)
    assert again.acd.expected_wait_s(CallId("second"), again.now) == 40


def test_an_agent_who_is_configured_no_longer_goes_at_the_next_configuration() -> None:
    d = Driver()
    d.signs_in(ANN, BOB)
    saved = d.acd.snapshot()
    only_bob = {BOB: AgentProfile()}
    acd = Distributor.restore(saved, d.queues, only_bob)
    acd.configure(d.queues, only_bob, d.now)
    assert [view.id for view in acd.agents()] == [AgentId("bob")]


def test_another_version_is_refused() -> None:
    d = Driver()
    with pytest.raises(ValueError, match="version 99"):
        Distributor.restore({**d.acd.snapshot(), "version": 99}, d.queues, d.agents)


def test_a_snapshot_of_the_first_version_is_read() -> None:
    """Then a call had one offer, and chance had no seed."""
    d = Driver(QueueSettings(ring_s=20, lease_grace_s=0))
    d.signs_in(ANN)
    d.calls("ringing", at=0)
    d.calls("waiting", at=1)
    old = json.loads(json.dumps(d.acd.snapshot())) | {"version": 1}
    del old["seed"]
    for entry in old["entries"]:
        entry["offer"] = next(iter(entry.pop("offers")), None)
        entry["overdue"] = bool(entry.pop("due_out"))
    again = Driver(d.queues, d.agents)
    again.acd = Distributor.restore(old, d.queues, d.agents)
    assert again.acd.snapshot() == d.acd.snapshot()
    again.now = 1.0
    assert again.answers(1) == ["connect ringing to ann (1)"]


def test_a_snapshot_of_a_newer_version_is_refused() -> None:
    d = Driver()
    with pytest.raises(ValueError, match="version 99"):
        Distributor.restore(d.acd.snapshot() | {"version": 99}, d.queues, d.agents)


def test_chance_goes_on_by_its_seed() -> None:
    d = Driver()
    d.happens(CentreStarted("1", "hash", 7))
    assert restored(d).acd.snapshot()["seed"] == 7
