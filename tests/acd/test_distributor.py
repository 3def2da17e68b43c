"""The same inputs at the same times give the same effects, however late anybody looked."""

from acd.distributor import Distributor
from acd.effects import Effect
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentSignedIn, AgentState, PhoneReached
from events.calls import CallRang
from events.event import Event
from events.ids import CallId, EntryId, OfferId
from events.queues import CallQueued, OfferAnswered, OfferFailed, OfferOutcome
from tests.acd.driver import ANN, BOB, PHONES, QUEUE, Driver

INPUTS: list[tuple[float, Event]] = [
    (0.0, PhoneReached(PHONES[ANN])),
    (0.0, PhoneReached(PHONES[BOB])),
    (1.0, AgentSignedIn(ANN, PHONES[ANN])),
    (2.0, AgentSignedIn(BOB, PHONES[BOB])),
    (3.0, CallQueued(CallId("a"), EntryId("a"), QUEUE)),
    (4.0, CallQueued(CallId("b"), EntryId("b"), QUEUE)),
    (5.0, OfferFailed(OfferId(1), OfferOutcome.BUSY)),
    (40.0, CallQueued(CallId("c"), EntryId("c"), QUEUE)),
    (41.0, OfferAnswered(OfferId(4))),
    (90.0, CallRang(CallId("x"))),
]
SETTINGS = {QUEUE: QueueSettings(ring_s=9, back_off_s=5, not_answering_s=13, max_wait_s=70)}


def run(*, ticks: list[float]) -> list[Effect]:
    """All effects of the inputs, with looks at the clock in between."""
    acd = Distributor(SETTINGS, {ANN: AgentProfile(), BOB: AgentProfile()})
    steps: list[tuple[float, Event | None]] = [*INPUTS, *((at, None) for at in ticks)]
    effects: list[Effect] = []
    for now, event in sorted(steps, key=lambda step: step[0]):
        effects += acd.tick(now) if event is None else acd.handle(event, now)
    return effects


def test_late_early_and_missing_ticks_change_nothing() -> None:
    exact = run(ticks=[at / 2 for at in range(181)])
    assert len(exact) > 20
    assert run(ticks=[]) == exact
    assert run(ticks=[39.0, 89.0, 90.0]) == exact
    assert run(ticks=[0.1, 14.7, 33.3, 33.4, 61.0]) == exact


def test_two_runs_are_identical() -> None:
    assert run(ticks=[]) == run(ticks=[])


def test_a_due_timer_runs_before_the_event_that_comes_with_it() -> None:
    d = Driver(QueueSettings(ring_s=20, lease_grace_s=1), {ANN: AgentProfile()})
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.now = 21.0
    assert d.answers(1) == ["stop 1: no_answer"], "the lease was over"
    assert d.state(ANN)[0] is AgentState.NOT_ANSWERING


def test_timers_are_run_as_if_at_their_deadline() -> None:
    d = Driver(QueueSettings(wrap_up_s=30), {ANN: AgentProfile()})
    d.signs_in(ANN)
    d.calls("c", at=0)
    d.talks("c", ANN, 1, seconds=10)
    d.calls("late look", at=500)
    assert d.view(ANN).idle_since == 40


def test_a_clock_that_steps_back_stands_still() -> None:
    d = Driver()
    d.signs_in(ANN)
    d.calls("a", at=10)
    d.calls("b", at=5)
    assert [view.queued_at for view in d.acd.waiting(QUEUE)] == [10, 10]


def test_other_events_and_its_own_facts_only_move_time() -> None:
    d = Driver(QueueSettings(ring_s=20, lease_grace_s=1), {ANN: AgentProfile()})
    d.signs_in(ANN)
    d.calls("c", at=0)
    facts = d.facts
    assert d.happens(*facts) == []
    assert d.happens(CallRang(CallId("c")), at=30) == ["stop 1: no_answer"]


def test_a_spare_tick_does_nothing() -> None:
    d = Driver()
    assert d.acd.tick(1.0) == []
    assert d.acd.next_deadline() is None
