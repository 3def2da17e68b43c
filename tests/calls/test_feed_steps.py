"""Decisions in pieces: what comes in the middle has happened, and is decided in its turn."""

import asyncio
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.effects import RemoveFromQueue, RingAgent, StopRinging
from acd.replay import replay
from acd.settings import AgentProfile, QueueSettings
from calls.feed import GIVE_WAY_AFTER_S
from events.agents import AgentMadeNotAvailable, AgentSignedOut
from events.event import Event
from events.ids import CallId, EntryId
from events.queues import CallAbandoned, CallOffered, CallQueued, QueueClosed, QueueOpened
from tests.calls.test_feed_bursts import AGENTS, QUEUE, Centre
from tests.virtual_time import in_virtual_time, run

STEP_S: Final = 0.0001
EASY: Final = {QUEUE: QueueSettings()}
PEOPLE: Final = dict.fromkeys(AGENTS, AgentProfile())


def waiting(step_s: float, callers: int = 300) -> Centre:
    """Sixty agents, none of them able, until a new configuration asks for nothing."""
    centre = Centre(0.0, QueueSettings(skills={"rare": 5}), step_s)
    centre.everybody_signs_in()
    centre.callers_come(callers)
    return centre


@pytest.mark.parametrize("callers", [300, 3000])
@in_virtual_time
async def test_a_reload_gives_way_while_it_is_decided(callers: int) -> None:
    centre = waiting(STEP_S, callers)
    await centre.burst_is_over()
    centre.watch()
    centre.feed.configure(EASY, PEOPLE)
    assert not centre.effects
    await centre.burst_is_over()
    assert [type(effect) for effect in centre.effects] == [RingAgent] * 60
    assert centre.longest_stretch_s <= GIVE_WAY_AFTER_S + 2 * STEP_S
    assert sum(after > before for (before, _), (after, _) in centre.pairs) > callers // 60


@in_virtual_time
async def test_what_comes_in_the_middle_waits_its_turn_and_is_not_lost() -> None:
    centre = waiting(STEP_S)
    centre.feed.configure(EASY, PEOPLE)
    gone, away = CallId("c7"), AGENTS[5]
    before = len(centre.log)
    abandoned = CallAbandoned(gone, EntryId("e7"), QUEUE, 1.0)
    signed_out = AgentSignedOut(away)
    came_at = centre.clock()
    centre.feed.append(abandoned)
    centre.feed.append(signed_out)
    assert centre.followed[-2:] == [abandoned, signed_out], "who tells it can go on from it"
    assert len(centre.log) == before, "and the log waits"
    await centre.burst_is_over()
    offered = [event for event in centre.events if isinstance(event, CallOffered)]
    assert gone in [each.call for each in offered]
    assert centre.events.index(abandoned) > max(map(centre.events.index, offered[:60]))
    assert centre.events.index(signed_out) > centre.events.index(abandoned)
    logged_at = [centre.log[centre.events.index(each)].steady for each in (abandoned, signed_out)]
    assert logged_at == pytest.approx([came_at] * 2, abs=3 * STEP_S), "as of when they came"
    stopped = [effect.offer for effect in centre.effects if isinstance(effect, StopRinging)]
    rang = {each.call: each.offer for each in offered}
    rang_by = {each.agent: each.offer for each in reversed(offered)}
    assert {rang[gone], rang_by[away]} <= set(stopped)
    assert gone not in [view.call for view in centre.distributor.waiting(QUEUE)]


@in_virtual_time
async def test_times_in_the_log_never_go_back() -> None:
    centre = waiting(STEP_S)
    centre.feed.configure(EASY, PEOPLE)
    centre.feed.append(CallQueued(CallId("late"), EntryId("late"), QUEUE))
    await centre.burst_is_over()
    times = [recorded.steady for recorded in centre.log]
    assert times == sorted(times)
    assert [recorded.seq for recorded in centre.log] == list(range(1, len(times) + 1))
    assert centre.log[-1].event.kind == "CallQueued"


@in_virtual_time
async def test_a_log_with_pauses_replays_bit_for_bit() -> None:
    asks_little = QueueSettings(max_wait_s=30.0)
    centre = Centre(0.0, asks_little, STEP_S)
    centre.everybody_signs_in()
    centre.callers_come(400)
    for agent in AGENTS[:9]:
        centre.feed.append(AgentMadeNotAvailable(agent))
    await asyncio.sleep(29.999)
    centre.feed.append(QueueClosed(QUEUE, "operator", waiting="leave"))
    centre.feed.append(CallAbandoned(CallId("c399"), EntryId("e399"), QUEUE, 1.0))
    await asyncio.sleep(60.0)
    assert len(centre.turns) > 10
    done = replay(centre.log, {QUEUE: asks_little}, PEOPLE)
    assert done.difference is None
    assert done.decisions > 200


