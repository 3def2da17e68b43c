"""Expected wait: a value, or unknown."""

from math import sqrt

import pytest

from acd.competition import Ahead
from acd.expectations import FEWEST_ANSWERS, RECENT_ENTRIES, RECENT_S, Expectations, Forecast
from acd.settings import AgentProfile, QueueSettings
from events.agents import AgentMadeNotAvailable
from events.ids import CallId, EntryId, QueueName
from events.queues import CallAbandoned, CallQueued
from tests.acd.driver import ANN, BOB, QUEUE, Driver

OTHER = QueueName("other")


def past(*, handled: int, abandoned: int = 0, handle_s: float = 120.0) -> Expectations:
    """Who hung up did so after half a minute."""
    found = Expectations()
    for _ in range(handled):
        found.ended(QUEUE, 0.0, answered=True, wait_s=0.0)
        found.handled(QUEUE, 0.0, handle_s)
    for _ in range(abandoned):
        found.ended(QUEUE, 0.0, answered=False, wait_s=30.0)
    return found


def forecast(
    known: Expectations,
    able: int,
    ahead: float | Ahead = 0.0,
    *,
    now: float = 0.0,
) -> Forecast | None:
    in_the_way = ahead if isinstance(ahead, Ahead) else Ahead(ahead)
    return known.forecast(QUEUE, in_the_way, able, now)


def mean_s(known: Expectations, able: int, ahead: float = 0.0) -> float:
    found = forecast(known, able, ahead)
    assert found is not None
    return found.mean_s


def test_it_grows_with_the_position_and_shrinks_with_the_agents() -> None:
    known = past(handled=5)
    assert mean_s(known, 4) == 30
    assert mean_s(known, 4, ahead=3) == 120
    assert mean_s(known, 4, ahead=0.5) == 45
    assert mean_s(known, 8, ahead=3) == 60


def test_callers_ahead_who_will_hang_up_are_not_waited_for() -> None:
    """One agent frees a place every 120 s, each caller gives one up every 30 s of waiting."""
    known = past(handled=4, abandoned=4)
    per_s = [1 / 120 + place / 30 for place in (1, 2, 3)]
    assert mean_s(known, 1) == pytest.approx(1 / per_s[0])
    assert mean_s(known, 1, ahead=0.5) == pytest.approx(1 / per_s[0] + 0.5 / per_s[1])
    assert mean_s(known, 1, ahead=2) == pytest.approx(sum(1 / each for each in per_s))


def test_calls_of_another_queue_take_as_long_as_those_do() -> None:
    """One of its own length, one of unknown length, two of 30 s, and the caller's own."""
    found = forecast(past(handled=5), 1, Ahead(4.0, known=3.0, work_s=120.0 + 2 * 30.0))
    assert found is not None
    assert found.mean_s == pytest.approx(3 * 120 + 2 * 30)


def test_it_is_unknown_from_few_or_old_answers_and_without_agents() -> None:
    assert forecast(past(handled=FEWEST_ANSWERS - 1), 1) is None
    assert mean_s(past(handled=FEWEST_ANSWERS), 1) == 120
    assert forecast(past(handled=9), 0) is None
    assert forecast(past(handled=9), 1, now=RECENT_S) is not None
    assert forecast(past(handled=9), 1, now=RECENT_S + 1) is None


def test_calls_of_no_length_are_waited_for_in_no_time() -> None:
    assert forecast(past(handled=5, handle_s=0.0), 1, 3.0) == Forecast(0.0, 0.0)
    assert mean_s(past(handled=5, handle_s=1.0), 1) == 1.0


def test_only_the_latest_count() -> None:
    known = past(handled=RECENT_ENTRIES, handle_s=1000.0)
    for _ in range(RECENT_ENTRIES):
        known.handled(QUEUE, 0.0, 10.0)
    assert mean_s(known, 1) == 10


