"""After a day of calls by chance every story has ended and every surface shows the same numbers."""

from collections import Counter
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from events.agent_time import AgentTime
from events.agents import AgentState
from events.calls import CallArrived, CallEnded, CallHeld, Outcome
from events.centre import CentreStarted
from events.event import Recorded
from events.ids import CallId, QueueName
from events.kpi import QueueCounts
from events.queue_report import QueueReport, Thresholds
from events.queues import (
    CallAbandoned,
    CallFlowedOut,
    CallOffered,
    CallQueued,
    OfferClosed,
    OfferOutcome,
)
from events.story import CallStory, tell
from records.past import CallFilter
from records.settings import StoreSettings
from records.store import Store
from telemetry.face import QueueTargets, Surroundings
from telemetry.metrics import Metrics
from tests.calls.house import House
from tests.scenario.day import CALLS, Day, changes
from tests.virtual_time import run

QUEUES = ("support", "sales")


async def lived(folder: Path, seed: int, *, crashes: int = 0) -> House:
    async with House(folder, changes=changes(), seed=seed) as house:
        day = Day(house, seed)
        await day.pass_by(crashes=crashes)
        assert day.dialled >= CALLS
        check_nothing_is_left(house)
    return house


def check_nothing_is_left(house: House) -> None:
    assert not any(house.left().values())
    house.assert_counts_balance()
    for view in house.parts.distributor.agents():
        if view.id in ("1", "2"):
            continue  # nobody's phone today
        assert view.state in (AgentState.AVAILABLE, AgentState.NOT_ANSWERING), view
        assert view.call is None
        assert view.offer is None


@pytest.fixture(scope="module", params=[0, 1, 24])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    seed: int = request.param
    return run(lived(tmp_path_factory.mktemp("day"), seed))


def test_every_call_ended_once_and_last(house: House) -> None:
    arrived = [event.call for event in house.all(CallArrived)]
    ended = [event.call for event in house.all(CallEnded)]
    assert len(set(arrived)) == len(arrived)
    assert sorted(arrived) == sorted(ended)
    for call in arrived:
        kinds = [event.kind for event in house.events if getattr(event, "call", None) == call]
        assert kinds[0] == "CallArrived"
        assert kinds[-1] in ("CallEnded", "QueueCallHandled")
        assert kinds.count("CallBridged") == kinds.count("CallUnbridged")
        assert kinds.count("LegDialled") == kinds.count("LegEnded")


def test_the_day_had_everything(house: House) -> None:
    outcomes = {ended.outcome for ended in house.all(CallEnded)}
    assert outcomes >= {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.CONTAINED}
    offers = Counter(closed.outcome for closed in house.all(OfferClosed))
    assert set(offers) == set(OfferOutcome)
    assert house.count(CallHeld) > 5
    assert house.count(CallAbandoned) > 5


def test_nobody_waited_while_somebody_was_free(house: House) -> None:
    """The longest wait of an abandoned call ended before anybody would have left for it."""
    assert all(event.wait_s <= 400.0 for event in house.all(CallAbandoned))
    assert {event.reason for event in house.all(CallFlowedOut)} <= {"timeout", "nobody"}


def counts_of(house: House) -> dict[QueueName, QueueCounts]:
    report = QueueReport({QueueName(queue): Thresholds() for queue in QUEUES})
    for recorded in house.recorded:
        report.observe(recorded)
    return report.totals()


def stories_of(house: House) -> dict[CallId, CallStory]:
    logs: dict[CallId, list[Recorded]] = {}
    for recorded in house.recorded:
        call = getattr(recorded.event, "call", None)
        if call is not None:
            logs.setdefault(call, []).append(recorded)
    return {call: tell(log) for call, log in logs.items()}