@in_virtual_time
async def test_who_must_know_has_everything_decided_at_once() -> None:
    centre = waiting(STEP_S)
    centre.feed.configure(EASY, PEOPLE)
    centre.feed.append(CallAbandoned(CallId("c7"), EntryId("e7"), QUEUE, 1.0))
    centre.feed.settle()
    assert "CallAbandoned" in [event.kind for event in centre.events]
    assert centre.distributor.snapshot(), "which nobody can take in between"
    assert not centre.effects, "performing can wait"
    await centre.burst_is_over()
    assert sum(isinstance(effect, RingAgent) for effect in centre.effects) >= 60


@in_virtual_time
async def test_a_decision_under_way_is_finished_before_the_end() -> None:
    centre = waiting(STEP_S)
    centre.feed.append(QueueClosed(QUEUE, "operator", waiting="leave"))
    with pytest.raises(AssertionError):
        centre.distributor.snapshot()
    centre.feed.stop()
    assert sum(isinstance(effect, RemoveFromQueue) for effect in centre.effects) == 300


@in_virtual_time
async def test_timers_wait_for_a_decision_too() -> None:
    centre = Centre(0.0, QueueSettings(max_wait_s=10.0, skills={"rare": 5}), step_s=0.0)
    centre.everybody_signs_in()
    centre.callers_come(300)
    await asyncio.sleep(9.999)
    centre.step_s = STEP_S
    before = centre.clock()
    centre.feed.configure({QUEUE: QueueSettings(max_wait_s=10.0)}, PEOPLE)
    centre.spent_s += 1.0  # the limits are over before the decision is
    await centre.burst_is_over()
    rung = [effect.call for effect in centre.effects if isinstance(effect, RingAgent)]
    removed = [effect.call for effect in centre.effects if isinstance(effect, RemoveFromQueue)]
    assert centre.clock() > before + 1.0
    assert rung == [f"c{number}" for number in range(60)]
    assert sorted(removed) == sorted(f"c{number}" for number in range(60, 300))
    kinds = [type(effect) for effect in centre.effects]
    assert kinds == [RingAgent] * 60 + [RemoveFromQueue] * 240


def told(number: int, what: str) -> Event | None:
    """None: a new configuration."""
    name = f"c{number % 40}"
    match what:
        case "call":
            return CallQueued(CallId(f"n{number}"), EntryId(f"n{number}"), QUEUE)
        case "gives up":
            return CallAbandoned(CallId(name), EntryId(f"e{number % 40}"), QUEUE, 1.0)
        case "signs out":
            return AgentSignedOut(AGENTS[number % 60])
        case "close":
            return QueueClosed(QUEUE, "operator", waiting="leave")
        case "open":
            return QueueOpened(QUEUE, "operator")
    return None


WHAT: Final = ["call", "gives up", "signs out", "close", "open", "configure"]


async def day(acts: list[tuple[int, str]], step_s: float, cost_s: float) -> tuple[object, object]:
    """The log and the effects of acts that come one in each turn of the loop."""
    centre = waiting(0.0, callers=40)
    start_s = centre.clock()
    log_time = asyncio.get_running_loop().time
    centre.log_clock = lambda: start_s + log_time()
    centre.step_s, centre.cost_s = step_s, cost_s
    skill = True
    for number, what in acts:
        event = told(number, what)
        if event is not None:
            centre.feed.append(event)
        else:
            skill = not skill
            rare = QueueSettings(skills={"rare": 5}) if skill else QueueSettings()
            centre.feed.configure({QUEUE: rare}, PEOPLE)
        await asyncio.sleep(0)
    centre.feed.stop()
    return centre.log, centre.effects


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(WHAT)), max_size=15),
    st.sampled_from([0.0, 0.0003, 0.002]),
)
@settings(deadline=None, max_examples=40)
def test_a_slow_machine_decides_what_a_fast_one_does(
    acts: list[tuple[int, str]], cost_s: float
) -> None:
    acts = [(60 + number, what) for number, (_, what) in enumerate(acts) if what == "call"] + acts
    assert run(day(acts, 0.0004, cost_s)) == run(day(acts, 0.0, 0.0))