def test_nobody_is_told_what_would_rather_be_wrong() -> None:
    """One agent, calls of 60 s: 60 s give or take 60 s. Ten agents and nine ahead: 60 ± 19 s.
    From the fifteenth place on the one agent's queue is within a quarter, too."""
    known = past(handled=RECENT_ENTRIES, handle_s=60.0)
    alone, many, late = forecast(known, 1), forecast(known, 10, 9), forecast(known, 1, 14)
    assert alone is not None
    assert many is not None
    assert late is not None
    assert (alone.mean_s, many.mean_s, late.mean_s) == pytest.approx((60, 60, 900))
    assert many.spread_s == pytest.approx(sqrt(10 * 6**2 + 60**2 / RECENT_ENTRIES))
    assert [each.is_near for each in (alone, many, late)] == [False, True, True]


def test_a_mean_of_few_calls_is_not_relied_upon() -> None:
    few, more = past(handled=3, handle_s=60.0), past(handled=RECENT_ENTRIES, handle_s=60.0)
    found = [forecast(known, 10, 99) for known in (few, more)]
    assert [each is not None and each.is_near for each in found] == [False, True]


@pytest.fixture
def busy() -> Driver:
    """Ann and Bob serve; three calls of Ann's took 20 s each, wrap-up included."""
    agents = {ANN: AgentProfile(skills={"sales": 5}), BOB: AgentProfile()}
    d = Driver({QUEUE: QueueSettings(wrap_up_s=5), OTHER: QueueSettings(wrap_up_s=5)}, agents)
    d.signs_in(ANN)
    for offer in (1, 2, 3):
        d.calls(f"done-{offer}")
        d.talks(f"done-{offer}", ANN, offer, seconds=15)
        d.passes(d.now + 5)
    d.calls("talking")
    d.answers(4)
    d.bridged("talking", ANN, 4)
    return d


def test_the_distributor_knows_positions_agents_and_the_past(busy: Driver) -> None:
    busy.calls("first", at=busy.now + 1)
    busy.calls("second", at=busy.now + 1)
    assert busy.acd.expected_wait_s(CallId("first"), busy.now) == 20
    assert busy.acd.expected_wait_s(CallId("second"), busy.now) == 40
    busy.signs_in(BOB)
    assert busy.acd.position(CallId("second")) == 2, "whose phone rings, waits still"


def test_calls_of_other_queues_wait_for_the_same_agents(busy: Driver) -> None:
    busy.calls("elsewhere", at=busy.now + 1, queue=OTHER)
    busy.calls("here", at=busy.now + 1)
    busy.calls("late", at=busy.now + 1, queue=OTHER)
    assert busy.acd.position(CallId("here")) == 1
    assert busy.acd.expected_wait_s(CallId("here"), busy.now) == 40


def test_who_waits_for_other_agents_is_not_waited_for(busy: Driver) -> None:
    """Ann alone sells; both could take the other two calls, so that each half of one is hers."""
    busy.signs_in(BOB)
    busy.calls("bob's")
    busy.answers(5)
    busy.bridged("bob's", BOB, 5)
    for name in ("any", "any too"):
        busy.calls(name, at=busy.now + 1)
    busy.calls("sales", skills={"sales": 1}, at=busy.now + 1)
    busy.calls("later", at=busy.now + 1)
    assert busy.acd.position(CallId("sales")) == 3
    assert busy.acd.expected_wait_s(CallId("sales"), busy.now) == pytest.approx(2 * 20)
    expected = (3 + 1) * 20 / 2  # three ahead of "later", two agents
    assert busy.acd.expected_wait_s(CallId("later"), busy.now) == pytest.approx(expected)


def test_who_overtakes_is_counted(busy: Driver) -> None:
    busy.calls("first", at=busy.now + 1)
    busy.calls("important", at=busy.now + 1, priority=5)
    assert busy.acd.expected_wait_s(CallId("important"), busy.now) == 20
    assert busy.acd.expected_wait_s(CallId("first"), busy.now) == 40