def test_metrics_equal_the_log(house: House) -> None:
    registry = CollectorRegistry()
    metrics = Metrics(
        Surroundings(
            registry=registry,
            steady=lambda: house.recorded[-1].steady,
            queues={queue: QueueTargets() for queue in QUEUES},
        )
    )
    for recorded in house.recorded:
        metrics.observe(recorded)

    def value(name: str, **labels: str) -> float:
        return registry.get_sample_value(name, labels) or 0.0

    for queue, counts in counts_of(house).items():
        entered = {"queue": str(queue)}
        assert value("sentral_queue_offered_total", **entered) == counts.offered
        assert value("sentral_queue_answered_total", **entered) == counts.answered
        in_target = value("sentral_queue_answered_in_target_total", **entered)
        assert in_target == counts.answered_in_target
        kinds = ("short", "in_target", "late")
        abandoned = [value("sentral_queue_abandoned_total", **entered, kind=k) for k in kinds]
        assert sum(abandoned) == counts.abandoned
        assert abandoned[0] == counts.abandoned_short
        reasons = ("timeout", "nobody", "operator", "restart")
        left = [value("sentral_queue_flowed_out_total", **entered, reason=r) for r in reasons]
        assert sum(left) == counts.flowed_out
        for part in ("talk", "hold", "wrap_up"):
            seconds = value("sentral_queue_handle_seconds_sum", **entered, part=part)
            assert seconds == pytest.approx(getattr(counts, f"{part}_s"))
        wait = value("sentral_queue_wait_seconds_sum", **entered, outcome="answered")
        assert wait == pytest.approx(counts.answered_wait_s)
    ended = Counter((event.direction, event.outcome) for event in house.all(CallEnded))
    for (direction, outcome), count in ended.items():
        assert value("sentral_calls_total", direction=direction, outcome=outcome) == count
    offers = Counter((event.queue, event.outcome) for event in house.all(OfferClosed))
    for (queue, closed), count in offers.items():
        assert value("sentral_offers_total", queue=queue, outcome=closed) == count


def test_stories_equal_the_log(house: House) -> None:
    stories, counts = stories_of(house), counts_of(house)
    assert {story.outcome for story in stories.values()} <= set(Outcome)
    visits = [visit for story in stories.values() for visit in story.queues]
    assert len(visits) == sum(count.offered for count in counts.values())
    by_outcome = Counter(visit.outcome for visit in visits)
    assert by_outcome["answered"] == sum(count.answered for count in counts.values())
    assert by_outcome["abandoned"] == sum(count.abandoned for count in counts.values())
    assert by_outcome["flowed_out"] == sum(count.flowed_out for count in counts.values())
    queued = {event.call for event in house.all(CallQueued)}
    talked = [story for call, story in stories.items() if call in queued]
    assert sum(story.wrap_up_s for story in talked) == pytest.approx(
        sum(count.wrap_up_s for count in counts.values())
    )
    assert sum(story.talk_s for story in talked) == pytest.approx(
        sum(count.talk_s for count in counts.values())
    )
    assert sum(story.hold_s for story in talked) == pytest.approx(
        sum(count.hold_s for count in counts.values())
    )


def test_rows_equal_the_stories(house: House, tmp_path: Path) -> None:
    store = Store(StoreSettings(url=f"sqlite:///{tmp_path}/day.db"))
    store.open()
    try:
        for recorded in house.recorded:
            store.append(recorded)
        assert store.wait_ready(30.0)
        rows = {row.id: row for row in store.reader.calls(CallFilter(limit=10_000))}
        stories = stories_of(house)
        assert set(rows) == set(stories)
        for call, story in stories.items():
            assert rows[call].outcome == story.outcome
            assert rows[call].agent == story.agent
            assert rows[call].ended
    finally:
        store.close(10.0)


def test_agents_time_adds_up(house: House) -> None:
    """Talking, wrapping up and being offered calls take as long as the calls say."""
    time = AgentTime()
    for recorded in house.recorded:
        time.observe(recorded)
    totals = time.totals(house.recorded[-1].utc)
    counts = counts_of(house).values()
    handled = sum(count.talk_s + count.hold_s for count in counts)
    assert sum(each.talking for each in totals.values()) == pytest.approx(handled, abs=0.1)
    wrapped = sum(count.wrap_up_s for count in counts)
    assert sum(each.wrap_up for each in totals.values()) == pytest.approx(wrapped, abs=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_with_crashes_ends_in_peace(tmp_path: Path, seed: int) -> None:
    house = run(lived(tmp_path, seed, crashes=4))
    arrived = [event.call for event in house.all(CallArrived)]
    ended = [event.call for event in house.all(CallEnded)]
    assert sorted(arrived) == sorted(ended), "every story has one end, whatever life it was in"
    assert house.count(CentreStarted) == 5
    counts = counts_of(house)
    assert sum(count.answered for count in counts.values()) > 50
    offers = [event.offer for event in house.all(CallOffered)]
    assert len(set(offers)) == len(offers)
