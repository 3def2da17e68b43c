"""Where a changed configuration would have decided a day otherwise."""

from acd.comparison import Choice, Compared, compare
from acd.settings import AgentProfile, QueueSettings, Strategy
from events.event import Recorded
from events.ids import AgentId
from events.queues import CallOffered
from tests.acd.simulated import QUEUE, simulated, steady

PEOPLE = {AgentId(f"agent-{number}"): AgentProfile() for number in range(4)}
AS_IT_WAS = QueueSettings(wrap_up_s=9)


def day() -> list[Recorded]:
    log: list[Recorded] = []
    simulated(steady(150, 2, aht_s=120, patience_s=60), 4, seed=7, settings=AS_IT_WAS, log=log)
    return log


def compared(
    other: QueueSettings = AS_IT_WAS,
    people: dict[AgentId, AgentProfile] = PEOPLE,
    was: QueueSettings = AS_IT_WAS,
) -> Compared:
    return compare(day(), ({QUEUE: was}, PEOPLE), ({QUEUE: other}, people))


def test_the_same_configuration_decides_nothing_otherwise() -> None:
    done = compared()
    assert (done.calls, done.difference) == ([], None)
    assert done.decisions > 500


def test_each_decision_that_differs_is_told() -> None:
    """Not the first one alone: all through the day, each where it was made."""
    done = compared(QueueSettings(wrap_up_s=9, strategy=Strategy.FEWEST_CALLS))
    assert done.difference is None
    assert len(done.calls) > 5
    assert len({each.call for each in done.calls}) == len(done.calls)
    offers = {it.event.call: it.event.agent for it in day() if isinstance(it.event, CallOffered)}
    for each in done.calls:
        (logged,), (other,) = each.logged.agents, each.other.agents
        assert logged == offers[each.call] != other
    times = [each.recorded.steady for each in done.calls]
    assert times == sorted(times)
    assert times[-1] - times[0] > 1800


def test_who_would_not_have_been_served_is_told() -> None:
    able = {agent: AgentProfile(skills={"rare": 1}) for agent in list(PEOPLE)[:1]}
    done = compared(QueueSettings(wrap_up_s=9, skills={"rare": 1}), {**PEOPLE, **able})
    assert any(each.other == Choice() and each.logged.agents for each in done.calls)


def test_who_would_have_been_sent_away_is_told() -> None:
    done = compared(QueueSettings(wrap_up_s=9, max_waiting=0))
    assert done.calls
    assert {each.other for each in done.calls} == {Choice(left="full")}
    assert {each.logged for each in done.calls} == {Choice()}


def test_a_log_of_another_configuration_is_not_compared() -> None:
    done = compared(was=QueueSettings(wrap_up_s=20))
    assert done.difference is not None


def test_everybody_whose_phone_would_have_rung_is_told() -> None:
    done = compared(QueueSettings(wrap_up_s=9, ring_at_once=2))
    assert {len(each.logged.agents) for each in done.calls} == {1}
    assert {len(each.other.agents) for each in done.calls} == {2}