def test_a_weighted_queue_goes_before() -> None:
    heavy, light = QueueSettings(wrap_up_s=0, weight=3.0), QueueSettings(wrap_up_s=0)
    d = Driver({QUEUE: light, OTHER: heavy}, {ANN: AgentProfile()})
    d.signs_in(ANN)
    for offer in (1, 2, 3):
        d.calls(f"done-{offer}")
        d.talks(f"done-{offer}", ANN, offer, seconds=20)
    d.calls("talking")
    d.answers(4)
    d.bridged("talking", ANN, 4)
    d.calls("light")
    d.calls("heavy", at=d.now + 10, queue=OTHER)
    assert d.acd.expected_wait_s(CallId("light"), d.now) == 20
    d.passes(d.now + 10)  # 20 s count as such, 10 s as 30 s
    assert d.acd.expected_wait_s(CallId("light"), d.now) == 40


def test_only_agents_able_to_take_the_call_count(busy: Driver) -> None:
    busy.calls("sales", skills={"sales": 1})
    busy.signs_in(BOB)
    assert busy.acd.expected_wait_s(CallId("sales"), busy.now) == 20
    busy.happens(AgentMadeNotAvailable(ANN))
    assert busy.acd.expected_wait_s(CallId("sales"), busy.now) is None


def test_it_is_unknown_for_who_does_not_wait_and_in_a_queue_without_a_past(busy: Driver) -> None:
    assert busy.acd.expected_wait_s(CallId("nobody"), busy.now) is None
    busy.calls("c", queue=OTHER)
    assert busy.acd.expected_wait_s(CallId("c"), busy.now) is None


def test_who_hangs_up_is_part_of_the_past(busy: Driver) -> None:
    for n in range(3):
        busy.calls(f"gone-{n}")
        busy.happens(CallAbandoned(CallId(f"gone-{n}"), EntryId(f"gone-{n}"), QUEUE, 10.0))
    busy.calls("first", at=busy.now + 1)
    busy.calls("second", at=busy.now + 1)
    expected = 1 / (1 / 20 + 1 / 10) + 1 / (1 / 20 + 2 / 10)
    assert busy.acd.expected_wait_s(CallId("second"), busy.now) == pytest.approx(expected)


def test_a_call_kept_for_one_agent_is_in_nobody_elses_way(busy: Driver) -> None:
    busy.signs_in(BOB)
    busy.calls("bob's")
    busy.answers(5)
    busy.bridged("bob's", BOB, 5)
    entry = EntryId("kept")
    busy.happens(CallQueued(CallId("kept"), entry, QUEUE, preferred=BOB, preferred_s=60))
    busy.calls("next", at=busy.now + 1)
    assert busy.acd.position(CallId("next")) == 2
    assert busy.acd.expected_wait_s(CallId("next"), busy.now) == 10


def test_nobody_is_told_a_wait_in_the_middle_of_a_decision(busy: Driver) -> None:
    """Half of the callers may be missing in the index."""
    busy.calls("first", at=busy.now + 1)
    busy.calls("second", at=busy.now + 1)
    told = busy.acd.expected_wait_s(CallId("second"), busy.now)
    views = busy.acd.queues()
    settings = {QUEUE: QueueSettings(wrap_up_s=5), OTHER: QueueSettings(wrap_up_s=5)}
    deciding = busy.acd.configuring(settings, busy.agents, busy.now)
    for _ in range(2):
        next(deciding)
        assert busy.acd.expected_wait_s(CallId("second"), busy.now) is None
        assert {view.expected_wait_s for view in busy.acd.queues()} == {None}
    assert [effect for effects in deciding for effect in effects] == []
    assert busy.acd.expected_wait_s(CallId("second"), busy.now) == told == 40
    assert busy.acd.queues() == views
