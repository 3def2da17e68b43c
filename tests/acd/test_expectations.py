"""Expected wait: a value, or unknown."""

import pytest

from acd.expectations import FEWEST_ANSWERS, RECENT_S, Recent
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentMadeNotAvailable
from events.ids import CallId, EntryId, QueueName
from events.queues import CallAbandoned
from tests.acd.driver import ANN, BOB, QUEUE, Driver


def recent(*, handled: int, abandoned: int = 0, handle_s: float = 120.0, at: float = 0.0) -> Recent:
    """Who hung up did so after half a minute."""
    past = Recent()
    for _ in range(handled):
        past.ended.append((at, True, 0.0))
        past.handled.append((at, handle_s))
    for _ in range(abandoned):
        past.ended.append((at, False, 30.0))
    return past


def test_it_grows_with_the_position_and_shrinks_with_the_agents() -> None:
    past = recent(handled=5)
    assert past.expected_wait_s(1, 4, now=10) == 30
    assert past.expected_wait_s(4, 4, now=10) == 120
    assert past.expected_wait_s(4, 8, now=10) == 60


def test_callers_ahead_who_will_hang_up_are_not_waited_for() -> None:
    """One agent frees a place every 120 s, each caller gives one up every 30 s of waiting."""
    past = recent(handled=4, abandoned=4)
    per_s = [1 / 120 + place / 30 for place in (1, 2, 3)]
    assert past.expected_wait_s(1, 1, now=0) == pytest.approx(1 / per_s[0])
    assert past.expected_wait_s(3, 1, now=0) == pytest.approx(sum(1 / each for each in per_s))


def test_it_is_unknown_from_few_or_old_answers_and_without_agents() -> None:
    assert recent(handled=FEWEST_ANSWERS - 1).expected_wait_s(1, 1, now=0) is None
    assert recent(handled=FEWEST_ANSWERS).expected_wait_s(1, 1, now=0) == 120
    assert recent(handled=9).expected_wait_s(1, 0, now=0) is None
    assert recent(handled=9).expected_wait_s(1, 1, now=RECENT_S) is not None
    assert recent(handled=9).expected_wait_s(1, 1, now=RECENT_S + 1) is None


def test_only_the_latest_count() -> None:
    past = recent(handled=100, handle_s=1000.0)
    for _ in range(50):
        past.handled.append((0.0, 10.0))
    assert past.expected_wait_s(1, 1, now=0) == 10


@pytest.fixture
def busy() -> Driver:
    """Ann and Bob serve; three calls of Ann's took 100 s each, wrap-up included."""
    agents = {ANN: AgentProfile(skills={"sales": 5}), BOB: AgentProfile()}
    d = Driver(QueueSettings(wrap_up_s=10), agents)
    d.signs_in(ANN)
    for offer in (1, 2, 3):
        d.calls(f"done-{offer}")
        d.talks(f"done-{offer}", ANN, offer, seconds=90)
        d.passes(d.now + 10)
    d.calls("talking")
    d.answers(4)
    d.bridged("talking", ANN, 4)
    return d


def test_the_distributor_knows_positions_agents_and_the_past(busy: Driver) -> None:
    busy.calls("first", at=busy.now + 1)
    busy.calls("second", at=busy.now + 1)
    assert busy.acd.expected_wait_s(CallId("first"), busy.now) == 100
    assert busy.acd.expected_wait_s(CallId("second"), busy.now) == 200
    busy.signs_in(BOB)
    assert busy.acd.position(CallId("second")) == 2, "whose phone rings, waits still"


def test_only_agents_able_to_take_the_call_count(busy: Driver) -> None:
    busy.calls("sales", skills={"sales": 1})
    busy.signs_in(BOB)
    assert busy.acd.expected_wait_s(CallId("sales"), busy.now) == 100
    busy.happens(AgentMadeNotAvailable(ANN))
    assert busy.acd.expected_wait_s(CallId("sales"), busy.now) is None


def test_it_is_unknown_for_who_does_not_wait_and_in_a_queue_without_a_past(busy: Driver) -> None:
    assert busy.acd.expected_wait_s(CallId("nobody"), busy.now) is None
    other = QueueName("other")
    d = Driver({QUEUE: QueueSettings(), other: QueueSettings()})
    d.calls("c", queue=other)
    assert d.acd.expected_wait_s(CallId("c"), 0.0) is None


def test_who_hangs_up_is_part_of_the_past(busy: Driver) -> None:
    for n in range(3):
        busy.calls(f"gone-{n}")
        busy.happens(CallAbandoned(CallId(f"gone-{n}"), EntryId(f"gone-{n}"), QUEUE, 10.0))
    busy.calls("first", at=busy.now + 1)
    busy.calls("second", at=busy.now + 1)
    expected = 1 / (1 / 100 + 1 / 10) + 1 / (1 / 100 + 2 / 10)
    assert busy.acd.expected_wait_s(CallId("second"), busy.now) == pytest.approx(expected)
